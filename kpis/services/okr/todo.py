"""Missing check-ins among what waits for their owner: a task each, finished by the check-in itself."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime, timedelta

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from decisions.kinds import Kind, register_kind
from decisions.models import Task, TaskState
from decisions.services import complete_task, open_task
from kpis import okr
from kpis.models.okr import KeyResult
from organization.models import Person, Scope

KIND = "kpis.key_result"


def register() -> None:
    register_kind(
        Kind(
            code=KIND,
            label=gettext_lazy("Key result"),
            scope_of=_scope_of,
            url_of=lambda pk: reverse(
                "kpis:okr_mine"
            ),  # where all that waits for her stands, without a query each
            titles_of=_titles_of,
        )
    )


def ask_for_check_ins(*, missing: Iterable[KeyResult], whom: Person, today: date, now: datetime) -> None:
    """Each once until it is done; due on the week's Friday, or today where that is over."""
    week = okr.week_of(today)
    for one in missing:
        if _open(one).exists():
            continue
        open_task(
            kind=KIND,
            subject_id=one.pk,
            scope=one.objective.scope,
            title=gettext_noop("Check in: last week's is missing"),
            opened_for=f"{KIND}:{one.pk}:{week}",
            assigned_to=whom,
            due_on=max(week + timedelta(days=4), today),
            as_of=now,
        )


def finish_asking(*, key_result: KeyResult, now: datetime, dropped: bool = False) -> None:
    """What was asked for is there, or is no longer needed."""
    for task in _open(key_result):
        complete_task(task=task, person=None, as_of=now, dropped=dropped)


def _open(key_result: KeyResult) -> QuerySet[Task]:
    return Task.objects.filter(kind=KIND, subject_id=key_result.pk, state=TaskState.OPEN)


def _scope_of(pk: int) -> Scope | None:
    found = (
        KeyResult.objects.filter(pk=pk, removed_at__isnull=True).select_related("objective__scope").first()
    )
    return found.objective.scope if found is not None else None


def _titles_of(ids: Collection[int]) -> Mapping[int, str]:
    rows = KeyResult.objects.filter(pk__in=ids).values_list("pk", "title", "objective__title")
    return {
        pk: _("%(key_result)s (for “%(objective)s”)") % {"key_result": title, "objective": objective}
        for pk, title, objective in rows
    }
