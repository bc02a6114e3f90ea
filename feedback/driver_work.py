"""Drivers as long work, made known at start-up."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from feedback.services.analysis import DRIVERS
from feedback.services.driving import run_drivers
from organization.gate import Action, can, can_somewhere
from organization.jobs import JobKind, register_job_kind


def register() -> None:
    register_job_kind(
        JobKind(
            code=DRIVERS,
            label=_("What the score goes together with"),
            run=run_drivers,
            may_see=lambda person, _job: can_somewhere(person, Action.VIEW),
            may_cancel=lambda person, _job: can(person, Action.KEEP_SURVEYS),
        )
    )
