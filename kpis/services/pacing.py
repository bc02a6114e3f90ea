"""Having a year's shape learnt again."""

from __future__ import annotations

from django.db import transaction

from common.periods import Period
from common.queueing import enqueue
from kpis.models import Metric, PaceYear
from kpis.services.changes import mark_targets_changed
from organization.models import Person, Scope
from organization.services import record


@transaction.atomic
def learn_again(*, scope: Scope, metric: Metric, year: Period, person: Person | None) -> None:
    """Forgets how the year falls on its days: it is learnt anew with the figures, from history and events as they are now."""
    # The mark first, as whoever computes figures takes them, so that neither waits for the other.
    mark_targets_changed(spans=[(scope.pk, metric.pk, year.start, year.end)])
    PaceYear.objects.filter(scope=scope, metric=metric, start=year.start).delete()
    record(action="pace.learn_again", subject=f"{metric.code} {scope.key} {year}", person=person)
    enqueue("kpis.tasks.work")
