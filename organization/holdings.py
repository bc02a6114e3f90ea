"""What people hold, by kind, so that it can be handed over when they leave. Upper floors register theirs at start-up."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import QuerySet
from django.utils.functional import Promise

from organization.models import Person


@dataclass(frozen=True)
class Leaving:
    """Who goes, when, and who says so. `today` is the last day that is still hers."""

    whom: Person
    by: Person
    now: datetime
    today: date


@dataclass(frozen=True)
class Holding:
    """One kind of thing. `held` names what she holds; `hand_over` gives all of it to another person, and `end` ends
    it: each returns how many. Both run inside the transaction of her leaving. One of them may be missing."""

    code: str
    label: str | Promise
    held: Callable[[Person], Sequence[str]]
    hand_over: Callable[[Leaving, Person], int] | None
    end: Callable[[Leaving], int] | None
    why_end: str | Promise = ""


_holdings: dict[str, Holding] = {}


def register_holding(holding: Holding) -> None:
    _holdings[holding.code] = holding


def holdings() -> tuple[Holding, ...]:
    return tuple(_holdings.values())


def names(rows: QuerySet, name: Callable[[object], str], *, most: int = 200) -> list[str]:  # type: ignore[type-arg]
    """The names of these rows, at most so many."""
    return [name(row) for row in rows[:most]]
