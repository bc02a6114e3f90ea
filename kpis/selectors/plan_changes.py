"""The last changes of many targets at once, for taking them back."""

from __future__ import annotations

from django.db.models import Count, Exists, OuterRef, QuerySet

from kpis.models import ChangeKind, Target, TargetChange
from organization.gate import Action, scopes_where
from organization.models import Person

SHOWN = 8


def changes_of_hers(person: Person) -> QuerySet[TargetChange]:
    """Changes of targets all of which she may set, whoever made them; not those that are undone or undo another."""
    foreign = Target.objects.filter(change=OuterRef("pk")).exclude(
        scope__in=scopes_where(person, Action.SET_TARGETS).order_by().values("pk")
    )
    return (
        TargetChange.objects.filter(undone_by__isnull=True)
        .exclude(kind=ChangeKind.UNDO)
        .filter(~Exists(foreign), Exists(Target.objects.filter(change=OuterRef("pk"))))
    )


def last_changes(person: Person) -> list[TargetChange]:
    """Newest first, each with its `size`. One query."""
    newest = changes_of_hers(person).select_related("made_by").annotate(size=Count("targets"))
    return list(newest.order_by("-made_at", "-pk")[:SHOWN])
