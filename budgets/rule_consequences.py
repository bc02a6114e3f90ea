"""What alert rules may bring about for budgets, and rules to begin from that do."""

from __future__ import annotations

from decimal import Decimal

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from alerts.conditions import Amount
from alerts.consequences import Consequence, register
from alerts.forms.templates import Template, register_template
from budgets.services import steps

CONSEQUENCES = (
    Consequence(
        code=steps.ASK_REST,
        label=_("Ask for a plan for the rest"),
        help=_("The line's owner gets a task, due in the working days that the settings of budgets say."),
        carry_out=steps.unless_closed(steps.ask_rest),
        url_of=lambda pk: reverse("budgets:statement", args=[pk]),
    ),
    Consequence(
        code=steps.FREEZE,
        label=_("Freeze a share of what is free"),
        help=_(
            "On lines that are not core; lifted once the plan for the rest is there, where it is asked for."
        ),
        carry_out=steps.unless_closed(steps.freeze_part),
        url_of=lambda pk: reverse("budgets:hold", args=[pk]),
    ),
    Consequence(
        code=steps.PAUSE_WORST,
        label=_("Pause lines with a low return"),
        help=_(
            "The worst first, until what is too much is covered; proposed or at once, as the settings say."
        ),
        carry_out=steps.unless_closed(steps.pause_worst),
        url_of=lambda pk: reverse("budgets:line", args=[pk]),
    ),
    Consequence(
        code=steps.REVIEW,
        label=_("Open a review of the budget"),
        help=_("A task each for its owner, the manager and finance."),
        carry_out=steps.unless_closed(steps.review),
        url_of=lambda pk: reverse("decisions:task", args=[pk]),
    ),
    Consequence(
        code=steps.ASK_CAUSE,
        label=_("Ask for a cause"),
        help=_(
            "Of a day or a line over its plan; the owner gets a task, and the cause is kept with the line."
        ),
        carry_out=steps.unless_closed(steps.ask_cause),
        url_of=lambda pk: reverse("budgets:statement", args=[pk]),
    ),
)

ALL_BUDGETS, EACH_LINE = "budget-all", "budget"
TEMPLATES = (
    Template(
        "budget-used",
        _("80% of a budget is used: plan the rest"),
        {2: (Amount(above=Decimal("0.8"), inclusive=True), 1)},
        metric="budget_use",
        consequences={2: (steps.ASK_REST, steps.FREEZE)},
        areas=ALL_BUDGETS,
    ),
    Template(
        "budget-ahead",
        _("20% ahead of plan: pause what brings little"),
        {3: (Amount(above=Decimal("0.2"), inclusive=True), 1)},
        metric="budget_variance",
        consequences={3: (steps.PAUSE_WORST, steps.REVIEW)},
        areas=ALL_BUDGETS,
    ),
    Template(
        "budget-day",
        _("A day 30% over its plan: ask for the cause"),
        {1: (Amount(above=Decimal("1.3"), inclusive=True), 1)},
        grain="day",
        metric="budget_day",
        consequences={1: (steps.ASK_CAUSE,)},
        areas=EACH_LINE,
    ),
    Template(
        "budget-line",
        _("A line 10% over its plan: ask for the cause"),
        {2: (Amount(above=Decimal("1.1"), inclusive=True), 1)},
        metric="budget_over",
        consequences={2: (steps.ASK_CAUSE,)},
        areas=EACH_LINE,
    ),
    Template(
        "budget-conversions",
        _("Most is used, with under half of the expected conversions"),
        {3: (Amount(Decimal("0.5")), 1)},
        metric="budget_conversions_share",
        areas=ALL_BUDGETS,
    ),
)


def register_all() -> None:
    for consequence in CONSEQUENCES:
        register(consequence)
    for template in TEMPLATES:
        register_template(template)
