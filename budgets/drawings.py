"""The charts, their tables and the calendar of a budget or a line, with the words around them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.dates import WEEKDAYS, WEEKDAYS_ABBR
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from budgets import burn_words as words
from budgets.burn import Burn
from budgets.charts import Course, Step, burn_chart, waterfall
from budgets.heavy_days import DayCell, Month, heaviest, month_of
from budgets.selectors.pages import Series, Steps
from common import formats
from organization.selectors.rates import currency_sign

HEAVIEST = 5
TABLE = 14  # rows, or some more


Rows = Sequence[tuple[str, Sequence[Decimal | None]]]


def _table(title: str, first: str, heads: Sequence[str], rows: Rows) -> SafeString:
    """The figures of a chart as a table; made here, since cell by cell in a template it takes longer than the page."""
    language, sign = words.language(), currency_sign()

    def cells(values: Sequence[Decimal | None]) -> SafeString:
        return format_html_join(
            "",
            '<td class="num" data-label="{}">{}</td>',
            (
                (head, formats.exact(value, words.MONEY, language, sign))
                for head, value in zip(heads, values, strict=True)
            ),
        )

    return format_html(
        '<table class="lights"><caption>{}</caption><thead><tr><th scope="col">{}</th>{}</tr></thead><tbody>{}</tbody></table>',
        title,
        first,
        format_html_join("", '<th scope="col" class="num">{}</th>', ((head,) for head in heads)),
        format_html_join(
            "", '<tr><th scope="row">{}</th>{}</tr>', ((name, cells(values)) for name, values in rows)
        ),
    )


@dataclass(frozen=True)
class Chart:
    """For `_chart.html`."""

    id: str
    title: str
    subtitle: str
    figure: dict[str, Any]
    numbers: SafeString


@dataclass(frozen=True)
class Calendar:
    month: Month
    title: str
    days: tuple[tuple[str, str], ...]  # of the week: short, in full
    heaviest: tuple[DayCell, ...]
    over: str


@dataclass(frozen=True)
class Drawings:
    course: Chart
    left: Chart
    calendar: Calendar | None


def drawings(burn: Burn, found: Series, steps: Steps, *, month: str, pools: bool) -> Drawings:
    """`month`: the calendar's, "2026-08"; that of `by` where it says none within the period."""
    return Drawings(
        _course(burn, found.course, pools=pools),
        _left(burn, steps),
        _calendar(burn, found.days, month, found.over),
    )


def _course(burn: Burn, drawn: Course, *, pools: bool) -> Chart:
    names = {"plan": _("Plan"), "actual": pgettext("money", "Spent"), "forecast": _("Forecast")}
    said = _("Spend added up day by day; the range holds four times in five.")
    if pools:
        said += words.space() + _("Reserve and emergency pool are left out.")
    step = max(len(drawn.at) // TABLE, 1)
    rows = [
        (words.day(at), (drawn.plan[n], drawn.actual[n], drawn.mean[n], drawn.low[n], drawn.high[n]))
        for n, at in enumerate(drawn.at)
        if n % step == 0 or at == burn.by or n == len(drawn.at) - 1
    ]
    heads = (names["plan"], names["actual"], names["forecast"], _("At least"), _("At most"))
    title = words.course_title(burn)
    table = _table(title, _("By the end of"), heads, rows)
    return Chart("burn", title, said, burn_chart(drawn, names), table)


def _left(burn: Burn, steps: Steps) -> Chart:
    bars = [Step(_("Original plan"), steps.original, whole=True)]
    bars += [
        Step(name, amount)
        for name, amount in (
            (_("Later versions"), steps.versions),
            (_("Transfers"), steps.transfers),
            (pgettext("money", "Spent"), -steps.spent),
            (pgettext("money", "Committed"), -steps.committed),
            (_("Frozen"), -steps.frozen),
        )
        if amount
    ]
    bars.append(Step(_("Left"), steps.left, whole=True))
    title = words.left_title(burn)
    table = _table(title, _("Step"), (_("Amount of money"),), [(step.name, (step.amount,)) for step in bars])
    said = _("From the first approved plan to what is left")
    return Chart("left", title, said, waterfall(bars), table)


def _calendar(burn: Burn, days: Sequence[DayCell], month: str, over: Decimal) -> Calendar | None:
    if not days:
        return None
    shown = _month(month, days) or min(max(burn.by, burn.first), burn.last)
    found = month_of(days, shown)
    return Calendar(
        found,
        formats.period(f"{found.first:%Y-%m}", words.language()),
        tuple((str(WEEKDAYS_ABBR[n]), str(WEEKDAYS[n])) for n in range(7)),
        tuple(heaviest(days, HEAVIEST)),
        words.percent(over),
    )


def _month(text: str, days: Sequence[DayCell]) -> date | None:
    try:
        first = date.fromisoformat(f"{text}-01")
    except ValueError:
        return None
    return first if days[0].day.replace(day=1) <= first <= days[-1].day else None
