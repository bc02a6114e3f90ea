"""What people hold on this floor: open tasks, and standing in for others."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from decisions.models import Delegation, Task, TaskState
from decisions.selectors.rights import sees
from organization.holdings import Holding, Leaving, names, register_holding
from organization.models import Person


def register() -> None:
    register_holding(
        Holding(
            code="tasks",
            label=gettext_lazy("Tasks"),
            held=lambda whom: names(_tasks(whom).order_by("due_on", "pk"), _named),
            hand_over=hand_over_tasks,
            end=lambda leaving: _tasks(leaving.whom).update(assigned_to=None),
            why_end=gettext_lazy("They become the tasks of whoever is responsible for the area."),
        )
    )
    register_holding(
        Holding(
            code="stand_ins",
            label=gettext_lazy("Decides in the place of"),
            held=lambda whom: names(_stands_in(whom).select_related("from_person").order_by("pk"), _for_whom),
            hand_over=stand_in_instead,
            end=end_standing_in,
            why_end=gettext_lazy("Nobody decides in their place any more; they decide themselves."),
        )
    )


def _tasks(whom: Person) -> QuerySet[Task]:
    return Task.objects.filter(assigned_to=whom, state=TaskState.OPEN)


def hand_over_tasks(leaving: Leaving, to: Person) -> int:
    """Those whose area the other does not see become the tasks of whoever is responsible there."""
    rows = list(_tasks(leaving.whom).select_related("scope"))
    for task in rows:
        seen = sees(to, task.kind, task.subject_id, task.scope)
        Task.objects.filter(pk=task.pk).update(assigned_to=to if seen else None)
    return len(rows)


def _named(row: object) -> str:
    assert isinstance(row, Task)
    return f"{_(row.title)} · {row.scope.label}"


def _stands_in(whom: Person) -> QuerySet[Delegation]:
    """Those of today and later."""
    return Delegation.objects.filter(to_person=whom, last_day__gte=timezone.localdate())


def _for_whom(row: object) -> str:
    assert isinstance(row, Delegation)
    return row.from_person.label


def stand_in_instead(leaving: Leaving, to: Person) -> int:
    """The other stands in; for herself nobody can, so there it just ends."""
    rows = _stands_in(leaving.whom)
    count = rows.count()
    rows.filter(from_person=to).delete()
    rows.update(to_person=to)
    return count


def end_standing_in(leaving: Leaving) -> int:
    """From now on; what was decided in their place stands."""
    yesterday = leaving.today - timedelta(days=1)
    begun = _stands_in(leaving.whom).filter(first_day__lte=yesterday).update(last_day=yesterday)
    return begun + _stands_in(leaving.whom).delete()[0]
