"""Why a channel has no curve, in words."""

from __future__ import annotations

from django.utils.translation import gettext as _

from channels.response import POINTS, YEAR, Verdict


def why(verdict: Verdict, *, weeks: int, parameters: int) -> str:
    """Empty where there is a curve."""
    match verdict:
        case Verdict.FITTED:
            return ""
        case Verdict.TOO_SHORT:
            return _("Not enough data: %(weeks)s weeks, and it takes %(least)s.") % {
                "weeks": weeks,
                "least": YEAR,
            }
        case Verdict.TOO_FEW:
            return _("Not enough data: %(weeks)s weeks for a curve that takes %(least)s.") % {
                "weeks": weeks,
                "least": POINTS * parameters,
            }
        case Verdict.NO_SPEND:
            return _("Nothing was spent here.")
        case Verdict.NO_OUTCOME:
            return _("It spends, and no revenue is reported for it.")
        case Verdict.STEADY:
            return _("Its spend hardly moved, so nothing shows what more or less would bring.")
        case Verdict.NO_FIT:
            return _("No curve fits: its revenue did not follow its spend more than chance would have it.")
