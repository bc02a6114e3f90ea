"""A kind of subject for tests alone: the plan of an area. Its id is the area's, and what is approved is written down here."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from decisions.kinds import Decision, Kind, register_kind
from decisions.models import Proposal, Task
from decisions.services import open_task, propose
from organization.models import DIMENSIONS, Person, Scope
from organization.services import Refused
from tests.people import scope

PLAN = "tests.plan"
CHINA = ZoneInfo("Asia/Shanghai")
WEDNESDAY = datetime(2026, 11, 18, 10, tzinfo=CHINA)

carried_out: list[tuple[int, Decision]] = []


def _carry_out(proposal: Proposal, decision: Decision) -> None:
    if decision.approved and proposal.payload.get("refuse"):
        raise Refused("The month is closed, so the plan cannot change.")
    carried_out.append((proposal.pk, decision))


def _titles(ids: Collection[int]) -> Mapping[int, str]:
    areas = Scope.objects.filter(pk__in=ids).select_related(*DIMENSIONS)
    return {one.pk: f"Plan of {one.label}" for one in areas}


register_kind(
    Kind(
        code=PLAN,
        label="Plan",
        scope_of=lambda pk: Scope.objects.filter(pk=pk).first(),
        url_of=lambda pk: f"/targets/?plan={pk}",
        titles_of=_titles,
        on_decided=_carry_out,
        details_of=lambda proposal: [("From", "100"), ("To", str(proposal.payload.get("to", "—")))],
    )
)


def task(area: str = "region:华东", *, opened_for: str = "plan", whose: Person | None = None) -> Task:
    """A task about the plan of the area: somebody's, or that of whoever is responsible."""
    place = scope(area)
    return open_task(
        kind=PLAN, subject_id=place.pk, scope=place, title="Look at the plan", opened_for=opened_for,
        assigned_to=whose, due_on=WEDNESDAY.date(), as_of=WEDNESDAY,
    )  # fmt: skip


def proposed(
    person: Person | None, area: str = "region:华东", *, as_of: datetime = WEDNESDAY, amount: int | None = None,
    urgent: bool = False, **payload: Any,
) -> Proposal:  # fmt: skip
    """Proposes a new plan for the area."""
    place = scope(area)
    return propose(
        kind=PLAN, subject_id=place.pk, scope=place, summary="Move November to 80", body="The market shrank.",
        payload=payload or {"to": "80"}, amount=None if amount is None else Decimal(amount), urgent=urgent,
        person=person, as_of=as_of,
    )  # fmt: skip
