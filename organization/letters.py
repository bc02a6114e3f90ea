"""How this floor writes to people: an upper floor that can send registers itself as the courier at start-up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from organization.models import AddressKind, Person


@dataclass(frozen=True)
class Letter:
    """One message to one address. `secrets` are put in when it goes out, and nobody reads them afterwards."""

    whom: Person
    kind: AddressKind
    address: str
    template: str
    fields: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)


Courier = Callable[[Letter], None]
_couriers: list[Courier] = []


def register_courier(courier: Courier) -> None:
    if courier not in _couriers:
        _couriers.append(courier)


def post(letter: Letter) -> None:
    """Queues it, inside the caller's transaction. Raises LookupError where nobody can send."""
    if not _couriers:
        raise LookupError("nobody registered as a courier")
    for courier in _couriers:
        courier(letter)
