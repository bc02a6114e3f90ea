"""The parts of a line's page: each subject brings its own, as a template and what it needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from budgets.models import Line
from organization.models import Person


@dataclass(frozen=True)
class Part:
    """`template` is included with `part` at hand; `anchor` is its place on the page (`#questions`)."""

    anchor: str
    template: str
    context: Mapping[str, Any]


# In the order in which the page shows them: what comes first, what people read before a meeting.
PartOf = Callable[[Person, Line, datetime], Part | None]
PARTS: dict[str, PartOf] = {}
ORDER = ("holds", "statements", "entries", "transfers", "returned", "questions", "history")


def register_part(name: str, part_of: PartOf) -> None:
    assert name in ORDER, name
    PARTS[name] = part_of


def parts_of(person: Person, line: Line, now: datetime) -> list[Part]:
    found = (PARTS[name](person, line, now) for name in ORDER if name in PARTS)
    return [part for part in found if part is not None]
