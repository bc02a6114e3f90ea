"""What kind of content works where: tags against platforms, for one step of exposure → interaction → order → order again.

Pure. The arithmetic, and why three lucky videos do not win, is in `channels.shrinkage`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from channels.shrinkage import Comparison, Likely, Outcome, compare, ranked
from channels.tags import same

MOST_ROWS = 20
MOST_COLUMNS = 6
Cell = tuple[str, str]  # tag, platform


@dataclass(frozen=True)
class Shown:
    """A piece as this step sees it: its tags of one kind, where it was shown, and how many of how many went on.

    None where that was not reported.
    """

    tags: Sequence[str]
    platform: str
    hits: float | None
    trials: float | None


@dataclass(frozen=True)
class Row:
    tag: str
    total: Likely
    cells: Mapping[str, Likely]  # by platform


@dataclass(frozen=True)
class Kinds:
    """`best` is the cell that does best of those with enough pieces, where kinds differ at all.

    Left out of the judging: pieces without a tag of this kind, those of which the step was not reported, and those that
    report more going on than came.
    """

    rows: tuple[Row, ...]
    platforms: tuple[str, ...]
    best: tuple[Cell, Likely] | None
    differ: bool
    enough: bool  # whether there are two cells that can be judged
    untagged: int
    unreported: int
    impossible: int
    hidden_rows: int
    hidden_columns: int


def kinds(pieces: Iterable[Shown]) -> Kinds:
    """Tags that differ by case alone are one, by the name that most pieces have."""
    untagged = unreported = impossible = 0
    cells: dict[Cell, list[Outcome]] = defaultdict(list)
    whole: dict[str, list[Outcome]] = defaultdict(list)
    shown: dict[str, int] = defaultdict(int)
    names: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for piece in pieces:
        if not piece.tags:
            untagged += 1
        elif piece.hits is None or not piece.trials or piece.trials < 0:
            unreported += 1
        elif not 0 <= piece.hits <= piece.trials:
            impossible += 1
        else:
            outcome = Outcome(piece.hits, piece.trials)
            place = same(piece.platform)
            names[place][piece.platform] += 1
            shown[place] += 1
            for tag in piece.tags:
                names[same(tag)][tag] += 1
                whole[same(tag)].append(outcome)
                cells[same(tag), place].append(outcome)
    called = {key: max(sorted(ways), key=lambda way: ways[way]) for key, ways in names.items()}
    totals, each = compare(whole), compare(cells)
    if totals is None or each is None:
        return Kinds((), (), None, False, False, untagged, unreported, impossible, 0, 0)
    places = sorted(shown, key=lambda place: (-shown[place], called[place]))
    rows = [
        Row(
            called[tag],
            likely,
            {called[place]: each.groups[tag, place] for place in places if (tag, place) in each.groups},
        )
        for tag, likely in ranked(totals)
    ]
    judged = sum(one.enough for one in each.groups.values())
    return Kinds(
        rows=tuple(rows[:MOST_ROWS]),
        platforms=tuple(called[place] for place in places[:MOST_COLUMNS]),
        best=_best(each, called),
        differ=each.differ,
        enough=judged >= 2,
        untagged=untagged,
        unreported=unreported,
        impossible=impossible,
        hidden_rows=max(0, len(rows) - MOST_ROWS),
        hidden_columns=max(0, len(places) - MOST_COLUMNS),
    )


def _best(each: Comparison[Cell], called: Mapping[str, str]) -> tuple[Cell, Likely] | None:
    (tag, place), likely = ranked(each)[0]
    if not each.differ or not likely.enough or sum(one.enough for one in each.groups.values()) < 2:
        return None
    return (called[tag], called[place]), likely
