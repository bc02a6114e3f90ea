"""Customers in the history: by their number alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from customers.models import FieldClass
from organization.history import Told, register_teller
from organization.models import AuditEntry


def register() -> None:
    register_teller("customer.reveal", of_customer)
    register_teller("customer.forget", of_customer)
    register_teller("retention.change", of_retention)
    register_teller("retention.sweep", of_retention)


def of_customer(entries: Sequence[AuditEntry]) -> Mapping[int, Told]:
    return {entry.pk: _told(entry) for entry in entries}


def _told(entry: AuditEntry) -> Told:
    number = entry.details.get("customer", entry.subject)
    emptied = entry.details.get("rejects")
    details = [(_("Rejected lines emptied"), str(emptied))] if emptied else []
    return Told(_("Customer %(number)s") % {"number": number}, details)


def of_retention(entries: Sequence[AuditEntry]) -> Mapping[int, Told]:
    """Of a change what was and what became; of a run how many it erased."""
    labels = dict(FieldClass.choices)
    told = {}
    for entry in entries:
        old, new = entry.details.get("old", {}), entry.details.get("new", {})
        details = [
            (str(labels.get(name, name)), f"{days_in_words(old.get(name))} → {days_in_words(days)}")
            for name, days in new.items()
            if days != old.get(name)
        ]
        erased = entry.details.get("erased", {})
        details += [(str(labels.get(name, name)), str(count)) for name, count in erased.items()]
        told[entry.pk] = Told(_("Personal data"), details)
    return told


def days_in_words(days: int | None) -> str:
    if days is None:
        return _("for ever")
    return ngettext("%(days)s day", "%(days)s days", days) % {"days": days}
