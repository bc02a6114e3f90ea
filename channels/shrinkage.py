"""What kind of content works, believed only as far as the pieces bear it out: three lucky videos must not win.

The unit of evidence is the piece, not the impression: a video seen a million times is still one video. So a group's
trials are discounted by how much pieces of one kind differ (Kish's design effect with the intra-class correlation of the
beta-binomial, estimated by moments: Kleinman 1973, Williams 1982), and the groups' rates are drawn towards the rate of
all by a beta prior that is fitted to the groups themselves (empirical Bayes: Efron and Morris 1975; the spread
between groups by moments: DerSimonian and Laird 1986). Groups are ranked by the lower end of what is likely, and those
of a few pieces only after the rest.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

Key = TypeVar("Key", bound=Hashable)
Floats = NDArray[np.float64]

LIKELY = 0.9  # of the interval: one in twenty lies below it, one in twenty above
ENOUGH_PIECES = 5  # fewer are shown grey: a kind cannot be judged by them
LEAST_PRIOR = 2.0  # trials: a hit and a miss
ROUNDS = 25  # of weighing and estimating in turn; it settles within a few
ALIKE = 1e-12


@dataclass(frozen=True)
class Outcome:
    """One piece: of `trials` (impressions) so many were `hits` (interactions). 0 <= hits <= trials, trials > 0."""

    hits: float
    trials: float


@dataclass(frozen=True)
class Likely:
    """What the next piece's kind can be expected to reach, beside what its pieces did reach.

    `raw` is hits ÷ trials of all its pieces (sums first). `rate` is the estimate, `low` and `high` hold it with 90%.
    `worth` is how many trials the pieces are worth once their differences are counted; `kept` how far the estimate
    trusts the group, 0 (the rate of all) to 1 (its own alone).
    """

    pieces: int
    hits: float
    trials: float
    raw: float
    rate: float
    low: float
    high: float
    worth: float
    kept: float

    @property
    def enough(self) -> bool:
        return self.pieces >= ENOUGH_PIECES


@dataclass(frozen=True)
class Comparison(Generic[Key]):
    """`differ` tells whether the groups differ by more than chance explains; `rate` is that of all of them."""

    groups: Mapping[Key, Likely]
    rate: float
    alike: float  # the correlation within pieces: 0, impressions alone count; 1, pieces alone
    differ: bool


def compare(groups: Mapping[Key, Sequence[Outcome]]) -> Comparison[Key] | None:
    """Groups of pieces against each other; None where there is no piece at all. Empty groups are left out.

    Raises ValueError for an outcome that is none.
    """
    found = {key: pieces for key, pieces in groups.items() if pieces}
    if not found:
        return None
    hits = [np.array([piece.hits for piece in pieces], dtype=np.float64) for pieces in found.values()]
    trials = [np.array([piece.trials for piece in pieces], dtype=np.float64) for pieces in found.values()]
    for some, of in zip(hits, trials, strict=True):
        if not (np.all(np.isfinite(of)) and np.all(of > 0) and np.all(some >= 0) and np.all(some <= of)):
            raise ValueError("an outcome has trials, and hits from none of them to all")
    alike = _alike(hits, trials)
    weights = [_worth(of, alike) for of in trials]
    worth = np.array([weight.sum() for weight in weights])
    own = np.array(
        [float((w * some / of).sum() / w.sum()) for w, some, of in zip(weights, hits, trials, strict=True)]
    )
    rate, strength, differ = _prior(own, worth)
    low, high = _interval(own, worth, rate, strength)
    estimates = (rate * strength + own * worth) / (strength + worth)
    made = {
        key: Likely(
            pieces=len(trials[n]),
            hits=float(hits[n].sum()),
            trials=float(trials[n].sum()),
            raw=float(hits[n].sum() / trials[n].sum()),
            rate=float(estimates[n]),
            low=float(low[n]),
            high=float(high[n]),
            worth=float(worth[n]),
            kept=float(worth[n] / (worth[n] + strength)),
        )
        for n, key in enumerate(found)
    }
    return Comparison(groups=made, rate=rate, alike=alike, differ=differ)


def ranked(comparison: Comparison[Key]) -> list[tuple[Key, Likely]]:
    """Best first, by the lower end of what is likely, and of equals the one with more pieces; too small ones last."""
    return sorted(
        comparison.groups.items(),
        key=lambda one: (not one[1].enough, -one[1].low, -one[1].pieces, str(one[0])),
    )


def _worth(trials: Floats, alike: float) -> Floats:
    """Trials that pieces are worth, counting that those of one piece resemble each other (Kish's design effect)."""
    return trials / (1 + (trials - 1).clip(0) * alike)


def _alike(hits: Sequence[Floats], trials: Sequence[Floats]) -> float:
    """How much pieces of one group differ beyond their trials' own chance, 0 to 1; by moments, reweighing in turn.

    Where hardly any group has two pieces, all are taken as one group: then differences between groups count as
    differences between pieces, which errs on the side of caution.
    """
    if sum(len(of) - 1 for of in trials) < ENOUGH_PIECES - 1:
        hits, trials = [np.concatenate(list(hits))], [np.concatenate(list(trials))]
    alike = 0.0
    for _round in range(ROUNDS):
        spread = chance = pull = 0.0
        for some, of in zip(hits, trials, strict=True):
            weight = _worth(of, alike)
            whole = weight.sum()
            rate = float((weight * some / of).sum() / whole)
            noise = rate * (1 - rate)
            if len(of) < 2 or noise <= 0:
                continue
            free = weight * (1 - weight / whole)
            spread += float((weight * (some / of - rate) ** 2).sum() / noise)
            chance += float((free / of).sum())
            pull += float((free * (1 - 1 / of)).sum())
        if pull <= 0:
            return alike
        found = min(1.0, max(0.0, (spread - chance) / pull))
        if abs(found - alike) < ALIKE:
            break
        alike = found
    return alike


def _prior(own: Floats, worth: Floats) -> tuple[float, float, bool]:
    """The rate of all groups, how many trials the prior is worth, and whether the groups differ beyond chance.

    The prior is never worth more than all groups together: that is all that is known of their common rate.
    """
    most = max(LEAST_PRIOR, float(worth.sum()))
    rate = float((own * worth).sum() / worth.sum())
    noise = rate * (1 - rate)
    if len(own) < 2 or noise <= 0:
        return rate, most, False
    weight = worth / noise
    between = float((weight * (own - rate) ** 2).sum()) - (len(own) - 1)
    scale = float(weight.sum() - (weight**2).sum() / weight.sum())
    spread = max(0.0, between / scale) if scale > 0 else 0.0
    if spread <= 0:
        return rate, most, False
    # Groups of very different size: each counts by what it and the spread between groups leave uncertain.
    fair = 1 / (1 / weight + spread)
    rate = float((own * fair).sum() / fair.sum())
    strength = rate * (1 - rate) / spread - 1
    return rate, min(most, max(strength, LEAST_PRIOR)), True


def _interval(own: Floats, worth: Floats, rate: float, strength: float) -> tuple[Floats, Floats]:
    from scipy.special import betaincinv

    tail = (1 - LIKELY) / 2
    # Half a hit and half a miss (Jeffreys) keep groups without either from being certain.
    hits = own * worth + rate * strength + 0.5
    misses = (1 - own) * worth + (1 - rate) * strength + 0.5
    low, high = betaincinv(hits, misses, tail), betaincinv(hits, misses, 1 - tail)
    middle = (rate * strength + own * worth) / (strength + worth)
    return np.minimum(low, middle), np.maximum(high, middle)
