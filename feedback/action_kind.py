"""What is done about a topic or a cause, as a subject of tasks and comments (`decisions`)."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from decisions.kinds import Kind, register_kind
from feedback.models import FeedbackAction
from organization.models import DIMENSIONS, Scope

KIND = "feedback.action"


def register() -> None:
    register_kind(
        Kind(
            code=KIND, label=_("Action on feedback"), scope_of=scope_of, url_of=url_of, titles_of=titles_of
        )
    )  # fmt: skip


def scope_of(pk: int) -> Scope | None:
    """Whoever sees the area sees the action."""
    places = [f"scope__{dimension}" for dimension in DIMENSIONS]
    found = FeedbackAction.objects.filter(pk=pk).select_related("scope", *places).first()
    return found.scope if found is not None else None


def url_of(pk: int) -> str:
    return reverse("feedback:action", args=[pk])


def titles_of(ids: Collection[int]) -> Mapping[int, str]:
    return dict(FeedbackAction.objects.filter(pk__in=ids).values_list("pk", "title"))
