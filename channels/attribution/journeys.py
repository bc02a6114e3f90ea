"""From touches with a time to paths: whose touches led to which conversion, and which led to none. Pure.

A customer's touches in order of time are cut into paths: after each conversion, and where longer than the look-back
passed without a touch. A path that no conversion closes failed, and is dated by its last touch; the others are dated
by their conversion. Each touch is part of at most one path, so that months add up to the whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from channels.attribution.paths import Floats, Ints, Paths, tally

DAY = 86_400  # seconds
LOOK_BACK_DAYS = 90


@dataclass(frozen=True, eq=False)
class Touches:
    """What customers did, an array each: in the order in which files told it, which decides within one moment.

    `customers` are numbers that stand for somebody, `moments` seconds since 1970-01-01 00:00 of the company's clock,
    `nodes` the area that was touched (0: none, a conversion alone), `conversions` how many there were at that moment,
    and `values` what they brought in money. Who converts at a touch was touched first.
    """

    customers: Ints
    moments: Ints
    nodes: Ints
    conversions: Floats
    values: Floats

    def __len__(self) -> int:
        return len(self.customers)

    def at(self, places: Ints) -> Touches:
        return Touches(
            self.customers[places],
            self.moments[places],
            self.nodes[places],
            self.conversions[places],
            self.values[places],
        )


@dataclass(frozen=True)
class Oddities:
    """What a reader of the credits should know about the touches they come from."""

    late: int = 0  # touches after the last conversion of their customer: a path of their own, which failed
    old: int = 0  # touches longer before the end of their path than the look-back: left out
    single: int = 0  # conversions after one touch alone: every rule gives it all
    untouched: int = 0  # conversions without any touch in the look-back: nobody is credited
    untouched_value: float = 0.0


@dataclass(frozen=True, eq=False)
class Journeys:
    """Paths, the areas of their touches, when they ended, and the money of their conversions.

    `paths.channels` are `nodes` written out. `days` are days since 1970-01-01, one a path.
    """

    paths: Paths
    nodes: Ints
    days: Ints
    values: Floats
    odd: Oddities

    def __len__(self) -> int:
        return len(self.paths)

    @cached_property
    def months(self) -> Ints:
        """Months since January 1970, one a path."""
        return self.days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)

    def only(self, wanted: npt.NDArray[np.bool_]) -> Journeys:
        return Journeys(self.paths.only(wanted), self.nodes, self.days[wanted], self.values[wanted], self.odd)

    def grouped(self, tops: Ints) -> Journeys:
        """The same paths over the areas that `tops` names in place of `nodes`, one each."""
        nodes, places = np.unique(tops, return_inverse=True)
        paths = self.paths
        return Journeys(
            Paths(
                _written(nodes),
                places.astype(np.int64)[paths.touches],
                paths.starts,
                paths.conversions,
                paths.nulls,
                paths.hours,
            ),
            nodes,
            self.days,
            self.values,
            self.odd,
        )


def newest(touches: Touches, revisions: Ints) -> tuple[Touches, int]:
    """Each touch once, as the newest import told it; and how many were told again.

    A touch is a customer, a moment and a node; `revisions` say in which turn each was told.
    """
    order = np.lexsort((revisions, touches.nodes, touches.moments, touches.customers))
    last = np.ones(len(order), dtype=np.bool_)
    if len(order) > 1:
        ahead, here = order[1:], order[:-1]
        last[:-1] = (
            (touches.customers[ahead] != touches.customers[here])
            | (touches.moments[ahead] != touches.moments[here])
            | (touches.nodes[ahead] != touches.nodes[here])
        )
    chosen = np.sort(order[last])
    return touches.at(chosen), len(order) - len(chosen)


def journeys(touches: Touches, *, look_back_days: int = LOOK_BACK_DAYS) -> Journeys:
    """Cuts touches into paths, in the order of customers and time. Of nothing, none."""
    look_back = look_back_days * DAY
    converts = touches.conversions > 0
    order = np.lexsort((converts, touches.moments, touches.customers))  # keeps the order of equal ones
    customers, moments = touches.customers[order], touches.moments[order]
    nodes, converts = touches.nodes[order], converts[order]
    count = len(order)
    if not count:
        nothing = np.array([], dtype=np.int64)
        none = np.array([], dtype=np.float64)
        paths = Paths((), nothing, np.array([0], dtype=np.int64), none, none, none)
        return Journeys(paths, nothing, nothing, none, Oddities())
    new = np.ones(count, dtype=np.bool_)
    new[1:] = customers[1:] != customers[:-1]
    passed = np.zeros(count, dtype=np.int64)
    passed[1:] = moments[1:] - moments[:-1]
    # Two conversions of one moment are one end.
    ended = np.zeros(count, dtype=np.bool_)
    ended[1:] = converts[:-1] & (passed[1:] > 0) & ~new[1:]
    begins = new | ended | (passed > look_back)
    owners = np.cumsum(begins) - 1
    lasts = np.append(np.flatnonzero(begins)[1:], count) - 1
    ends = moments[lasts]
    before = ends[owners] - moments
    is_touch = nodes != 0
    kept = is_touch & (before <= look_back)

    many = len(lasts)
    conversions = tally(owners, touches.conversions[order], many)
    values = tally(owners, np.where(converts, touches.values[order], 0.0), many)
    lengths = np.bincount(owners[kept], minlength=many)
    walked = lengths > 0
    alone = ~walked & (conversions > 0)
    found, places = np.unique(nodes[kept], return_inverse=True)
    odd = Oddities(
        late=int((is_touch & _converted_before(new, converts) & (conversions[owners] == 0)).sum()),
        old=int((is_touch & ~kept).sum()),
        single=int(conversions[lengths == 1].sum()),
        untouched=int(conversions[alone].sum()),
        untouched_value=float(values[alone].sum()),
    )
    conversions = conversions[walked]
    paths = Paths(
        _written(found),
        places.astype(np.int64),
        np.concatenate(([0], np.cumsum(lengths[walked]))).astype(np.int64),
        conversions,
        (conversions == 0).astype(np.float64),
        before[kept] / 3600,
    )
    return Journeys(paths, found, ends[walked] // DAY, values[walked], odd)


def _converted_before(new: npt.NDArray[np.bool_], converts: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Whether the customer of each row, in order, had converted in a row before it."""
    before: Ints = np.cumsum(converts) - converts
    firsts = np.flatnonzero(new)
    return np.asarray(before > np.repeat(before[firsts], np.diff(np.append(firsts, len(new)))))


def _written(nodes: Ints) -> tuple[str, ...]:
    return tuple(str(node) for node in nodes)
