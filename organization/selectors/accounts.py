"""People as administrators look after them: how each gets in, and what each holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from allauth.socialaccount.models import SocialAccount
from django.db.models import Exists, OuterRef, Q, QuerySet

from organization.holdings import Holding, holdings
from organization.models import (
    DIMENSIONS,
    AccountMail,
    Duty,
    Invitation,
    MailState,
    Person,
    Responsibility,
)
from organization.selectors.standing import Factor, factors_of

SCOPES = tuple(f"scope__{dimension}" for dimension in DIMENSIONS)


@dataclass(frozen=True)
class Account:
    """How somebody gets in. `invited` is one of "", "open", "expired", "withdrawn", "accepted"."""

    invitation: Invitation | None
    invited: str
    mail: AccountMail | None
    password: bool
    company_sign_in: bool
    factors: tuple[Factor, ...]

    @property
    def gets_in(self) -> bool:
        return self.password or self.company_sign_in

    @property
    def mail_failed(self) -> bool:
        return self.mail is not None and self.mail.state == MailState.FAILED

    @property
    def mail_waits(self) -> bool:
        return self.mail is not None and self.mail.state == MailState.QUEUED


def account_of(person: Person, *, now: datetime) -> Account:
    invitation = Invitation.objects.select_related("mail", "invited_by").filter(person=person).first()
    return Account(
        invitation=invitation,
        invited=invited(invitation, now=now),
        mail=invitation.mail if invitation else None,
        password=person.has_usable_password(),
        company_sign_in=SocialAccount.objects.filter(user_id=person.pk).exists(),
        factors=tuple(factors_of(person)),
    )


def invited(invitation: Invitation | None, *, now: datetime) -> str:
    if invitation is None:
        return ""
    if invitation.accepted_at:
        return "accepted"
    if invitation.withdrawn_at:
        return "withdrawn"
    return "open" if invitation.expires_at > now else "expired"


def find_people(text: str) -> QuerySet[Person]:
    """Everybody whose name, user name or address has this text, those who left last, with what they were granted."""
    found = Person.objects.select_related("invitation").prefetch_related(
        "grants__scope", *(f"grants__{scope}" for scope in SCOPES)
    )
    if text:
        found = found.filter(
            Q(display_name__icontains=text) | Q(username__icontains=text) | Q(email__icontains=text)
        )
    connected = SocialAccount.objects.filter(user_id=OuterRef("pk"))
    return found.annotate(connected=Exists(connected)).order_by(
        "-is_active", "display_name", "username", "pk"
    )


def duties_of(person: Person) -> QuerySet[Duty]:
    return Duty.objects.filter(person=person).select_related(*SCOPES).order_by("name", "scope__key")


def duty_names() -> list[str]:
    """The names that are in use, so that one duty is not written two ways."""
    return list(Duty.objects.order_by("name").values_list("name", flat=True).distinct())


def responsibilities_held(person: Person, *, since: date) -> QuerySet[Responsibility]:
    """Those that hold on this day or later, then the newest that are over."""
    return (
        Responsibility.objects.filter(Q(last_day__isnull=True) | Q(last_day__gte=since), person=person)
        .select_related(*SCOPES)
        .order_by("first_day", "scope__key")
    )


def held_by(person: Person) -> list[tuple[Holding, Sequence[str]]]:
    """Each kind of thing that she holds, with its names; kinds of which she holds none are left out."""
    kinds = [(holding, holding.held(person)) for holding in holdings()]
    return [(holding, names) for holding, names in kinds if names]
