"""Bands for the figures that rules look at: learnt when a period is first looked at, and kept."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date

from django.db import connection

from alerts.bands import Mark
from alerts.conditions import Figure, Terms, Usual
from alerts.models import Instance, LearntBand, Rule
from alerts.selectors.bands import Learnt, learn, marks_between, put_bands
from common.columns import column
from organization.models import DIMENSIONS, Scope

Key = tuple[int, date, Usual]  # a scope's id, a period's first day, which band


def with_bands(
    figures: Mapping[int, Sequence[Figure]],
    instances: Sequence[Instance],
    rules: Mapping[int, Rule],
    terms: Mapping[int, Terms],
) -> dict[int, list[Figure]]:
    """The figures of these instances, with what was usual for each. Queries do not grow with instances."""
    groups: dict[tuple[int, str], list[Instance]] = defaultdict(list)
    for one in instances:
        groups[one.metric_id, rules[one.rule_id].grain].append(one)
    marks = _marks([figure for one in instances for figure in figures.get(one.pk, [])])
    told: dict[int, list[Figure]] = {}
    for (metric_id, grain), members in groups.items():
        wanted: dict[Usual, dict[int, set[date]]] = defaultdict(lambda: defaultdict(set))
        for one in members:
            starts = {figure.start for figure in figures.get(one.pk, []) if _may_be_judged(figure)}
            for usual in terms[one.rule_id].usuals:
                wanted[usual][one.scope_id] |= starts
        kept = _kept(metric_id, grain, {pk for by_scope in wanted.values() for pk in by_scope})
        kept |= _learn(rules[members[0].rule_id], wanted, kept)
        for one in members:
            usuals = terms[one.rule_id].usuals
            told[one.pk] = [
                put_bands(
                    figure, {usual: kept.get((one.scope_id, figure.start, usual)) for usual in usuals}, marks
                )
                for figure in figures.get(one.pk, [])
            ]
    return told


def _may_be_judged(figure: Figure) -> bool:
    return figure.value is not None and not figure.partial


def _marks(figures: Sequence[Figure]) -> list[Mark]:
    """Of all days that these figures are about."""
    if not figures:
        return []
    return marks_between(min(one.start for one in figures), max(one.stop or one.start for one in figures))


def _kept(metric_id: int, grain: str, scope_ids: set[int]) -> dict[Key, Learnt]:
    rows = LearntBand.objects.filter(metric_id=metric_id, grain=grain, scope_id__in=scope_ids).values_list(
        "scope_id", "start", "one_in", "direction", "low", "expected", "high", "known"
    )
    return {
        (scope_id, start, (one_in, direction)): Learnt(low, expected, high, known)
        for scope_id, start, one_in, direction, low, expected, high, known in rows
    }


def _learn(
    rule: Rule, wanted: Mapping[Usual, Mapping[int, set[date]]], kept: Mapping[Key, Learnt]
) -> dict[Key, Learnt]:
    """What is not kept yet is learnt from one reading of the days, and kept; whoever comes second keeps nothing."""
    missing = {
        (pk, start, usual)
        for usual, by_scope in wanted.items()
        for pk, starts in by_scope.items()
        for start in starts
        if (pk, start, usual) not in kept
    }
    if not missing:
        return {}
    scopes = list(
        Scope.objects.filter(pk__in={pk for pk, _start, _usual in missing})
        .select_related(*DIMENSIONS)
        .order_by("pk")
    )
    starts = sorted({start for _pk, start, _usual in missing})
    usuals = sorted({usual for _pk, _start, usual in missing})
    learnt = learn(scopes, rule.metric, rule.grain, starts, usuals)
    fresh = {
        key: one
        for (row, start, usual), one in learnt.items()
        if (key := (scopes[row].pk, start, usual)) in missing
    }
    if fresh:
        _keep(rule, fresh)
    return fresh


def _keep(rule: Rule, fresh: Mapping[Key, Learnt]) -> None:
    ordered = sorted(fresh)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO alerts_learntband (scope_id, metric_id, grain, start, one_in, direction, low, expected, high, known)
            SELECT scope_id, %s, %s, start, one_in, direction, low, expected, high, known
            FROM unnest(%s::bigint[], %s::date[], %s::int[], %s::text[], %s::numeric[], %s::numeric[], %s::numeric[],
                %s::int[]) AS learnt(scope_id, start, one_in, direction, low, expected, high, known)
            ON CONFLICT DO NOTHING
            """,
            [
                rule.metric_id, rule.grain,
                column(key[0] for key in ordered),
                column(key[1] for key in ordered),
                column(key[2][0] for key in ordered),
                [key[2][1] for key in ordered],
                *(
                    column(getattr(fresh[key], name) for key in ordered)
                    for name in ("low", "expected", "high", "known")
                ),
            ],
        )  # fmt: skip
