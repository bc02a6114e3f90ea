"""Sealing anew what is kept sealed, after keys were changed: in batches, and from wherever it broke off."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import transaction

from common.secrets import SecretLost, is_current, reseal
from organization.models import Person
from organization.sealed import SealedField, sealed_fields
from organization.services.audit import record

AT_ONCE = 500


@dataclass(frozen=True)
class Resealed:
    """Of one field: rows that hold something, those sealed anew, and the ids of those that no key of ours opens."""

    field: str
    rows: int
    changed: int
    lost: tuple[object, ...]


def rotate_secrets(*, person: Person | None) -> Iterator[Resealed]:
    """Puts everything sealed under the first key, field by field; what is so already is left alone.

    Each batch is its own transaction: after a break, do it again. On record once, at the end.
    """
    told = []
    for field in sealed_fields():
        one = _rotate(field)
        told.append(one)
        yield one
    record(
        action="secrets.rotate",
        subject="SECRETS_KEYS",
        person=person,
        changed=sum(one.changed for one in told),
        lost=sum(len(one.lost) for one in told),
    )


def _rotate(field: SealedField) -> Resealed:
    rows, changed, last = 0, 0, 0
    lost: list[object] = []
    while True:
        with transaction.atomic():
            batch = list(
                field.model._default_manager.select_for_update(of=("self",))
                .filter(pk__gt=last)
                .exclude(**{field.field: ""})
                .order_by("pk")[:AT_ONCE]
            )
            if not batch:
                return Resealed(str(field), rows, changed, tuple(lost))
            last = batch[-1].pk
            fresh = []
            for row in batch:
                before = getattr(row, field.field)
                try:
                    after = field.walk(before, _current)
                except SecretLost:
                    lost.append(row.pk)
                    continue
                if after != before:
                    setattr(row, field.field, after)
                    fresh.append(row)
            rows += len(batch)
            changed += field.model._default_manager.bulk_update(fresh, [field.field]) if fresh else 0


def _current(sealed: str) -> str:
    return sealed if is_current(sealed) else reseal(sealed)
