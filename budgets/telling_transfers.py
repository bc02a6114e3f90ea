"""What happened to transfers, in the history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from django.utils.translation import gettext as _

from budgets.models import Line
from budgets.money_text import money_text
from organization.history import Told, register_teller
from organization.models import AuditEntry

VERBS = ("make", "done", "reject", "withdraw")


def register() -> None:
    for verb in VERBS:
        register_teller(f"transfer.{verb}", in_words)


def in_words(entries: Sequence[AuditEntry]) -> Mapping[int, Told]:
    """From which line to which, how much and why. One query."""
    ids = {entry.details.get(end) for entry in entries for end in ("from_line", "to_line")}
    names = dict(Line.objects.filter(pk__in=ids - {None}).values_list("pk", "name"))
    told = {}
    for entry in entries:
        raw = entry.details
        ends = [names.get(raw.get(end), "—") for end in ("from_line", "to_line")]
        details = [(_("Transfer"), " → ".join(ends))]
        if raw.get("amount"):
            details.append((_("Amount of money"), money_text(Decimal(str(raw["amount"])))))
        if raw.get("why"):
            details.append((_("Why"), _(str(raw["why"]))))
        told[entry.pk] = Told(entry.subject, details)
    return told
