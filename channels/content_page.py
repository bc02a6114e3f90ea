"""The content page's tables, from selector results: what the template shows, no database."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from channels.content_words import BY_NAMES, STEP_NAMES, rate
from channels.days import ROLLING, Days
from channels.kinds import Kinds
from channels.selectors.content import BY, MEASURES, STEPS, SeenPiece
from channels.shrinkage import Likely

SHADES = 7
LISTED = 12  # kinds in the ranking
SORTS = ("impressions", "interaction", "conversion", "repurchase", "published")


@dataclass(frozen=True)
class Option:
    code: str
    label: str
    current: bool


@dataclass(frozen=True)
class KindCell:
    """`shade` 0 to 6 by the likely rate; none for a kind that too few pieces speak for."""

    likely: Likely | None
    shown: str = "—"
    shade: int | None = None


@dataclass(frozen=True)
class KindRow:
    tag: str
    total: KindCell
    cells: tuple[KindCell, ...]


@dataclass(frozen=True)
class RankedKind:
    name: str
    likely: Likely
    raw: str
    rate: str
    low: str


def options(codes: Sequence[str], names: Mapping[str, object], current: str) -> tuple[Option, ...]:
    return tuple(Option(code, str(names[code]), code == current) for code in codes)


def by_options(current: str) -> tuple[Option, ...]:
    return options(BY, BY_NAMES, current)


def step_options(current: str) -> tuple[Option, ...]:
    return options(tuple(STEPS), STEP_NAMES, current)


def kind_rows(found: Kinds) -> tuple[KindRow, ...]:
    """Shades from the lowest to the highest rate of those that can be judged."""
    judged = [
        one.rate
        for row in found.rows
        for one in (row.total, *(row.cells.get(place) for place in found.platforms))
        if one is not None and one.enough
    ]
    low, high = min(judged, default=0.0), max(judged, default=0.0)

    def cell(likely: Likely | None) -> KindCell:
        if likely is None:
            return KindCell(None)
        shade = None
        if likely.enough:
            shade = 0 if high <= low else round((likely.rate - low) / (high - low) * (SHADES - 1))
        return KindCell(likely, rate(likely.rate), shade)

    return tuple(
        KindRow(row.tag, cell(row.total), tuple(cell(row.cells.get(place)) for place in found.platforms))
        for row in found.rows
    )


def ranking(found: Kinds) -> tuple[RankedKind, ...]:
    """Kinds on their platforms, best first by the lower end; those that cannot be judged after them."""
    cells = [
        (f"{row.tag} × {place}" if place else row.tag, likely)
        for row in found.rows
        for place, likely in row.cells.items()
    ]
    cells.sort(key=lambda one: (not one[1].enough, -one[1].low, -one[1].pieces, one[0]))
    return tuple(
        RankedKind(name, likely, rate(likely.raw), rate(likely.rate), rate(likely.low))
        for name, likely in cells[:LISTED]
    )


def sorted_pieces(pieces: Sequence[SeenPiece], sort: str) -> list[SeenPiece]:
    """What is not known comes last."""
    keys: dict[str, Callable[[SeenPiece], Decimal | int | None]] = {
        "impressions": lambda one: one.amounts.get(MEASURES[0]),
        "published": lambda one: (
            one.piece.published_on.toordinal() if one.piece and one.piece.published_on else None
        ),
        **{step: lambda one, step=step: one.rate(step) for step in STEPS},  # type: ignore[misc]
    }
    key = keys[sort]

    def place(one: SeenPiece) -> tuple[bool, Decimal | int]:
        value = key(one)
        return value is None, -(value or 0)

    return sorted(pieces, key=place)


def day_options(days: Days, names: Mapping[str, str]) -> tuple[Option, ...]:
    """The stretches that ship, and the one that the address names where it is another."""
    codes = [f"last-{count}" for count in ROLLING]
    if days.text not in codes:
        codes.append(days.text)
    return options(codes, names, days.text)
