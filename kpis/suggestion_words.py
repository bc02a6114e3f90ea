"""What a suggestion says, in the reader's language."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from common import formats
from kpis.suggesting import PastYear, Proposal, Suggestion

KINDS = {
    "steady": gettext_lazy("Steady"),
    "ambitious": gettext_lazy("Ambitious"),
    "stretch": gettext_lazy("Stretch"),
}


def percent(share: float | None) -> str:
    """+12.3%; "—" where it is not known."""
    if share is None:
        return formats.NO_VALUE
    value = round(Decimal(str(share)) * 100, 1)
    return f"{'+' if value > 0 else formats.sign(value)}{formats.plain(value, least=1, most=1)}%"


def chance(share: float) -> str:
    return f"{round(share * 100)}%"


def year_name(year: PastYear) -> str:
    """The calendar year in which it begins, as periods are named."""
    return formats.period(f"{year.first_day.year:04d}", get_language() or "en")


def assumption(one: Proposal, found: Suggestion) -> str:
    """What would have to be so for this to be reached."""
    usual = percent(found.growth)
    best = percent(found.best.growth) if found.best else formats.NO_VALUE
    which = year_name(found.best) if found.best else ""
    match one.assumes:
        case "growth_goes_on":
            return _("Needs no more growth than the usual %(usual)s a year.") % {"usual": usual}
        case "like_the_best":
            return _("Needs more growth than the usual %(usual)s, no more than the best year had (%(which)s: %(best)s).") % {
                "usual": usual, "which": which, "best": best,
            }  # fmt: skip
        case "better_than_ever":
            return _("Needs more growth than any year had; the best was %(best)s (%(which)s).") % {
                "which": which, "best": best,
            }  # fmt: skip
        case _:
            return _("There is no growth of earlier years to hold it against.")
