"""Somebody leaves: what she holds goes to others or ends, her sessions and tokens stop, in one transaction. And back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from organization.holdings import Leaving, holdings
from organization.models import Person
from organization.services.audit import record
from organization.services.errors import Refused
from organization.services.invitations import withdraw_invitation
from organization.services.people import administers, keep_an_administrator

END = ""  # instead of a person: let it end


@transaction.atomic
def deactivate_person(
    *, whom: Person, to: Mapping[str, Person | None], person: Person, now: datetime
) -> dict[str, int]:
    """Closes an account. `to` says for each kind of holding who takes it over, None for letting it end.

    Returns how many of each kind went. Raises Refused for oneself, for the last administrator, where a kind that she
    holds is not decided about, and where it is given to somebody who is not here.
    """
    whom = Person.objects.select_for_update().get(pk=whom.pk)
    if whom.pk == person.pk:
        raise Refused(_("You cannot deactivate yourself. Another administrator can."))
    if not whom.is_active:
        raise Refused(_("%(name)s is not active any more.") % {"name": whom.label})
    leaving = Leaving(whom=whom, by=person, now=now, today=timezone.localdate(now))
    went: dict[str, int] = {}
    told: dict[str, object] = {}
    for holding in holdings():
        if not holding.held(whom):
            continue
        if holding.code not in to:
            raise Refused(
                _("Say what becomes of this: %(what)s. Something was added meanwhile.")
                % {"what": holding.label}
            )
        taker = to[holding.code]
        if taker is None:
            if holding.end is None:
                raise Refused(_("This cannot just end: %(what)s.") % {"what": holding.label})
            went[holding.code] = holding.end(leaving)
        else:
            if holding.hand_over is None or not taker.is_active or taker.pk == whom.pk:
                raise Refused(
                    _("%(name)s cannot take this over: %(what)s.")
                    % {"name": taker.label, "what": holding.label}
                )
            went[holding.code] = holding.hand_over(leaving, taker)
        told[holding.code] = [went[holding.code], taker.username if taker else END]
    withdraw_invitation(whom=whom, person=person, now=now)
    was_administrator = administers(whom)
    whom.is_active = False
    whom.sessions_ended_at = now
    whom.save(update_fields=["is_active", "sessions_ended_at"])
    if was_administrator:
        keep_an_administrator()
    record(action="person.deactivate", subject=whom.username, person=person, handed_over=told)
    return went


@transaction.atomic
def reactivate_person(*, whom: Person, person: Person) -> Person:
    """Opens the account again: her roles hold again; what was handed over stays where it is."""
    whom = Person.objects.select_for_update().get(pk=whom.pk)
    if whom.is_active:
        return whom
    whom.is_active = True
    whom.save(update_fields=["is_active"])
    record(action="person.reactivate", subject=whom.username, person=person)
    return whom


@transaction.atomic
def end_sessions(*, whom: Person, person: Person, now: datetime) -> Person:
    """Logs somebody out everywhere at once; the password stays."""
    whom = Person.objects.select_for_update().get(pk=whom.pk)
    whom.sessions_ended_at = now
    whom.save(update_fields=["sessions_ended_at"])
    record(action="person.end_sessions", subject=whom.username, person=person)
    return whom
