"""Pages shown in frames elsewhere, for their list and for whoever opens one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db.models import QuerySet
from django.http import Http404

from dashboards.models import Embed
from organization.gate import Action, can
from organization.models import Person

SHOWN = 200


class Standing(StrEnum):
    OPEN = "open"
    EXPIRED = "expired"
    REVOKED = "revoked"


@dataclass(frozen=True)
class EmbedRow:
    embed: Embed
    standing: Standing
    mine: bool


def standing_of(embed: Embed, *, now: datetime) -> Standing:
    if embed.revoked_at is not None:
        return Standing.REVOKED
    return Standing.OPEN if embed.until > now else Standing.EXPIRED


def embeds_for(person: Person, *, now: datetime) -> list[EmbedRow]:
    """Hers, of administrators everybody's; those that hold first. Two queries."""
    found = _seen_by(person).select_related("person").order_by("name", "pk")[:SHOWN]
    rows = [EmbedRow(one, standing_of(one, now=now), one.person_id == person.pk) for one in found]
    return sorted(rows, key=lambda row: (row.standing != Standing.OPEN, not row.mine))


def get_embed_or_404(person: Person, pk: int) -> Embed:
    found = _seen_by(person).select_related("person").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def embed_with(pk: int) -> Embed | None:
    return Embed.objects.select_related("person").filter(pk=pk).first()


def _seen_by(person: Person) -> QuerySet[Embed]:
    return Embed.objects.all() if can(person, Action.ADMINISTER) else Embed.objects.filter(person=person)
