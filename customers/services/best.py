"""The best customers of each area, as rows of a run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from customers.customer_value.orders import Ints, day_of, money_of
from customers.customer_value.tiers import TIERS, Standing, top_tenth
from customers.models import TopCustomer, ValueRun
from customers.selectors.value_input import ValueInput

MOST = 200  # of an area's top tenth, by name


@dataclass(frozen=True, eq=False)
class Best:
    """By layer and area, the customers of the top tenth, the best first; `ids` and `last` days are of customers."""

    of: Sequence[Mapping[int, Ints]]
    standing: Standing
    ids: Ints
    last: Ints

    def count(self, layer: int, area: int) -> int:
        return len(self.of[layer].get(area, ()))

    def rows(self, run: ValueRun, scopes: Mapping[tuple[int, int], int]) -> Iterator[TopCustomer]:
        now = self.standing
        for layer, areas in enumerate(self.of):
            for area, people in areas.items():
                for place, one in enumerate(people[:MOST].tolist(), start=1):
                    yield TopCustomer(
                        run=run,
                        scope_id=scopes[layer, area],
                        place=place,
                        customer_id=int(self.ids[one]),
                        tier=TIERS[now.tier[one]],
                        recency=int(now.recency[one]),
                        frequency=int(now.frequency[one]),
                        money=int(now.money[one]),
                        orders=int(now.orders[one]),
                        amount=money_of(now.amounts[one]),
                        last_day=day_of(int(self.last[one])),
                    )


def best_of(read: ValueInput, standing: Standing, layers: Sequence[Ints], *, day: int) -> Best:
    last = read.orders.last_days(read.orders.until(day))
    return Best([top_tenth(standing, last, layer) for layer in layers], standing, read.ids, last)
