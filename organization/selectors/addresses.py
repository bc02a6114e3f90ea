"""What of somebody's addresses is confirmed, for pages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from organization.models import AddressCode, AddressKind, Person


@dataclass(frozen=True)
class AddressRow:
    """`waiting`: a code was sent that still holds."""

    kind: AddressKind
    address: str
    verified_at: datetime | None
    refused_at: datetime | None
    waiting: bool


def address_of(person: Person, kind: AddressKind) -> str:
    """Empty where there is none."""
    return (person.email or "") if kind == AddressKind.EMAIL else person.phone


def is_confirmed(person: Person, kind: AddressKind) -> bool:
    return getattr(person, f"{kind}_verified_at") is not None


def addresses_of(person: Person, *, now: datetime | None = None) -> list[AddressRow]:
    """The person's addresses, those that she has. One query."""
    now = now or timezone.now()
    waiting = set(
        AddressCode.objects.filter(person=person, used_at=None, expires_at__gt=now).values_list(
            "kind", "address"
        )
    )
    rows = []
    for kind, address in ((AddressKind.EMAIL, person.email or ""), (AddressKind.PHONE, person.phone)):
        if address:
            verified, refused = getattr(person, f"{kind}_verified_at"), getattr(person, f"{kind}_refused_at")
            rows.append(AddressRow(kind, address, verified, refused, (kind, address) in waiting))
    return rows
