"""Changes of many targets at once: those that somebody may see, and may take back."""

from __future__ import annotations

from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery
from django.shortcuts import get_object_or_404

from kpis.models import ChangeKind, Target, TargetChange
from organization.gate import Action, scopes_where, visible_scopes
from organization.models import Person, Scope

SHOWN = 8
# Counted for the few that are shown, not for all that there were.
SIZE = Subquery(
    Target.objects.filter(change=OuterRef("pk"))
    .order_by()
    .values("change")
    .annotate(n=Count("pk"))
    .values("n")
)


def changes_seen(person: Person) -> QuerySet[TargetChange]:
    """Changes of targets all of which she may see, whoever made them, undone or not: reasons may name any of them."""
    return _within(visible_scopes(person))


def changes_of_hers(person: Person) -> QuerySet[TargetChange]:
    """Changes of targets all of which she may set, whoever made them, undone or not; not those that undo another."""
    return _within(scopes_where(person, Action.SET_TARGETS)).exclude(kind=ChangeKind.UNDO)


def _within(scopes: QuerySet[Scope]) -> QuerySet[TargetChange]:
    foreign = Target.objects.filter(change=OuterRef("pk")).exclude(scope__in=scopes.order_by().values("pk"))
    return TargetChange.objects.filter(~Exists(foreign), Exists(Target.objects.filter(change=OuterRef("pk"))))


def change_to_undo(person: Person, pk: int) -> TargetChange:
    """Raises Http404 where it is not there, or not all hers to set."""
    return get_object_or_404(changes_of_hers(person), pk=pk)


def last_changes(person: Person) -> list[TargetChange]:
    """Newest first, each with its `size`; what is undone is not among them. One query."""
    newest = changes_of_hers(person).filter(undone_by__isnull=True).select_related("made_by")
    return list(newest.annotate(size=SIZE).order_by("-made_at", "-pk")[:SHOWN])
