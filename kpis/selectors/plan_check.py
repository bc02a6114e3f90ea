"""Where the targets of parts and wholes disagree in a year: areas beside what lies below them, months beside the year."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from django.db import connection
from django.db.models import Count

from common.periods import Grain, Period
from kpis.decomposition import disagreement, weighted
from kpis.models import Measure, Metric, Target
from organization.gate import visible_scopes
from organization.models import DIMENSIONS, Node, Person, Scope
from organization.selectors import scope_key

NEAR = Decimal("0.01")  # ratios of parts and whole that differ by less agree
State = Literal["more", "less", "open"]
Amounts = Mapping[tuple[int, str, date], Decimal]  # by scope, grain and first day


@dataclass(frozen=True)
class Finding:
    """`state`: parts promise more than the whole; come to less though all have targets; or leave room for those without.

    `tree` is "" where periods are held against the year or quarter they lie in. `months` are months in which the same
    parts disagree besides. Amounts are in the metric's unit; of ratios `parts` is the mean by volume.
    """

    scope: Scope
    tree: str
    period: Period
    whole: Decimal
    parts: Decimal
    known: int
    missing: int
    state: State
    months: tuple[Period, ...] = ()

    @property
    def difference(self) -> Decimal:
        return self.parts - self.whole

    @property
    def share(self) -> Decimal | None:
        return self.difference / abs(self.whole) if self.whole else None


@dataclass(frozen=True)
class Checked:
    findings: tuple[Finding, ...]
    targets: int
    compared: int
    volumes: str  # what weighs ratios: "planned", "last_year", "" for what adds up


def plan_check(person: Person, metric: Metric, year: Period) -> Checked:
    """Of all areas that she may see; a bounded number of queries."""
    amounts = _targets(person, metric, year)
    scopes = {
        scope.pk: scope
        for scope in Scope.objects.filter(pk__in={key[0] for key in amounts}).select_related(
            "node", *DIMENSIONS
        )
    }
    families = _families(scopes)
    if metric.additive:
        compared, findings = _sums(amounts, scopes, families, year)
        volumes = ""
    else:
        compared, findings, volumes = _means(person, metric, amounts, scopes, families, year)
    order = {"more": 0, "less": 1, "open": 2}
    found = sorted(findings, key=lambda one: (order[one.state], -abs(one.share or Decimal(0)), one.scope.key))
    return Checked(tuple(found), len(amounts), compared, volumes)


def _targets(person: Person, metric: Metric, year: Period) -> dict[tuple[int, str, date], Decimal]:
    rows = Target.objects.filter(
        metric=metric,
        grain__in=("month", "quarter", "year"),
        start__range=(year.start, year.end),
        superseded_at__isnull=True,
        value__isnull=False,
        scope__in=visible_scopes(person).order_by().values("pk"),
    ).values_list("scope_id", "grain", "start", "value")
    return {(scope, grain, start): value for scope, grain, start, value in rows if value is not None}


@dataclass(frozen=True)
class _Family:
    """A whole and its parts in one tree; `siblings` counts all there are, with targets or without."""

    whole: Scope
    tree: str
    parts: tuple[Scope, ...]
    siblings: int


def _families(scopes: Mapping[int, Scope]) -> list[_Family]:
    """Wholes among these that have parts among these. One query."""
    by_key = {scope.key: scope for scope in scopes.values()}
    members: dict[tuple[str, str], list[Scope]] = defaultdict(list)
    parents: dict[int, Node] = {}
    for scope in scopes.values():
        for tree in scope.node_ids():
            parents.setdefault(getattr(scope, tree).pk, getattr(scope, tree))
    for scope in scopes.values():
        nodes: dict[str, Node] = {one: getattr(scope, one) for one in scope.node_ids()}
        for tree, node in nodes.items():
            above = {one: other for one, other in nodes.items() if one != tree}
            if node.parent_id is not None:
                if node.parent_id not in parents:
                    continue
                above[tree] = parents[node.parent_id]
            whole = by_key.get(scope_key(above))
            if whole is not None and node.archived_at is None:
                members[whole.key, tree].append(scope)
    counts = {
        (tree, parent): n
        for tree, parent, n in Node.objects.filter(archived_at__isnull=True, merged_into__isnull=True)
        .values_list("dimension", "parent_id")
        .annotate(n=Count("pk"))
    }
    return [
        _Family(
            by_key[key],
            tree,
            tuple(parts),
            max(len(parts), counts.get((tree, by_key[key].node_ids().get(tree)), 0)),
        )
        for (key, tree), parts in members.items()
    ]


def _periods(year: Period) -> list[Period]:
    """The year, its quarters, its months."""
    quarter = Period(Grain.QUARTER, year.start, year.fiscal_start)
    return [year, *(quarter.next(step) for step in range(4)), *year.months()]


def _own(amounts: Amounts, scope: Scope, period: Period) -> Decimal | None:
    return amounts.get((scope.pk, period.grain.value, period.start))


def _planned(amounts: Amounts, scope: Scope, period: Period) -> Decimal | None:
    """What is planned for a period: its own target, else that of all its quarters or all its months."""
    own = _own(amounts, scope, period)
    if own is not None or period.grain == Grain.MONTH:
        return own
    smaller = [one for one in _periods_within(period) if one.grain != Grain.MONTH]
    for parts in (smaller, list(period.months())):
        found = [
            _planned(amounts, scope, part) if parts is smaller else _own(amounts, scope, part)
            for part in parts
        ]
        known = [value for value in found if value is not None]
        if parts and len(known) == len(parts):
            return sum(known, Decimal(0))
    return None


def _periods_within(period: Period) -> list[Period]:
    if period.grain != Grain.YEAR:
        return []
    return _periods(period)[1:5]


def _sums(
    amounts: Amounts, scopes: Mapping[int, Scope], families: Iterable[_Family], year: Period
) -> tuple[int, list[Finding]]:
    findings: list[Finding] = []
    compared = 0
    for scope in scopes.values():
        for period in _periods(year)[:5]:
            own = _own(amounts, scope, period)
            if own is None:
                continue
            parts = {str(one): _own(amounts, scope, one) for one in period.months()}
            if period.grain == Grain.YEAR and any(value is None for value in parts.values()):
                # Quarters hold where months say nothing.
                quarters = {str(one): _planned(amounts, scope, one) for one in _periods(year)[1:5]}
                parts = quarters if any(value is not None for value in quarters.values()) else parts
            if all(value is None for value in parts.values()):
                continue
            compared += 1
            found = _finding(scope, "", period, own, parts, len(parts))
            if found is not None:
                findings.append(found)
    for family in families:
        lines = []
        for period in _periods(year):
            whole = _planned(amounts, family.whole, period)
            sums = {part.key: _planned(amounts, part, period) for part in family.parts}
            if whole is None or all(value is None for value in sums.values()):
                continue
            compared += 1
            found = _finding(family.whole, family.tree, period, whole, sums, family.siblings)
            if found is not None:
                lines.append(found)
        findings += _together(lines)
    return compared, findings


def _finding(
    scope: Scope,
    tree: str,
    period: Period,
    whole: Decimal,
    parts: Mapping[str, Decimal | None],
    siblings: int,
) -> Finding | None:
    found = disagreement(whole, parts)
    if not found.difference or found.parts is None:
        return None
    known = len(parts) - len(found.missing)
    missing = siblings - known
    beyond = (found.difference > 0) == (whole >= 0)
    state: State = "more" if beyond else "open" if missing else "less"
    return Finding(scope, tree, period, whole, found.parts, known, missing, state)


def _together(lines: Sequence[Finding]) -> list[Finding]:
    """One line a whole and tree: its widest period, the months told beside it."""
    if not lines:
        return []
    first, *rest = lines
    months = tuple(one.period for one in rest if one.period.grain == Grain.MONTH)
    return [
        Finding(
            first.scope,
            first.tree,
            first.period,
            first.whole,
            first.parts,
            first.known,
            first.missing,
            first.state,
            months,
        )
    ]


# -- Ratios -----------------------------------------------------------------------------------------


def _means(
    person: Person,
    metric: Metric,
    amounts: Amounts,
    scopes: Mapping[int, Scope],
    families: Iterable[_Family],
    year: Period,
) -> tuple[int, list[Finding], str]:
    """The parts' targets weighed by what the ratio divides by, as planned or else as it was a year before."""
    families = list(families)
    if metric.denominator is None or not families:
        return 0, [], ""
    planned = Metric.objects.in_use().filter(numerator=metric.denominator, denominator__isnull=True).first()
    volumes = _targets(person, planned, year) if planned is not None and planned.additive else {}
    before = _last_year(metric, [part for family in families for part in family.parts], year)
    compared, findings, basis = 0, [], "last_year"
    for family in families:
        lines = []
        for period in _periods(year):
            whole = _own(amounts, family.whole, period)
            if whole is None:
                continue
            ratios = {part: _inherited(amounts, part, period) for part in family.parts}
            known = {part: ratio for part, ratio in ratios.items() if ratio is not None}
            sizes = {part: _planned(volumes, part, period) for part in known}
            if any(size is None for size in sizes.values()):
                sizes = {part: _sum_of(before, part, period) for part in known}
            elif known:
                basis = "planned"
            parts = {
                part.key: (ratio, size)
                for part, ratio in known.items()
                if (size := sizes[part]) is not None and size >= 0
            }
            mean = weighted(parts)
            if mean is None:
                continue
            compared += 1
            missing = family.siblings - len(parts)
            if abs(mean - whole) > NEAR * abs(whole):
                state: State = "open" if missing else "more" if mean > whole else "less"
                lines.append(
                    Finding(family.whole, family.tree, period, whole, mean, len(parts), missing, state)
                )
        findings += _together(lines)
    return compared, findings, basis if compared else ""


def _inherited(amounts: Amounts, scope: Scope, period: Period) -> Decimal | None:
    """Of ratios what holds for a month is its own, else the quarter's, else the year's."""
    for grain in (Grain.MONTH, Grain.QUARTER, Grain.YEAR):
        if grain == Grain.MONTH and period.grain != Grain.MONTH:
            continue
        if grain == Grain.QUARTER and period.grain == Grain.YEAR:
            continue
        at = Period.containing(period.start, grain, fiscal_start=period.fiscal_start)
        own = _own(amounts, scope, at)
        if own is not None:
            return own
    return None


def _last_year(metric: Metric, parts: Iterable[Scope], year: Period) -> dict[tuple[int, date], Decimal]:
    """By single area and the month a year later, what the ratio divides by. One query."""
    slots = dict(Measure.objects.filter(code__in=metric.denominator or {}).values_list("code", "slot"))
    combined = " + ".join(
        f"{Decimal(coefficient)} * sum(amounts[{slots[code]}])"
        for code, coefficient in (metric.denominator or {}).items()
    )
    before = year.last_year()
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT scope_id, (date_trunc('month', day) + interval '1 year')::date, {combined}
            FROM kpis_amountday WHERE scope_id = ANY(%(scopes)s) AND day BETWEEN %(first)s AND %(last)s
            GROUP BY 1, 2
            """,  # noqa: S608 - our own slots and coefficients
            {"scopes": [part.pk for part in parts], "first": before.start, "last": before.end},
        )
        return {(scope, month): amount for scope, month, amount in cursor.fetchall() if amount is not None}


def _sum_of(before: Mapping[tuple[int, date], Decimal], part: Scope, period: Period) -> Decimal | None:
    found = [before.get((part.pk, month.start)) for month in period.months()]
    known = [amount for amount in found if amount is not None]
    return sum(known, Decimal(0)) if known else None
