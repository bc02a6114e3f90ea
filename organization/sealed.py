"""Where sealed text is kept, so that it can be sealed anew under another key. Upper floors register theirs at start-up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Model

Reseal = Callable[[str], str]


def whole(value: str, reseal: Reseal) -> str:
    return reseal(value) if value else value


def pairs(value: list[list[str]], reseal: Reseal) -> list[list[str]]:
    """A list of [name, sealed value]."""
    return [[name, reseal(sealed)] for name, sealed in value]


@dataclass(frozen=True)
class SealedField:
    """`walk` gives the field's value with each seal in it replaced."""

    model: type[Model]
    field: str
    walk: Callable[[Any, Reseal], Any] = whole

    def __str__(self) -> str:
        return f"{self.model._meta.db_table}.{self.field}"


_fields: list[SealedField] = []


def register_sealed(*fields: SealedField) -> None:
    _fields.extend(one for one in fields if one not in _fields)


def sealed_fields() -> tuple[SealedField, ...]:
    return tuple(_fields)


def factor(value: dict[str, Any], reseal: Reseal) -> dict[str, Any]:
    """What allauth keeps of a second factor; of a passkey nothing is secret."""
    found: dict[str, Any] = {name: reseal(value[name]) for name in ("secret", "seed") if name in value}
    if "migrated_codes" in value:
        found["migrated_codes"] = [reseal(code) for code in value["migrated_codes"]]
    return {**value, **found}


def register() -> None:
    """Those of this floor."""
    from allauth.mfa.models import Authenticator

    from organization.models import AccountMail

    register_sealed(SealedField(AccountMail, "sealed"), SealedField(Authenticator, "data", factor))
