"""Attribution's long work and its facts, made known to the floors below at start-up."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from channels.services import publishing_attribution
from channels.services.attributing import KIND, run_attribution
from kpis.facts import FactTable, register_facts
from organization.gate import Action, can, can_somewhere
from organization.jobs import JobKind, register_job_kind
from organization.models import Job, Person, Scope


def register() -> None:
    register_facts(FactTable(publishing_attribution.SOURCE, publishing_attribution.TABLE, ("channel",)))
    register_job_kind(
        JobKind(
            code=KIND,
            label=_("Dividing conversions over channels"),
            run=run_attribution,
            may_see=_may_see,
            may_cancel=_may_cancel,
        )
    )


def _may_see(person: Person, job: Job) -> bool:
    return can(person, Action.VIEW, Scope(key="company"))


def _may_cancel(person: Person, job: Job) -> bool:
    return can_somewhere(person, Action.KEEP_METRICS)
