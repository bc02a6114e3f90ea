"""Why a part weighs what it weighs, in a few words."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common import formats
from kpis.decomposition import Cause, Reason, Weighed
from kpis.forms.break_down import STAGES


def because(weighed: Weighed, metric: formats.Figured, *, language: str, currency: str) -> str:
    """The factors one after the other, as they are multiplied; "" where nothing needs a word."""
    return " ".join(filter(None, (_said(one, metric, language, currency) for one in weighed.reasons)))


def _said(one: Reason, metric: formats.Figured, language: str, currency: str) -> str:
    factor = formats.plain(one.factor, most=2)
    match one.cause:
        case Cause.DAYS:
            days = int(one.given or 0)
            return ngettext("%(n)s day", "%(n)s days", days) % {"n": days}
        case Cause.HISTORY:
            return formats.tile(one.given, metric, language, currency)
        case Cause.NO_HISTORY:
            return _("no history")
        case Cause.NEGATIVE:
            return _("below zero so far")
        case Cause.TYPICAL:
            amount = formats.tile(one.given, metric, language, currency)
            return _("typical: %(amount)s") % {"amount": amount} if one.given is not None else ""
        case Cause.STEP:
            return _("× %(factor)s in year %(year)s of its path") % {
                "factor": factor, "year": int(one.given or 0),
            }  # fmt: skip
        case Cause.STAGE:
            stage = STAGES[one.stage.value] if one.stage else ""
            return _("× %(factor)s for its stage (%(stage)s)") % {"factor": factor, "stage": stage}
        case Cause.GROWTH:
            return _("× %(factor)s for growth") % {"factor": factor}
        case Cause.MATURITY:
            return _("× %(factor)s for room to grow") % {"factor": factor}
        case Cause.PENETRATION:
            return _("× %(factor)s for competitors") % {"factor": factor}
        case Cause.MINIMUM:
            return _("× %(factor)s so that stars carry 40%%") % {"factor": factor}
        case _:
            return ""
