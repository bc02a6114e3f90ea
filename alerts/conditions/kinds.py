"""The kinds of conditions. Each is kept as typed JSON (`as_json`), so that a new kind is a class here and no new column.

A condition answers three questions about a figure: does it hold (`holds`), can it be judged at all (`missing`), and
what exactly was it held against (`as_seen`, kept with the event of an alert).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar, Protocol, TypeAlias

from alerts.conditions.figures import Band, Figure, Usual, Why

Json: TypeAlias = dict[str, Any]
ZERO = Decimal(0)
MOST_PARTS = 3


class Condition(Protocol):
    kind: ClassVar[str]

    def holds(self, figure: Figure, *, margin: Decimal = ZERO) -> bool:
        """Whether it holds; with a margin, whether it would hold if the figure were so much worse."""

    def missing(self, figure: Figure) -> Why | None:
        """Why it cannot be judged; None where it can."""

    def stricter_than(self, milder: Condition) -> bool:
        """Whether it asks for something worse than another of its kind; true of another kind."""

    def as_json(self) -> Json: ...

    def as_seen(self, figure: Figure) -> Json:
        """As it stood when it was held against the figure, with what was learnt or looked up for it."""


@dataclass(frozen=True)
class _Limited:
    """Holds under `below` and over `above`; exactly on one only where it is `inclusive` ("at most", "at least")."""

    below: Decimal | None = None
    above: Decimal | None = None
    inclusive: bool = False
    kind: ClassVar[str] = ""

    def outside(self, number: Decimal, *, margin: Decimal = ZERO, share: bool = False) -> bool:
        """`margin` in the number's own unit, or as a share of the limit."""
        if self.below is not None:
            limit = self.below + (abs(self.below) * margin if share else margin)
            if number < limit or (self.inclusive and number == limit):
                return True
        if self.above is not None:
            limit = self.above - (abs(self.above) * margin if share else margin)
            if number > limit or (self.inclusive and number == limit):
                return True
        return False

    def stricter_than(self, milder: Condition) -> bool:
        if not isinstance(milder, type(self)) or milder._compared() != self._compared():
            return True
        pairs = [
            (mine, theirs)
            for mine, theirs in ((milder.below, self.below), (self.above, milder.above))
            if mine is not None and theirs is not None
        ]
        return all(larger > smaller for larger, smaller in pairs)

    def _compared(self) -> tuple[object, ...]:
        """What two of a kind must share for their limits to be comparable."""
        return ()

    def as_json(self) -> Json:
        limits = {"below": self.below, "above": self.above}
        kept: Json = {name: plain(limit) for name, limit in limits.items() if limit is not None}
        return {"kind": self.kind, **kept, **({"inclusive": True} if self.inclusive else {})}

    def as_seen(self, figure: Figure) -> Json:
        return self.as_json()


@dataclass(frozen=True)
class Attainment(_Limited):
    """The share of what is expected by now, a ratio."""

    kind: ClassVar[str] = "attainment"

    def holds(self, figure: Figure, *, margin: Decimal = ZERO) -> bool:
        return figure.attainment is not None and self.outside(figure.attainment, margin=margin)

    def missing(self, figure: Figure) -> Why | None:
        if figure.status == "grey":
            return Why.NOTHING_TO_JUDGE
        return Why.NO_NUMBER if figure.attainment is None else None


@dataclass(frozen=True)
class Amount(_Limited):
    """The value itself, in the metric's unit. What adds up is held against `below` only when its period is over; where
    it is `whole`, so is any figure against any limit: a quarter's first days are no quarter.
    """

    whole: bool = False
    kind: ClassVar[str] = "level"

    def holds(self, figure: Figure, *, margin: Decimal = ZERO) -> bool:
        if figure.value is None or (self.whole and figure.runs):
            return False
        limits = Amount(None, self.above, self.inclusive) if figure.partial else self
        return limits.outside(figure.value, margin=margin, share=True)

    def missing(self, figure: Figure) -> Why | None:
        if figure.value is None:
            return Why.NO_FIGURE
        if self.whole and figure.runs:
            return Why.NOT_OVER
        return Why.NOT_OVER if figure.partial and self.below is not None and not self.holds(figure) else None

    def as_json(self) -> Json:
        return {**super().as_json(), **({"whole": True} if self.whole else {})}


@dataclass(frozen=True)
class Change(_Limited):
    """The change on the period before, or on the like period a year earlier: a share, or where `points` the plain
    difference (of a percentage 0.02 is two points). What adds up is compared when its period is over.
    """

    on: str = "before"
    points: bool = False
    kind: ClassVar[str] = "change"

    def amount(self, figure: Figure) -> Decimal | None:
        base = figure.before if self.on == "before" else figure.year_ago
        if figure.value is None or base is None or figure.partial:
            return None
        if self.points:
            return figure.value - base
        return (figure.value - base) / abs(base) if base else None

    def holds(self, figure: Figure, *, margin: Decimal = ZERO) -> bool:
        changed = self.amount(figure)
        return changed is not None and self.outside(changed, margin=margin)

    def missing(self, figure: Figure) -> Why | None:
        if figure.value is None:
            return Why.NO_FIGURE
        if figure.partial:
            return Why.NOT_OVER
        return Why.NO_BASE if self.amount(figure) is None else None

    def _compared(self) -> tuple[object, ...]:
        return self.on, self.points

    def as_json(self) -> Json:
        return {**super().as_json(), "on": self.on, **({"points": True} if self.points else {})}

    def as_seen(self, figure: Figure) -> Json:
        base = figure.before if self.on == "before" else figure.year_ago
        return {**self.as_json(), **({"base": plain(base)} if base is not None else {})}


@dataclass(frozen=True)
class Dynamic:
    """Outside what is usual: a band that is learnt from the periods before. `one_in`: a false alarm in so many periods;
    `least`: what differs by less from what was expected is none. The margin is a share of the band's half.
    """

    one_in: int = 100
    least: Decimal = ZERO
    direction: str = "both"
    kind: ClassVar[str] = "dynamic"

    def band(self, figure: Figure) -> Band | None:
        return next((band for usual, band in figure.bands if usual == self.usual), None)

    @property
    def usual(self) -> Usual:
        return self.one_in, self.direction

    def holds(self, figure: Figure, *, margin: Decimal = ZERO) -> bool:
        band = self.band(figure)
        if band is None or figure.value is None or self.missing(figure):
            return False
        low, middle, high = band.low, band.expected, band.high
        below = low is not None and figure.value < low + (middle - low) * margin
        above = high is not None and figure.value > high - (high - middle) * margin
        return (below or above) and abs(figure.value - middle) >= self.least * (1 - margin)

    def missing(self, figure: Figure) -> Why | None:
        if figure.value is None:
            return Why.NO_FIGURE
        if figure.partial:
            return Why.NOT_OVER
        band = self.band(figure)
        if band is None:
            return Why.NO_BAND
        return Why.MARKED if band.marked else None

    def stricter_than(self, milder: Condition) -> bool:
        if not isinstance(milder, Dynamic) or milder.direction != self.direction:
            return True
        if (self.one_in, self.least) == (milder.one_in, milder.least):
            return False
        return self.one_in >= milder.one_in and self.least >= milder.least

    def as_json(self) -> Json:
        return {
            "kind": self.kind,
            "one_in": self.one_in,
            "least": plain(self.least),
            "direction": self.direction,
        }

    def as_seen(self, figure: Figure) -> Json:
        band = self.band(figure)
        if band is None:
            return self.as_json()
        edges = {"low": band.low, "expected": band.expected, "high": band.high}
        return {**self.as_json(), **{name: plain(edge) for name, edge in edges.items() if edge is not None}}


@dataclass(frozen=True)
class Stale:
    """No new data for more than so many days."""

    days: int = 1
    kind: ClassVar[str] = "stale"

    def holds(self, figure: Figure, *, margin: Decimal = ZERO) -> bool:
        return figure.age is not None and figure.age > self.days

    def missing(self, figure: Figure) -> Why | None:
        return Why.NO_FIGURE if figure.age is None else None

    def stricter_than(self, milder: Condition) -> bool:
        return not isinstance(milder, Stale) or self.days > milder.days

    def as_json(self) -> Json:
        return {"kind": self.kind, "days": self.days}

    def as_seen(self, figure: Figure) -> Json:
        return {**self.as_json(), **({"age": figure.age} if figure.age is not None else {})}


@dataclass(frozen=True)
class Combined:
    """All or any of two or three others. What cannot be judged of them makes it unjudged, unless the rest decides."""

    every: bool
    of: tuple[Condition, ...]
    kind: ClassVar[str] = "combined"

    def holds(self, figure: Figure, *, margin: Decimal = ZERO) -> bool:
        held = [one.holds(figure, margin=margin) for one in self.of]
        return all(held) if self.every else any(held)

    def missing(self, figure: Figure) -> Why | None:
        missing = [why for one in self.of if (why := one.missing(figure)) is not None]
        if not missing:
            return None
        known = [one for one in self.of if one.missing(figure) is None]
        decided = (
            any(not one.holds(figure) for one in known)
            if self.every
            else any(one.holds(figure) for one in known)
        )
        return None if decided else missing[0]

    def stricter_than(self, milder: Condition) -> bool:
        return self != milder

    def as_json(self) -> Json:
        return {"kind": "all" if self.every else "any", "of": [one.as_json() for one in self.of]}

    def as_seen(self, figure: Figure) -> Json:
        return {"kind": "all" if self.every else "any", "of": [one.as_seen(figure) for one in self.of]}


def parts_of(condition: Condition) -> tuple[Condition, ...]:
    """What it is combined of; itself where it is not."""
    return condition.of if isinstance(condition, Combined) else (condition,)


def plain(number: Decimal) -> str:
    """`0.85`, never `8.5E-1`."""
    return format(number.normalize(), "f")
