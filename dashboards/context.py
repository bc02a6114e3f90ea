"""The frame around every page: theme, language and where this person can go."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from organization.gate import Action, actions_of, company_actions
from organization.models import Person
from organization.previews import Page
from organization.selectors.rates import currency_sign

THEMES = ("auto", "light", "dark")
THEME_COOKIE = "theme"


@dataclass(frozen=True)
class Place:
    """Somewhere to go, by URL name; `also` are names of pages that count as being there."""

    label: str | Promise
    url_name: str
    icon: str
    also: tuple[str, ...] = ()
    needs: Action | None = None


@dataclass(frozen=True)
class Group:
    label: str | Promise
    places: tuple[Place, ...]


NAVIGATION = (
    Group(
        _("Look"),
        (
            Place(_("Overview"), "dashboards:overview", "overview"),
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
                "customers:overview",
                "people",
                also=(
                    "customers:cohorts",
                    "customers:lifetime",
                    "customers:lifecycle",
                    "customers:limits",
                    "customers:margins",
                ),
            ),
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
            Place(_("Outbox"), "alerts:outbox", "outbox", also=("alerts:message",)),
            Place(_("History"), "organization:audit", "history", needs=Action.ADMINISTER),
        ),
    ),
)


@dataclass(frozen=True)
class Link:
    label: str | Promise
    url: str
    icon: str
    current: bool


@dataclass(frozen=True)
class LinkGroup:
    label: str | Promise
    links: tuple[Link, ...]


class Shell:
    """Worked out only when a template asks, so that fragments cost nothing."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    @cached_property
    def theme(self) -> str:
        """What the person chose; `auto` follows the system (in the stylesheet, so nothing flashes)."""
        chosen = self.request.COOKIES.get(THEME_COOKIE, "auto")
        return chosen if chosen in THEMES else "auto"

    @cached_property
    def themes(self) -> list[dict[str, Any]]:
        words = {"auto": _("System theme"), "light": _("Light theme"), "dark": _("Dark theme")}
        return [{"value": value, "label": words[value], "current": value == self.theme} for value in THEMES]

    @cached_property
    def lang(self) -> str:
        """For the lang attribute (BCP 47)."""
        return "zh-Hans" if self.chinese else "en"

    @cached_property
    def chinese(self) -> bool:
        return (get_language() or settings.LANGUAGE_CODE).startswith("zh")

    @cached_property
    def other_language(self) -> dict[str, str]:
        """The language one click away, named in itself."""
        if self.chinese:
            return {"code": "en", "label": "English", "lang": "en"}
        return {"code": "zh-hans", "label": "中文", "lang": "zh-Hans"}

    @cached_property
    def currency(self) -> str:
        return currency_sign()

    @cached_property
    def actions(self) -> frozenset[Action]:
        """What this person may do for the whole company."""
        return actions_of(self.request)

    @cached_property
    def administrator(self) -> bool:
        return Action.ADMINISTER in self.actions

    @cached_property
    def navigation(self) -> list[LinkGroup]:
        """Only what exists and what this person may open."""
        person = getattr(self.request, "user", None)
        if person is None or not person.is_authenticated:
            return []
        match = getattr(self.request, "resolver_match", None)
        here = match.view_name if match else ""
        groups = []
        for group in NAVIGATION:
            links = []
            for place in group.places:
                if place.needs is not None and place.needs not in self.actions:
                    continue
                url = url_or_none(place.url_name)
                if url is not None:
                    links.append(
                        Link(place.label, url, place.icon, here == place.url_name or here in place.also)
                    )
            if links:
                groups.append(LinkGroup(group.label, tuple(links)))
        return groups

    @cached_property
    def home(self) -> str:
        return url_or_none("dashboards:overview") or "/"

    @cached_property
    def me(self) -> str:
        """Where a person's own settings are; until there are such pages, the password."""
        return url_or_none("organization:me") or reverse("account_change_password")

    @cached_property
    def words(self) -> dict[str, Any]:
        """Texts that scripts need, in the reader's language (read by static/js/app.js and charts.js)."""
        return {
            "chart_failed": _("The chart could not be drawn"),
            "request_failed": _(
                "That did not work: the server did not answer as expected. Please try again."
            ),
            "offline": _("That did not work: no connection. Please try again when you are online."),
            "others": _("Others"),
            "currency": self.currency,
            "lang": self.lang,
        }


@cache
def url_or_none(name: str) -> str | None:
    """The address of a page, or None while nobody has built it."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return None


def shell(request: HttpRequest) -> dict[str, Shell]:
    return {"shell": Shell(request)}


def pages_open_to(person: Person) -> list[Page]:
    """The pages that this person could open, for whoever decides about her roles."""
    actions = company_actions(person)
    places = [place for group in NAVIGATION for place in group.places]
    urls = [
        (place, url_or_none(place.url_name))
        for place in places
        if place.needs is None or place.needs in actions
    ]
    return [Page(str(place.label), url) for place, url in urls if url is not None]
