"""Who approves which amount, and until when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal as D

import pytest

from decisions.ladder import rungs_for
from decisions.models import Band
from decisions.services import decide
from decisions.services.approvals import add_band, remove_band
from organization.models import AuditEntry, CalendarDay, Duty, Person
from organization.services import Refused
from tests.decisions.plans import CHINA, PLAN, WEDNESDAY, proposed
from tests.people import ada, alice, bob, person, scope


@dataclass(frozen=True)
class Row:
    up_to: D | None
    role: str = ""
    duty: str = ""
    position: int = 1
    working_hours: int = 9
    urgent_hours: int = 2


LADDER = (
    Row(None, duty="Board", working_hours=45),
    Row(D(100_000), duty="Director"),
    Row(D(500_000), duty="General manager", position=2, working_hours=27),
    Row(D(500_000), role="finance", working_hours=18),
)


@pytest.mark.parametrize(
    ("amount", "who"),
    [
        ("0", ["Director"]),
        ("100000", ["Director"]),
        ("100000.01", ["finance", "General manager"]),
        ("500000", ["finance", "General manager"]),
        ("500000.0001", ["Board"]),
        ("1e14", ["Board"]),
        (None, ["Board"]),
    ],
)
def test_the_lowest_band_that_holds_the_amount_approves(amount: str | None, who: list[str]) -> None:
    rungs = rungs_for(LADDER, None if amount is None else D(amount), urgent=False)
    assert [rung.duty or rung.role for rung in rungs] == who


def test_in_an_emergency_there_are_two_hours() -> None:
    assert [rung.hours for rung in rungs_for(LADDER, D(200_000), urgent=True)] == [2, 2]
    assert [rung.hours for rung in rungs_for(LADDER, D(200_000), urgent=False)] == [18, 27]


def test_beyond_the_highest_band_nobody_approves_and_what_has_no_amount_goes_to_the_highest() -> None:
    assert rungs_for(LADDER[1:2], D(100_001), urgent=False) == []
    assert [rung.duty for rung in rungs_for(LADDER[1:2], None, urgent=False)] == ["Director"]


def signs(name: str, duty: str) -> Person:
    whom = person(name, "viewer", "company")
    Duty.objects.create(name=duty, scope=scope("company"), person=whom)
    return whom


def ladder() -> None:
    for up_to, duty, days in ((100_000, "Director", 1), (500_000, "General manager", 3), (None, "Board", 5)):
        Band.objects.create(kind=PLAN, up_to=up_to, duty=duty, working_hours=9 * days)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("amount", "days"), [(80_000, 4), (300_000, 6), (900_000, 10)]
)  # from a Friday at three, and the Monday after it is a holiday
def test_the_clock_of_an_amount_runs_in_working_days(amount: int, days: int) -> None:
    for name, duty in (("Dora", "Director"), ("Gus", "General manager"), ("Bea", "Board")):
        signs(name, duty)
    ladder()
    CalendarDay.objects.create(day=WEDNESDAY.date() + timedelta(days=5), working=False, name="Founders' day")
    friday = WEDNESDAY + timedelta(days=2, hours=5)  # 15:00
    step = proposed(alice(), amount=amount, as_of=friday).steps.get()
    assert step.due_at == friday + timedelta(days=days)


@pytest.mark.django_db
def test_an_emergency_on_saturday_is_due_in_two_hours() -> None:
    signs("Dora", "Director")
    ladder()
    saturday = WEDNESDAY + timedelta(days=3)
    step = proposed(alice(), amount=5, urgent=True, as_of=saturday).steps.get()
    assert step.due_at == saturday + timedelta(hours=2)
    assert step.due_at.astimezone(CHINA).weekday() == 5


@pytest.mark.django_db
def test_two_approve_one_after_the_other_and_the_second_clock_starts_then() -> None:
    dora, gus = signs("Dora", "Director"), signs("Gus", "General manager")
    Band.objects.create(kind=PLAN, duty="Director", working_hours=9, position=1)
    Band.objects.create(kind=PLAN, duty="General manager", working_hours=18, position=2)
    proposal = proposed(alice())
    first, second = proposal.steps.order_by("position")
    assert (first.state, second.state, second.due_at) == ("waiting", "ahead", None)
    later = WEDNESDAY + timedelta(hours=2)
    assert decide(proposal=proposal, person=dora, verdict="approve", note="", as_of=later).state == "open"
    second.refresh_from_db()
    assert (second.state, second.due_at) == ("waiting", later + timedelta(days=2))
    assert decide(proposal=proposal, person=gus, verdict="approve", note="", as_of=later).state == "approved"


@pytest.mark.django_db
def test_who_rejects_first_ends_it_for_all() -> None:
    dora = signs("Dora", "Director")
    signs("Gus", "General manager")
    for place, duty in enumerate(("Director", "General manager"), start=1):
        Band.objects.create(kind=PLAN, duty=duty, working_hours=9, position=place)
    proposal = proposed(alice())
    decide(proposal=proposal, person=dora, verdict="reject", note="No.", as_of=WEDNESDAY)
    assert [step.state for step in proposal.steps.order_by("position")] == ["rejected", "dropped"]


@pytest.mark.django_db
def test_too_much_is_refused_with_the_way_out() -> None:
    signs("Dora", "Director")
    Band.objects.create(kind=PLAN, up_to=100, duty="Director", working_hours=9)
    with pytest.raises(Refused, match="Nobody approves so much"):
        proposed(alice(), amount=101)


@pytest.mark.django_db
def test_bands_are_added_and_removed_with_an_entry_in_the_history() -> None:
    admin = ada()
    common = {"kind": PLAN, "up_to": D(100), "working_hours": 9, "urgent_hours": 2, "person": admin}
    first = add_band(role="manager", duty="", **common)  # type: ignore[arg-type]
    second = add_band(role="", duty=" Director ", **common)  # type: ignore[arg-type]
    assert (first.position, second.position, second.duty) == (1, 2, "Director")
    remove_band(band=first, person=admin)
    remove_band(band=first, person=admin)  # twice is once
    assert list(AuditEntry.objects.order_by("pk").values_list("action", flat=True)) == [
        "band.add", "band.add", "band.remove",
    ]  # fmt: skip
    for role, duty in (("", ""), ("manager", "Director")):
        with pytest.raises(Refused, match="either"):
            add_band(role=role, duty=duty, **common)  # type: ignore[arg-type]
    with pytest.raises(Refused, match="what it is about"):
        add_band(role="manager", duty="", **{**common, "kind": "tests.unknown"})  # type: ignore[arg-type]


@pytest.mark.django_db
def test_without_bands_any_manager_of_the_area_decides_within_the_kinds_days() -> None:
    bob()
    step = proposed(alice()).steps.get()
    assert (step.role, step.hours) == ("manager", 27)
    assert proposed(alice(), "region:华东/上海", urgent=True).steps.get().hours == 2
