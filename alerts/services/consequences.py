"""What alerts do besides telling people: ordered with the event, carried out once by whichever worker comes first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import QuerySet
from django.utils import translation
from django.utils.translation import gettext_noop

from alerts.consequences import Case, consequence_of
from alerts.lifecycle import Change
from alerts.models import ConsequenceRun, EpisodeEvent, Rule, RunState
from alerts.services.troubles import UNDONE, Trouble, tell_owners
from common import queueing
from organization.models import DIMENSIONS
from organization.services import Refused

log = structlog.get_logger(__name__)

REACHES = (Change.FIRST, Change.RAISED)
# How long after the first failure it is tried again, after the second, and so on; then it is given up.
WAITS = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2))
TRIES = len(WAITS) + 1
LONGEST = 500
GONE = gettext_noop("Nothing here can do this any more: the part of the program that could is not installed.")
STOPPED = gettext_noop("The worker that did it stopped in the middle, each time.")


def order(*, happened: Iterable[tuple[Rule, EpisodeEvent]], now: datetime) -> None:
    """Writes down what each event that took an alert to a level is to bring about; part of its transaction.

    The rules have their tiers at hand. One statement, and none where no level asks for anything.
    """
    runs = [
        ConsequenceRun(event=event, code=code, next_try_at=now)
        for rule, event in happened
        if event.kind in REACHES
        for code in _asked(rule, event.tier)
    ]
    if runs:
        ConsequenceRun.objects.bulk_create(runs, batch_size=1000)
        queueing.enqueue("alerts.tasks.carry_out")


def waiting(now: datetime) -> QuerySet[ConsequenceRun]:
    """Those whose time to be tried has come."""
    return ConsequenceRun.objects.filter(state=RunState.WAITING, next_try_at__lte=now)


def carry_out_next(*, now: datetime) -> bool:
    """Tries one that is waiting; False where none is left. Call it again until then.

    What it does commits with the mark that it is done, so a crash leaves both or neither. The try is counted before,
    so that one which takes the worker with it does not do so for ever, nor holds up the others.
    """
    claimed = _claim(now)
    if claimed is None:
        return False
    with transaction.atomic():
        areas = (f"event__episode__instance__scope__{dimension}" for dimension in DIMENSIONS)
        run = (
            ConsequenceRun.objects.select_for_update(of=("self",))
            .select_related(
                "event__episode__instance__rule__owner", "event__episode__instance__metric", *areas
            )
            .get(pk=claimed.pk)
        )
        if run.state == RunState.WAITING and run.attempts == claimed.attempts:
            with translation.override("en"):  # in which words are kept
                _try(run, now)
    return True


def _asked(rule: Rule, level: int) -> Sequence[str]:
    return [
        code for tier in rule.tiers.all() if tier.level == level for code in dict.fromkeys(tier.consequences)
    ]


@transaction.atomic
def _claim(now: datetime) -> ConsequenceRun | None:
    """Counts the try and says when the next would come, should this one not come to an end."""
    run = waiting(now).order_by("next_try_at", "pk").select_for_update(skip_locked=True).first()
    if run is not None:
        run.attempts += 1
        run.next_try_at = now + WAITS[min(run.attempts, len(WAITS)) - 1]
        run.save(update_fields=["attempts", "next_try_at"])
    return run


def _try(run: ConsequenceRun, now: datetime) -> None:
    """The row is held by the caller."""
    run.at = now
    if run.attempts > TRIES:
        _give_up(run, STOPPED, now)
        return
    consequence = consequence_of(run.code)
    if consequence is None:
        _failed(run, GONE, now)
        return
    try:
        with transaction.atomic():
            done = consequence.carry_out(_case(run, now))
    except Refused as refused:
        _give_up(run, str(refused), now)
    except Exception as error:
        # A fault of whoever registered it must stop nothing else.
        log.exception("consequence_broke", run=run.pk, code=run.code)
        _failed(run, _words_of(error), now)
    else:
        run.state, run.next_try_at = RunState.DONE, None
        run.said, run.values, run.subject_id = done.said[:LONGEST], dict(done.values), done.subject_id
        run.save()


def _failed(run: ConsequenceRun, said: str, now: datetime) -> None:
    """The next try stands since this one was claimed."""
    if run.attempts >= TRIES:
        _give_up(run, said, now)
        return
    run.said = said[:LONGEST]
    run.save(update_fields=["said", "at"])


def _case(run: ConsequenceRun, now: datetime) -> Case:
    event = run.event
    instance = event.episode.instance
    rule = instance.rule
    return Case(rule=rule, instance=instance, episode=event.episode, event=event, person=rule.owner, now=now)


def _give_up(run: ConsequenceRun, said: str, now: datetime) -> None:
    run.state, run.next_try_at, run.said = RunState.FAILED, None, said[:LONGEST]
    run.save(update_fields=["state", "next_try_at", "said", "at"])
    instance = run.event.episode.instance
    consequence = consequence_of(run.code)
    label = consequence.label if consequence else run.code
    trouble = Trouble(instance.rule, UNDONE, instance.scope_id, said=lambda: f"{label}: {run.words}")
    try:
        with transaction.atomic():
            tell_owners(troubles=[trouble], now=now)
    except Exception:
        log.exception("consequence_owner_not_told", run=run.pk)


def _words_of(error: Exception) -> str:
    """The first line alone: databases put into the others what stood in the rows."""
    lines = str(error).splitlines() or [""]
    return f"{type(error).__name__}: {lines[0]}"
