"""Shapley values of channels, with the conversion rate as what a coalition is worth. Pure.

v(S) is the conversion rate of the paths whose channels all lie in S: conversions ÷ all paths, 0 where there is no such
path. φᵢ = Σ over S without i of s!(n−s−1)!/n! · (v(S∪i) − v(S)), and credits are φ scaled so that they add up to the
conversions (Shapley 1953; Dalessandro, Perlich, Stitelman and Provost 2012, "Causally motivated attribution"). Since Σφ
is the rate of all paths, the scale is the number of paths.

Neither order nor repeats count. A channel that drags the rate of others down gets a negative credit, which is shown as
it is; one that never occurs in a path that converted gets 0 or less.
"""

from __future__ import annotations

import math

import numpy as np
from django.utils.translation import gettext_lazy as _

from channels.attribution.paths import AttributionRefused, Floats, Ints, Paths, tally

# Twenty channels are a million coalitions and about a second; each further one doubles that.
EXACT_TO = 20
SAMPLES = 1000  # orders of arrival drawn beyond that: half of them, and each of these the other way round
SEED = 2012


def shapley(paths: Paths) -> tuple[Floats, Floats | None]:
    """A credit per channel, in conversions, and the standard error of each where orders were drawn (None: exact).

    Up to EXACT_TO channels every coalition is counted; of more, φ is the mean over drawn orders of arrival (Castro, Gómez
    and Tejada 2009), drawn alike each time. Without conversions every channel gets 0. Raises AttributionRefused where
    there are conversions and everything converted: then every coalition is worth the same.
    """
    require_nulls(paths)
    count = len(paths.channels)
    if not paths.total:
        return np.zeros(count), None
    if count <= EXACT_TO:
        phi, error = _exact(paths), None
    else:
        phi, error = _sampled(paths)
    scale = float((paths.conversions + paths.nulls).sum())
    return phi * scale, None if error is None else error * scale


def require_nulls(paths: Paths) -> None:
    """Raises AttributionRefused where there are conversions, but nothing that failed to convert to learn from."""
    if paths.total and not paths.nulls.any():
        raise AttributionRefused(
            _("This model learns from paths that did not convert, and there are none: every null is 0.")
        )


def worth(paths: Paths) -> Floats:
    """v of each coalition: of that whose channels are the bits of its index."""
    count = len(paths.channels)
    sets = np.bitwise_or.reduceat(np.left_shift(1, paths.touches), paths.starts[:-1])
    converted = tally(sets, paths.conversions, 1 << count)
    everything = tally(sets, paths.conversions + paths.nulls, 1 << count)
    for bit in range(count):  # sums over all subsets, a channel at a time
        for sums in (converted, everything):
            parted = sums.reshape(-1, 2, 1 << bit)
            parted[:, 1] += parted[:, 0]
    return np.divide(converted, everything, out=np.zeros(1 << count), where=everything > 0)


def _exact(paths: Paths) -> Floats:
    count = len(paths.channels)
    value = worth(paths)
    size = np.bitwise_count(np.arange(1 << count)).astype(np.int64)
    # s!(n−s−1)!/n! = 1 ÷ (n · C(n−1, s))
    weights = np.array([1 / (count * math.comb(count - 1, others)) for others in range(count)])
    phi = np.zeros(count)
    for bit in range(count):
        parted = value.reshape(-1, 2, 1 << bit)
        sizes = size.reshape(-1, 2, 1 << bit)[:, 0]
        phi[bit] = ((parted[:, 1] - parted[:, 0]) * weights[sizes]).sum()
    return phi


def _sampled(paths: Paths) -> tuple[Floats, Floats]:
    count, turns = len(paths.channels), SAMPLES // 2
    paths = _as_sets(paths)
    draw = np.random.default_rng(SEED)
    mean, squares = np.zeros(count), np.zeros(count)
    for _turn in range(turns):
        order = draw.permutation(count)
        gain = (_gains(paths, order) + _gains(paths, order[::-1])) / 2
        mean += gain / turns
        squares += gain**2 / turns
    return mean, np.sqrt(np.maximum(squares - mean**2, 0) / (turns - 1))


def _as_sets(paths: Paths) -> Paths:
    """Each set of channels once, with the counts of all paths that hold just these."""
    count = len(paths.channels)
    pairs = np.unique(paths.owners * count + paths.touches)  # each channel once a path, in order
    owners, channels = np.divmod(pairs, count)
    begins = np.flatnonzero(np.diff(owners, prepend=-1))
    bits = [  # of 62 channels each
        np.bitwise_or.reduceat(np.where(channels // 62 == word, np.left_shift(1, channels % 62), 0), begins)
        for word in range((count + 61) // 62)
    ]
    first, kind = np.unique(np.stack(bits, axis=1), axis=0, return_index=True, return_inverse=True)[1:]
    same = first[kind.reshape(-1)]  # the first path with the same set, of each path
    summed = Paths(
        paths.channels,
        channels,
        np.append(begins, len(pairs)),
        tally(same, paths.conversions, len(paths)),
        tally(same, paths.nulls, len(paths)),
    )
    return summed.only(same == np.arange(len(paths)))


def _gains(paths: Paths, order: Ints) -> Floats:
    """What each channel adds to v when channels arrive in this order: a path counts once its last channel is there."""
    count = len(order)
    arrival = np.empty(count, dtype=np.int64)
    arrival[order] = np.arange(count)
    complete = np.maximum.reduceat(arrival[paths.touches], paths.starts[:-1])
    converted = np.cumsum(tally(complete, paths.conversions, count))
    everything = np.cumsum(tally(complete, paths.conversions + paths.nulls, count))
    value = np.divide(converted, everything, out=np.zeros(count), where=everything > 0)
    gain = np.empty(count)
    gain[order] = np.diff(value, prepend=0.0)
    return gain
