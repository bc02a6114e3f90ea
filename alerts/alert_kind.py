"""Alerts as a kind of subject that people comment on and have tasks about (`decisions`)."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alerts.models import Episode
from decisions.kinds import Kind, register_kind
from organization.models import DIMENSIONS, Scope

KIND = "alerts.alert"


def register() -> None:
    register_kind(
        Kind(
            code=KIND,
            label=gettext_lazy("Alert"),
            scope_of=_scope_of,
            url_of=lambda pk: reverse("alerts:episode", args=[pk]),
            titles_of=_titles_of,
        )
    )


def _scope_of(pk: int) -> Scope | None:
    """Whoever sees the area sees its alerts."""
    found = Scope.objects.filter(pk__in=Episode.objects.filter(pk=pk).values("instance__scope"))
    return found.select_related(*DIMENSIONS).first()


def _titles_of(ids: Collection[int]) -> Mapping[int, str]:
    areas = (f"instance__scope__{dimension}" for dimension in DIMENSIONS)
    found = Episode.objects.filter(pk__in=ids).select_related("instance__metric", *areas)
    return {
        one.pk: _("%(metric)s, %(area)s")
        % {"metric": one.instance.metric.label, "area": one.instance.scope.label}
        for one in found
    }
