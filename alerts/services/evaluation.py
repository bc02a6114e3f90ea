"""Looking at figures that changed: claim, match, judge and apply in one transaction, a few statements a batch.

Judged is the newest period that has data, of the one that runs and the one before it (three before it for days: what
Friday brought is often known on Monday). A correction of something older opens nothing by itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection, transaction
from django.db.models import QuerySet

from alerts.conditions import ConditionError, Figure, Level, Terms, Tier, broken, judge, parse
from alerts.models import Instance, Rule
from alerts.services.apply import Judgement, apply_outcomes
from common.periods import Grain, Period
from organization.selectors import company

BATCH = 5000
RECENT_DAYS = 3


@dataclass(frozen=True)
class Looked:
    """`claimed` changes of figures; `judged` instances of rules; `events` in the lives of alerts."""

    claimed: int
    judged: int
    events: int


@transaction.atomic
def evaluate(*, now: datetime, today: date, limit: int = BATCH) -> Looked:
    """Claims up to `limit` changes and judges what watches them; call it again until nothing is claimed.

    A crash loses nothing: the claim is a deletion that commits with its results.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            DELETE FROM kpis_readingchange WHERE id IN (
                SELECT id FROM kpis_readingchange ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED)
            RETURNING scope_id, metric_id, grain
            """,
            [limit],
        )
        claimed = cursor.fetchall()
        if not claimed:
            return Looked(0, 0, 0)
        scope_ids, metric_ids, grains = zip(*sorted(set(claimed)), strict=True)
        # Locked before any figure is read, so that whoever waits here reads the newest one.
        cursor.execute(
            """
            SELECT instance.id
            FROM unnest(%s::bigint[], %s::bigint[], %s::text[]) AS changed(scope_id, metric_id, grain)
            JOIN alerts_instance AS instance USING (scope_id, metric_id)
            JOIN alerts_rule AS rule ON rule.id = instance.rule_id AND rule.grain = changed.grain
            WHERE instance.covered AND rule.enabled
            ORDER BY instance.id FOR UPDATE OF instance
            """,
            [list(scope_ids), list(metric_ids), list(grains)],
        )
        ids = [row[0] for row in cursor.fetchall()]
    events = _judge(Instance.objects.filter(pk__in=ids), now=now, today=today) if ids else 0
    return Looked(len(claimed), len(ids), events)


@transaction.atomic
def judge_next_rule(*, now: datetime, today: date) -> bool:
    """Judges the areas of one rule anew that was made or edited since; False where none is due.

    Not in the transaction of the edit: a figure that changes meanwhile is then either seen here or reported.
    """
    rule = Rule.objects.filter(anew_due=True).order_by("pk").select_for_update(skip_locked=True).first()
    if rule is None:
        return False
    ids = _locked(rule.instances.filter(covered=True))
    _judge(Instance.objects.filter(pk__in=ids), now=now, today=today, anew=True)
    rule.anew_due = False
    rule.save(update_fields=["anew_due"])
    return True


@transaction.atomic
def judge_new_areas(*, rule: Rule, now: datetime, today: date) -> int:
    """A first look at what the rule has come to cover. Returns the number of events."""
    ids = _locked(rule.instances.filter(covered=True, looked_at__isnull=True))
    return _judge(Instance.objects.filter(pk__in=ids), now=now, today=today, anew=True)


def _locked(instances: QuerySet[Instance]) -> list[int]:
    return list(instances.order_by("pk").select_for_update(no_key=True).values_list("pk", flat=True))


def _judge(instances: Iterable[Instance], *, now: datetime, today: date, anew: bool = False) -> int:
    """The rows are held by the caller."""
    held = sorted(instances, key=lambda instance: instance.pk)
    rules = Rule.objects.filter(enabled=True).select_related("owner").prefetch_related("tiers")
    if not anew:
        rules = rules.filter(anew_due=False)  # those will be judged whole in a moment
    by_id = rules.in_bulk({instance.rule_id for instance in held})
    terms = {pk: terms_of(rule) for pk, rule in by_id.items()}
    # A rule may have been switched off or edited while its instances were waited for.
    held = [instance for instance in held if instance.rule_id in by_id and instance.covered]
    figures = _figures(held, by_id, terms, today)
    judgements = []
    for instance in held:
        rule, term = by_id[instance.rule_id], terms[instance.rule_id]
        newest, earlier = figures[instance.pk]
        judgements.append(
            Judgement(
                instance=instance,
                rule=rule,
                terms=term or Terms(()),
                figure=newest,
                outcome=judge(newest, term) if term else broken(newest),
                anew=anew,
                earlier=tuple(judge(figure, term) for figure in earlier) if term else (),
            )
        )
    return len(apply_outcomes(judgements=judgements, now=now))


def terms_of(rule: Rule) -> Terms | None:
    """The rule for the pure modules; None where a stored condition cannot be read."""
    try:
        tiers = tuple(
            Tier(Level(tier.level), parse(tier.condition), tier.for_periods) for tier in rule.tiers.all()
        )
    except (ConditionError, AttributeError):
        return None
    counts_days = rule.grain == Grain.DAY and (
        rule.keep_periods > 1 or any(tier.periods > 1 for tier in tiers)
    )
    return Terms(tiers=tiers, margin=rule.margin, keep=rule.keep_periods, skip_estimated=counts_days)


def _figures(
    instances: Sequence[Instance],
    rules: dict[int, Rule],
    terms: dict[int, Terms | None],
    today: date,
) -> dict[int, tuple[Figure | None, list[Figure]]]:
    """Per instance the figure to judge and, where periods in a row count, those before it, oldest first. One query."""
    fiscal_start = company().fiscal_year_start
    wanted: list[tuple[int, int, int, str, date, date]] = []
    recent: dict[int, date] = {}
    for instance in instances:
        rule, term = rules[instance.rule_id], terms[instance.rule_id]
        period = Period.containing(today, Grain(rule.grain), fiscal_start=fiscal_start)
        back = RECENT_DAYS if rule.grain == Grain.DAY else 1
        recent[instance.pk] = period.next(-back).start
        # As many again, since periods without data are passed over.
        count = 2 * term.longest if term and term.longest > 1 else 0
        first = period.next(-back - count).start
        wanted.append((instance.pk, instance.scope_id, instance.metric_id, rule.grain, first, period.start))
    found: dict[int, list[Figure]] = defaultdict(list)
    if wanted:
        with connection.cursor() as cursor:
            cursor.execute(
                """
                SELECT wanted.id, reading.start, value, target, expected, attainment, status, through, estimated
                FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::text[], %s::date[], %s::date[])
                    AS wanted(id, scope_id, metric_id, grain, first, last)
                JOIN kpis_reading AS reading USING (scope_id, metric_id, grain)
                WHERE reading.start BETWEEN first AND last
                ORDER BY wanted.id, reading.start DESC
                """,
                [list(column) for column in zip(*wanted, strict=True)],
            )
            for pk, *columns in cursor.fetchall():
                found[pk].append(Figure(*columns))
    return {pk: _newest(found[pk], since) for pk, since in recent.items()}


def _newest(figures: list[Figure], since: date) -> tuple[Figure | None, list[Figure]]:
    """Of figures, newest first: the first that has data and is not older than `since`, and those before it."""
    recent = [figure for figure in figures if figure.start >= since]
    for place, figure in enumerate(recent):
        if figure.value is not None:
            return figure, figures[:place:-1]
    return (recent[0] if recent else None), []
