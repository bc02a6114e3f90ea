"""Setting up addresses that are asked at set times: saved, tried, paused, taken away."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from common.outbound import check_url
from common.queueing import enqueue
from common.secrets import seal
from ingest.layouts import Layout
from ingest.models import Import, Pull, PullRun, State
from ingest.services.pull_queue import make_manual
from kpis.services import ensure_source
from organization.models import Person
from organization.services import record

Pairs = Sequence[tuple[str, str | None]]  # a name with its new value, or None: the value that is kept


class PullBusy(Exception):
    """Something of this pull is not over yet. The message is for people."""


@transaction.atomic
def save_pull(*, pull: Pull, headers: Pairs, secret_query: Pairs, person: Person | None) -> Pull:
    """Saves a new or changed pull; its plain fields stand on `pull`, without a source it gets one of its own.

    Raises OutboundRefused where the address can never be called, KeyError where a value is kept that is not there.
    """
    pull.url = check_url(pull.url)
    pull.headers = _sealed(pull.headers, headers)
    pull.secret_query = _sealed(pull.secret_query, secret_query)
    new = pull.pk is None
    if pull.source_id is None:
        pull.source = ensure_source(code=f"pull-{secrets.token_hex(4)}", name=pull.name, facts=Layout.sink)
    if new:
        pull.created_by, pull.next_at = person, timezone.now()
    pull.save()
    record(
        action="pull.add" if new else "pull.change", subject=pull.name, person=person,
        pull=pull.pk, host=pull.url.split("/")[2], every_minutes=pull.every_minutes,
    )  # fmt: skip
    return pull


def _sealed(kept: list[list[str]], wanted: Pairs) -> list[list[str]]:
    old = {name.lower(): sealed for name, sealed in kept}
    return [[name, old[name.lower()] if value is None else seal(value)] for name, value in wanted]


@transaction.atomic
def pause_pull(*, pull: Pull, paused: bool, person: Person | None) -> None:
    """Stops asking, or goes on: then at once. Twice is once."""
    now = timezone.now()
    if paused:
        changed = Pull.objects.filter(pk=pull.pk, paused_at__isnull=True).update(paused_at=now)
    else:
        changed = Pull.objects.filter(pk=pull.pk, paused_at__isnull=False).update(paused_at=None, next_at=now)
    if changed:
        record(
            action="pull.pause" if paused else "pull.resume", subject=pull.name, person=person, pull=pull.pk
        )


@transaction.atomic
def ask_now(*, pull: Pull, person: Person | None) -> PullRun:
    """Fetches at once, also where it is paused. Raises PullBusy while another fetch or its import is not over."""
    run = make_manual(pull=pull.pk, person=person.pk if person else None)
    if run is None:
        raise PullBusy(_("It is being fetched or imported just now. See below what became of it."))
    record(action="pull.now", subject=pull.name, person=person, pull=pull.pk)
    enqueue("ingest.tasks.pull")
    return PullRun.objects.get(pk=run)


@transaction.atomic
def remove_pull(*, pull: Pull, person: Person | None) -> None:
    """Takes the address and its keys away; what it brought stays. Raises PullBusy while something is not over."""
    Pull.objects.select_for_update().get(pk=pull.pk)
    in_work = Import.objects.filter(
        pull_run__pull=pull, state__in=[State.QUEUED, State.RUNNING, State.UNDOING]
    )
    if PullRun.objects.filter(pull=pull, state__in=PullRun.OPEN).exists() or in_work.exists():
        raise PullBusy(
            _("It is being fetched or imported just now. Pause it, and take it away a little later.")
        )
    record(action="pull.remove", subject=pull.name, person=person, pull=pull.pk)
    pull.delete()
