"""How mean scores, their intervals and changes are written, and what is said of what moved. In the active language."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common import formats
from feedback.effect import Effect, Estimate, Verdict

ONE = Decimal("0.1")


def rounded(value: float) -> Decimal:
    return Decimal(repr(float(value))).quantize(ONE, rounding=ROUND_HALF_UP)


def mean(value: float | None) -> str:
    """6.9; "—" is none."""
    if value is None:
        return formats.NO_VALUE
    shown = rounded(value)
    return formats.sign(shown) + formats.plain(shown, least=1, most=1)


def change(value: float | None) -> str:
    if value is None:
        return formats.NO_VALUE
    shown = rounded(value)
    lead = "" if not shown else "+" if shown > 0 else formats.MINUS
    return lead + formats.plain(shown, least=1, most=1)


def interval(estimate: Estimate) -> str:
    """Empty where there is none."""
    if estimate.low is None or estimate.high is None or math.isinf(estimate.high):
        return ""
    return _("%(low)s to %(high)s") % {"low": mean(estimate.low), "high": mean(estimate.high)}


def counted(count: int) -> str:
    return ngettext("%(count)s score", "%(count)s scores", count) % {"count": formats.number(count)}


def topic_moved(effect: Effect, *, least: int) -> str:
    """Of mean scores before and after; never why."""
    before, after = effect.before, effect.after
    if effect.verdict == Verdict.TOO_FEW:
        return _("Too few to say: %(before)s before and %(after)s since; %(least)s are needed on either side.") % {
            "before": counted(before.count), "after": counted(after.count), "least": formats.number(least),
        }  # fmt: skip
    values = {
        "before": mean(before.value),
        "n": formats.number(before.count),
        "after": mean(after.value),
        "m": formats.number(after.count),
        "between": interval(effect.change),
    }
    match effect.verdict:
        case Verdict.APART:
            said = _(
                "The score moved from %(before)s (n=%(n)s) to %(after)s (n=%(m)s); the intervals do not overlap."
            )
        case Verdict.MOVED:
            said = _(
                "The score moved from %(before)s (n=%(n)s) to %(after)s (n=%(m)s); the intervals overlap, but that of the difference, %(between)s, leaves out zero."
            )
        case _:
            said = _(
                "From %(before)s (n=%(n)s) to %(after)s (n=%(m)s): this may be chance; the interval of the difference, %(between)s, holds zero."
            )
    return said % values


def cause_moved(effect: Effect, *, days: int, month: int) -> str:
    """Of complaints per 30 days before and after."""
    before, after = effect.before, effect.after
    if effect.verdict == Verdict.TOO_FEW:
        if days < month:
            return _("Too early to say: it began less than %(days)s days ago.") % {"days": month}
        return _("Too few to say: %(before)s complaints before and %(after)s since.") % {
            "before": formats.number(before.count), "after": formats.number(after.count),
        }  # fmt: skip
    values = {
        "before": mean(before.value),
        "n": formats.number(before.count),
        "after": mean(after.value),
        "m": formats.number(after.count),
    }
    match effect.verdict:
        case Verdict.APART:
            said = _(
                "Complaints per 30 days moved from %(before)s (n=%(n)s) to %(after)s (n=%(m)s); the intervals do not overlap."
            )
        case Verdict.MOVED:
            said = _(
                "Complaints per 30 days moved from %(before)s (n=%(n)s) to %(after)s (n=%(m)s); the intervals overlap, but that of the ratio leaves out one."
            )
        case _:
            said = _(
                "Complaints per 30 days: from %(before)s (n=%(n)s) to %(after)s (n=%(m)s); this may be chance."
            )
    return said % values
