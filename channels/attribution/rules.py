"""Models that divide each conversion by a rule over the touches of its own path. Pure.

Each function takes paths and gives a weight per touch. Weights over the touches of one path sum to 1, so that credits
(`credits`: weights times what the path brought, by channel) add up to the conversions. A channel that occurs more than
once in a path gets the sum of its touches' weights; in a path of one touch that touch gets all. What did not convert
has no part in any of these.

Sources: Google Analytics' "Attribution models" (first, last, last non-direct, linear, position 40/20/40, time decay);
Kireyev, Pauwels and Gupta 2016 for what last touch hides.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from django.utils.translation import gettext_lazy as _

from channels.attribution.paths import AttributionRefused, Floats, Ints, Paths, tally

END, MIDDLE = 0.4, 0.2  # of three touches or more: each end, and all between them together


def credits(paths: Paths, weights: Floats) -> Floats:
    """A credit per channel, in the order of `paths.channels` and in conversions; of no paths every channel gets 0."""
    return tally(paths.touches, weights * paths.conversions[paths.owners], len(paths.channels))


def first(paths: Paths) -> Floats:
    """All to the oldest touch."""
    return _alone(paths, paths.starts[:-1])


def last(paths: Paths) -> Floats:
    """All to the newest touch."""
    return _alone(paths, paths.starts[1:] - 1)


def last_non_direct(paths: Paths, *, direct: Collection[str]) -> Floats:
    """All to the newest touch that is none of `direct`; where a path has none but direct, to its newest.

    Names that no path holds make this the last touch.
    """
    places = [place for place, name in enumerate(paths.channels) if name in direct]
    if not places or not len(paths):
        return last(paths)
    other = ~np.isin(paths.touches, places)
    place = np.where(other, np.arange(len(other)), -1)
    newest = np.maximum.reduceat(place, paths.starts[:-1])
    return _alone(paths, np.where(newest < 0, paths.starts[1:] - 1, newest))


def linear(paths: Paths) -> Floats:
    """1/n to each of n touches."""
    return np.asarray(1 / paths.lengths[paths.owners])


def position(paths: Paths) -> Floats:
    """40% to the oldest touch, 40% to the newest, 20% to those between in equal parts; of two, half each."""
    lengths = paths.lengths[paths.owners]
    place = np.arange(len(paths.touches)) - paths.starts[paths.owners]
    at_end = (place == 0) | (place == lengths - 1)
    weights = np.where(at_end, END, MIDDLE / np.maximum(lengths - 2, 1))
    weights[lengths == 1] = 1.0
    weights[lengths == 2] = 0.5
    return weights


def time_decay(paths: Paths, *, half_life_hours: float) -> Floats:
    """Each touch weighs 2^(−Δt/h): with Δt hours before the conversion and half-life h, then parts of the path's sum.

    Only differences within a path count, so that a path whose last touch lies years back is divided like any other.
    Touches of paths that did not convert weigh 0, since their hours need not be known.
    Raises AttributionRefused where the half-life is not above zero, or hours of a path that converted are not known.
    """
    if not 0 < half_life_hours < np.inf:
        raise AttributionRefused(_("The half-life is a number of hours above zero."))
    found = np.zeros(len(paths.touches))
    wanted = paths.conversions > 0
    converted = paths.only(wanted)
    if not len(converted):
        return found
    if converted.hours is None or np.isnan(converted.hours).any():
        unknown = (
            np.ones(len(converted))
            if converted.hours is None
            else np.isnan(converted.hours)[converted.starts[:-1]]
        )
        raise AttributionRefused(
            _("Time decay needs the hours between each touch and the conversion."),
            path=int(np.flatnonzero(wanted)[unknown.argmax()]),
        )
    begins = converted.starts[:-1]
    newest = np.minimum.reduceat(converted.hours, begins)
    with np.errstate(over="ignore"):  # what is infinitely many half-lives old weighs nothing
        weights = np.exp2(-(converted.hours - newest[converted.owners]) / half_life_hours)
    found[wanted[paths.owners]] = weights / np.add.reduceat(weights, begins)[converted.owners]
    return found


def _alone(paths: Paths, places: Ints) -> Floats:
    """All of each path to the touch at one place."""
    weights = np.zeros(len(paths.touches))
    weights[places] = 1.0
    return weights
