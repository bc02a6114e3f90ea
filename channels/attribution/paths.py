"""Paths of touches as flat arrays: a million touches are three arrays, not a million objects. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd
from django.utils.translation import gettext_lazy as _

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

ARROW = ">"


class AttributionRefused(ValueError):
    """There are no credits to be had; the message says why. `path` is the place of the path at fault, from 0."""

    def __init__(self, message: object, *, path: int | None = None) -> None:
        super().__init__(str(message))
        self.path = path


@dataclass(frozen=True, eq=False)
class Paths:
    """Paths with how often each ended in a conversion and in none. The same path may stand there more than once.

    `touches` holds an index into `channels` per touch, path after path, oldest touch first; `starts` where each path
    begins in it, and its length at the end. `conversions` and `nulls` are counts per path, which may be fractions.
    `hours` is what lay between each touch and the conversion, in hours (NaN: not known); None: not known of any.
    """

    channels: tuple[str, ...]
    touches: Ints
    starts: Ints
    conversions: Floats
    nulls: Floats
    hours: Floats | None = None

    def __post_init__(self) -> None:
        """Raises ValueError for arrays that do not fit together, AttributionRefused for what cannot be of a path."""
        count = len(self.starts) - 1
        if count < 0 or self.starts[0] != 0 or self.starts[-1] != len(self.touches):
            raise ValueError("starts must begin with 0 and end with the number of touches")
        if len(self.conversions) != count or len(self.nulls) != count:
            raise ValueError("conversions and nulls are one each per path")
        if self.hours is not None and len(self.hours) != len(self.touches):
            raise ValueError("hours are one per touch")
        if len(set(self.channels)) != len(self.channels):
            raise ValueError("a channel is named twice")
        if len(self.touches) and not 0 <= self.touches.min() <= self.touches.max() < len(self.channels):
            raise ValueError("a touch of no channel")
        self._refuse(np.diff(self.starts) < 1, _("A path needs at least one step."))
        for counts in (self.conversions, self.nulls):
            self._refuse(
                ~((counts >= 0) & (counts < np.inf)), _("Conversions and nulls are zero or more, and finite.")
            )
        if self.hours is not None:
            self._refuse_hours(self.hours)

    def __len__(self) -> int:
        return len(self.conversions)

    @cached_property
    def lengths(self) -> Ints:
        """Touches of each path."""
        return np.diff(self.starts)

    @cached_property
    def owners(self) -> Ints:
        """The path of each touch."""
        return np.repeat(np.arange(len(self)), self.lengths)

    @property
    def total(self) -> float:
        return float(self.conversions.sum())

    def only(self, wanted: npt.NDArray[np.bool_]) -> Paths:
        """The paths for which `wanted` holds, in their order; all channels stay."""
        of_touch = np.repeat(wanted, self.lengths)
        return Paths(
            self.channels,
            self.touches[of_touch],
            np.concatenate(([0], np.cumsum(self.lengths[wanted]))).astype(np.int64),
            self.conversions[wanted],
            self.nulls[wanted],
            None if self.hours is None else self.hours[of_touch],
        )

    def _refuse(self, wrong: npt.NDArray[np.bool_], message: object) -> None:
        if wrong.any():
            raise AttributionRefused(message, path=int(wrong.argmax()))

    def _refuse_hours(self, hours: Floats) -> None:
        known = ~np.isnan(hours)
        some = np.bincount(self.owners, weights=known, minlength=len(self))
        self._refuse(
            (some > 0) & (some < self.lengths), _("Hours are given for some steps of the path, not for all.")
        )
        self._refuse(self._any(np.isinf(hours)), _("Hours are finite numbers."))
        self._refuse(
            self._any(hours < 0), _("A touch cannot come after its conversion: hours are zero or more.")
        )
        later = np.zeros(len(hours), dtype=np.bool_)
        later[1:] = (hours[1:] > hours[:-1]) & (self.owners[1:] == self.owners[:-1])
        self._refuse(
            self._any(later),
            _("Hours before the conversion must not grow along the path: the oldest touch comes first."),
        )

    def _any(self, touches: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        """Which paths have such a touch."""
        return np.bincount(self.owners[touches], minlength=len(self)) > 0


def tally(places: Ints, weights: Floats, count: int) -> Floats:
    """The sum of weights at each of `count` places."""
    return np.bincount(places, weights=weights, minlength=count).astype(np.float64, copy=False)


def paths_of(
    texts: Sequence[str],
    conversions: Sequence[float],
    nulls: Sequence[float],
    hours: Sequence[str] | None = None,
) -> Paths:
    """Paths written as `a>b>c`, their counts, and the hours before the conversion as `72>24>0` (blank: not known).

    Blanks around a name do not count; channels keep the order in which they first occur. Raises AttributionRefused,
    with the path's place, for an empty step and for hours that are no numbers or not one per step.
    """
    lengths = np.array([text.count(ARROW) + 1 for text in texts], dtype=np.int64)
    starts = np.concatenate(([0], np.cumsum(lengths))).astype(np.int64)
    # One text, split once: in C, where splitting path by path would be a loop over touches.
    raw, spellings = pd.factorize(np.array(ARROW.join(texts).split(ARROW) if texts else [], dtype=object))
    codes, names = pd.factorize(np.array([spelling.strip() for spelling in spellings], dtype=object))
    touches = codes[raw].astype(np.int64)
    if "" in names:
        empty = int(np.argmax(touches == list(names).index("")))
        raise AttributionRefused(_("A step of the path is empty."), path=_owner(starts, empty))
    return Paths(
        tuple(names),
        touches,
        starts,
        np.array(conversions, dtype=np.float64),
        np.array(nulls, dtype=np.float64),
        None if hours is None else _hours_of(hours, lengths, starts),
    )


def _hours_of(texts: Sequence[str], lengths: Ints, starts: Ints) -> Floats:
    known = np.array([bool(text.strip()) for text in texts], dtype=np.bool_)
    given = np.array([text.count(ARROW) + 1 for text in texts], dtype=np.int64)
    for place in np.flatnonzero(known & (given != lengths))[:1]:
        raise AttributionRefused(
            _("The path has other hours than steps: %(hours)s and %(steps)s in number.")
            % {"steps": lengths[place], "hours": given[place]},
            path=int(place),
        )
    found = np.full(starts[-1], np.nan)
    if known.any():
        words = ARROW.join(text for text in texts if text.strip()).split(ARROW)
        numbers = pd.to_numeric(pd.Series(words, dtype=object), errors="coerce").to_numpy(dtype=np.float64)
        at = np.flatnonzero(np.repeat(known, lengths))
        for wrong in np.flatnonzero(np.isnan(numbers))[:1]:
            raise AttributionRefused(
                _("“%(text)s” is no number of hours.") % {"text": " ".join(words[wrong].split())[:60]},
                path=_owner(starts, int(at[wrong])),
            )
        found[at] = numbers
    return found


def _owner(starts: Ints, touch: int) -> int:
    return int(np.searchsorted(starts, touch, side="right")) - 1
