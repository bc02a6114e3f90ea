"""Setting who approves which amounts, and having somebody stand in."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from decisions.kinds import find_kind
from decisions.models import Band, Delegation
from decisions.selectors.rights import today_of
from organization.models import Person, Scope
from organization.services import Refused, record

LONGEST_AWAY = timedelta(days=366)


@transaction.atomic
def add_band(
    *,
    kind: str,
    up_to: Decimal | None,
    role: str,
    duty: str,
    working_hours: int,
    urgent_hours: int,
    person: Person,
) -> Band:
    """Adds an approval to a kind's ladder; a second one with the same limit comes after the first.

    Raises Refused for a kind that nobody knows, and where not exactly one of role and duty is named.
    """
    duty = " ".join(duty.split())[:50]
    if find_kind(kind) is None:
        raise Refused(_("Choose what it is about."))
    if bool(role) == bool(duty):
        raise Refused(_("Name either a role or a duty."))
    same = Band.objects.filter(kind=kind, up_to=up_to) if up_to is not None else Band.objects.filter(
        kind=kind, up_to__isnull=True
    )  # fmt: skip
    last = same.order_by("-position").values_list("position", flat=True).first() or 0
    try:
        with transaction.atomic():
            band = Band.objects.create(
                kind=kind, up_to=up_to, role=role, duty=duty, working_hours=working_hours, urgent_hours=urgent_hours,
                position=last + 1,
            )  # fmt: skip
    except IntegrityError:  # by somebody else in this very moment
        raise Refused(_("Somebody has just added the like of it. Look again.")) from None
    record(action="band.add", subject=kind, person=person, **_said(band))
    return band


@transaction.atomic
def remove_band(*, band: Band, person: Person) -> None:
    """What waits already goes on as it was begun."""
    deleted, _rows = Band.objects.filter(pk=band.pk).delete()
    if deleted:
        record(action="band.remove", subject=band.kind, person=person, **_said(band))


def _said(band: Band) -> dict[str, object]:
    return {
        "up_to": band.up_to, "role": band.role, "duty": band.duty, "working_hours": band.working_hours,
        "urgent_hours": band.urgent_hours,
    }  # fmt: skip


@transaction.atomic
def delegate(
    *,
    to: Person,
    first_day: date,
    last_day: date,
    scope: Scope | None,
    person: Person,
    as_of: datetime | None = None,
) -> Delegation:
    """Has another decide in her place from a day to a day, both included; `scope` None is everywhere.

    Raises Refused where the days are in the wrong order or over, for more than a year, and for herself.
    """
    if to.pk == person.pk or not to.is_active:
        raise Refused(_("Choose somebody else who is here."))
    if last_day < first_day:
        raise Refused(_("The last day lies before the first."))
    if last_day < today_of(as_of or timezone.now()):
        raise Refused(_("The last day is over already."))
    if last_day - first_day > LONGEST_AWAY:
        raise Refused(_("At most a year. Whoever is away for longer hands over duties and roles."))
    made = Delegation.objects.create(
        from_person=person, to_person=to, first_day=first_day, last_day=last_day, scope=scope
    )
    record(
        action="delegation.make", subject=person.username, person=person, whom=to.username, first_day=first_day,
        last_day=last_day, scope=scope.key if scope else "",
    )  # fmt: skip
    return made


@transaction.atomic
def end_delegation(*, delegation: Delegation, person: Person, as_of: datetime | None = None) -> None:
    """From now on she decides herself; what was decided in her place stands."""
    yesterday = today_of(as_of or timezone.now()) - timedelta(days=1)
    if delegation.first_day > yesterday:
        Delegation.objects.filter(pk=delegation.pk).delete()
    else:
        Delegation.objects.filter(pk=delegation.pk, last_day__gt=yesterday).update(last_day=yesterday)
    record(
        action="delegation.end", subject=person.username, person=person, whom=delegation.to_person.username
    )
