"""Writing rotas: who has the watch by turns, and who has it for a time instead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from alerts.models import Policy, Rota, RotaPlace, RotaSwap
from alerts.services.policies import tidy
from common.listing import listed
from organization.gate import visible_scopes
from organization.models import Person, Scope
from organization.services import Refused, record

MOST_PLACES = 50
LONGEST_TURN = 366  # days
LONGEST_SWAP = timedelta(days=366)
MOST_NAMED = 5  # policies in a refusal


class RotaRefused(Refused):
    """`at` is the field that it is about; empty for the whole."""

    def __init__(self, reason: str, *, at: str = "") -> None:
        super().__init__(reason)
        self.at = at


@dataclass(frozen=True)
class RotaDraft:
    """`people` in their order; the same person may come several times."""

    name: str
    scope: Scope
    people: Sequence[Person]
    first_day: date
    hands_over_at: time
    turn_days: int = 7


@transaction.atomic
def save_rota(
    *, draft: RotaDraft, person: Person | None, rota: Rota | None = None, version: int | None = None
) -> Rota:
    """Makes a rota, or edits one whose `version` its editor has seen. Raises RotaRefused before anything is written."""
    _check(draft)
    before = None
    if rota is None:
        rota = Rota()
    else:
        rota = _locked(rota, version)
        before = _described(rota)
        rota.version += 1
    rota.name, rota.scope = tidy(draft.name), draft.scope
    rota.first_day, rota.hands_over_at, rota.turn_days = draft.first_day, draft.hands_over_at, draft.turn_days
    try:
        with transaction.atomic():
            rota.save()
    except IntegrityError:
        raise RotaRefused(_("There is a rota of this name already."), at="name") from None
    rota.places.all().delete()
    RotaPlace.objects.bulk_create(
        RotaPlace(rota=rota, position=position, person=one) for position, one in enumerate(draft.people)
    )
    record(
        action="rota.edit" if before else "rota.make",
        subject=rota.name,
        person=person,
        rota=rota.pk,
        before=before,
        after=_described(rota),
    )
    return rota


@transaction.atomic
def remove_rota(*, rota: Rota, person: Person) -> None:
    """With its turns and swaps. Raises RotaRefused while a policy names it; twice is once."""
    row = Rota.objects.select_for_update(of=("self",)).filter(pk=rota.pk).first()
    if row is None:
        return
    named = Policy.objects.filter(steps__targets__rota=row).distinct()
    if named.exists():
        known = named.filter(scope__in=visible_scopes(person)).order_by("name").values_list("name", flat=True)
        raise RotaRefused(_in_use(list(known[:MOST_NAMED])))
    record(action="rota.remove", subject=row.name, person=person, rota=row.pk, before=_described(row))
    row.delete()


def _in_use(known: Sequence[str]) -> str:
    """Names the policies that she may know."""
    if not known:
        return _("Policies name this rota. Take it out of them first.")
    return _("Policies name this rota: %(policies)s. Take it out of them first.") % {
        "policies": listed(known)
    }


@transaction.atomic
def swap_watch(
    *, rota: Rota, to: Person, starts_at: datetime, ends_at: datetime, person: Person, now: datetime
) -> RotaSwap:
    """From one moment to the other `to` has the watch. Raises RotaRefused."""
    if ends_at <= starts_at:
        raise RotaRefused(_("It ends after it begins."), at="ends_at")
    if ends_at <= now:
        raise RotaRefused(_("This time is over."), at="ends_at")
    if ends_at - starts_at > LONGEST_SWAP:
        raise RotaRefused(_("For longer than a year, change the rota itself."), at="ends_at")
    if not to.is_active:
        raise RotaRefused(_("%(person)s has left and cannot be told.") % {"person": to.label}, at="person")
    made = RotaSwap.objects.create(
        rota=rota, person=to, starts_at=starts_at, ends_at=ends_at, made_by=person, made_at=now
    )
    record(
        action="rota.swap", subject=rota.name, person=person, rota=rota.pk, to=to.username,
        starts_at=starts_at.isoformat(), ends_at=ends_at.isoformat(),
    )  # fmt: skip
    return made


@transaction.atomic
def take_back_swap(*, swap: RotaSwap, person: Person, now: datetime) -> None:
    """One that has begun ends now, so that who had the watch stays on record; another one never was."""
    row = RotaSwap.objects.select_for_update(of=("self",)).select_related("rota", "person").filter(
        pk=swap.pk
    ).first()  # fmt: skip
    if row is None or row.ends_at <= now:
        return
    record(
        action="rota.swap_back", subject=row.rota.name, person=person, rota=row.rota_id, to=row.person.username,
        starts_at=row.starts_at.isoformat(), ends_at=row.ends_at.isoformat(),
    )  # fmt: skip
    if row.starts_at >= now:
        row.delete()
    else:
        row.ends_at = now
        row.save(update_fields=["ends_at"])


def _locked(rota: Rota, version: int | None) -> Rota:
    row = Rota.objects.select_for_update(of=("self",)).filter(pk=rota.pk).first()
    if row is None:
        raise RotaRefused(_("The rota was removed meanwhile."))
    if version is not None and row.version != version:
        raise RotaRefused(
            _("Somebody else has changed this rota meanwhile. Look at it again, then make your change.")
        )
    return row


def _check(draft: RotaDraft) -> None:
    if not 0 < len(tidy(draft.name)) <= 80:
        raise RotaRefused(_("A name of at most 80 letters is needed."), at="name")
    if not draft.people:
        raise RotaRefused(_("Name somebody who has the watch."), at="people")
    if len(draft.people) > MOST_PLACES:
        raise RotaRefused(_("A rota has at most %(n)s places.") % {"n": MOST_PLACES}, at="people")
    for one in draft.people:
        if not one.is_active:
            raise RotaRefused(
                _("%(person)s has left and cannot be told.") % {"person": one.label}, at="people"
            )
    if not 2000 <= draft.first_day.year <= 2100:
        raise RotaRefused(_("The round begins between the years 2000 and 2100."), at="first_day")
    if not 1 <= draft.turn_days <= LONGEST_TURN:
        raise RotaRefused(_("A turn lasts from one day to a year."), at="turn_days")


def _described(rota: Rota) -> dict[str, object]:
    """For the audit trail."""
    places = RotaPlace.objects.filter(rota=rota).select_related("person")
    return {
        "name": rota.name,
        "scope": rota.scope.key,
        "first_day": f"{rota.first_day}",
        "hands_over_at": f"{rota.hands_over_at:%H:%M}",
        "turn_days": rota.turn_days,
        "people": [place.person.username for place in places],
    }
