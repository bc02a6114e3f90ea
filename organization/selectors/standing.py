"""What must be known of whoever asks before each page: one query."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from allauth.mfa.models import Authenticator
from django.utils.translation import gettext as _

from organization.models import Company, Person


@dataclass(frozen=True)
class Standing:
    """How long sessions last, whether she must set up a second factor before anything else, and whose pages they are."""

    session: timedelta
    lacks_factor: bool
    company: Company


def standing_of(person: Person) -> Standing:
    company = Company.objects.raw(
        """
            SELECT company.*,
                ((%(superuser)s AND 'admin' = ANY(company.second_factor_roles))
                 OR EXISTS (SELECT 1 FROM organization_grant AS granted WHERE granted.person_id = %(person)s
                            AND granted.role = ANY(company.second_factor_roles)))
                AND NOT EXISTS (SELECT 1 FROM mfa_authenticator AS factor WHERE factor.user_id = %(person)s
                                AND factor.type IN ('totp', 'webauthn')) AS lacks
            FROM organization_company AS company WHERE company.id = 1
            """,
        {"person": person.pk, "superuser": person.is_superuser},
    )[0]
    lacks: bool = company.lacks  # type: ignore[attr-defined]  # of the question above
    return Standing(timedelta(hours=company.session_hours), lacks, company)


def lacks_factor(person: Person) -> bool:
    """Whether one of her roles asks for a second factor that she has not set up."""
    return standing_of(person).lacks_factor


@dataclass(frozen=True)
class Factor:
    """A second factor as its owner knows it; the secret is nobody's to see."""

    kind: str
    label: str
    made_at: datetime
    used_at: datetime | None


def factors_of(person: Person) -> list[Factor]:
    """What she may be asked for besides the password; recovery codes are a spare, not a factor."""
    rows = Authenticator.objects.filter(
        user_id=person.pk, type__in=(Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
    ).order_by("created_at", "pk")
    return [
        Factor(
            kind=row.type,
            label=str(row.wrap().name if row.type == Authenticator.Type.WEBAUTHN else _("Authenticator app")),
            made_at=row.created_at,
            used_at=row.last_used_at,
        )
        for row in rows
    ]
