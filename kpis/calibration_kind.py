"""Calibrations as a kind of subject that is decided about (`decisions`)."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from decisions.kinds import Kind, register_kind
from kpis import calibration_words
from kpis.models.calibration import KIND
from kpis.services import calibrating
from organization.models import DIMENSIONS, Scope


def register() -> None:
    register_kind(
        Kind(
            code=KIND,
            label=_("Calibration"),
            scope_of=_scope_of,
            url_of=lambda pk: reverse("kpis:calibration", args=[pk]),
            titles_of=calibration_words.titles_of,
            on_decided=calibrating.carry_out,
            details_of=calibration_words.details_of,
        )
    )


def _scope_of(pk: int) -> Scope | None:
    return Scope.objects.filter(calibrations=pk).select_related(*DIMENSIONS).first()
