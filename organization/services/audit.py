"""The audit trail's one writer."""

from __future__ import annotations

from typing import Any

from organization.models import AuditEntry, Person


def record(*, action: str, subject: str, person: Person | None, **details: Any) -> AuditEntry:
    """Adds an entry; call it inside the transaction of the change. `person` is None for what the system does."""
    return AuditEntry.objects.create(action=action, subject=subject[:300], person=person, details=details)
