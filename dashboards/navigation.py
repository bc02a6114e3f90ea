"""The places of the menu, by URL name: only what exists, and what a person may open, is shown (`context.Shell`)."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from organization.gate import Action


@dataclass(frozen=True)
class Place:
    """Somewhere to go, by URL name; `also` are names of pages that count as being there."""

    label: str | Promise
    url_name: str
    icon: str
    also: tuple[str, ...] = ()
    needs: Action | None = None


@dataclass(frozen=True)
class Tool:
    """Something to do with the page that is open; its address goes along as `page`."""

    label: str | Promise
    url_name: str
    icon: str
    query: str = ""
    draws: str = ""  # "png" or "pdf": done at once, where there is a Chromium


@dataclass(frozen=True)
class Group:
    label: str | Promise
    places: tuple[Place, ...]


NAVIGATION = (
    Group(
        _("Look"),
        (
            Place(_("Overview"), "dashboards:overview", "overview", also=("dashboards:compare",)),
            Place(
                _("My pages"),
                "dashboards:boards",
                "board",
                also=(
                    "dashboards:board",
                    "dashboards:board_new",
                    "dashboards:board_edit",
                    "dashboards:board_remove",
                    "dashboards:panel_at",
                    "dashboards:panel_remove",
                    "dashboards:panel_new",
                    "dashboards:panel_edit",
                    "dashboards:panel",
                    "dashboards:views",
                    "dashboards:view_new",
                    "dashboards:view_edit",
                    "dashboards:view_remove",
                    "dashboards:mailings",
                    "dashboards:mailing",
                    "dashboards:mailing_new",
                    "dashboards:embeds",
                    "dashboards:embed_new",
                ),
            ),
            Place(
                _("Channels"),
                "dashboards:channels",
                "channel",
                also=(
                    "dashboards:channel",
                    "channels:profile",
                    "channels:content",
                    "channels:piece",
                    "channels:content_tags",
                    "channels:sides",
                    "channels:sides_settings",
                    "channels:attribution",
                    "channels:allocation",
                    "channels:decisions",
                ),
            ),
            Place(
                _("Budgets"),
                "budgets:overview",
                "coins",
                also=(
                    "budgets:budget",
                    "budgets:line",
                    "budgets:new",
                    "budgets:plan",
                    "budgets:close",
                    "budgets:version",
                    "budgets:plan_line",
                    "budgets:plan_line_new",
                    "budgets:plan_pools",
                    "budgets:workbook",
                    "budgets:spend",
                    "budgets:commit",
                    "budgets:entries",
                    "budgets:entry",
                    "budgets:fulfil",
                    "budgets:correct",
                    "budgets:transfers",
                    "budgets:transfer",
                    "budgets:transfer_new",
                    "budgets:emergency",
                    "budgets:holds",
                    "budgets:hold",
                    "budgets:hold_new",
                    "budgets:statement",
                    "budgets:questions",
                    "budgets:question",
                    "budgets:ask",
                    "budgets:history",
                    "budgets:audience",
                    "budgets:settings",
                ),
            ),
            Place(
                _("Feedback"),
                "feedback:scores",
                "heart",
                also=(
                    "feedback:answers",
                    "feedback:drivers",
                    "feedback:topics",
                    "feedback:topic",
                    "feedback:topic_new",
                    "feedback:topic_edit",
                    "feedback:keyword",
                    "feedback:actions",
                    "feedback:action",
                    "feedback:action_new",
                    "feedback:interviews",
                    "feedback:interview",
                    "feedback:interview_new",
                    "feedback:guides",
                    "feedback:guide",
                    "feedback:guide_new",
                    "feedback:surveys",
                    "feedback:survey",
                    "feedback:survey_new",
                    "feedback:survey_edit",
                    "feedback:link",
                    "feedback:link_new",
                    "feedback:rated",
                    "feedback:driver",
                    "feedback:invitations",
                ),
            ),
            Place(
                _("Complaints"),
                "feedback:queue",
                "inbox",
                also=(
                    "feedback:complaint",
                    "feedback:complaint_new",
                    "feedback:solve",
                    "feedback:board",
                    "feedback:causes",
                    "feedback:cause",
                    "feedback:service",
                    "feedback:assignment",
                    "feedback:assignment_new",
                    "feedback:categories",
                ),
            ),
            Place(
                _("Customers"),
                "dashboards:customers",
                "people",
                also=(
                    "customers:overview",
                    "customers:cohorts",
                    "customers:lifetime",
                    "customers:lifecycle",
                    "customers:limits",
                    "customers:margins",
                ),
            ),
            Place(_("Processes"), "dashboards:process", "pulse"),
            Place(_("Team"), "dashboards:team", "team"),
            Place(
                _("Objectives"),
                "kpis:okr",
                "flag",
                also=(
                    "kpis:okr_tree",
                    "kpis:okr_mine",
                    "kpis:objective",
                    "kpis:objective_new",
                    "kpis:objective_edit",
                    "kpis:objective_close",
                    "kpis:key_result_new",
                    "kpis:key_result_edit",
                    "kpis:check_in",
                ),
            ),
            Place(
                _("Scorecards"),
                "kpis:scorecards",
                "up",
                also=(
                    "kpis:scorecard_score",
                    "kpis:scorecard_plan",
                    "kpis:scorecard_setup",
                    "kpis:scorecard_new",
                    "kpis:scorecard_edit",
                ),
            ),
            Place(_("Alerts"), "alerts:episodes", "alert", also=("alerts:episode",)),
            Place(
                _("To do"),
                "decisions:inbox",
                "check",
                also=("decisions:proposal", "decisions:task", "decisions:away"),
            ),
        ),
    ),
    Group(
        _("Work"),
        (
            Place(
                _("Targets"),
                "kpis:targets",
                "target",
                also=(
                    "kpis:grid",
                    "kpis:grid_upload",
                    "kpis:benchmarks",
                    "kpis:break_down",
                    "kpis:plan_check",
                    "kpis:suggest",
                    "kpis:calibrations",
                    "kpis:calibration",
                    "kpis:history",
                ),
            ),
            Place(
                _("Imports"),
                "ingest:imports",
                "import",
                also=("ingest:import", "ingest:columns", "ingest:layouts", "ingest:layout"),
                needs=Action.IMPORT,
            ),
            Place(
                _("Sources"),
                "ingest:sources",
                "source",
                also=(
                    "ingest:source",
                    "ingest:pull_new",
                    "ingest:pull_edit",
                    "ingest:pull_test",
                    "ingest:pull_remove",
                    "ingest:checks",
                    "ingest:check",
                ),
                needs=Action.IMPORT,
            ),
            Place(_("Entered values"), "kpis:entered", "file", also=("kpis:entered_value",)),
            Place(_("Alert rules"), "alerts:rules", "rules", also=("alerts:rule_edit", "alerts:rule_new")),
        ),
    ),
    Group(
        _("Set up"),
        (
            Place(
                _("Areas"),
                "organization:nodes",
                "tree",
                also=(
                    "organization:node",
                    "organization:node_merge",
                    "organization:node_move",
                    "organization:nodes_new",
                    "organization:calendar",
                    "organization:settings",
                    "organization:rates",
                    "decisions:bands",
                    "alerts:health",
                ),
            ),
            Place(
                _("Figures"),
                "kpis:metrics",
                "sum",
                also=(
                    "kpis:metric",
                    "kpis:metric_new",
                    "kpis:metric_put_away",
                    "kpis:measure",
                    "kpis:measure_new",
                ),
                needs=Action.KEEP_METRICS,
            ),
            Place(
                _("People"),
                "organization:people",
                "people",
                also=("organization:person",),
                needs=Action.ADMINISTER,
            ),
            Place(
                _("Connections"),
                "alerts:connections",
                "link",
                also=(
                    "alerts:connection",
                    "alerts:connection_new",
                    "alerts:connection_remove",
                    "alerts:connection_secret",
                ),
                needs=Action.ADMINISTER,
            ),
            Place(
                _("Wall displays"),
                "dashboards:screens",
                "screen",
                also=("dashboards:screen", "dashboards:screen_pair", "dashboards:screen_revoke"),
                needs=Action.SHOW_OPENLY,
            ),
            Place(_("Outbox"), "alerts:outbox", "outbox", also=("alerts:message",)),
            Place(_("History"), "organization:audit", "history", needs=Action.ADMINISTER),
        ),
    ),
)


def name_of_page(url_name: str) -> str:
    """What the menu calls the place that a page belongs to; "" for a page that is in none."""
    places = (place for group in NAVIGATION for place in group.places)
    return next((str(one.label) for one in places if url_name == one.url_name or url_name in one.also), "")


TOOLS = (
    Tool(_("Keep this view"), "dashboards:view_new", "star"),
    Tool(_("Picture (PNG)"), "dashboards:picture_new", "image", draws="png"),
    Tool(_("For printing (PDF)"), "dashboards:picture_new", "file", draws="pdf"),
    Tool(_("Part of the page, or another look"), "dashboards:picture_new", "rules"),
    Tool(_("Figures (XLSX)"), "dashboards:tables", "download", "form=xlsx"),
    Tool(_("Figures (CSV)"), "dashboards:tables", "download", "form=csv"),
    Tool(_("Send by mail regularly"), "dashboards:mailing_new", "mail"),
    Tool(_("Show inside another page"), "dashboards:embed_new", "link"),
)
