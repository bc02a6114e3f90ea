"""Bands for the figures that rules look at: learnt when a period is first looked at, and kept."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from django.db import connection

from alerts.conditions import Figure, Terms, Usual
from alerts.models import Instance, LearntBand, Rule
from alerts.selectors.bands import Learnt, learn, marked_on, marks_between
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
    told: dict[int, list[Figure]] = {}
    for (metric_id, grain), members in groups.items():
        wanted: dict[Usual, dict[int, set[date]]] = defaultdict(lambda: defaultdict(set))
        for one in members:
            starts = {figure.start for figure in figures.get(one.pk, []) if _may_be_judged(figure)}
            for usual in terms[one.rule_id].usuals:
                wanted[usual][one.scope_id] |= starts
        kept = _kept(metric_id, grain, {pk for by in wanted.values() for pk in by})
        for usual, by_scope in wanted.items():
            kept |= _learn(rules[members[0].rule_id], usual, by_scope, kept)
        told |= {one.pk: _put(figures.get(one.pk, []), one, terms[one.rule_id], kept) for one in members}
    return told


def _may_be_judged(figure: Figure) -> bool:
    return figure.value is not None and not figure.partial


def _put(
    figures: Sequence[Figure], instance: Instance, terms: Terms, kept: Mapping[Key, Learnt]
) -> list[Figure]:
    known = [one for one in figures if one.stop is not None]
    if not known:
        return list(figures)
    marks = marks_between(min(one.start for one in known), max(one.stop or one.start for one in known))
    told = []
    for figure in figures:
        marked = marked_on(marks, figure.start, figure.stop or figure.start)
        found = []
        for usual in terms.usuals:
            learnt = kept.get((instance.scope_id, figure.start, usual))
            band = learnt.band(marked) if learnt else None
            if band is not None:
                found.append((usual, band))
        told.append(replace(figure, bands=tuple(found)))
    return told


def _kept(metric_id: int, grain: str, scope_ids: set[int]) -> dict[Key, Learnt]:
    rows = LearntBand.objects.filter(metric_id=metric_id, grain=grain, scope_id__in=scope_ids).values_list(
        "scope_id", "start", "one_in", "direction", "low", "expected", "high", "known"
    )
    return {
        (scope_id, start, (one_in, direction)): Learnt(low, expected, high, known)
        for scope_id, start, one_in, direction, low, expected, high, known in rows
    }


def _learn(
    rule: Rule, usual: Usual, wanted: Mapping[int, set[date]], kept: Mapping[Key, Learnt]
) -> dict[Key, Learnt]:
    """What is not kept yet is learnt, and kept; whoever comes second takes what the first one wrote."""
    missing: dict[int, set[date]] = {
        pk: {start for start in starts if (pk, start, usual) not in kept} for pk, starts in wanted.items()
    }
    missing = {pk: starts for pk, starts in missing.items() if starts}
    if not missing:
        return {}
    scopes = list(Scope.objects.filter(pk__in=missing).select_related(*DIMENSIONS).order_by("pk"))
    starts = sorted(set().union(*missing.values()))
    found = learn(scopes, rule.metric, rule.grain, starts, [usual])
    fresh = {
        (scope.pk, start, usual): found[row, start, usual]
        for row, scope in enumerate(scopes)
        for start in missing[scope.pk]
        if (row, start, usual) in found
    }
    if fresh:
        _keep(rule, usual, fresh)
    return fresh


def _keep(rule: Rule, usual: Usual, fresh: Mapping[Key, Learnt]) -> None:
    ordered = sorted(fresh)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO alerts_learntband (scope_id, metric_id, grain, start, one_in, direction, low, expected, high, known)
            SELECT scope_id, %s, %s, start, %s, %s, low, expected, high, known
            FROM unnest(%s::bigint[], %s::date[], %s::numeric[], %s::numeric[], %s::numeric[], %s::int[])
                AS learnt(scope_id, start, low, expected, high, known)
            ON CONFLICT DO NOTHING
            """,
            [
                rule.metric_id, rule.grain, *usual,
                column(key[0] for key in ordered),
                column(key[1] for key in ordered),
                *(
                    column(getattr(fresh[key], name) for key in ordered)
                    for name in ("low", "expected", "high", "known")
                ),
            ],
        )  # fmt: skip
