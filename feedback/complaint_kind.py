"""A complaint as a subject that people comment on and have tasks about (`decisions`)."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from decisions.kinds import Kind, register_kind
from feedback.models import Complaint
from organization.gate import Action, scopes_where
from organization.models import DIMENSIONS, Person, Scope

KIND = "feedback.complaint"


def register() -> None:
    register_kind(
        Kind(
            code=KIND, label=gettext_lazy("Complaint"), scope_of=scope_of, url_of=url_of, titles_of=titles_of,
            seen_by=seen_by,
        )
    )  # fmt: skip


def scope_of(pk: int) -> Scope | None:
    found = Complaint.objects.filter(pk=pk).values("scope")
    return Scope.objects.filter(pk__in=found).select_related(*DIMENSIONS).first()


def url_of(pk: int) -> str:
    return reverse("feedback:complaint", args=[pk])


def titles_of(ids: Collection[int]) -> Mapping[int, str]:
    found = Complaint.objects.filter(pk__in=ids).select_related("category")
    return {one.pk: title_of(one) for one in found}


def title_of(complaint: Complaint) -> str:
    """Says what it is about, and nothing that the customer wrote."""
    return _("Complaint %(number)s: %(category)s") % {
        "number": complaint.pk,
        "category": complaint.category.label,
    }


def seen_by(person: Person) -> QuerySet[Complaint, int]:
    """Whoever may only look at the area does not read what customers complain about."""
    seen = scopes_where(person, Action.HANDLE_COMPLAINTS)
    return Complaint.objects.filter(scope__in=seen).values_list("pk", flat=True)
