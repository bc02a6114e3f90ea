"""The models once more, by their definitions, in plain Python and with fractions: slow, and nothing shared with ours.

A row is a path, its conversions, its nulls, and the hours of each touch before the conversion.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from fractions import Fraction
from itertools import combinations, pairwise
from math import factorial

F = Fraction
Row = tuple[Sequence[str], int, int, Sequence[int]]
Shares = dict[str, Fraction]


def channels(rows: Sequence[Row]) -> list[str]:
    return sorted({step for path, *_rest in rows for step in path})


def by_rule(rows: Sequence[Row], weigh: Callable[[Row], Sequence[Fraction | int]]) -> Shares:
    found = dict.fromkeys(channels(rows), F(0))
    for row in rows:
        weights = weigh(row)
        for step, weight in zip(row[0], weights, strict=True):
            found[step] += F(weight) * row[1] / sum(weights)
    return found


def first(row: Row) -> list[int]:
    return [1] + [0] * (len(row[0]) - 1)


def last(row: Row) -> list[int]:
    return first(row)[::-1]


def last_non_direct(row: Row, direct: str) -> list[int]:
    others = [place for place, step in enumerate(row[0]) if step != direct]
    chosen = others[-1] if others else len(row[0]) - 1
    return [int(place == chosen) for place in range(len(row[0]))]


def linear(row: Row) -> list[int]:
    return [1] * len(row[0])


def position(row: Row) -> list[Fraction]:
    count = len(row[0])
    if count < 3:
        return [F(1)] * count
    return [F(40), *[F(20, count - 2)] * (count - 2), F(40)]


def time_decay(row: Row, half_life: int) -> list[Fraction]:
    """Hours here are whole half-lives, so that powers stay fractions."""
    return [F(1, 2 ** (hours // half_life)) for hours in row[3]]


def solved(matrix: list[list[Fraction]], right: list[Fraction]) -> list[Fraction]:
    """Gauss and Jordan."""
    rows = [[*line, known] for line, known in zip(matrix, right, strict=True)]
    size = len(rows)
    for column in range(size):
        pivot = next(line for line in range(column, size) if rows[line][column])
        rows[column], rows[pivot] = rows[pivot], rows[column]
        rows[column] = [one / rows[column][column] for one in rows[column]]
        for line in range(size):
            if line != column and rows[line][column]:
                factor = rows[line][column]
                rows[line] = [a - factor * b for a, b in zip(rows[line], rows[column], strict=True)]
    return [line[-1] for line in rows]


def reaches(rows: Sequence[Row], order: int, without: str | None) -> Fraction:
    """The chance to get from start to conversion, where every step into `without` leads to null."""
    moves: Counter[tuple[Hashable, Hashable]] = Counter()
    for path, conversions, nulls, _hours in rows:
        states = [tuple(path[max(0, at + 1 - order) : at + 1]) for at in range(len(path))]
        trail: list[Hashable] = ["start", *states]
        for pair in pairwise(trail):
            moves[pair] += conversions + nulls
        moves[trail[-1], "conversion"] += conversions
        moves[trail[-1], "null"] += nulls
    moves = Counter({pair: count for pair, count in moves.items() if count})
    names = list(dict.fromkeys(origin for origin, _to in moves))
    left = {name: sum(count for (origin, _to), count in moves.items() if origin == name) for name in names}
    matrix = [[F(int(one == other)) for other in names] for one in names]
    right = [F(0)] * len(names)
    for (origin, to), count in moves.items():
        chance = F(count, left[origin])
        if to == "conversion":
            right[names.index(origin)] += chance
        elif to != "null" and not (isinstance(to, tuple) and without in to):
            matrix[names.index(origin)][names.index(to)] -= chance
    return solved(matrix, right)[names.index("start")] if names else F(0)


def markov(rows: Sequence[Row], order: int) -> Shares:
    names, total = channels(rows), sum(row[1] for row in rows)
    if not total:
        return dict.fromkeys(names, F(0))
    chance = reaches(rows, order, None)
    effects = {name: 1 - reaches(rows, order, name) / chance for name in names}
    return {name: effect * total / sum(effects.values()) for name, effect in effects.items()}


def worth(rows: Sequence[Row], coalition: set[str]) -> Fraction:
    inside = [row for row in rows if set(row[0]) <= coalition]
    everything = sum(row[1] + row[2] for row in inside)
    return F(sum(row[1] for row in inside), everything) if everything else F(0)


def shapley(rows: Sequence[Row]) -> Shares:
    names, total = channels(rows), sum(row[1] for row in rows)
    if not total:
        return dict.fromkeys(names, F(0))
    count = len(names)
    found: Shares = {}
    for name in names:
        others = [one for one in names if one != name]
        found[name] = F(0)
        for size in range(count):
            weight = F(factorial(size) * factorial(count - size - 1), factorial(count))
            for some in combinations(others, size):
                found[name] += weight * (worth(rows, {*some, name}) - worth(rows, set(some)))
    scale = total / sum(found.values(), F(0))
    return {name: value * scale for name, value in found.items()}
