"""Kinds of subjects that things are decided, done and said about. The floor that owns a subject registers its kind.

A subject is a kind's code and an id. This floor knows nothing of it but what is asked here.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet
from django.utils.functional import Promise

from organization.models import Person, Scope

if TYPE_CHECKING:
    from decisions.models import Proposal


class Outcome(StrEnum):
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"  # by its author


@dataclass(frozen=True)
class Decision:
    """How a proposal ended: who said so, in whose place, why and when."""

    outcome: Outcome
    person: Person | None
    on_behalf_of: Person | None
    note: str
    at: datetime

    @property
    def approved(self) -> bool:
        return self.outcome == Outcome.APPROVED


@dataclass(frozen=True)
class Kind:
    """What this floor asks about subjects of one kind.

    `scope_of`: the area that the gate asks about; None where there is no such subject.
    `url_of`: the subject's own page.
    `titles_of`: what people call these subjects, in the reader's language, many at once.
    `on_decided`: what follows; called inside the transaction of the decision, once, at a proposal's end. What it raises
    as `Refused` is told to whoever decides, and nothing has happened.
    `details_of`: what is proposed, as names and values in the reader's language, from the payload.
    `seen_by`: where not everybody who sees the area may see the subject: the ids that she may.
    `days`: working days for a decision where no bands say otherwise.
    `without_duty`: the role that approves where nobody has the duty that a band names, and to which the highest band's
    step goes besides when its time is over; "" refuses to propose instead, and leaves it there.
    """

    code: str
    label: str | Promise
    scope_of: Callable[[int], Scope | None]
    url_of: Callable[[int], str]
    titles_of: Callable[[Collection[int]], Mapping[int, str]]
    on_decided: Callable[[Proposal, Decision], None] | None = None
    details_of: Callable[[Proposal], Sequence[tuple[str, str]]] | None = None
    seen_by: Callable[[Person], QuerySet[Any, Any]] | None = None
    days: int = 3
    without_duty: str = ""


_kinds: dict[str, Kind] = {}


def register_kind(kind: Kind) -> None:
    _kinds[kind.code] = kind


def kinds() -> tuple[Kind, ...]:
    return tuple(_kinds.values())


def find_kind(code: str) -> Kind | None:
    """None where nobody has registered it: an address that was made up."""
    return _kinds.get(code)


def kind_of(code: str) -> Kind:
    """Raises LookupError where nobody has registered it."""
    return _kinds[code]
