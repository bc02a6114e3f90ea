"""Who wants to know when a figure changes."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from common.periods import Grain
from kpis.models import Metric, Watch
from kpis.services.changes import mark_scopes_changed
from organization.models import Scope


@transaction.atomic
def watch(*, watcher: str, metric: Metric, scope: Scope, grain: str) -> Watch:
    """Watches a figure. Days and weeks are kept as rows from now on, so the last 400 days are made at once."""
    made, new = Watch.objects.get_or_create(watcher=watcher, metric=metric, scope=scope, grain=grain)
    if new and (grain in (Grain.DAY, Grain.WEEK) or scope.node_id is None):
        today = timezone.localdate()
        mark_scopes_changed(spans=[(scope.pk, today - timedelta(days=400), today)])
    return made


def unwatch(*, watcher: str) -> None:
    """Takes all watches of this watcher away; rows that nobody needs any more stay until their scope next changes."""
    Watch.objects.filter(watcher=watcher).delete()
