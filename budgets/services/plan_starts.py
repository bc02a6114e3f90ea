"""Budgets that begin from something: from another one with a factor, or from a split of money that was accepted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from budgets.models import Budget, Category, FedBy, PlanLine, Shape, Version, VersionState
from budgets.planning import CENT, months_of, share_out
from budgets.selectors.plan_rows import rows_of
from budgets.services.drafts import draft_budget
from budgets.services.plan_lines import LineDraft, as_draft
from decisions.models import Proposal
from organization.models import Node, Person
from organization.selectors import responsible_people
from organization.services import Refused

HIGHEST_FACTOR = Decimal(100)


@dataclass(frozen=True)
class Beginning:
    """What every new budget needs. Without days those of what it begins from are taken."""

    name: str
    owner: Person | None
    first_day: date | None = None
    last_day: date | None = None


@transaction.atomic
def copy_budget(
    *, source: Budget, factor: Decimal, beginning: Beginning, person: Person, now: datetime
) -> Version:
    """A draft with the lines of another budget's plan (the one that holds, else its last), each amount times a factor.

    What was by hand keeps its proportions where there are as many months, else it goes by days; who has left and what
    was put away is left out. Raises Refused.
    """
    if not 0 < factor <= HIGHEST_FACTOR:
        raise Refused(_("The factor lies above 0 and is at most 100 times."))
    start = source.versions.filter(state=VersionState.HOLDS).first() or source.versions.last()
    first, last = beginning.first_day, beginning.last_day
    if first is None or last is None:
        raise Refused(_("Say from which day to which day it goes."))
    months = len(months_of(first, last))
    rows = rows_of(start) if start is not None else []
    return draft_budget(
        name=beginning.name, first_day=first, last_day=last, owner=beginning.owner, person=person, now=now,
        lines=[_times(row, factor, months) for row in rows], started_from=f"budget:{source.pk}",
    )  # fmt: skip


def _times(row: PlanLine, factor: Decimal, months: int) -> LineDraft:
    draft = replace(as_draft(row), line=None)
    amount = (row.amount * factor).quantize(CENT, rounding=ROUND_HALF_EVEN)
    by_hand = draft.shape == Shape.HAND and len(row.amounts) == months and row.amount
    shape = Shape.EQUAL.value if draft.shape == Shape.HAND and not by_hand else draft.shape
    channel = _standing(draft.channel)
    return replace(
        draft,
        amount=amount,
        shape=shape,
        amounts=share_out(amount, row.amounts) if by_hand else None,
        channel=channel,
        region=_standing(draft.region),
        team=_standing(draft.team),
        owner=draft.owner if draft.owner is not None and draft.owner.is_active else None,
        fed_by=draft.fed_by if channel is not None else FedBy.ENTRIES.value,
        conversions=draft.conversions * factor if draft.conversions is not None else None,
    )


def _standing(node: Node | None) -> Node | None:
    return node if node is not None and node.archived_at is None else None


@transaction.atomic
def start_from_split(*, proposal: Proposal, beginning: Beginning, person: Person, now: datetime) -> Version:
    """A draft from a split of money over channels that was accepted: a line for each, fed by its cost.

    Its days are the split's unless others are given. Raises Refused.
    """
    payload: Mapping[str, Any] = proposal.payload
    parts: Sequence[Mapping[str, Any]] = payload.get("parts", ())
    first = beginning.first_day or _day(payload.get("first_day"))
    last = beginning.last_day or _day(payload.get("last_day"))
    if first is None or last is None:
        raise Refused(_("Say from which day to which day it goes."))
    nodes = Node.objects.filter(archived_at__isnull=True).select_related("scope").in_bulk(
        [int(part["node"]) for part in parts]
    )  # fmt: skip
    lines = []
    names: set[str] = set()
    for part in parts:
        node, amount = nodes.get(int(part["node"])), Decimal(part["amount"])
        if node is None or not amount:
            continue
        name = node.label if node.label not in names else node.path
        names.add(name)
        owners = responsible_people(node.scope, on=first)
        lines.append(
            LineDraft(
                name=name, amount=amount.quantize(CENT), category=Category.ADS.value, fed_by=FedBy.COST.value,
                channel=node, owner=owners[0] if owners else None,
            )
        )  # fmt: skip
    return draft_budget(
        name=beginning.name, first_day=first, last_day=last, owner=beginning.owner, person=person, now=now,
        lines=lines, started_from=f"proposal:{proposal.pk}",
    )  # fmt: skip


def _day(text: object) -> date | None:
    try:
        return date.fromisoformat(str(text)[:10])
    except ValueError:
        return None
