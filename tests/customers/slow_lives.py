"""BG/NBD and Gamma-Gamma once more, from how they are told and not from their formulas: numerical integrals over each
customer's rate, chance to leave and mean spend. Slow, and nothing shared with ours."""

from __future__ import annotations

from functools import lru_cache
from math import lgamma, log

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@lru_cache(maxsize=2)
def _half_line() -> tuple[Floats, Floats]:
    """Nodes and weights over all positive numbers: evenly by their logarithm, e^-90 to e^14."""
    logs = np.linspace(-90, 14, 1401)
    return np.exp(logs), (logs[1] - logs[0]) * np.exp(logs)


@lru_cache(maxsize=2)
def _unit() -> tuple[Floats, Floats, Floats]:
    """Nodes, what they lack of 1, and weights, between 0 and 1: evenly by the logarithm of their odds, so that both ends are thick."""
    logs = np.linspace(-70, 40, 701)
    odds = np.exp(logs)
    return odds / (1 + odds), 1 / (1 + odds), (logs[1] - logs[0]) * odds / (1 + odds) ** 2


def gamma_density(at: Floats, shape: float, rate: float) -> Floats:
    return np.asarray(np.exp(shape * log(rate) + (shape - 1) * np.log(at) - rate * at - lgamma(shape)))


def beta_density(at: Floats, rest: Floats, a: float, b: float) -> Floats:
    known = lgamma(a + b) - lgamma(a) - lgamma(b)
    return np.asarray(np.exp(known + (a - 1) * np.log(at) + (b - 1) * np.log(rest)))


def happened(
    x: int, last: float, age: float, parameters: tuple[float, float, float, float], *, alive: bool = False
) -> float:
    """How likely this life is: alive all the time, or gone right after the last order."""
    rate, rates, leave, stay, leaves = _priors(parameters)
    found = float(rates @ (rate**x * np.exp(-rate * age)) * (leaves @ stay**x))
    if x and not alive:
        gone = leave * stay ** (x - 1)
        found += float(rates @ (rate**x * np.exp(-rate * last)) * (leaves @ gone))
    return found


def expected(
    x: int, last: float, age: float, weeks: float, parameters: tuple[float, float, float, float]
) -> float:
    """Orders to come: who is alive makes (1 − e^(−rate·leave·weeks)) / leave of them before she leaves."""
    rate, rates, leave, stay, leaves = _priors(parameters)
    coming = -np.expm1(-rate[:, None] * leave[None, :] * weeks) / leave
    alive = rates * rate**x * np.exp(-rate * age)
    return float(alive @ coming @ (leaves * stay**x)) / happened(x, last, age, parameters)


def _priors(parameters: tuple[float, float, float, float]) -> tuple[Floats, ...]:
    r, alpha, a, b = parameters
    rate, by_rate = _half_line()
    leave, stay, by_leave = _unit()
    return (
        rate,
        by_rate * gamma_density(rate, r, alpha),
        leave,
        stay,
        by_leave * beta_density(leave, stay, a, b),
    )


def next_order(number: int, average: float, p: float, q: float, gamma: float) -> float:
    """The mean of a customer's orders, given so many with that average: orders are gamma(p, nu), nu is gamma(q, gamma)."""
    nu, weights = _half_line()
    posterior = (
        weights * gamma_density(nu, q, gamma) * np.exp(p * number * np.log(nu) - nu * number * average)
    )
    return float((posterior * p / nu).sum() / posterior.sum())


def spending_likelihood(number: int, average: float, p: float, q: float, gamma: float) -> float:
    """How likely that average of so many orders is: it is gamma with p·number and nu·number."""
    nu, weights = _half_line()
    shape = p * number
    density = np.exp(
        shape * np.log(nu * number) + (shape - 1) * log(average) - nu * number * average - lgamma(shape)
    )
    return float((weights * gamma_density(nu, q, gamma) * density).sum())
