"""The company's rules for accounts: its day, second factors, invitations, sessions."""

from __future__ import annotations

from collections.abc import Iterable
from zoneinfo import available_timezones

from django.db import transaction
from django.utils.translation import gettext as _

from organization.models import Company, Person, Role
from organization.selectors.standing import factors_of
from organization.services.audit import record
from organization.services.errors import Refused

LONGEST_SESSION = 90 * 24


@transaction.atomic
def update_account_rules(
    *,
    time_zone: str,
    second_factor_roles: Iterable[str],
    invitation_days: int,
    session_hours: int,
    person: Person,
) -> Company:
    """Changes the rules. They hold from the next page that anybody opens. Invitations 1 to 60 days, sessions 1 to 2160
    hours; `time_zone` of the tz database.

    Raises Refused for a value outside these, and where the person herself would be locked out at once.
    """
    if time_zone not in available_timezones():
        raise Refused(_("There is no time zone %(name)s.") % {"name": time_zone})
    if not 1 <= invitation_days <= 60:
        raise Refused(_("An invitation lasts from 1 to 60 days."))
    if not 1 <= session_hours <= LONGEST_SESSION:
        raise Refused(_("A session lasts from 1 to %(hours)s hours.") % {"hours": LONGEST_SESSION})
    asked = set(second_factor_roles)
    roles = [role for role in Role.values if role in asked]
    if Role.ADMIN in roles and not factors_of(person):
        raise Refused(
            _("You would be shut out yourself. Set up your own second factor first, then ask others for one.")
        )
    company = Company.objects.select_for_update().get(pk=1)
    new = {
        "time_zone": time_zone,
        "second_factor_roles": roles,
        "invitation_days": invitation_days,
        "session_hours": session_hours,
    }
    changed = sorted(field for field, value in new.items() if getattr(company, field) != value)
    if changed:
        old = {field: getattr(company, field) for field in changed}
        for field in changed:
            setattr(company, field, new[field])
        company.save(update_fields=changed)
        record(
            action="company.update",
            subject=company.name,
            person=person,
            old=old,
            new={field: new[field] for field in changed},
        )
    return company
