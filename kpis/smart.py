"""Whether a target is feasible: what speaks against it, in figures. Pure; T7 of the requirements (SMART).

Specific, measurable, owned and timed a target is by its form; attainable and relevant is what is asked here. Every
limit is a choice of ours, stated beside its name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

GROWTH = Decimal("0.30")  # on the like month of last year, either way
CAPACITY = Decimal("0.20")  # beyond the best month of the last two years
BENCHMARK = Decimal("0.10")  # beyond what the trade reaches: points of growth, or share of a ratio
BUDGET = Decimal("0.10")  # of cost beyond what is planned


class Doubt(StrEnum):
    GROWTH = "growth"
    BENCHMARK = "benchmark"
    BUDGET = "budget"
    CAPACITY = "capacity"


@dataclass(frozen=True)
class Past:
    """What is known of the figure and area before the target's month; None where nothing is.

    `best` is the best month of the last 24, `benchmark` a growth (0.12) for what adds up and a value for ratios,
    `planned_cost` the cost planned for the same area and month, `return_on_cost` revenue ÷ cost of the last 12 months.
    """

    last_year: Decimal | None = None
    best: Decimal | None = None
    best_month: str = ""
    benchmark: Decimal | None = None
    benchmark_source: str = ""
    planned_cost: Decimal | None = None
    return_on_cost: Decimal | None = None


@dataclass(frozen=True)
class Warned:
    doubt: Doubt
    figures: Mapping[str, str]


def doubts(value: Decimal, past: Past, *, additive: bool, direction: str) -> list[Warned]:
    """What speaks against the target, worst known first by the order of `Doubt`; nothing against what is not known.

    Where lower is better, beyond means below. A band is judged by its edges, so nothing speaks against it here.
    """
    if direction == "band":
        return []
    found = []
    growth = _growth(value, past.last_year)
    if growth is not None and abs(growth) > GROWTH:
        found.append(
            Warned(Doubt.GROWTH, {"last_year": str(past.last_year), "growth": str(round(growth, 4))})
        )
    if past.benchmark is not None:
        reach = growth if additive else value
        if reach is not None and _beyond_benchmark(reach, past.benchmark, additive, direction):
            figures = {"benchmark": str(past.benchmark), "source": past.benchmark_source}
            if additive:
                figures["growth"] = str(round(reach, 4))
            found.append(Warned(Doubt.BENCHMARK, figures))
    if past.planned_cost is not None and past.return_on_cost is not None and past.return_on_cost > 0:
        needed = value / past.return_on_cost
        if needed > past.planned_cost * (1 + BUDGET):
            figures = {
                "needed": str(round(needed, 2)),
                "planned": str(past.planned_cost),
                "return": str(round(past.return_on_cost, 2)),
            }
            found.append(Warned(Doubt.BUDGET, figures))
    if past.best is not None and _beyond_best(value, past.best, direction):
        found.append(Warned(Doubt.CAPACITY, {"best": str(past.best), "month": past.best_month}))
    return found


def _growth(value: Decimal, last_year: Decimal | None) -> Decimal | None:
    """None where there is nothing to grow from."""
    return value / last_year - 1 if last_year is not None and last_year > 0 else None


def _beyond_benchmark(reach: Decimal, benchmark: Decimal, additive: bool, direction: str) -> bool:
    if direction == "lower":
        return reach < (benchmark - BENCHMARK if additive else benchmark * (1 - BENCHMARK))
    return reach > (benchmark + BENCHMARK if additive else benchmark * (1 + BENCHMARK))


def _beyond_best(value: Decimal, best: Decimal, direction: str) -> bool:
    if best <= 0:
        return False
    return value < best * (1 - CAPACITY) if direction == "lower" else value > best * (1 + CAPACITY)
