"""What became of budgets' plans, in the history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from budgets.money_text import money_text
from common import formats
from organization.history import Told, register_teller
from organization.models import AuditEntry, Person

VERBS = (
    "draft", "change", "drop", "version", "plan", "plan_line", "drop_line", "send", "approve", "close",
)  # fmt: skip


def register() -> None:
    for verb in VERBS:
        register_teller(f"budget.{verb}", in_words)


def in_words(entries: Sequence[AuditEntry]) -> Mapping[int, Told]:
    """Which version, which line, how much; one query for the people's names."""
    sides = [entry.details.get(side) or {} for entry in entries for side in ("old", "new")]
    names = {side["owner"] for side in sides if side.get("owner")}
    owners = {one.username: one.label for one in Person.objects.filter(username__in=names)}
    return {entry.pk: Told(entry.subject, _details(entry, owners)) for entry in entries}


def _details(entry: AuditEntry, owners: Mapping[str, str]) -> list[tuple[str, str]]:
    raw = entry.details
    found = []
    if raw.get("version"):
        found.append((_("Version"), str(raw["version"])))
    if raw.get("line"):
        found.append((_("Budget line"), str(raw["line"])))
    if isinstance(raw.get("lines"), int):
        found.append((_("Budget lines"), str(raw["lines"])))
    money = {
        "total": _("Planned in all"), "before": _("Planned before"), "after": _("Planned"), "amount": _("Planned amount"),
    }  # fmt: skip
    found += [(label, money_text(Decimal(str(raw[key])))) for key, label in money.items() if raw.get(key)]
    if raw.get("first_day") and raw.get("last_day"):
        found.append((_("Days"), f"{_day(raw['first_day'])} – {_day(raw['last_day'])}"))
    old, new = raw.get("old") or {}, raw.get("new") or {}
    if new and old.get("owner") != new.get("owner"):
        was, now = (owners.get(side.get("owner", ""), side.get("owner") or "—") for side in (old, new))
        found.append((_("Owner"), f"{was} → {now}"))
    days = [tuple(side.get(day) for day in ("first_day", "last_day")) for side in (old, new)]
    if new and days[0] != days[1]:
        spans = [" – ".join(_day(day) for day in span if day) for span in days]
        found.append((_("Days"), " → ".join(spans)))
    return found


def _day(text: object) -> str:
    return formats.day(date.fromisoformat(str(text)[:10]), get_language() or "en")
