"""What was decided about channels, in the history: tiers and states by their names, owners by theirs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _

from channels.models import ChannelState, Tier
from organization.history import Told, register_teller
from organization.models import AuditEntry, Person


def register() -> None:
    for action in ("channel.change", "channel.state"):
        register_teller(action, in_words)


def in_words(entries: Sequence[AuditEntry]) -> Mapping[int, Told]:
    """One query for the people's names."""
    rows = [entry.details.get(side) or {} for entry in entries for side in ("old", "new")]
    owners = {row["owner"] for row in rows if row.get("owner")}
    people = {one.username: one.label for one in Person.objects.filter(username__in=owners)}
    names = {
        "tier": (_("Tier"), {str(code): str(label) for code, label in Tier.choices}),
        "state": (_("State"), {str(code): str(label) for code, label in ChannelState.choices}),
        "owner": (_("Owner"), people),
    }
    told = {}
    for entry in entries:
        old, new = entry.details.get("old") or {}, entry.details.get("new") or {}
        details = []
        for field, (label, values) in names.items():
            if field in new and new[field] != old.get(field):
                was, is_now = (values.get(side.get(field, ""), side.get(field) or "—") for side in (old, new))
                details.append((label, f"{was} → {is_now}"))
        if new.get("reason"):
            details.append((_("Why"), str(new["reason"])))
        told[entry.pk] = Told(entry.subject, details)
    return told
