"""How often customers will order again: BG/NBD. Pure.

While she is alive, a customer orders at a rate of her own (gamma-distributed: r, alpha); after each order she leaves for
good with a chance of her own (beta-distributed: a, b). Fader, Hardie and Lee 2005, "Counting your customers the easy way";
the likelihood is their equation 6, the expectation their equation 10. Time is in weeks throughout.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import optimize, special

from customers.customer_value.orders import Flags, Floats, Ints, Orders

LEAST_RETURNED = 70  # customers who came back: ten a parameter, with the three of what they spend
LEAST_WEEKS = 26.0
NARROWEST, WIDEST = -9.0, 9.0  # of a parameter's logarithm; beyond, the data do not tell it


class TooLittle(ValueError):
    """There is not enough to learn from."""


class NoFit(ValueError):
    """No parameters describe what happened."""


@dataclass(frozen=True, eq=False)
class Lives:
    """Each customer from her first order on: days with a later order, weeks from the first order to the last one, and
    weeks from the first one to today. Several orders of a day are one."""

    repeats: Floats
    last: Floats
    age: Floats

    def __post_init__(self) -> None:
        """Raises ValueError for lives that cannot be."""
        if not len(self.repeats) == len(self.last) == len(self.age):
            raise ValueError("repeats, last and age are one each per customer")
        if ((self.repeats < 0) | (self.last < 0) | (self.last > self.age)).any():
            raise ValueError("the last order lies between the first one and today")
        if ((self.repeats == 0) != (self.last == 0)).any():
            raise ValueError("who came back did so later than on the first day")

    def __len__(self) -> int:
        return len(self.repeats)

    def only(self, chosen: Ints | Flags) -> Lives:
        return Lives(self.repeats[chosen], self.last[chosen], self.age[chosen])


def lives_of(orders: Orders, day: int) -> tuple[Ints, Lives]:
    """The numbers of the customers who had ordered by a day, and their lives until then."""
    places = orders.purchases[orders.days[orders.purchases] <= day]
    owners, days = orders.customers[places], orders.days[places]
    once = np.ones(len(places), dtype=np.bool_)
    once[1:] = (owners[1:] != owners[:-1]) | (days[1:] != days[:-1])
    owners, days = owners[once], days[once]
    who, begins, number = np.unique(owners, return_index=True, return_counts=True)
    first, last = days[begins], days[begins + number - 1]
    return who, Lives((number - 1).astype(np.float64), (last - first) / 7.0, (day - first) / 7.0)


@dataclass(frozen=True, eq=False)
class Habits:
    """What was learnt: r, alpha, a, b; the logarithm of the likelihood; the covariance of the parameters' logarithms."""

    r: float
    alpha: float
    a: float
    b: float
    likelihood: float
    covariance: Floats

    @cached_property
    def logs(self) -> Floats:
        return np.log([self.r, self.alpha, self.a, self.b])

    @staticmethod
    def at(logs: Floats) -> Habits:
        r, alpha, a, b = (float(value) for value in np.exp(logs))
        return Habits(r, alpha, a, b, np.nan, np.full((4, 4), np.nan))

    def alive(self, lives: Lives) -> Floats:
        """The chance that each is still a customer; 1 for who ordered once, since one leaves after later orders only."""
        return np.asarray(1 / (1 + self._gone(lives)))

    def expected(self, lives: Lives, weeks: float | Floats) -> Floats:
        """Days with an order that each is expected to have in the coming weeks."""
        r, alpha, a, b = self.r, self.alpha, self.a, self.b
        # The formula is nothing by nothing where a or a + b is 1; beside it, it is smooth.
        if abs(a - 1) < 1e-6:
            a += 2e-6
        if abs(a + b - 1) < 1e-6:
            b += 2e-6
        soon = np.asarray(weeks / (alpha + lives.age + weeks))
        # Their F(r+x, b+x; a+b+x−1; z) by Euler's transformation, which keeps powers small where x is large.
        hyper = special.hyp2f1(a - 1, a + b - 1 - r, a + b + lives.repeats - 1, soon)
        share = 1 - (1 - soon) ** (a - 1) * hyper
        found = (a + b + lives.repeats - 1) / (a - 1) * share * self.alive(lives)
        return np.asarray(np.maximum(found, 0.0))

    def variance(self, lives: Lives, weeks: float | Floats) -> Floats:
        """About how far each customer's own count will be from `expected`, squared.

        Alive, her orders scatter as a negative binomial of shape r + x; whether she is alive scatters besides.
        """
        alive = self.alive(lives)
        mean = self.expected(lives, weeks)
        while_alive = mean / alive
        return np.asarray(mean * (1 + while_alive * (1 + 1 / (self.r + lives.repeats)) - mean))

    def _gone(self, lives: Lives) -> Floats:
        """How many times likelier she is gone than not."""
        x = lives.repeats
        ratio = (self.r + x) * (np.log(self.alpha + lives.age) - np.log(self.alpha + lives.last))
        return np.where(x > 0, self.a / (self.b + np.maximum(x, 1) - 1) * np.exp(np.minimum(ratio, 700.0)), 0)


def learn(lives: Lives) -> Habits:
    """The parameters under which these lives are likeliest.

    Raises TooLittle under 70 customers who came back or half a year, NoFit where the likelihood has no peak.
    """
    if int((lives.repeats > 0).sum()) < LEAST_RETURNED or float(lives.age.max(initial=0)) < LEAST_WEEKS:
        raise TooLittle
    rows, weights = _together(lives)

    def loss(logs: Floats) -> tuple[float, Floats]:
        value, slope = likelihood(rows, logs, weights)
        return -value / len(lives), -slope / len(lives)

    start = np.log([0.5, max(float(lives.age.mean()) / 4, 0.5), 1.0, 3.0])
    found = optimize.minimize(
        loss, start, jac=True, method="L-BFGS-B", bounds=[(NARROWEST, WIDEST)] * 4, options={"ftol": 1e-14}
    )
    logs = np.asarray(found.x)
    if (logs <= NARROWEST + 0.01).any() or (logs >= WIDEST - 0.01).any() or not np.isfinite(found.fun):
        raise NoFit
    bent = bend(lambda at: loss(at)[1], logs) * len(lives)
    if float(np.linalg.eigvalsh(bent).min()) <= 0:
        raise NoFit
    r, alpha, a, b = (float(value) for value in np.exp(logs))
    return Habits(
        r, alpha, a, b, -float(found.fun) * len(lives), np.asarray(np.linalg.inv(bent), dtype=np.float64)
    )


def likelihood(lives: Lives, logs: Floats, weights: Floats) -> tuple[float, Floats]:
    """The logarithm of the likelihood, and its slope along the parameters' logarithms."""
    r, alpha, a, b = np.exp(logs)
    x, returned = lives.repeats, lives.repeats > 0
    here, then = np.log(alpha + lives.age), np.log(alpha + lives.last)
    still = -(r + x) * here
    left = np.where(returned, np.log(a / (b + np.maximum(x, 1) - 1)) - (r + x) * then, -np.inf)
    together = np.logaddexp(still, left)
    value = (
        special.gammaln(r + x)
        - special.gammaln(r)
        + r * np.log(alpha)
        + special.betaln(a, b + x)
        - special.betaln(a, b)
        + together
    )
    alive = np.exp(still - together)
    gone = 1 - alive
    ends = special.digamma(a + b) - special.digamma(a + b + x)
    slopes = (
        special.digamma(r + x) - special.digamma(r) + np.log(alpha) - alive * here - gone * then,
        r / alpha - (r + x) * (alive / (alpha + lives.age) + gone / (alpha + lives.last)),
        ends + gone / a,
        # (betaln(a, b + x) holds Γ(a) in both: it falls out.)
        ends
        + special.digamma(b + x)
        - special.digamma(b)
        - np.where(returned, gone / (b + np.maximum(x, 1) - 1), 0),
    )
    slope = np.array([float(weights @ part) for part in slopes]) * np.exp(logs)
    return float(weights @ value), slope


def _together(lives: Lives) -> tuple[Lives, Floats]:
    """Equal lives once, with how many they are: most customers ordered once, and differ by their first week alone."""
    rows, number = np.unique(
        np.column_stack((lives.repeats, lives.last, lives.age)), axis=0, return_counts=True
    )
    return Lives(rows[:, 0], rows[:, 1], rows[:, 2]), number.astype(np.float64)


def bend(slope: Callable[[Floats], Floats], logs: Floats) -> Floats:
    """The second derivatives, from slopes a little to either side."""
    step = 1e-4
    columns = []
    for place in range(len(logs)):
        aside = np.zeros(len(logs))
        aside[place] = step
        columns.append((slope(logs + aside) - slope(logs - aside)) / (2 * step))
    found = np.column_stack(columns)
    return np.asarray((found + found.T) / 2)
