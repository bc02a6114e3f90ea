"""Pages that are sent regularly: hers, those that come to her, and how the last time went."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Q, QuerySet
from django.http import Http404

from dashboards.models import Mailing, Parcel
from decisions.selectors.approvals import colleagues
from organization.gate import Action, can, can_somewhere
from organization.models import Person

SHOWN = 200


@dataclass(frozen=True)
class MailingRow:
    mailing: Mailing
    receivers: int
    last_at: datetime | None
    troubled: int  # people who did not get the last one
    mine: bool


@dataclass(frozen=True)
class Delivered:
    """How a mail went for one person. `problem` is a code (`dashboards.mailing_words`), "" for none."""

    person: Person
    due_at: datetime
    sent_at: datetime | None
    problem: str


def whom_she_may_send(person: Person) -> QuerySet[Person]:
    """Herself always; whoever may speak to others about figures (COMMENT) also those who share areas with her, as each
    of them gets only what she may see herself. Not everybody: names of people elsewhere are not hers to know.
    """
    others = Q(pk=person.pk)
    if can_somewhere(person, Action.COMMENT):
        others |= Q(pk__in=colleagues(person).order_by().values("pk"))
    return Person.objects.filter(others, is_active=True).order_by("display_name", "username")


def mailings_for(person: Person) -> list[MailingRow]:
    """Hers, of administrators everybody's. Three queries."""
    found = list(
        _seen_by(person)
        .select_related("owner")
        .annotate(receivers=Count("people", distinct=True), last_at=Max("parcels__due_at"))
        .order_by("name", "pk")[:SHOWN]
    )
    troubles: dict[tuple[int, datetime], int] = {
        (pk, due_at): number
        for pk, due_at, number in Parcel.objects.filter(mailing__in=[one.pk for one in found])
        .exclude(problem="")
        .values_list("mailing_id", "due_at")
        .annotate(number=Count("pk"))
        .order_by()
    }
    rows = [
        MailingRow(
            mailing=one,
            receivers=one.receivers,
            last_at=one.last_at,
            troubled=troubles.get((one.pk, one.last_at), 0) if one.last_at else 0,
            mine=one.owner_id == person.pk,
        )
        for one in found
    ]
    return sorted(rows, key=lambda row: not row.mine)


def coming_to(person: Person) -> list[tuple[Mailing, bool]]:
    """What others have sent to her, and whether she still gets it."""
    hers = Mailing.objects.filter(Q(people=person) | Q(left=person)).exclude(owner=person).distinct()
    gone = set(Mailing.objects.filter(left=person).values_list("pk", flat=True))
    return [(one, one.pk not in gone) for one in hers.select_related("owner").order_by("name", "pk")[:SHOWN]]


def get_mailing_or_404(person: Person, pk: int) -> Mailing:
    found = _seen_by(person).select_related("owner").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def mailing_with(pk: int) -> Mailing | None:
    return Mailing.objects.select_related("owner").filter(pk=pk).first()


def last_time(mailing: Mailing) -> list[Delivered]:
    """Of the newest time, those with a problem first."""
    newest = (
        Parcel.objects.filter(mailing=mailing).order_by("-due_at").values_list("due_at", flat=True).first()
    )
    rows = Parcel.objects.filter(mailing=mailing, due_at=newest).select_related("person") if newest else ()
    told = [Delivered(row.person, row.due_at, row.sent_at, row.problem) for row in rows]
    return sorted(told, key=lambda one: (not one.problem, one.person.label))


def _seen_by(person: Person) -> QuerySet[Mailing]:
    return Mailing.objects.all() if can(person, Action.ADMINISTER) else Mailing.objects.filter(owner=person)
