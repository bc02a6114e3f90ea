"""Plans as files with a line for each budget, line and period: `budget,line,period,amount,category,core`. No database.

A period is a month, a quarter or a year, in the forms of `common.periods` or in Chinese (2026年8月, 2026年第三季度).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from budgets.models import Category
from budgets.plan_workbook import word
from budgets.planning import by_days, months_of
from common.periods import Grain, Period
from kpis.amount_text import parse_amount

NAMES = {
    "budget": "budget budget_name 预算 预算名称 预算表",
    "line": "line line_name budget_line 预算项 预算项目 项目 科目 预算科目",
    "period": "period month quarter year 期间 月份 周期 时间 季度 年度",
    "amount": "amount planned plan 金额 预算金额 计划金额 预算额",
    "category": "category 类别 分类 费用类别",
    "core": "core is_core 核心 是否核心",
}
NEEDED = ("budget", "line", "period", "amount")
HEADING_WITHIN = 20
_QUARTERS = {"一": "1", "二": "2", "三": "3", "四": "4"}
_CHINESE = (
    (re.compile(r"(\d{4})年(\d{1,2})月?"), lambda m: f"{m[1]}-{int(m[2]):02d}"),
    (re.compile(r"(\d{4})年?第?([一二三四1-4])季度?"), lambda m: f"{m[1]}-Q{_QUARTERS.get(m[2], m[2])}"),
    (re.compile(r"(\d{4})[-/.年]?[Qq]([1-4])"), lambda m: f"{m[1]}-Q{m[2]}"),
    (re.compile(r"(\d{4})[-/.](\d{1,2})(?:[-/.]0?1(?:[ T]00:00(?::00)?)?)?"), lambda m: f"{m[1]}-{int(m[2]):02d}"),
    (re.compile(r"(\d{4})年(?:度|全年)?"), lambda m: m[1]),
)  # fmt: skip


def read_period(text: str, *, fiscal_start: int) -> Period | None:
    """None for what is no month, quarter or year; a spreadsheet's first of a month is that month."""
    plain = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)) if ":" not in text else text.strip()
    for pattern, written in _CHINESE:
        match = pattern.fullmatch(plain)
        if match is not None:
            plain = written(match)
            break
    try:
        found = Period.parse(plain, fiscal_start=fiscal_start)
    except ValueError:
        return None
    return found if found.grain in (Grain.MONTH, Grain.QUARTER, Grain.YEAR) else None


@dataclass
class SaidLine:
    """A line of a budget: where the file says it first, what it says of it, and its amount by period."""

    number: int
    name: str
    category: str = ""
    core: bool | None = None
    amounts: dict[Period, Decimal] = field(default_factory=dict)

    def months(self) -> dict[date, Decimal]:
        """By month; a quarter's and a year's amounts go by days."""
        found: dict[date, Decimal] = {}
        for period, amount in self.amounts.items():
            parts = months_of(period.start, period.end)
            for part, share in zip(parts, by_days(amount, period.start, period.end), strict=True):
                found[part.month] = found.get(part.month, Decimal(0)) + share
        return found


@dataclass
class SaidBudget:
    number: int
    name: str
    lines: dict[str, SaidLine] = field(default_factory=dict)

    @property
    def first_day(self) -> date:
        return min(period.start for line in self.lines.values() for period in line.amounts)

    @property
    def last_day(self) -> date:
        return max(period.end for line in self.lines.values() for period in line.amounts)


@dataclass(frozen=True)
class SaidPlans:
    rows: int
    budgets: Sequence[SaidBudget]
    wrong: Sequence[tuple[int, str]]


def headings_in(cells: Sequence[str]) -> dict[str, int] | None:
    """Columns by name; None where one that is needed is missing."""
    known = {_plain(name): code for code, names in NAMES.items() for name in names.split()}
    found: dict[str, int] = {}
    for place, cell in enumerate(cells):
        code = known.get(_plain(cell))
        if code is not None:
            found.setdefault(code, place)
    return found if all(name in found for name in NEEDED) else None


def _plain(text: str) -> str:
    return re.sub(r"[\s_\-]+", "", unicodedata.normalize("NFKC", text).strip().lower().lstrip("\ufeff"))


def read_plans(rows: Iterable[tuple[int, Sequence[str]]], *, fiscal_start: int) -> SaidPlans | None:
    """What the lines (number, cells) say, and what is wrong with which; None without a line of headings."""
    columns: dict[str, int] | None = None
    reader = _Reader(fiscal_start)
    for place, (number, cells) in enumerate(rows):
        if columns is None:
            columns = headings_in(cells)
            if columns is None and place >= HEADING_WITHIN:
                return None
            continue
        said = {name: cells[at].strip() if at < len(cells) else "" for name, at in columns.items()}
        if any(said.values()):
            reader.take(number, said)
    if columns is None:
        return None
    return SaidPlans(reader.rows, list(reader.budgets.values()), reader.wrong)


class _Reader:
    def __init__(self, fiscal_start: int) -> None:
        self.fiscal_start, self.rows = fiscal_start, 0
        self.budgets: dict[str, SaidBudget] = {}
        self.wrong: list[tuple[int, str]] = []

    def take(self, number: int, said: dict[str, str]) -> None:
        self.rows += 1
        before = len(self.wrong)
        names = {name: " ".join(said[name].split()) for name in ("budget", "line")}
        if not all(names.values()):
            self._fault(number, _("A line needs a budget and the name of its line."))
        period = read_period(said["period"], fiscal_start=self.fiscal_start)
        if period is None:
            self._fault(
                number,
                _("“%(text)s” is no period; write 2026-08, 2026-Q3 or 2026.") % {"text": said["period"][:40]},
            )
        amount = parse_amount(said["amount"])
        if amount is None:
            self._fault(number, _("“%(text)s” is no amount.") % {"text": said["amount"][:60]})
        elif amount < 0:
            self._fault(number, _("A plan cannot be negative."))
        elif amount != round(amount, 2):
            self._fault(number, _("Amounts have at most two decimals."))
        category = self._word(number, "category", said.get("category", ""))
        core = self._word(number, "core", said.get("core", ""))
        if len(self.wrong) > before or period is None or amount is None:
            return
        budget = self.budgets.setdefault(names["budget"].casefold(), SaidBudget(number, names["budget"]))
        line = budget.lines.setdefault(names["line"].casefold(), SaidLine(number, names["line"]))
        if any(period.start <= other.end and other.start <= period.end for other in line.amounts):
            self._fault(number, _("This line has an amount for these months already."))
            return
        is_core = None if not core else core == "yes"
        if (line.category and category and line.category != category) or (
            line.core is not None and is_core is not None and line.core != is_core
        ):
            self._fault(number, _("The lines before say another category or core of this line."))
            return
        line.category = line.category or category
        line.core = is_core if line.core is None else line.core
        line.amounts[period] = amount

    def _word(self, number: int, name: str, text: str) -> str:
        if not text:
            return ""
        plain = unicodedata.normalize("NFKC", text).strip()
        if name == "core" and plain.casefold() in _TRUE | _FALSE:
            return "yes" if plain.casefold() in _TRUE else "no"
        found = word(name, plain)
        if found is None:
            self._fault(number, _("“%(text)s” is not known here.") % {"text": plain[:60]})
        return found or ""

    def _fault(self, number: int, message: str) -> None:
        self.wrong.append((number, message))


_TRUE = frozenset(("1", "y", "true", "t", "core", "核心"))
_FALSE = frozenset(("0", "n", "false", "f", "非核心"))
OTHERWISE = Category.OTHER.value
