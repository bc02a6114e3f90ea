"""Markov chains of channels and what is lost without each. Pure.

A chain of order k goes from start through states to conversion or null; a state is the last k touches, fewer at the
beginning of a path. Transitions are as frequent as in the paths, repeats of a channel included. With P the chance to
reach conversion from start, the removal effect of channel i is 1 − P(without i)/P, where every step into i leads to null
instead, so that no state that holds i is ever reached; credits are the conversions in proportion to removal effects (Anderl, Becker, von
Wangenheim and Schumann 2016, "Mapping the customer journey").
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from django.utils.translation import gettext_lazy as _
from scipy import sparse
from scipy.sparse import linalg

from channels.attribution.coalitions import require_nulls
from channels.attribution.paths import AttributionRefused, Floats, Ints, Paths, tally

ORDERS = range(1, 4)
DIRECT_TO = 300  # states


def markov(paths: Paths, *, order: int = 1) -> Floats:
    """A credit per channel, in conversions; never below 0.

    Without conversions every channel gets 0; a channel alone gets all. A channel of no path that converted can get a
    credit, where the chain leads through it to others that do. Raises AttributionRefused for an order beyond 3, and
    where there are conversions and everything converted: then the removal effect says only how often a channel occurs.
    """
    if order not in ORDERS:
        raise AttributionRefused(_("A Markov chain is of order 1, 2 or 3."))
    require_nulls(paths)
    if not paths.total:
        return np.zeros(len(paths.channels))
    effects = removal_effects(chain_of(paths, order), len(paths.channels))
    scale = paths.total / float(effects.sum())
    return effects * scale


@dataclass(frozen=True, eq=False)
class Chain:
    """How often paths went from where to where. States are numbered from 0, and each of them is left in the end."""

    began: Floats  # from start into each state
    moved: Any  # state × state, sparse
    converted: Floats  # from each state into conversion
    left: Floats  # from each state, wherever to
    newest: Ints  # the channel that leads into each state


def chain_of(paths: Paths, order: int) -> Chain:
    """The chain of all paths that happened at all, weighed by how often they did."""
    paths = paths.only(paths.conversions + paths.nulls > 0)
    weights = (paths.conversions + paths.nulls)[paths.owners]
    states = _states(paths, order)
    count = int(states.max()) + 1
    newest = np.empty(count, dtype=np.int64)
    newest[states] = paths.touches
    begins, ends = paths.starts[:-1], paths.starts[1:] - 1
    onward = np.ones(len(states), dtype=np.bool_)
    onward[ends] = False
    from_ = np.flatnonzero(onward)
    moved = sparse.coo_array((weights[from_], (states[from_], states[from_ + 1])), shape=(count, count))
    return Chain(
        tally(states[begins], weights[begins], count),
        moved.tocsr(),  # adds up what stands there more than once
        tally(states[ends], paths.conversions, count),
        tally(states, weights, count),
        newest,
    )


def _states(paths: Paths, order: int) -> Ints:
    """The number of the state that each touch leads into: the same where the last touches of the path are the same."""
    place = np.arange(len(paths.touches)) - paths.starts[paths.owners]
    states = paths.touches
    for back in range(1, order):
        before = np.where(place >= back, np.roll(paths.touches, back) + 1, 0)
        # numbered anew each time, so that no number grows beyond touches × channels
        states = np.unique(states * (len(paths.channels) + 1) + before, return_inverse=True)[1]
    return np.unique(states, return_inverse=True)[1]


def reached(chain: Chain, without: int | None = None) -> float:
    """P: the chance to reach conversion from start, with one channel removed or none."""
    kept = np.ones(len(chain.left), dtype=np.bool_)
    if without is not None:
        kept = chain.newest != without
    if not chain.converted[kept].any():
        return 0.0
    moved = chain.moved if kept.all() else chain.moved[kept][:, kept]
    # left · x = moved · x + converted, each row divided by what leaves its state for another one
    leaving = chain.left[kept] - moved.diagonal()
    system = sparse.diags_array(1 / leaving) @ (sparse.diags_array(chain.left[kept]) - moved)
    chances = _solve(system.tocsr(), chain.converted[kept] / leaving)
    return float(chain.began[kept] @ chances / chain.began.sum())


def removal_effects(chain: Chain, channels: int) -> Floats:
    """1 − P(without i)/P of each channel i: the share of conversions that come by way of it."""
    chance = reached(chain)
    effects = [max(1 - reached(chain, channel) / chance, 0.0) for channel in range(channels)]
    return np.array(effects, dtype=np.float64)


def _solve(system: Any, known: Floats) -> Floats:
    """Directly where that is quick; otherwise by steps towards it, and directly after all where these do not arrive.

    A direct solution of many states fills the whole matrix: 12 channels of order 3 have 1,900 states, 60 have 168,000.
    """
    if len(known) > DIRECT_TO:
        found, _failed = linalg.bicgstab(system, known, rtol=1e-14, atol=0.0, maxiter=1000)
        if np.isfinite(found).all() and np.abs(system @ found - known).max() <= 1e-13 * known.max():
            return np.asarray(found)
    return np.asarray(linalg.spsolve(system.tocsc(), known))
