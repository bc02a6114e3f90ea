"""Looking at figures that changed: claim, match, judge and apply in one transaction, a few statements a batch.

Judged is the newest period that has data, of the one that runs and the one before it (three before it for days: what
Friday brought is often known on Monday). A correction of something older opens nothing by itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from alerts.conditions import ConditionError, Level, Terms, Tier, parse
from alerts.lifecycle import Reason
from alerts.models import Instance, Rule
from alerts.services.apply import Judgement, apply_outcomes
from alerts.services.looking import NO_TERMS, look_at
from alerts.services.scheduling import next_look
from common.columns import column

BATCH = 5000


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
            WHERE instance.covered AND rule.enabled AND rule.schedule = 'changes'
            ORDER BY instance.id FOR UPDATE OF instance
            """,
            [column(scope_ids), column(metric_ids), list(grains)],
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
def look_by_the_clock(*, now: datetime, today: date) -> bool:
    """Looks at the areas of one rule whose time has come, though no figure need have changed; False where none has.

    However long nobody looked, it is caught up once.
    """
    rule = (
        Rule.objects.filter(enabled=True, anew_due=False, next_look_at__lte=now)
        .order_by("next_look_at", "pk")
        .select_for_update(skip_locked=True)
        .first()
    )
    if rule is None:
        return False
    ids = _locked(rule.instances.filter(covered=True))
    _judge(Instance.objects.filter(pk__in=ids), now=now, today=today)
    rule.next_look_at = next_look(rule, terms_of(rule), now=now)
    rule.save(update_fields=["next_look_at"])
    return True


def look_where_put_away(*, now: datetime) -> int:
    """Lets rules look whose figure was put away, or brought back, since they looked: no figure of it need change then.
    Returns how many.
    """
    areas = Instance.objects.filter(rule=OuterRef("pk"), covered=True)
    away = Q(metric__archived_at__isnull=False) & Exists(areas.exclude(reason=Reason.METRIC_AWAY))
    back = Q(metric__archived_at__isnull=True) & Exists(areas.filter(reason=Reason.METRIC_AWAY))
    found = Rule.objects.filter(away | back, enabled=True, anew_due=False)
    return found.exclude(next_look_at__lte=now).update(next_look_at=now)


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
    rules = Rule.objects.filter(enabled=True).select_related("owner", "metric").prefetch_related("tiers")
    if not anew:
        rules = rules.filter(anew_due=False)  # those will be judged whole in a moment
    by_id = rules.in_bulk({instance.rule_id for instance in held})
    terms = {pk: terms_of(rule) for pk, rule in by_id.items()}
    # A rule may have been switched off or edited while its instances were waited for.
    held = [instance for instance in held if instance.rule_id in by_id and instance.covered]
    seen = look_at(held, by_id, terms, today=today)
    judgements = [
        Judgement(
            instance=instance,
            rule=by_id[instance.rule_id],
            terms=terms[instance.rule_id] or NO_TERMS,
            figure=seen[instance.pk].figure,
            outcome=seen[instance.pk].outcome,
            anew=anew,
            earlier=seen[instance.pk].earlier,
        )
        for instance in held
    ]
    return len(apply_outcomes(judgements=judgements, now=now))


def terms_of(rule: Rule) -> Terms | None:
    """The rule for the pure modules; None where a stored condition cannot be read."""
    try:
        tiers = tuple(
            Tier(Level(tier.level), parse(tier.condition), tier.for_periods, tier.out_of)
            for tier in rule.tiers.all()
        )
    except ConditionError:
        return None
    return Terms.of(
        tiers,
        grain=rule.grain,
        margin=rule.margin,
        keep=rule.keep_periods,
        fires_without_data=rule.fires_without_data,
    )
