"""Inviting people by mail: a link that chooses the password, once, within some days."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.db import transaction
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from organization.letterhead import AccountWords, write
from organization.models import AddressKind, Company, Invitation, Person, Scope
from organization.services.addresses import confirm_address
from organization.services.audit import record
from organization.services.errors import Refused
from organization.services.mails import drop_mail, queue_mail
from organization.services.people import grant_role, make_person


@transaction.atomic
def invite_person(
    *,
    display_name: str,
    email: str,
    language: str,
    grants: Iterable[tuple[str, Scope]],
    person: Person,
    now: datetime,
    username: str = "",
) -> Invitation:
    """Adds somebody with her first grants and sends her the link. Without a user name, one is made of the address.

    Raises Refused where there is no address, or it or the user name is taken.
    """
    if not email.strip():
        raise Refused(_("An invitation goes by mail, so it needs an address."))
    made = make_person(
        username=username.strip() or free_username(email),
        display_name=display_name,
        email=email,
        language=language,
        person=person,
    )
    for role, scope in grants:
        grant_role(whom=made, role=role, scope=scope, person=person)
    return send_invitation(whom=made, person=person, now=now)


def free_username(email: str) -> str:
    """What stands before the @, with a number where somebody has it already."""
    stem = re.sub(r"[^\w.+-]", "", email.partition("@")[0])[:140] or "person"
    taken = {
        name.lower()
        for name in Person.objects.filter(username__istartswith=stem).values_list("username", flat=True)
    }
    number, name = 1, stem
    while name.lower() in taken:
        number += 1
        name = f"{stem}{number}"
    return name


@transaction.atomic
def send_invitation(*, whom: Person, person: Person, now: datetime) -> Invitation:
    """Sends a new link; the one before stops working. `person` is who invites.

    Raises Refused for somebody without an address, who is not active, or who logs in already.
    """
    whom = Person.objects.select_for_update(no_key=True).get(pk=whom.pk)
    if not whom.is_active:
        raise Refused(_("%(name)s is not active. Activate the account first.") % {"name": whom.label})
    if not whom.email:
        raise Refused(_("An invitation goes by mail, so it needs an address."))
    if whom.has_usable_password() or whom.last_login:
        raise Refused(
            _("%(name)s logs in already. A forgotten password is asked for at the login page.")
            % {"name": whom.label}
        )
    company = Company.objects.get(pk=1)
    secret = secrets.token_urlsafe(32)
    expires_at = now + timedelta(days=company.invitation_days)
    before = Invitation.objects.select_related("mail").filter(person=whom).first()
    if before is not None:
        drop_mail(mail=before.mail)
    with translation.override(whom.language):
        subject, text, html = write(_words(whom, person, company, secret))
    mail = queue_mail(
        kind="invitation", whom=whom, address=whom.email, subject=subject, text=text, html=html, now=now
    )
    invitation, _made = Invitation.objects.update_or_create(
        person=whom,
        defaults={
            "digest": digest_of(secret),
            "mail": mail,
            "invited_by": person,
            "sent_at": now,
            "expires_at": expires_at,
            "accepted_at": None,
            "withdrawn_at": None,
        },
    )
    record(
        action="invitation.resend" if before else "invitation.make",
        subject=whom.username,
        person=person,
        last_day=expires_at.date(),
    )
    return invitation


def _words(whom: Person, by: Person, company: Company, secret: str) -> AccountWords:
    """In the language that is active."""
    name = (company.name_zh if translation.get_language().startswith("zh") else "") or company.name
    return AccountWords(
        subject=_("%(name)s invites you to Plumbline") % {"name": by.label},
        headline=_("Hello %(name)s") % {"name": whom.label},
        paragraphs=[
            _(
                "%(name)s has opened an account for you at %(company)s. It shows where marketing leans off its plan,"
                " early enough to act."
            )
            % {"name": by.label, "company": name},
            _("Your user name is %(username)s. Choose a password and you are in.")
            % {"username": whom.username},
        ],
        link=settings.SITE_URL + reverse("organization:welcome", args=[secret]),
        button=_("Choose a password"),
        foot=_(
            "The link works once, for %(days)s days. If you did not expect it, do nothing: without it nobody gets in."
        )
        % {"days": company.invitation_days},
    )


@transaction.atomic
def withdraw_invitation(*, whom: Person, person: Person, now: datetime) -> bool:
    """The link stops working at once; the person stays, and only hears. False where there was nothing to withdraw."""
    found = (
        Invitation.objects.select_for_update(of=("self",))
        .select_related("mail")
        .filter(person=whom, accepted_at=None, withdrawn_at=None)
        .first()
    )
    if found is None:
        return False
    drop_mail(mail=found.mail)
    found.withdrawn_at = now
    found.save(update_fields=["withdrawn_at"])
    record(action="invitation.withdraw", subject=whom.username, person=person)
    return True


def find_invitation(*, secret: str, now: datetime) -> Invitation | None:
    """The invitation that this link opens, while it does: open, of somebody active who still has that address."""
    found = (
        Invitation.objects.select_related("person", "mail")
        .filter(
            digest=digest_of(secret),
            accepted_at=None,
            withdrawn_at=None,
            expires_at__gt=now,
            person__is_active=True,
        )
        .first()
    )
    if found is None or (found.mail is not None and found.mail.address != found.person.email):
        return None
    return found


@transaction.atomic
def accept_invitation(*, secret: str, password: str, now: datetime) -> Person:
    """Sets the password; the link is used up. Who got here has read that mailbox, so the address is confirmed.

    Raises Refused where the link no longer works, django's ValidationError for a weak password.
    """
    found = find_invitation(secret=secret, now=now)
    if found is not None:
        validate_password(password, found.person)
    used = found is not None and Invitation.objects.filter(
        pk=found.pk, digest=found.digest, accepted_at=None, withdrawn_at=None
    ).update(accepted_at=now)
    if found is None or not used:
        raise Refused(_("This link has been used already or is too old. Ask for a new one."))
    whom = Person.objects.select_for_update(no_key=True).get(pk=found.person_id)
    whom.set_password(password)
    whom.save(update_fields=["password"])
    if whom.email and not whom.email_verified_at:
        whom = confirm_address(whom=whom, kind=AddressKind.EMAIL, address=whom.email, person=whom, now=now)
    record(action="invitation.accept", subject=whom.username, person=whom)
    return whom


def digest_of(secret: str) -> str:
    """Secrets are 256 random bits, so a plain hash keeps them: there is nothing to guess."""
    return hashlib.sha256(secret.encode()).hexdigest()
