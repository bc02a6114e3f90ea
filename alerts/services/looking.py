"""The figures that rules are held against, read for many instances at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from django.db import connection

from alerts.conditions import Figure, Outcome, Result, Terms, Why, broken, judge
from alerts.models import Instance, Rule
from alerts.services.learning import with_bands
from common.columns import column
from common.periods import Grain, Period
from organization.selectors import company

RECENT_DAYS = 3
NO_TERMS = Terms(())
# How long a period is, and what lies a year before it.
STEP = """CASE reading.grain WHEN 'day' THEN interval '1 day' WHEN 'week' THEN interval '7 days'
    WHEN 'month' THEN interval '1 month' WHEN 'quarter' THEN interval '3 months' ELSE interval '1 year' END"""
YEAR = "CASE reading.grain WHEN 'week' THEN interval '364 days' ELSE interval '1 year' END"


@dataclass(frozen=True)
class Seen:
    """What a look at one instance gave. `earlier` are the outcomes of the periods before, oldest first."""

    figure: Figure | None
    outcome: Outcome
    earlier: tuple[Outcome, ...] = ()


@dataclass(frozen=True)
class _Wanted:
    """`recent` is the first day of the oldest period that may be judged, `first` of the oldest that counts."""

    instance: Instance
    period: Period
    recent: date
    first: date


def look_at(
    instances: Sequence[Instance],
    rules: Mapping[int, Rule],
    terms: Mapping[int, Terms | None],
    *,
    today: date,
) -> dict[int, Seen]:
    """By instance. A bounded number of queries, whatever is asked for."""
    fiscal_start = company().fiscal_year_start
    wanted = [
        _wanted(one, rules[one.rule_id], terms[one.rule_id] or NO_TERMS, today, fiscal_start)
        for one in instances
    ]
    found = read(
        [(one.instance, rules[one.instance.rule_id], one.first, one.period.start) for one in wanted],
        compares=any(term is not None and term.compares for term in terms.values()),
    )
    ageing = [one for one in instances if (terms[one.rule_id] or NO_TERMS).ages]
    ages = _ages(ageing, today) if ageing else {}
    learning = [one for one in instances if (terms[one.rule_id] or NO_TERMS).usuals]
    if learning:
        known = {pk: term for pk, term in terms.items() if term is not None}
        found = {**found, **with_bands(found, learning, rules, known)}
    seen = {}
    for one in wanted:
        pk = one.instance.pk
        figures, age = found.get(pk, []), ages.get(pk)
        if age is not None:
            figures = [replace(figure, age=age) for figure in figures]
        asked = terms[one.instance.rule_id]
        if rules[one.instance.rule_id].metric.archived_at is not None:
            seen[pk] = Seen(None, broken(next(iter(figures), None), Why.METRIC_AWAY))
        elif asked is None:
            seen[pk] = Seen(None, broken(next(iter(figures), None)))
        else:
            seen[pk] = _newest(figures, one, asked, age)
    return seen


def _wanted(instance: Instance, rule: Rule, terms: Terms, today: date, fiscal_start: int) -> _Wanted:
    period = Period.containing(today, Grain(rule.grain), fiscal_start=fiscal_start)
    back = RECENT_DAYS if rule.grain == Grain.DAY else 1
    # As many again, since periods without data are passed over.
    count = 2 * terms.longest if terms.longest > 1 else 0
    return _Wanted(instance, period, period.next(-back).start, period.next(-back - count).start)


def read(wanted: Sequence[tuple[Instance, Rule, date, date]], *, compares: bool) -> dict[int, list[Figure]]:
    """The figures of instances in their rules' periods that begin between two days, newest first. One query.

    `compares`: with the values of the period before and of the like one a year earlier.
    """
    if not wanted:
        return {}
    others, joins = "NULL, NULL", ""
    if compares:
        others = "before.value, year_ago.value"
        joins = "".join(
            f"""
            LEFT JOIN kpis_reading AS {name} ON {name}.scope_id = reading.scope_id
                AND {name}.metric_id = reading.metric_id AND {name}.grain = reading.grain
                AND {name}.start = (reading.start - {back})::date"""
            for name, back in (("before", STEP), ("year_ago", YEAR))
        )
    found: dict[int, list[Figure]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT wanted.id, reading.start, reading.value, reading.target, reading.expected, reading.attainment,
                reading.status, reading.through, reading.estimated,
                (reading.start + {STEP} - interval '1 day')::date,
                {others}
            FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::text[], %s::date[], %s::date[])
                AS wanted(id, scope_id, metric_id, grain, first, last)
            JOIN kpis_reading AS reading USING (scope_id, metric_id, grain){joins}
            WHERE reading.start BETWEEN first AND last
            ORDER BY wanted.id, reading.start DESC
            """,  # noqa: S608  (our own constants)
            [
                column(instance.pk for instance, *_ in wanted),
                column(instance.scope_id for instance, *_ in wanted),
                column(instance.metric_id for instance, *_ in wanted),
                [rule.grain for _, rule, *_ in wanted],
                column(first for *_, first, _last in wanted),
                column(last for *_, last in wanted),
            ],
        )
        adds_up = {instance.pk: rule.metric.additive for instance, rule, *_ in wanted}
        for pk, *columns in cursor.fetchall():
            start, value, target, expected, attainment, status, through, estimated, *rest = columns
            stop, before, year_ago = rest
            found[pk].append(
                Figure(
                    start, value, target, expected, attainment, status, through, estimated,
                    stop=stop, adds_up=adds_up[pk], before=before, year_ago=year_ago,
                )
            )  # fmt: skip
    return found


def _ages(instances: Sequence[Instance], today: date) -> dict[int, int]:
    """For how many days up to yesterday data are missing: 0 where yesterday's are there. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT wanted.id, max(through) FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[])
                AS wanted(id, scope_id, metric_id)
            JOIN kpis_reading AS reading USING (scope_id, metric_id)
            WHERE value IS NOT NULL GROUP BY 1
            """,
            [
                column(one.pk for one in instances),
                column(one.scope_id for one in instances),
                column(one.metric_id for one in instances),
            ],
        )
        yesterday = today - timedelta(days=1)
        return {pk: max((yesterday - through).days, 0) for pk, through in cursor.fetchall() if through}


def _newest(figures: list[Figure], wanted: _Wanted, terms: Terms, age: int | None) -> Seen:
    """The newest that has data and can be judged (what adds up, when its period is over), and the outcomes before it."""
    recent = [place for place, figure in enumerate(figures) if figure.start >= wanted.recent]
    judged = [(place, judge(figures[place], terms)) for place in recent if figures[place].value is not None]
    for place, outcome in judged:
        if (outcome.result, outcome.reason) != (Result.NO_DATA, Why.NOT_OVER):
            # Without a row to count, one look is enough.
            before = figures[:place:-1] if terms.longest > 1 else []
            return Seen(figures[place], outcome, tuple(judge(one, terms) for one in before))
    if judged:
        return Seen(figures[judged[0][0]], judged[0][1])
    if age is not None:
        bare = Figure(wanted.period.start, stop=wanted.period.end, age=age)
        return Seen(bare, judge(bare, terms))
    figure = figures[recent[0]] if recent else None
    return Seen(figure, judge(figure, terms))
