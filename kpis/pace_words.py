"""Why so much of a target is due by now, and how that makes the light: in sentences that can be checked by hand.

Pure but for the language and the company's currency: a `PaceWhy` and a figure in, words out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from common import formats
from common.listing import listed
from common.periods import Grain, Period, add_months
from kpis.models import Direction, Metric
from kpis.selectors.figures import Figure
from kpis.selectors.pacing import Goes, PacePart, PaceWhy
from organization.selectors.rates import currency_sign

__all__ = ["Days", "attainment_working", "due_working", "from_what"]


@dataclass(frozen=True)
class Days:
    """How many days of a period are over, of how many."""

    over: int
    all: int


def from_what(pace: PaceWhy, *, lender: str, fiscal_start: int) -> str:
    """Where the shape comes from. `lender` is its name where the reader may know it, else ""."""
    said = [_shape(pace, lender or _("a larger area"))]
    if pace.goes == Goes.PLAN:
        parts = _parts(pace.parts, fiscal_start)
        said.insert(0, _("What is due by now goes by the targets within: %(parts)s.") % {"parts": parts})
        if pace.under_way is None:
            said = said[:1]
    if pace.events:
        events = listed(pace.events)
        said.append(_("Laid on their own days, whatever the date: %(events)s.") % {"events": events})
    if pace.learnt_on is not None and pace.upto is not None:
        said.append(
            _("Learnt on %(day)s from days up to %(upto)s, and kept.")
            % {"day": _day(pace.learnt_on), "upto": _day(pace.upto)}
        )
    return ("" if formats.is_chinese(_language()) else " ").join(said)


def _shape(pace: PaceWhy, lender: str) -> str:
    if not pace.kept:
        return _("How days count is being learnt; a moment later it stands here.")
    if not pace.years:
        return _("Days count alike: nobody has a history yet from which their shape could be learnt.")
    words = {"years": listed([str(year) for year in pace.years]), "lender": lender}
    if pace.basis == "parent":
        return (
            _("Days count as they did for %(lender)s in %(years)s; it has no history of its own yet.") % words
        )
    if pace.borrowed:
        return (
            _("Days count as they did here in %(years)s; those never seen here as they did for %(lender)s.")
            % words
        )
    return _("Days count as they did here in %(years)s.") % words


def _parts(parts: Sequence[PacePart], fiscal_start: int) -> str:
    """`Oct in full, Nov 70%, Dec nothing yet`; neighbours that are alike are said together."""
    groups: list[list[PacePart]] = []
    for part in parts:
        alike = groups and groups[-1][0].share == part.share and part.share in (0, 1)
        if alike:
            groups[-1].append(part)
        else:
            groups.append([part])
    return _(", ").join([_group(group, fiscal_start) for group in groups])


def _group(group: Sequence[PacePart], fiscal_start: int) -> str:
    first, last = _name(group[0], fiscal_start), _name(group[-1], fiscal_start)
    name = first if len(group) == 1 else _("%(first)s to %(last)s") % {"first": first, "last": last}
    if group[0].share == 1:
        return _("%(period)s in full") % {"period": name}
    if group[0].share == 0:
        return _("%(period)s nothing yet") % {"period": name}
    return _("%(period)s by %(share)s") % {"period": name, "share": _percent(group[0].share)}


def _name(part: PacePart, fiscal_start: int) -> str:
    grain = Grain.MONTH if part.last < add_months(part.first, 1) else Grain.QUARTER
    return formats.short_period(str(Period(grain, part.first, fiscal_start)), _language())


def due_working(figure: Figure, pace: PaceWhy, metric: Metric, days: Days) -> str:
    """How the target becomes what is due: `¥4,500.00 × 21 ÷ 30`; "" where there is nothing to work out."""
    target, expected = figure.target, figure.expected
    if target is None or expected is None or target == 0 or days.over >= days.all:
        return ""
    if pace.goes == Goes.PLAN and sum(part.weight for part in pace.parts) == target:
        full = sum((part.weight for part in pace.parts if part.share == 1), Decimal(0))
        part = pace.under_way
        said = [_exact(full, metric)] if full or part is None else []
        if part is not None:
            said.append(f"{_exact(part.weight, metric)} × {_percent(part.share)}")
        return " + ".join(said)
    if pace.goes == Goes.DAYS and target * days.over == expected * days.all:
        return f"{_exact(target, metric)} × {days.over} ÷ {days.all}"
    return f"{_exact(target, metric)} × {_percent(expected / target)}"


def attainment_working(figure: Figure, metric: Metric) -> str:
    """The attainment's formula with its figures, by the rules of kpis.scoring; "" where there is no number."""
    value, due = figure.value, figure.expected
    if value is None or figure.attainment is None:
        return ""
    if metric.direction == Direction.BAND:
        return _band(value, metric)
    if due is None or due == 0:
        return ""
    a, e = _exact(value, metric), _exact(due, metric)
    if due > 0:
        return f"{e} ÷ {a}" if metric.direction == Direction.LOWER else f"{a} ÷ {e}"
    sign = formats.MINUS if metric.direction == Direction.LOWER else "+"
    return f"1 {sign} ({a} {formats.MINUS} ({e})) ÷ {_exact(abs(due), metric)}"


def _band(value: Decimal, metric: Metric) -> str:
    low, high = metric.band_low, metric.band_high
    if low is None or high is None or low <= value <= high:
        return ""
    edge = low if value < low else high
    return f"1 {formats.MINUS} {_exact(abs(value - edge), metric)} ÷ {_exact(abs(edge), metric)}"


def _percent(share: Decimal) -> str:
    """To a hundredth of a percent, so that the product can be done again."""
    return f"{formats.plain((share * 100).quantize(Decimal('0.01'), rounding=ROUND_HALF_UP), most=2)}%"


def _exact(value: Decimal, metric: Metric) -> str:
    return formats.exact(value, metric, _language(), currency_sign())


def _day(day: date) -> str:
    return formats.day(day, _language())


def _language() -> str:
    return get_language() or "en"
