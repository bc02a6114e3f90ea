"""The nightly check, from row to repair: compared, told, marked for repair, and compared again."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal

import structlog
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from common.queueing import enqueue
from kpis.facts import all_fact_tables
from kpis.models import CheckState, Difference, Reconciliation, Source
from kpis.reconciling.comparing import NotYet, Outcome, compare_figures, compare_roll_ups
from kpis.services.changes import mark_days_changed, mark_scopes_changed
from organization.models import Person
from organization.services import record

log = structlog.get_logger()
DAYS = 35
NIGHT_FROM = 2  # o'clock: after the day's turn, when few files come
LEASE = timedelta(minutes=10)
LOOK_AGAIN = timedelta(seconds=20)
GIVE_UP = timedelta(hours=3)  # of waiting for figures that are never all computed
MOST_ATTEMPTS = 5
KEPT_NIGHTS = 90


def night_of(now: datetime) -> datetime | None:
    """The moment at which this day's check was due; None before it has come. Missed at night, it is done by day."""
    local = timezone.localtime(now)
    due = local.replace(hour=NIGHT_FROM, minute=0, second=0, microsecond=0)
    return due if local >= due else None


@transaction.atomic
def start_night(*, today: date) -> bool:
    """Makes a night's rows, one a source and one for the figures; once, however many beats ask."""
    if Reconciliation.objects.filter(night=today, by_hand=False, source=None).exists():
        return False
    made = _make(today, _sources(), by_hand=False)
    Reconciliation.objects.filter(night__lt=today - timedelta(days=KEPT_NIGHTS)).delete()
    enqueue("kpis.tasks.reconcile")
    return made > 0


@transaction.atomic
def check_now(*, today: date, person: Person | None) -> bool:
    """A check beside the night's own. False while one that somebody asked for is not over."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(7411, 0)")
    if Reconciliation.objects.filter(by_hand=True, state__in=_OPEN).exists():
        return False
    _make(today, _sources(), by_hand=True)
    record(action="reconcile.now", subject=str(today), person=person)
    enqueue("kpis.tasks.reconcile")
    return True


def _sources() -> list[Source | None]:
    kept = [facts.code for facts in all_fact_tables()]
    return [*Source.objects.filter(facts__in=kept).order_by("pk"), None]


def _make(today: date, sources: Iterable[Source | None], *, by_hand: bool) -> int:
    made = Reconciliation.objects.bulk_create(
        [
            Reconciliation(
                night=today,
                source=source,
                by_hand=by_hand,
                first_day=today - timedelta(days=DAYS),
                last_day=today,
            )
            for source in sources
        ],
        ignore_conflicts=True,
    )
    return len(made)


# -- Claiming ----------------------------------------------------------------------------------------

_OPEN = (CheckState.QUEUED, CheckState.RUNNING, CheckState.REPAIRING)
# The figures come last: they follow from roll-ups, which are then right.
_FREE = """
    SELECT id FROM kpis_reconciliation AS mine
    WHERE state IN ('queued', 'running', 'repairing') AND not_before <= now()
      AND (lease_until IS NULL OR lease_until < now())
      AND (source_id IS NOT NULL OR NOT EXISTS (SELECT 1 FROM kpis_reconciliation AS other
          WHERE other.source_id IS NOT NULL AND other.state IN ('queued', 'running', 'repairing')))
    ORDER BY id LIMIT 1"""


def checks_wait() -> bool:
    """Whether a check is free to be done."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT EXISTS ({_FREE})")
        return bool(cursor.fetchone()[0])


def _claim() -> Reconciliation | None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE kpis_reconciliation SET lease_token = %s, lease_until = now() + %s::interval, attempts = attempts + 1,"
            " state = CASE state WHEN 'queued' THEN 'running' ELSE state END"
            f" WHERE id = ({_FREE} FOR UPDATE SKIP LOCKED) RETURNING id",
            [uuid.uuid4(), f"{LEASE.seconds} seconds"],
        )
        row = cursor.fetchone()
    return Reconciliation.objects.select_related("source").get(pk=row[0]) if row else None


# -- Doing -------------------------------------------------------------------------------------------


def check_next(*, today: date | None = None) -> bool:
    """Does one check, or its second look after the repair; False where nothing is due that nobody else holds."""
    check = _claim()
    if check is None:
        return False
    today = today or timezone.localdate()
    if check.attempts > MOST_ATTEMPTS:
        _end(check, state=CheckState.FAILED, error="stopped")
        return True
    started = time.monotonic()
    try:
        outcome = (
            compare_roll_ups(source=check.source, first=check.first_day, last=check.last_day)
            if check.source is not None
            else compare_figures(first=check.first_day, last=check.last_day, today=today)
        )
    except NotYet:
        _wait(check)
        return True
    seconds = Decimal(str(round(time.monotonic() - started, 3))) + (check.seconds or 0)
    if check.state == CheckState.REPAIRING:
        _second_look(check, outcome, seconds)
    elif outcome.different:
        _repair(check, outcome, seconds)
    else:
        _end(check, state=CheckState.DONE, compared=outcome.compared, remaining=0, seconds=seconds)
    return True


def _mine(check: Reconciliation) -> Q:
    return Q(pk=check.pk, lease_token=check.lease_token)


def _wait(check: Reconciliation) -> None:
    if timezone.now() - check.created_at > GIVE_UP:
        _end(check, state=CheckState.FAILED, error="busy")
        return
    Reconciliation.objects.filter(_mine(check)).update(
        not_before=timezone.now() + LOOK_AGAIN, lease_until=None, attempts=0
    )


@transaction.atomic
def _repair(check: Reconciliation, outcome: Outcome, seconds: Decimal) -> None:
    """Tells what was found and marks it changed; whoever computes figures does the rest, as after any import."""
    if not Reconciliation.objects.select_for_update().filter(_mine(check)).exists():
        return
    Difference.objects.bulk_create(
        Difference(
            check_of=check, table=found.table, what=found.what, place=found.place, grain=found.grain,
            start=found.start, kept=found.kept, expected=found.expected,
        )
        for found in outcome.shown
    )  # fmt: skip
    if check.source is not None:
        mark_days_changed(source=check.source, days=sorted(outcome.days))
    else:
        mark_scopes_changed(spans=[(pk, check.first_day, check.last_day) for pk in sorted(outcome.scopes)])
    Reconciliation.objects.filter(pk=check.pk).update(
        state=CheckState.REPAIRING, compared=outcome.compared, different=outcome.different, seconds=seconds,
        lease_until=None, attempts=0,
    )  # fmt: skip
    record(
        action="reconcile.repair", subject=check.source.name if check.source else "", person=None,
        night=str(check.night), different=outcome.different,
    )  # fmt: skip
    log.warning("reconcile.different", source=check.source_id, different=outcome.different)
    enqueue("kpis.tasks.work")


@transaction.atomic
def _second_look(check: Reconciliation, outcome: Outcome, seconds: Decimal) -> None:
    still = {found.key for found in outcome.shown}
    told = list(Difference.objects.filter(check_of=check))
    for difference in told:
        difference.remains = (
            difference.table, difference.what, difference.place, difference.grain, difference.start
        ) in still  # fmt: skip
    Difference.objects.bulk_update(told, ["remains"])
    _end(check, state=CheckState.DONE, remaining=outcome.different, seconds=seconds)


def _end(check: Reconciliation, **fields: object) -> None:
    Reconciliation.objects.filter(_mine(check)).update(finished_at=timezone.now(), lease_until=None, **fields)
