"""Spend, questions, and who may look, in the history: amounts with their sign, lines by name, and no numbers of rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.dateparse import parse_date
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from budgets.models import Line
from budgets.money_text import money_text
from common.formats import day as day_text
from common.listing import listed
from organization.history import Told, register_teller
from organization.models import AuditEntry

MONEY = ("amount", "before", "after")
DAYS = ("day", "first", "last")
WORDS: dict[str, str | Promise] = {
    "amount": gettext_lazy("Amount of money"),
    "before": gettext_lazy("Before"),
    "after": gettext_lazy("After"),
    "day": gettext_lazy("Day"),
    "first": gettext_lazy("From"),
    "last": gettext_lazy("To"),
    "text": gettext_lazy("In words"),
    "why": gettext_lazy("Why"),
    "reference": gettext_lazy("Number"),
    "old": gettext_lazy("Before"),
    "new": gettext_lazy("After"),
}
TOLD = ("question", "question_raised", "reply", "audience", "spend", "commitment", "fulfil", "correct", "fed")


def register() -> None:
    for verb in TOLD:
        register_teller(f"budget.{verb}", in_words)


def in_words(entries: Sequence[AuditEntry]) -> Mapping[int, Told]:
    """One query, for the names of lines."""
    ids = {pk for entry in entries if isinstance(pk := entry.details.get("line"), int)}
    names = dict(Line.objects.filter(pk__in=ids).values_list("pk", "name"))
    told = {}
    for entry in entries:
        details = [
            (str(WORDS[name]), said)
            for name, value in entry.details.items()
            if name in WORDS and (said := _said(name, value))
        ]
        line = entry.details.get("line", "")
        if line:
            details.insert(0, (_("Line"), names.get(line, str(line))))
        told[entry.pk] = Told(entry.subject, details)
    return told


def _said(name: str, value: Any) -> str:
    if value in (None, "", [], {}):
        return _("Every member") if name in ("old", "new") and value == [] else ""
    if name in MONEY:
        try:
            return money_text(Decimal(str(value)))
        except InvalidOperation:
            return str(value)
    if name in DAYS:
        found = parse_date(str(value))
        return day_text(found, get_language() or "") if found else str(value)
    if isinstance(value, list):
        return listed(value)
    return str(value)
