"""A line of a budget as a subject that people comment on and have tasks about (`decisions`)."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from budgets.models import Line
from decisions.kinds import Kind, register_kind
from organization.models import DIMENSIONS, Scope

KIND = "budgets.line"


def register() -> None:
    register_kind(
        Kind(
            code=KIND, label=_("Budget line"), scope_of=scope_of, url_of=url_of, titles_of=titles_of
        )
    )  # fmt: skip


def scope_of(pk: int) -> Scope | None:
    """Whoever sees the line's area sees the line."""
    return Scope.objects.filter(node__budget_line=pk).select_related(*DIMENSIONS).first()


def url_of(pk: int) -> str:
    return reverse("budgets:line", args=[pk])


def titles_of(ids: Collection[int]) -> Mapping[int, str]:
    lines = Line.objects.filter(pk__in=ids).select_related("budget__node")
    return {line.pk: f"{line.budget.node.label}: {line.name}" for line in lines}
