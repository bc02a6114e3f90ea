"""When and by which ways somebody wants to hear; she alone says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime, time

from django.db import transaction
from django.utils.translation import gettext as _

from alerts.models import Digest, FollowedFigure, Listening
from kpis.models import Metric
from organization.gate import can
from organization.models import Person, Role, Scope
from organization.services import Refused
from organization.services.audit import record

DEFAULT_TIME = time(17)
MOST_FOLLOWED = 5


class ListeningRefused(Refused):
    """It cannot be so; the message says why, for people. `at` is the field that it is about."""

    def __init__(self, message: str, at: str) -> None:
        super().__init__(message)
        self.at = at


@dataclass(frozen=True)
class Wishes:
    """All that she may say. Times of day are of her own zone; `digest_weekday` 0 is Monday.

    `follows`: figures for the digest, at most MOST_FOLLOWED; none: those furthest behind plan.
    """

    quiet_from: time | None = None
    quiet_until: time | None = None
    quiet_on_days_off: bool = False
    watch_ways: tuple[str, ...] = ("email",)
    warning_ways: tuple[str, ...] = ("email",)
    critical_ways: tuple[str, ...] = ("email",)
    digest: str = Digest.OFF
    digest_at: time = DEFAULT_TIME
    digest_weekday: int = 4
    digest_when_empty: bool = False
    follows: Sequence[tuple[Metric, Scope]] = ()


@transaction.atomic
def save_listening(*, person: Person, wishes: Wishes, now: datetime) -> Listening:
    """Raises ListeningRefused for half of the quiet hours, for no way of what is critical, and for SMS without a
    confirmed telephone. Saving the same twice changes nothing.
    """
    if (wishes.quiet_from is None) != (wishes.quiet_until is None):
        at = "quiet_until" if wishes.quiet_until is None else "quiet_from"
        raise ListeningRefused(_("Quiet hours have a beginning and an end; or leave both empty."), at)
    if wishes.quiet_from is not None and wishes.quiet_from == wishes.quiet_until:
        raise ListeningRefused(_("Quiet hours that end when they begin are none."), "quiet_until")
    if not wishes.critical_ways:
        raise ListeningRefused(
            _("Choose at least one way: what is critical always comes through."), "critical_ways"
        )
    for place, (metric, scope) in enumerate(wishes.follows):
        if place >= MOST_FOLLOWED or (metric, scope) in wishes.follows[:place]:
            raise ListeningRefused(
                _("Each figure of an area is named once, and at most %(n)s.") % {"n": MOST_FOLLOWED},
                f"figure_{place}",
            )
        if not can(person, Role.VIEWER, scope):
            raise ListeningRefused(_("You do not see this area."), f"figure_area_{place}")
    for name in ("watch_ways", "warning_ways", "critical_ways"):
        if "sms" in getattr(wishes, name) and not (person.phone and person.phone_verified_at):
            raise ListeningRefused(
                _("There is no confirmed phone number to send an SMS to. Confirm yours first."), name
            )
    made, new = Listening.objects.select_for_update().get_or_create(person=person)
    changed: dict[str, object] = {}
    for field in fields(wishes):
        if field.name == "follows":
            continue
        wanted = getattr(wishes, field.name)
        wanted = list(wanted) if isinstance(wanted, tuple) else wanted
        if getattr(made, field.name) != wanted:
            changed[field.name] = wanted
            setattr(made, field.name, wanted)
    if changed:
        made.save(update_fields=[*changed])
    followed = _follow(person, wishes.follows)
    if followed is not None:
        changed["follows"] = followed
    if changed or new:
        record(
            action="alert.listening", subject=person.username, person=person,
            **{name: value if isinstance(value, bool | int | list) else str(value) for name, value in changed.items()},
        )  # fmt: skip
    return made


def _follow(person: Person, follows: Sequence[tuple[Metric, Scope]]) -> list[str] | None:
    """What she follows now, for the audit trail; None where nothing changes. Her row of wishes is held."""
    standing = FollowedFigure.objects.filter(person=person)
    if list(standing.values_list("metric", "scope")) == [(metric.pk, scope.pk) for metric, scope in follows]:
        return None
    standing.delete()
    FollowedFigure.objects.bulk_create(
        FollowedFigure(person=person, position=place, metric=metric, scope=scope)
        for place, (metric, scope) in enumerate(follows)
    )
    return [f"{metric.code} {scope.key}" for metric, scope in follows]
