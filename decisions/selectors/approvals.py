"""Bands of amounts, and who stands in for whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from decisions.clocks import HOURS_A_DAY
from decisions.kinds import kinds
from decisions.models import Band, Delegation
from organization.gate import visible_scopes
from organization.models import DIMENSIONS, Duty, Grant, Person, Scope
from organization.selectors import at_or_above


@dataclass(frozen=True)
class BandRow:
    """`days` where the time is whole working days, else `hours`."""

    band: Band
    who: str

    @property
    def days(self) -> int:
        whole, rest = divmod(self.band.working_hours, HOURS_A_DAY)
        return 0 if rest else whole


@dataclass(frozen=True)
class KindBands:
    """A kind with its ladder, from the smallest amount up; without one, any manager of the area decides."""

    code: str
    label: str
    days: int
    rows: tuple[BandRow, ...]


def bands() -> list[KindBands]:
    """Every kind that is known, by name. One query."""
    rows: dict[str, list[BandRow]] = {}
    for band in Band.objects.all():
        rows.setdefault(band.kind, []).append(
            BandRow(band, _(band.duty) if band.duty else str(band.get_role_display()))
        )
    found = [
        KindBands(kind.code, str(kind.label), kind.days, tuple(rows.get(kind.code, ())))
        for kind in kinds()
        if kind.on_decided is not None
    ]
    return sorted(found, key=lambda one: one.label)


def duty_names() -> list[str]:
    """The duties that somebody has, to choose from while typing."""
    return sorted(set(Duty.objects.values_list("name", flat=True)))


def delegations_of(person: Person, on: date) -> tuple[list[Delegation], list[Delegation]]:
    """Who stands in for her, and in whose place she stands; today and later."""
    coming = (
        Delegation.objects.filter(last_day__gte=on)
        .select_related("from_person", "to_person", *(f"scope__{dimension}" for dimension in DIMENSIONS))
        .order_by("first_day", "pk")
    )
    return list(coming.filter(from_person=person)), list(
        coming.filter(to_person=person, from_person__is_active=True)
    )


def get_delegation_or_404(person: Person, pk: int) -> Delegation:
    """One by which somebody stands in for her."""
    found = Delegation.objects.filter(pk=pk, from_person=person).select_related("to_person", "scope").first()
    if found is None:
        raise Http404
    return found


def colleagues(person: Person) -> QuerySet[Person]:
    """Who could stand in for her: people who were granted something in her areas, or above them."""
    if person.is_superuser:
        others = Q(grants__isnull=False)
    else:
        others = Q(grants__in=Grant.objects.filter(scope__in=visible_scopes(person)))
        for own in Grant.objects.filter(person=person).select_related("scope"):
            others |= Q(grants__in=Grant.objects.filter(at_or_above(own.scope)))
    return (
        Person.objects.filter(others, is_active=True)
        .exclude(pk=person.pk)
        .order_by("display_name", "username")
        .distinct()
    )


def who_sees(scope: Scope) -> QuerySet[Person]:
    """Active people who were granted the area or something above it."""
    covering = Grant.objects.filter(at_or_above(scope))
    return (
        Person.objects.filter(grants__in=covering, is_active=True)
        .order_by("display_name", "username")
        .distinct()
    )
