"""The charts, their tables and the calendar of a budget or a line, with the words around them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.dates import WEEKDAYS, WEEKDAYS_ABBR
from django.utils.translation import gettext as _

from budgets import burn_words as words
from budgets.burn import Burn
from budgets.charts import Course, Step, burn_chart, waterfall
from budgets.heavy_days import DayCell, Month, heaviest, month_of
from budgets.selectors.pages import Series, Steps
from common import formats

HEAVIEST = 5
TABLE = 32  # rows at most


@dataclass(frozen=True)
class Cell:
    label: str
    value: Decimal | None
    metric: words.Unit = words.MONEY
    kind: str = "figure"
    numeric: bool = True


@dataclass(frozen=True)
class TableRow:
    name: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Table:
    """For `_lights_table.html`."""

    caption: str
    first: str
    rows: tuple[TableRow, ...]
    lit: bool = False
    more: int = 0

    @property
    def columns(self) -> tuple[Cell, ...]:
        return self.rows[0].cells if self.rows else ()


@dataclass(frozen=True)
class Chart:
    """For `_chart.html`."""

    id: str
    title: str
    subtitle: str
    figure: dict[str, Any]
    table: Table


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
    names = {"plan": _("Plan"), "actual": _("Spent"), "forecast": _("Forecast")}
    said = _("Spend added up day by day; the range holds four times in five.")
    if pools:
        said += words.space() + _("Reserve and emergency pool are left out.")
    step = max(len(drawn.at) // TABLE, 1)
    rows = tuple(
        TableRow(
            words.day(at),
            (
                Cell(names["plan"], drawn.plan[n]),
                Cell(names["actual"], drawn.actual[n]),
                Cell(names["forecast"], drawn.mean[n]),
                Cell(_("At least"), drawn.low[n]),
                Cell(_("At most"), drawn.high[n]),
            ),
        )
        for n, at in enumerate(drawn.at)
        if n % step == 0 or at == burn.by or n == len(drawn.at) - 1
    )
    title = words.course_title(burn)
    return Chart("burn", title, said, burn_chart(drawn, names), Table(title, _("By the end of"), rows))


def _left(burn: Burn, steps: Steps) -> Chart:
    bars = [Step(_("Original plan"), steps.original, whole=True)]
    bars += [
        Step(name, amount)
        for name, amount in (
            (_("Later versions"), steps.versions),
            (_("Transfers"), steps.transfers),
            (_("Spent"), -steps.spent),
            (_("Committed"), -steps.committed),
            (_("Frozen"), -steps.frozen),
        )
        if amount
    ]
    bars.append(Step(_("Left"), steps.left, whole=True))
    title = words.left_title(burn)
    rows = tuple(TableRow(step.name, (Cell(_("Amount"), step.amount),)) for step in bars)
    said = _("From the first approved plan to what is left")
    return Chart("left", title, said, waterfall(bars), Table(title, _("Step"), rows))


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
