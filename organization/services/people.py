"""People, and what they are granted, responsible for, and told."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.contrib.auth.password_validation import validate_password
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from organization.models import Duty, Grant, Node, Person, Responsibility, Role, Scope
from organization.services.audit import record
from organization.services.errors import Refused


@transaction.atomic
def make_person(
    *,
    username: str,
    display_name: str = "",
    email: str | None = None,
    language: str = "en",
    password: str | None = None,
    person: Person | None,
) -> Person:
    """Adds somebody; without a password she only hears and never logs in. `person` is who adds her.

    Raises Refused where the user name or the address is taken, django's ValidationError for a weak password.
    """
    email = (email or "").strip() or None
    made = Person(
        username=username.strip(), display_name=display_name.strip(), email=email, language=language
    )
    if Person.objects.filter(username__iexact=made.username).exists():
        raise Refused(_("Somebody else has the user name %(name)s.") % {"name": made.username})
    if email and Person.objects.filter(email__iexact=email).exists():
        raise Refused(_("Somebody else has the address %(email)s.") % {"email": email})
    if password:
        validate_password(password, made)
    made.set_password(password or None)
    try:
        with transaction.atomic():
            made.save()
    except IntegrityError:  # added by somebody else in this very moment
        raise Refused(_("Somebody else has this user name or address.")) from None
    record(action="person.make", subject=made.username, person=person, logs_in=bool(password))
    return made


@transaction.atomic
def change_person(
    *,
    whom: Person,
    display_name: str,
    email: str | None,
    phone: str,
    language: str,
    time_zone: str,
    is_active: bool,
    number_style: str | None = None,
    person: Person,
) -> Person:
    """Changes what is known of somebody, herself or another. Who is no longer active cannot log in and hears nothing.
    `number_style` None leaves it as it is.

    Raises Refused where the address is taken, and where the company would be left without an administrator.
    """
    whom = Person.objects.select_for_update().get(pk=whom.pk)
    new = {
        "display_name": display_name.strip(),
        "email": (email or "").strip() or None,
        "phone": phone.strip(),
        "language": language,
        "time_zone": time_zone,
        "is_active": is_active,
        "number_style": whom.number_style if number_style is None else number_style,
    }
    changed = sorted(name for name, value in new.items() if getattr(whom, name) != value)
    if not changed:
        return whom
    taken = Person.objects.exclude(pk=whom.pk).filter(email__iexact=new["email"])
    if "email" in changed and new["email"] and taken.exists():
        raise Refused(_("Somebody else has the address %(email)s.") % {"email": new["email"]})
    for name in changed:
        setattr(whom, name, new[name])
    # Whose a new address is, nobody has shown yet.
    unproven = [
        f"{name}_{mark}_at"
        for name in ("email", "phone")
        if name in changed
        for mark in ("verified", "refused")
    ]
    for name in unproven:
        setattr(whom, name, None)
    whom.save(update_fields=[*changed, *unproven])
    if "is_active" in changed and not is_active and administers(whom):
        keep_an_administrator()
    # Addresses and numbers are not copied into the trail, which outlives people.
    record(action="person.change", subject=whom.username, person=person, fields=changed)
    return whom


@transaction.atomic
def grant_role(*, whom: Person, role: str, scope: Scope, person: Person | None) -> Grant:
    """Grants a role on a scope and all below it, or returns the grant that stands already."""
    grant, made = Grant.objects.get_or_create(
        person=whom, role=Role(role), scope=scope, defaults={"granted_by": person}
    )
    if made:
        record(action="grant.make", subject=whom.username, person=person, role=grant.role, scope=scope.key)
    return grant


@transaction.atomic
def revoke_grant(*, grant: Grant, person: Person) -> None:
    """Takes a grant away. Raises Refused where the company would be left without an administrator."""
    deleted, _rows = Grant.objects.filter(pk=grant.pk).delete()
    if not deleted:
        return
    if grant.role == Role.ADMIN and grant.scope.is_company:
        keep_an_administrator()
    record(
        action="grant.revoke",
        subject=grant.person.username,
        person=person,
        role=grant.role,
        scope=grant.scope.key,
    )


@transaction.atomic
def set_grants(*, whom: Person, wanted: Iterable[tuple[str, Scope]], person: Person) -> tuple[int, int]:
    """Makes these her grants and no others; returns how many were added and how many taken away.

    Raises Refused where the company would be left without an administrator; then nothing has changed.
    """
    new = {(Role(role), scope.pk): scope for role, scope in wanted}
    standing = {(Role(grant.role), grant.scope_id): grant for grant in whom.grants.select_related("scope")}
    added = [key for key in new if key not in standing]
    gone = [grant for key, grant in standing.items() if key not in new]
    for role, pk in added:
        grant_role(whom=whom, role=role, scope=new[role, pk], person=person)
    for grant in gone:
        revoke_grant(grant=grant, person=person)
    return len(added), len(gone)


def administers(person: Person) -> bool:
    return person.is_superuser or person.grants.filter(role=Role.ADMIN, scope__key="company").exists()


def keep_an_administrator() -> None:
    """Raises Refused where nobody would be left. Two administrators who remove each other at once must not both succeed: the company's scope is the lock."""
    company = Scope.objects.select_for_update().get(key="company")
    if Grant.objects.filter(role=Role.ADMIN, scope=company, person__is_active=True).exists():
        return
    if not Person.objects.filter(is_superuser=True, is_active=True).exists():
        raise Refused(_("The company would be left without an administrator. Name another one first."))


@transaction.atomic
def assign_responsibility(
    *,
    scope: Scope,
    first_day: date,
    last_day: date | None = None,
    whose: Person | None = None,
    team: Node | None = None,
    person: Person | None,
) -> Responsibility:
    """Says whose the scope's figures are from a day on: a person's or a team's. Grants nothing.

    Raises Refused where neither or both are named, the node is no team, or the days are in the wrong order.
    """
    if (whose is None) == (team is None):
        raise Refused(_("Name either a person or a team."))
    if team is not None and team.dimension != "team":
        raise Refused(_("%(name)s is not a team.") % {"name": team.label})
    if last_day is not None and last_day < first_day:
        raise Refused(_("The last day lies before the first."))
    made = Responsibility.objects.create(
        scope=scope, person=whose, team=team, first_day=first_day, last_day=last_day
    )
    holder = team.code if team is not None else whose.username if whose is not None else ""
    record(
        action="responsibility.assign",
        subject=scope.key,
        person=person,
        whose=holder,
        first_day=first_day,
        last_day=last_day,
    )
    return made


@transaction.atomic
def end_responsibility(*, responsibility: Responsibility, last_day: date, person: Person | None) -> None:
    """From the day after on, the figures are somebody else's. Raises Refused for a day before the first."""
    if last_day < responsibility.first_day:
        raise Refused(_("The last day lies before the first."))
    responsibility.last_day = last_day
    responsibility.save(update_fields=["last_day"])
    record(action="responsibility.end", subject=responsibility.scope.key, person=person, last_day=last_day)


@transaction.atomic
def assign_duty(*, name: str, scope: Scope, whom: Person, person: Person | None) -> Duty:
    """Says who signs or is told for a scope (CFO, director). Grants nothing. Twice is once.

    Raises Refused for a duty without a name.
    """
    name = " ".join(name.split())
    if not name:
        raise Refused(_("A duty needs a name."))
    duty, made = Duty.objects.get_or_create(name=name[:50], scope=scope, person=whom)
    if made:
        record(action="duty.assign", subject=scope.key, person=person, duty=duty.name, whom=whom.username)
    return duty


@transaction.atomic
def remove_duty(*, duty: Duty, person: Person | None) -> None:
    deleted, _rows = Duty.objects.filter(pk=duty.pk).delete()
    if deleted:
        record(
            action="duty.remove",
            subject=duty.scope.key,
            person=person,
            duty=duty.name,
            whom=duty.person.username,
        )
