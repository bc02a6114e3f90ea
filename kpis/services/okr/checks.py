"""Rules that several services of objectives share: which quarters are open, which numbers can be, who can own."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from common.periods import Grain, Period, add_months
from kpis.models.okr import Objective
from kpis.selectors.okr.quarters import FIRST_YEAR, is_over, quarter_in_words
from kpis.services.okr.errors import ObjectiveRefused
from organization.gate import Action, can
from organization.models import Person, Scope
from organization.selectors import company

LIMIT = Decimal(10) ** 15
HEAVIEST = Decimal(1000)
AHEAD_MONTHS = 24


def check_quarter(start: date, *, today: date) -> None:
    """Raises ObjectiveRefused where no fiscal quarter begins on the day, or none that one can still plan for."""
    try:
        Period(Grain.QUARTER, start, company().fiscal_year_start)
    except ValueError:
        raise ObjectiveRefused(_("No quarter begins on this day."), "quarter") from None
    if start.year < FIRST_YEAR or start > add_months(today, AHEAD_MONTHS):
        raise ObjectiveRefused(_("This quarter is more than two years ahead."), "quarter")
    check_open(start, today=today)


def check_open(start: date, *, today: date) -> None:
    """Raises ObjectiveRefused for a quarter that is closed, as its last month is."""
    if is_over(start, today=today):
        raise ObjectiveRefused(
            _("%(quarter)s is closed: nothing in it changes any more. Carry over what is unfinished.")
            % {"quarter": quarter_in_words(start)},
            "quarter",
        )


def check_running(objective: Objective, *, today: date) -> None:
    """Raises ObjectiveRefused where it is closed, or its quarter is."""
    if objective.is_closed:
        raise ObjectiveRefused(_("This objective is closed. What it came to stays as it is."))
    check_open(objective.start, today=today)


def check_owner(owner: Person | None, scope: Scope) -> None:
    """Nobody is made responsible for what she cannot see. Raises ObjectiveRefused."""
    if owner is None:
        return
    if not owner.is_active:
        raise ObjectiveRefused(_("%(name)s is not active any more.") % {"name": owner.label}, "owner")
    if not can(owner, Action.VIEW, scope):
        raise ObjectiveRefused(
            _("%(name)s may not see this area. Choose somebody who may, or have a role granted first.")
            % {"name": owner.label},
            "owner",
        )


def check_amount(value: Decimal, field: str) -> None:
    """Raises ObjectiveRefused for what is no number or beyond all measure."""
    if not value.is_finite():
        raise ObjectiveRefused(_("This is not a number. Write 1,200,000 or 120万."), field)
    if abs(value) >= LIMIT:
        raise ObjectiveRefused(_("A value of %(value)s is too large.") % {"value": f"{value:.0e}"}, field)


def check_weight(weight: Decimal, field: str = "weight", *, row: int | None = None) -> None:
    """Raises ObjectiveRefused for a weight of nothing, less, or out of all proportion."""
    if not weight.is_finite() or weight <= 0:
        raise ObjectiveRefused(
            _("A weight is more than 0: what weighs nothing counts nowhere."), field, row=row
        )
    if weight >= HEAVIEST:
        raise ObjectiveRefused(
            _("A weight is less than %(most)s.") % {"most": f"{HEAVIEST:,}"}, field, row=row
        )


def check_title(title: str, *, row: int | None = None) -> str:
    """Without blanks around it. Raises ObjectiveRefused where nothing is left, or too much."""
    title = " ".join(title.split())
    if not title:
        raise ObjectiveRefused(_("Say it in a few words."), "title", row=row)
    if len(title) > 200:
        raise ObjectiveRefused(
            _("At most 200 characters; the rest goes into the description."), "title", row=row
        )
    return title
