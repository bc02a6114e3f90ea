"""What customers spend each time they order: Gamma-Gamma. Pure.

A customer's orders scatter around a mean of her own, and the means scatter among customers; how much does not depend on
how often (Fader and Hardie 2013, "The Gamma-Gamma model of monetary value"; p, q, gamma are theirs).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import optimize, special

from customers.customer_value.lifetime import LEAST_RETURNED, NARROWEST, WIDEST, NoFit, TooLittle, bend
from customers.customer_value.orders import Floats


@dataclass(frozen=True, eq=False)
class Spending:
    """What was learnt: p, q, gamma; the likelihood's logarithm; the covariance of the parameters' logarithms."""

    p: float
    q: float
    gamma: float
    likelihood: float
    covariance: Floats

    @cached_property
    def logs(self) -> Floats:
        return np.log([self.p, self.q, self.gamma])

    @staticmethod
    def at(logs: Floats) -> Spending:
        p, q, gamma = (float(value) for value in np.exp(logs))
        return Spending(p, q, gamma, np.nan, np.full((3, 3), np.nan))

    @property
    def mean(self) -> float:
        """What an order brings on average over all customers, those to come among them."""
        return self.p * self.gamma / (self.q - 1)

    def expected(self, number: Floats, average: Floats) -> Floats:
        """What each customer's next order brings, after `number` of them that brought `average`.

        The more orders, the more her own average counts; where it is not above 0 the mean over all stands in.
        """
        usable = (number > 0) & (average > 0)
        own = self.p * (self.gamma + number * average) / (self.p * number + self.q - 1)
        return np.where(usable, own, self.mean)


def learn_spending(number: Floats, average: Floats) -> Spending:
    """From how many orders each customer made and what they brought on average; those without a positive average are
    left out. Raises TooLittle under 70 of them, NoFit where there is no peak or no finite mean (q of 1 or less)."""
    usable = (number > 0) & (average > 0)
    number, average = number[usable], average[usable]
    if len(number) < LEAST_RETURNED:
        raise TooLittle
    unit = float(np.median(average))  # gamma is in this unit while it is sought
    logarithm = np.log(number * average / unit)

    def loss(logs: Floats) -> tuple[float, Floats]:
        p, q, gamma = np.exp(logs)
        total = gamma + number * average / unit
        value = (
            special.gammaln(p * number + q)
            - special.gammaln(p * number)
            - special.gammaln(q)
            + q * np.log(gamma)
            + p * number * logarithm
            - (p * number + q) * np.log(total)
        )
        both = special.digamma(p * number + q)
        slope = (
            number * (both - special.digamma(p * number) + logarithm - np.log(total)),
            both - special.digamma(q) + np.log(gamma) - np.log(total),
            q / gamma - (p * number + q) / total,
        )
        slopes = np.array([float(part.sum()) for part in slope]) * np.exp(logs)
        return -float(value.sum()) / len(number), -slopes / len(number)

    found = optimize.minimize(
        loss,
        np.log([2.0, 4.0, 1.5]),
        jac=True,
        method="L-BFGS-B",
        bounds=[(NARROWEST, WIDEST)] * 3,
        options={"ftol": 1e-14, "maxiter": 1000},
    )
    logs = np.asarray(found.x)
    if (logs <= NARROWEST + 0.01).any() or (logs >= WIDEST - 0.01).any() or not np.isfinite(found.fun):
        raise NoFit
    bent = bend(lambda at: loss(at)[1], logs) * len(number)
    if float(np.linalg.eigvalsh(bent).min()) <= 0:
        raise NoFit
    p, q, gamma = (float(value) for value in np.exp(logs))
    if q <= 1:
        raise NoFit
    # (The density of the averages themselves: their unit, and the count of orders, come back in.)
    value = -float(found.fun) * len(number) - float(np.log(average).sum())
    return Spending(p, q, gamma * unit, value, np.asarray(np.linalg.inv(bent), dtype=np.float64))
