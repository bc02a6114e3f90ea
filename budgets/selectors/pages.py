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
    Category,
    Line,
    LineState,
    PlanLine,
    Pool,
    VersionState,
)
from budgets.selectors.burn import burn_of, month_sums, spent_days
from budgets.selectors.cockpit import KEYS, cockpit, of_budgets
from budgets.selectors.rights import visible_budgets, visible_lines
from organization.models import Node, Person

HELD = (VersionState.HOLDS, VersionState.REPLACED)  # versions that were approved


@dataclass(frozen=True)
class Row:
    """A budget, a line, or some lines together. `key` says which, where it is a part."""

    burn: Burn
    key: str = ""
    name: str = ""  # of a part
    line: Line | None = None
    budget: Budget | None = None
    lines: int = 1
    paused: int = 0


@dataclass(frozen=True)
class Overview:
    open: tuple[Row, ...]
    closed: tuple[Row, ...]
    drafts: tuple[Budget, ...]


def overview(person: Person, *, today: date) -> Overview:
    """All budgets that she may see, those under way first. Five queries, and those of the gate."""
    budgets = list(visible_budgets(person).order_by("-first_day", "-last_day", "pk"))
    # Of the lines no more than their ids: there may be thousands.
    lines = visible_lines(person).filter(budget__in=budgets).exclude(budget__state=BudgetState.DRAFT)
    spans = {budget.pk: (budget.first_day, budget.last_day) for budget in budgets}
    found = of_budgets(list(lines.order_by().values_list("pk", flat=True)), spans, today=today)
    rows: dict[str, list[Row]] = {BudgetState.OPEN: [], BudgetState.CLOSED: []}
    for budget in budgets:
        if budget.state == BudgetState.DRAFT:
            continue
        own = found.get(budget.pk)
        if own is None or own.uneven:
            burns = burn_of(lines.filter(budget=budget), today=today)
            row = Row(_together(budget, list(burns.values()), today), budget=budget, lines=len(burns))
        else:
            row = Row(own.burn, budget=budget, lines=own.lines, paused=own.paused)
        rows[budget.state].append(row)
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
    """`rows`: what a page of the list shows, worst first, of `wanted`; `attention`: those few that need somebody most, of
    `needing`, of which `over` burn too fast.
    """

    budget: Budget
    burn: Burn
    rows: tuple[Row, ...]
    wanted: int
    attention: tuple[Row, ...]
    needing: int
    over: int
    lines: int
    pools: int
    teams: tuple[tuple[str, str], ...]
    judged: tuple[int, ...] = field(repr=False, default=())
    months: tuple[tuple[date, Decimal], ...] = ()  # what those have together


def budget_page(
    person: Person,
    budget: Budget,
    asked: Asked,
    *,
    today: date,
    skip: int = 0,
    most: int = 25,
    urgent: int = 6,
) -> BudgetPage:
    """Six queries, however many lines there are; charts come on top (`series`, `steps`)."""
    lines = visible_lines(person).filter(budget=budget)
    ids = list(lines.order_by("pk").values_list("pk", "pool", "team"))
    named = {pk for _line, _pool, pk in ids if pk is not None}
    teams = {str(team.pk): team.label for team in Node.objects.filter(pk__in=named)}
    every = [pk for pk, _pool, _team in ids]
    wanted = {"words": asked.words, "category": asked.category, "team": asked.team, "only": bool(asked.only)}
    span = {"first": budget.first_day, "last": budget.last_day, "today": today}
    found = cockpit(every, by=asked.by, **span, wanted=wanted, skip=skip, most=most, urgent=urgent)
    if found.totals.uneven:
        return _line_by_line(budget, list(_lines(lines)), asked, today, skip, most, urgent, teams)
    shown = Line.objects.in_bulk({*found.shown, *found.urgent})  # of those that she may see
    if asked.by in KEYS:
        names = _names(asked.by, teams)
        rows = [
            Row(one.burn, key=key, name=names.get(key, ""), lines=one.lines, paused=one.paused)
            for key, one in found.parts.items()
        ]
        rows.sort(key=_worst_first)
    else:
        rows = [_row(shown[pk], burn) for pk, burn in found.shown.items()]
    return BudgetPage(
        budget,
        found.totals.burn,
        tuple(rows),
        len(rows) if asked.by in KEYS else found.wanted,
        tuple(_row(shown[pk], burn) for pk, burn in found.urgent.items()),
        found.needing,
        found.over,
        len(ids),
        sum(bool(pool) for _line, pool, _team in ids),
        tuple(sorted(teams.items(), key=lambda team: team[1])),
        tuple(pk for pk, pool, _team in ids if not pool),
        found.months,
    )


def _line_by_line(
    budget: Budget,
    lines: list[Line],
    asked: Asked,
    today: date,
    skip: int,
    most: int,
    urgent: int,
    teams: dict[str, str],
) -> BudgetPage:
    """The same, where some month has less than nothing: by the lines themselves."""
    burns = burn_of(lines, today=today)
    rows = [_row(line, burns[line.pk]) for line in lines]
    chosen = [row for row in rows if _wanted(row, asked)]
    if asked.by in KEYS:
        chosen = _grouped(budget, chosen, GROUPS[asked.by], today, _names(asked.by, teams))
    chosen.sort(key=_worst_first)
    needing = sorted((row for row in rows if needs_somebody(row)), key=_worst_first)
    judged = tuple(line.pk for line in lines if not line.pool)
    return BudgetPage(
        budget,
        _together(budget, list(burns.values()), today),
        tuple(chosen if asked.by in KEYS else chosen[skip : skip + most]),
        len(chosen),
        tuple(needing[:urgent]),
        len(needing),
        sum(row.burn.light.reason == "over" for row in needing),
        len(lines),
        sum(bool(line.pool) for line in lines),
        tuple(sorted(teams.items(), key=lambda team: team[1])),
        judged,
        tuple(month_sums(judged)),
    )


def _lines(lines: QuerySet[Line]) -> QuerySet[Line]:
    return lines.select_related(None).select_related("team", "channel", "region")


def _row(line: Line, burn: Burn) -> Row:
    return Row(burn, key=str(line.pk), line=line, paused=int(line.state == LineState.PAUSED))


def needs_somebody(row: Row) -> bool:
    """Over what is expected, held back, or with more used than there is."""
    if row.line is not None and row.line.state == LineState.CLOSED:
        return False
    burn = row.burn
    return burn.light.reason == "over" or burn.frozen > 0 or row.paused > 0 or burn.free < 0


def _worst_first(row: Row) -> tuple[int, Decimal, int, str]:
    return row.burn.light.rank, -abs(row.burn.over), row.line.pk if row.line else 0, row.key


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


def _names(by: str, teams: dict[str, str]) -> dict[str, str]:
    return (
        teams if by == "team" else {value: str(label) for value, label in (*Category.choices, *Pool.choices)}
    )


def _grouped(
    budget: Budget,
    rows: Sequence[Row],
    key: Callable[[Line], str],
    today: date,
    names: dict[str, str],
) -> list[Row]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        assert row.line is not None
        found.setdefault(key(row.line), []).append(row)
    return [
        Row(
            _together(budget, [row.burn for row in parts], today),
            key=name,
            name=names.get(name, ""),
            lines=len(parts),
            paused=sum(row.paused for row in parts),
        )
        for name, parts in found.items()
    ]


@dataclass(frozen=True)
class LinePage:
    line: Line
    burn: Burn
    months: tuple[tuple[date, Decimal], ...]


def line_page(line: Line, *, today: date) -> LinePage:
    return LinePage(line, burn_of([line], today=today)[line.pk], tuple(month_sums([line.pk])))


def series(
    budget: Budget, lines: Sequence[int], months: tuple[tuple[date, Decimal], ...], burn: Burn
) -> Series:
    """Of these lines together, day by day. `months`: what they have for each. Two queries."""
    planned = day_by_day(Plan(budget.first_day, budget.last_day, months))
    spent = dict(spent_days(lines))
    over = Decimal((BudgetSettings.objects.filter(pk=1).first() or BudgetSettings()).day_over)
    return Series(
        course(planned, spent, burn),
        tuple(day_cells(planned, spent, by=burn.by, over=over)),
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
