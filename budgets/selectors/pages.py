"""What the pages of budgets read: the overview, one budget by line, category or team, and one line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.db.models import QuerySet, Sum

from budgets.burn import ZERO, Burn, Plan, day_by_day, together
from budgets.charts import Course, course
from budgets.heavy_days import DayCell, day_cells
from budgets.models import (
    Budget,
    BudgetSettings,
    BudgetState,
    Line,
    LineMonth,
    LineState,
    PlanLine,
    VersionState,
)
from budgets.selectors.burn import burn_of, spent_days
from budgets.selectors.rights import visible_budgets, visible_lines
from organization.models import Person

HELD = (VersionState.HOLDS, VersionState.REPLACED)  # versions that were approved


@dataclass(frozen=True)
class Row:
    """A budget, a line, or some lines together. `key` says which, where it is a part."""

    burn: Burn
    key: str = ""
    line: Line | None = None
    budget: Budget | None = None
    lines: int = 1
    paused: int = 0
    states: tuple[str, ...] = ()


@dataclass(frozen=True)
class Overview:
    open: tuple[Row, ...]
    closed: tuple[Row, ...]
    drafts: tuple[Budget, ...]


def overview(person: Person, *, today: date) -> Overview:
    """All budgets that she may see, those under way first. Five queries, and those of the gate."""
    budgets = list(visible_budgets(person).order_by("-first_day", "-last_day", "pk"))
    # Of each line no more than its figures need: there may be thousands.
    lines = list(
        visible_lines(person)
        .filter(budget__in=budgets)
        .exclude(budget__state=BudgetState.DRAFT)
        .select_related(None)
        .only("budget_id", "fed_by", "state")
    )
    burns = burn_of(lines, today=today)
    rows: dict[str, list[Row]] = {BudgetState.OPEN: [], BudgetState.CLOSED: []}
    for budget in budgets:
        if budget.state == BudgetState.DRAFT:
            continue
        own = [line for line in lines if line.budget_id == budget.pk]
        rows[budget.state].append(
            Row(
                _together(budget, [burns[line.pk] for line in own], today),
                budget=budget,
                lines=len(own),
                paused=sum(line.state == LineState.PAUSED for line in own),
            )
        )
    under_way = sorted(
        rows[BudgetState.OPEN], key=lambda row: (not row.burn.first <= today <= row.burn.last,)
    )
    drafts = tuple(budget for budget in budgets if budget.state == BudgetState.DRAFT)
    return Overview(tuple(under_way), tuple(rows[BudgetState.CLOSED]), drafts)


def _together(budget: Budget, burns: Sequence[Burn], today: date) -> Burn:
    by = max((one.by for one in burns if one.judged), default=min(today, budget.last_day))
    return together(burns, first=budget.first_day, last=budget.last_day, by=by)


@dataclass(frozen=True)
class Asked:
    """What a budget's page was asked for. `by`: line, category or team."""

    by: str = "line"
    words: str = ""
    category: str = ""
    team: str = ""
    only: str = ""  # "attention": lines that need somebody


@dataclass(frozen=True)
class Series:
    """What charts and the calendar draw."""

    course: Course
    days: tuple[DayCell, ...]
    over: Decimal  # beyond its plan, as a part of it, a day is heavy


@dataclass(frozen=True)
class Steps:
    """From the plan that was approved first to what is left."""

    original: Decimal
    versions: Decimal
    transfers: Decimal
    committed: Decimal
    spent: Decimal
    frozen: Decimal
    left: Decimal


@dataclass(frozen=True)
class BudgetPage:
    budget: Budget
    burn: Burn
    rows: tuple[Row, ...]  # of what was asked for, worst first
    attention: tuple[Row, ...]
    lines: int
    pools: int
    teams: tuple[tuple[str, str], ...]
    ids: tuple[int, ...] = field(repr=False, default=())
    judged: tuple[int, ...] = field(repr=False, default=())


def budget_page(person: Person, budget: Budget, asked: Asked, *, today: date) -> BudgetPage:
    """Three queries for the lines, however many there are; charts come on top (`series`, `steps`)."""
    lines = list(_lines(person, budget))
    burns = burn_of(lines, today=today)
    whole = _together(budget, [burns[line.pk] for line in lines], today)
    rows = [_row(line, burns[line.pk]) for line in lines]
    chosen = [row for row in rows if _wanted(row, asked)]
    if asked.by in GROUPS:
        chosen = _grouped(budget, chosen, GROUPS[asked.by], today)
    teams = {line.team_id: line.team.label for line in lines if line.team is not None}
    return BudgetPage(
        budget,
        whole,
        tuple(sorted(chosen, key=_worst_first)),
        tuple(sorted((row for row in rows if needs_somebody(row)), key=_worst_first)),
        len(lines),
        sum(bool(line.pool) for line in lines),
        tuple(sorted(((str(pk), label) for pk, label in teams.items()), key=lambda team: team[1])),
        tuple(line.pk for line in lines),
        tuple(line.pk for line in lines if not line.pool),
    )


def _lines(person: Person, budget: Budget) -> QuerySet[Line]:
    found = visible_lines(person).filter(budget=budget).select_related(None)
    return found.select_related("team").order_by("position", "pk")


def _row(line: Line, burn: Burn) -> Row:
    return Row(burn, key=str(line.pk), line=line, paused=int(line.state == LineState.PAUSED))


def needs_somebody(row: Row) -> bool:
    """Over what is expected, held back, or with more used than there is."""
    if row.line is not None and row.line.state == LineState.CLOSED:
        return False
    burn = row.burn
    return burn.light.reason == "over" or burn.frozen > 0 or row.paused > 0 or burn.free < 0


def _worst_first(row: Row) -> tuple[int, Decimal]:
    return row.burn.light.rank, -abs(row.burn.over)


def _wanted(row: Row, asked: Asked) -> bool:
    line = row.line
    assert line is not None
    return (
        (not asked.words or asked.words.casefold() in line.name.casefold())
        and (not asked.category or line.category == asked.category)
        and (not asked.team or str(line.team_id) == asked.team)
        and (asked.only != "attention" or needs_somebody(row))
    )


def _category(line: Line) -> str:
    return line.pool or line.category


def _team(line: Line) -> str:
    return str(line.team_id or "")


GROUPS: dict[str, Callable[[Line], str]] = {"category": _category, "team": _team}


def _grouped(budget: Budget, rows: Sequence[Row], key: Callable[[Line], str], today: date) -> list[Row]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        assert row.line is not None
        found.setdefault(key(row.line), []).append(row)
    return [
        Row(
            _together(budget, [row.burn for row in parts], today),
            key=name,
            line=parts[0].line,
            lines=len(parts),
            paused=sum(row.paused for row in parts),
        )
        for name, parts in found.items()
    ]


@dataclass(frozen=True)
class LinePage:
    line: Line
    burn: Burn


def line_page(line: Line, *, today: date) -> LinePage:
    return LinePage(line, burn_of([line], today=today)[line.pk])


def series(budget: Budget, lines: Sequence[int], burn: Burn) -> Series:
    """Of these lines together, day by day. Three queries."""
    months = list(
        LineMonth.objects.filter(line__in=lines)
        .values_list("month")
        .annotate(sum=Sum("planned") + Sum("transferred"))
        .order_by("month")
    )
    planned = day_by_day(Plan(budget.first_day, budget.last_day, tuple(months)))
    days = spent_days(lines)
    spent = {day.day: day.spent for day in days}
    committed = {day.day: day.committed for day in days}
    over = Decimal((BudgetSettings.objects.filter(pk=1).first() or BudgetSettings()).day_over)
    return Series(
        course(planned, spent, burn),
        tuple(day_cells(planned, spent, committed, by=burn.by, over=over)),
        over,
    )


def steps(budget: Budget, burn: Burn, *, line: Line | None = None) -> Steps:
    """Of the whole budget or of one line; without versions (made by hand) the plan is the original. One query."""
    plans = PlanLine.objects.filter(version__budget=budget, version__state__in=HELD)
    if line is not None:
        plans = plans.filter(line=line)
    by_version = dict(plans.values_list("version__number").annotate(sum=Sum("amount")))
    first = budget.versions.filter(state__in=HELD).order_by("number").values_list("number", flat=True).first()
    original = burn.planned if first is None else by_version.get(first, ZERO)
    return Steps(
        original,
        burn.planned - original,
        burn.transferred,
        burn.committed,
        burn.spent,
        burn.frozen,
        burn.free,
    )
