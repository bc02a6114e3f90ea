"""What was held back, lifted, asked and said, in the history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from django.utils.translation import gettext as _

from budgets.models import AskedFor, Hold, HoldKind, Line
from budgets.money_text import money_text
from budgets.services.ledger import why_text
from organization.history import Told, register_teller
from organization.models import AuditEntry

HOLDS = ("freeze", "pause", "lift")
STATEMENTS = ("require", "answer")


def register() -> None:
    for verb in HOLDS:
        register_teller(f"budget.{verb}", holds_in_words)
    for verb in STATEMENTS:
        register_teller(f"budget.{verb}", statements_in_words)


def holds_in_words(entries: Sequence[AuditEntry]) -> Mapping[int, Told]:
    """How much, why, and why it was lifted. Two queries."""
    lines = _names(entries)
    holds = Hold.objects.in_bulk({entry.details["hold"] for entry in entries if entry.details.get("hold")})
    kinds = {str(code): str(label) for code, label in HoldKind.choices}
    told = {}
    for entry in entries:
        raw = entry.details
        details = [(_("Budget line"), lines.get(raw.get("line", 0), "—"))]
        kind, hold = str(raw.get("kind", "")), holds.get(raw.get("hold", 0))
        details.append((kinds.get(kind, kind), money_text(Decimal(str(raw.get("amount", 0))))))
        if hold is not None:
            details.append((_("Why"), why_text(hold)))
        if raw.get("reason"):
            details.append((_("Lifted because"), str(raw["reason"]) if entry.person_id else _(raw["reason"])))
        told[entry.pk] = Told(entry.subject, details)
    return told


def statements_in_words(entries: Sequence[AuditEntry]) -> Mapping[int, Told]:
    """One query."""
    lines = _names(entries)
    asked = {str(code): str(label) for code, label in AskedFor.choices}
    told = {}
    for entry in entries:
        raw = entry.details
        details = [
            (_("Budget line"), lines.get(raw.get("line", 0), "—")),
            (_("Asked for"), asked.get(str(raw.get("asked_for")), "—")),
        ]
        if raw.get("text"):
            details.append((_("What was said"), str(raw["text"])))
        told[entry.pk] = Told(entry.subject, details)
    return told


def _names(entries: Sequence[AuditEntry]) -> dict[int, str]:
    ids = {entry.details["line"] for entry in entries if entry.details.get("line")}
    return dict(Line.objects.filter(pk__in=ids).values_list("pk", "name"))
