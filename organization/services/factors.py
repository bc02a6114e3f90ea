"""Second factors, where somebody else than their owner acts."""

from __future__ import annotations

from datetime import datetime

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.utils.translation import gettext as _

from organization.models import Person
from organization.services.audit import record
from organization.services.errors import Refused
from organization.services.leaving import end_sessions


@transaction.atomic
def reset_factors(*, whom: Person, person: Person, now: datetime) -> int:
    """Takes all second factors away, spare codes too, and ends her sessions: the phone is lost, or somebody has it.

    Returns how many went. Raises Refused for one's own, which are taken off with the present one.
    """
    if whom.pk == person.pk:
        raise Refused(_("Take your own second factor off in your preferences."))
    whom = Person.objects.select_for_update(no_key=True).get(pk=whom.pk)
    kinds = sorted(Authenticator.objects.filter(user_id=whom.pk).values_list("type", flat=True))
    if not kinds:
        return 0
    Authenticator.objects.filter(user_id=whom.pk).delete()
    end_sessions(whom=whom, person=person, now=now)
    record(action="factor.reset", subject=whom.username, person=person, kinds=kinds)
    return len(kinds)
