"""How a total is best divided among channels, given what spend brings them. Pure; amounts are whole cents.

The expected outcome Σ E[responseᵢ(xᵢ)] is made as large as it gets subject to Σ xᵢ = total, lowestᵢ ≤ xᵢ ≤ highestᵢ and
limits on what groups of channels may have together. Curves may be S-shaped, so that a search that climbs from where it stands
would stop at the first hill: instead, amounts are exchanged in steps by dynamic programming (Bellman 1957; of all
ways in which the steps can go around, the best), wide steps first, then ever smaller ones around the best so far.
It begins at today's split, brought inside the limits, and every exchange keeps total and limits; so the result adds up to the cent, is
inside the limits, and is never predicted worse than that split. Channels are taken in the order of their codes, so their order does not matter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from channels.response import Curve, Floats

Ints = NDArray[np.int64]

WIDE = 160  # steps across the widest channel, at first
AROUND = 8  # finer steps to either side, each a quarter of the one before
FINE = 2_000_000  # the finest step is this part of the total
LIKELY = (10, 90)  # percentiles of an interval


@dataclass(frozen=True, eq=False)
class Option:
    """A channel that money can go to: cents for the whole period."""

    code: str
    today: int  # at today's rate
    lowest: int
    highest: int
    curve: Curve | None = None  # without one it stays as it is: lowest and highest are today's
    group: str = ""

    @property
    def stays(self) -> bool:
        return self.curve is None


@dataclass(frozen=True)
class Limit:
    """What a group may have of the total, in cents, its channels that stay as they are included."""

    lowest: int
    highest: int


class AllocationRefused(Exception):
    """No split is possible: what the total can be from and to, or what a group can have (`group`), in cents."""

    def __init__(self, lowest: int, highest: int, group: str | None = None) -> None:
        super().__init__(lowest, highest, group)
        self.lowest, self.highest, self.group = lowest, highest, group


@dataclass(frozen=True, eq=False)
class Outlook:
    """What a split brings in the period beside another one. Money in units, not cents; draws fit index by index."""

    brings: Floats  # draws, of the channels with a curve
    instead: Floats  # draws, of the other split

    @property
    def gain(self) -> float:
        return float((self.brings - self.instead).mean())

    @property
    def interval(self) -> tuple[float, float]:
        """Of the gain; holds four times in five."""
        low, high = np.percentile(self.brings - self.instead, LIKELY)
        return float(low), float(high)

    @property
    def chance(self) -> float:
        """That the split brings more than the other one."""
        return float((self.brings > self.instead).mean())


@dataclass(frozen=True, eq=False)
class Plan:
    split: dict[str, int]  # cents by code, in the order of the options
    before: dict[
        str, int
    ]  # today's split, made as large as the total and brought inside the bounds of channels
    outlook: Outlook  # the split beside `before`
    costs: float  # what the limits of groups cost against `before`, where that is outside of them; else 0


def propose(
    options: Sequence[Option], total: int, *, weeks: float, limits: Mapping[str, Limit] | None = None
) -> Plan:
    """The best split of a total of cents over a period of so many weeks.

    Channels without a curve keep what they have today, and the others share what is left.
    Raises AllocationRefused where bounds or limits leave no split.
    """
    in_order = sorted(options, key=lambda each: each.code)
    limits = limits or {}
    before = as_today(in_order, total)
    start = _inside(in_order, before, total, limits)
    split = _climb(in_order, start, total, weeks, limits)
    found = dict(zip((each.code for each in in_order), split, strict=True))
    kept = dict(zip((each.code for each in in_order), before, strict=True))
    outlook = compare(options, found, kept, weeks=weeks)
    return Plan(
        {each.code: found[each.code] for each in options},
        {each.code: kept[each.code] for each in options},
        outlook,
        max(-outlook.gain, 0.0) if start != before else 0.0,
    )


def as_today(options: Sequence[Option], total: int) -> list[int]:
    """Today's split, scaled to the total as far as bounds let it. Raises AllocationRefused beyond their sum."""
    amounts = [_amount(each) for each in options]
    return amounts if sum(amounts) == total else _fill(amounts, *_bounds(options), total)


def compare(
    options: Sequence[Option], split: Mapping[str, int], instead: Mapping[str, int], *, weeks: float
) -> Outlook:
    """What a split brings beside another one, in channels that have a curve; any amounts."""
    here, there = np.zeros(1), np.zeros(1)
    for each in sorted(options, key=lambda option: option.code):
        if each.curve is not None:
            both = np.array([split[each.code], instead[each.code]], dtype=np.float64)
            brings = _brings(each.curve, both, weeks)
            here, there = here + brings[:, 0], there + brings[:, 1]
    return Outlook(here, there)


def share_limit(total: int, now: int, lowest: float, highest: float, *, strict: bool = False) -> Limit:
    """The limit of a group whose share of the total should be from `lowest` to `highest`, and is `now` cents today.

    Unless strict it may stay where it is, or move towards what it should be, but not away from that: a mix that is far off
    cannot be turned around within a period.
    """
    low, high = int(np.ceil(lowest * total)), int(np.floor(highest * total))
    return Limit(low, max(low, high)) if strict else Limit(min(low, now), max(high, now))


def _amount(option: Option) -> int:
    return min(max(option.today, option.lowest), option.highest)


def _bounds(options: Sequence[Option]) -> tuple[list[int], list[int]]:
    lows = [each.today if each.stays else each.lowest for each in options]
    return lows, [each.today if each.stays else each.highest for each in options]


def _brings(curve: Curve, cents: Floats, weeks: float) -> Floats:
    return curve.brings(cents / 100 / weeks) * weeks


def _fill(wanted: Sequence[int], lows: Sequence[int], highs: Sequence[int], total: int) -> list[int]:
    """Amounts in proportion to what is wanted, each inside its bounds, that add up to the total."""
    if not sum(lows) <= total <= sum(highs):
        raise AllocationRefused(sum(lows), sum(highs))
    weights = np.maximum(np.array(wanted, dtype=np.float64), 1e-6)
    low, high = np.array(lows, dtype=np.float64), np.array(highs, dtype=np.float64)
    under, over = 0.0, float((high / weights).max(initial=0.0)) + 1
    for _halving in range(200):
        middle = (under + over) / 2
        if np.clip(middle * weights, low, high).sum() < total:
            under = middle
        else:
            over = middle
    amounts = [int(each) for each in np.clip(np.floor(under * weights), low, high)]
    left = total - sum(amounts)
    for at in range(len(amounts)):  # what rounding left over, and no more than the bounds take
        more = min(max(left, lows[at] - amounts[at]), highs[at] - amounts[at])
        amounts[at], left = amounts[at] + more, left - more
    return amounts


def _inside(
    options: Sequence[Option], before: Sequence[int], total: int, limits: Mapping[str, Limit]
) -> list[int]:
    """Today's split brought inside the limits of groups: each group as a whole first, then within it."""
    groups = _groups(options)
    lows, highs = _bounds(options)
    sums = {group: (sum(lows[at] for at in of), sum(highs[at] for at in of)) for group, of in groups.items()}
    ranges = {}
    for group, (low, high) in sums.items():
        limit = limits.get(group, Limit(low, high))
        ranges[group] = (max(low, limit.lowest), min(high, limit.highest))
        if ranges[group][0] > ranges[group][1]:
            raise AllocationRefused(low, high, group)
    now = [sum(before[at] for at in of) for of in groups.values()]
    if all(low <= each <= high for each, (low, high) in zip(now, ranges.values(), strict=True)):
        return list(before)
    shares = _fill(
        now, [low for low, _high in ranges.values()], [high for _low, high in ranges.values()], total
    )
    found = [0] * len(options)
    for of, share in zip(groups.values(), shares, strict=True):
        parts = _fill([before[at] for at in of], [lows[at] for at in of], [highs[at] for at in of], share)
        for at, part in zip(of, parts, strict=True):
            found[at] = part
    return found


def _groups(options: Sequence[Option]) -> dict[str, list[int]]:
    groups: dict[str, list[int]] = {}
    for at, each in sorted(enumerate(options), key=lambda pair: pair[1].group):
        groups.setdefault(each.group, []).append(at)
    return groups


def _climb(
    options: Sequence[Option], start: list[int], total: int, weeks: float, limits: Mapping[str, Limit]
) -> list[int]:
    """The best that exchanges of steps find, wide ones first."""
    lows, highs = _bounds(options)
    widest = max((high - low for low, high in zip(lows, highs, strict=True)), default=0)
    amounts, step, around = start, max(widest // WIDE, 1), WIDE
    while widest:
        for _turn in range(40):
            better = _exchange(options, amounts, lows, highs, step, around, weeks, limits)
            if better == amounts:
                break
            amounts = better
        if step <= max(total // FINE, 1):
            break
        step, around = max(step // 4, 1), AROUND
    return amounts


def _exchange(
    options: Sequence[Option],
    amounts: list[int],
    lows: list[int],
    highs: list[int],
    step: int,
    around: int,
    weeks: float,
    limits: Mapping[str, Limit],
) -> list[int]:
    """The best amounts that are some steps away from these, no more than `around` in any channel, and add up alike."""
    groups = list(_groups(options).items())
    whole, unmoved, turns = np.zeros(1), 0, []
    for group, of in groups:
        best, first, picks = np.zeros(1), 0, []
        for at in of:
            fewest = -min((amounts[at] - lows[at]) // step, around)
            most = min((highs[at] - amounts[at]) // step, around)
            moved = amounts[at] + np.arange(fewest, most + 1) * step
            best, chosen = _together(best, _worth(options[at].curve, moved, amounts[at], weeks))
            picks.append((at, fewest, chosen))
            first += fewest
        if group in limits:
            having = sum(amounts[at] for at in of) + (np.arange(len(best)) + first) * step
            inside = (having >= limits[group].lowest) & (having <= limits[group].highest)
            best = np.where(inside, best, -np.inf)
        whole, chosen = _together(whole, best)
        turns.append((chosen, picks))
        unmoved -= first
    found = list(amounts)
    if not whole[unmoved] > 1e-12 * abs(_worth_of(options, amounts, weeks)):
        return found
    place = unmoved
    for chosen, picks in reversed(turns):
        own = int(chosen[place])
        place -= own
        for at, fewest, picked in reversed(picks):
            taken = int(picked[own])
            own -= taken
            found[at] += (taken + fewest) * step
    return found


def _together(left: Floats, right: Floats) -> tuple[Floats, Ints]:
    """The best worth of each sum of places in both, and the place in `right` that it comes from."""
    best = np.full(len(left) + len(right) - 1, -np.inf)
    chosen = np.zeros(len(best), dtype=np.int64)
    if len(right) <= len(left):
        for at in range(len(right)):
            _take(best[at : at + len(left)], chosen[at : at + len(left)], left + right[at], at)
    else:
        places = np.arange(len(right))
        for at in range(len(left)):
            _take(best[at : at + len(right)], chosen[at : at + len(right)], left[at] + right, places)
    return best, chosen


def _take(best: Floats, chosen: Ints, worth: Floats, places: Ints | int) -> None:
    better = worth > best
    np.copyto(best, worth, where=better)
    np.copyto(chosen, places, where=better)


def _worth(curve: Curve | None, cents: Ints, now: int, weeks: float) -> Floats:
    """What amounts are expected to bring beyond what the channel brings now; 0 where nothing is known."""
    if curve is None:
        return np.zeros(len(cents))
    brings = _brings(curve, np.append(cents, now).astype(np.float64), weeks).mean(axis=0)
    return np.asarray(brings[:-1] - brings[-1])


def _worth_of(options: Sequence[Option], amounts: Sequence[int], weeks: float) -> float:
    known = [
        (each.curve, amount) for each, amount in zip(options, amounts, strict=True) if each.curve is not None
    ]
    return sum(
        float(_brings(curve, np.array([amount], dtype=np.float64), weeks).mean()) for curve, amount in known
    )
