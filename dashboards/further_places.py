"""Pages behind those of the menu, which are found by their names: each under the place that it belongs to."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from dashboards.navigation import Place
from organization.gate import Action


@dataclass(frozen=True)
class Further:
    """`needs`: somewhere, or on the company for what is company-wide; None: whoever may look at all."""

    label: str | Promise
    url_name: str
    behind: str | Promise
    icon: str
    needs: Action | None = None

    @property
    def place(self) -> Place:
        return Place(self.label, self.url_name, self.icon)


FURTHER = (
    Further(_("Compare"), "dashboards:compare", _("Overview"), "overview"),
    Further(_("Saved views"), "dashboards:views", _("My pages"), "star"),
    Further(_("Content"), "channels:content", _("Channels"), "channel"),
    Further(_("Three sides of an investment"), "channels:sides", _("Channels"), "channel"),
    Further(_("Attribution"), "channels:attribution", _("Channels"), "channel", Action.KEEP_METRICS),
    Further(_("Allocation"), "channels:allocation", _("Channels"), "channel", Action.KEEP_METRICS),
    Further(_("Transfers"), "budgets:transfers", _("Budgets"), "coins"),
    Further(_("Money that is held back"), "budgets:holds", _("Budgets"), "coins"),
    Further(_("Questions on budgets"), "budgets:questions", _("Budgets"), "coins"),
    Further(_("Drivers"), "feedback:drivers", _("Feedback"), "heart"),
    Further(_("Topics of comments"), "feedback:topics", _("Feedback"), "heart"),
    Further(_("Actions on feedback"), "feedback:actions", _("Feedback"), "heart"),
    Further(_("Interviews"), "feedback:interviews", _("Feedback"), "heart", Action.HANDLE_COMPLAINTS),
    Further(_("Surveys"), "feedback:surveys", _("Feedback"), "heart", Action.KEEP_SURVEYS),
    Further(_("Board of complaints"), "feedback:board", _("Complaints"), "inbox"),
    Further(_("Causes of complaints"), "feedback:causes", _("Complaints"), "inbox"),
    Further(_("Cohorts"), "customers:cohorts", _("Customers"), "people"),
    Further(_("Lifetime value"), "customers:lifetime", _("Customers"), "people"),
    Further(_("Life cycle"), "customers:lifecycle", _("Customers"), "people"),
    Further(_("Who supports whom"), "kpis:okr_tree", _("Objectives"), "flag"),
    Further(_("Mine to look after"), "kpis:okr_mine", _("Objectives"), "flag"),
    Further(_("Targets of a year"), "kpis:grid", _("Targets"), "target"),
    Further(_("Suggest a year"), "kpis:suggest", _("Targets"), "target"),
    Further(_("Do parts and whole agree"), "kpis:plan_check", _("Targets"), "target"),
    Further(_("Benchmarks"), "kpis:benchmarks", _("Targets"), "target", Action.KEEP_METRICS),
    Further(_("Calibrations"), "kpis:calibrations", _("Targets"), "target"),
    Further(_("Layouts"), "ingest:layouts", _("Imports"), "import", Action.IMPORT),
    Further(_("Nightly check"), "ingest:checks", _("Sources"), "source", Action.IMPORT),
    Further(_("Silences"), "alerts:silences", _("Alerts"), "alert"),
    Further(_("Policies"), "alerts:policies", _("Alert rules"), "rules"),
    Further(_("Rotas"), "alerts:rotas", _("Alert rules"), "rules"),
    Further(_("My alerts"), "alerts:listening", _("Your preferences"), "alert"),
    Further(_("Your preferences"), "organization:me", "", "key"),
    Further(_("API tokens"), "organization:tokens", _("Your preferences"), "key"),
    Further(_("While you are away"), "decisions:away", _("To do"), "check"),
    Further(_("Calendar"), "organization:calendar", _("Areas"), "tree"),
    Further(_("Exchange rates"), "organization:rates", _("Areas"), "coins", Action.KEEP_RATES),
    Further(_("Company settings"), "organization:settings", _("Areas"), "tree", Action.ADMINISTER),
    Further(_("Help"), "dashboards:help", "", "help"),
    Further(_("First steps"), "dashboards:first_steps", _("Help"), "flag"),
)
