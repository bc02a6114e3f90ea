"""All orders as arrays, with the areas in which they count: what the job of customers' value begins with."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from django.db import connection

from customers.customer_value.orders import NONE, Flags, Ints, Orders
from customers.models import Margin
from kpis.models import Measure
from organization.models import NodeAncestor, Scope

DIMENSIONS = ("channel", "region", "product")

# Ten-thousandths, so that money is whole. The one that brought the customer stands first among those of its day.
_ORDERS = """
    COPY (SELECT customer_id::bigint, (day - DATE '1970-01-01')::int, round(amount * 10000)::bigint, orders::int,
        lines::int, coalesce(number, 0)::bigint, (NOT acquired)::int, channel_id::int, region_id::int, product_id::int
        FROM customers_order) TO STDOUT (FORMAT binary)
"""
_FIELDS = (
    ("customer", 8), ("day", 4), ("amount", 8), ("orders", 4), ("lines", 4), ("number", 8), ("later", 4),
    ("channel", 4), ("region", 4), ("product", 4),
)  # fmt: skip
_HEAD, _TAIL = 19, 2  # bytes of a binary COPY before its rows and behind them


@dataclass(frozen=True, eq=False)
class Layer:
    """Areas of one dimension and depth, of which an order lies in one at most. `scopes` are their ids by place."""

    dimension: str
    depth: int
    scopes: tuple[int, ...]
    of_order: Ints


@dataclass(frozen=True, eq=False)
class ValueInput:
    """`ids` are of the orders' customers by their numbers; `profits` are in ten-thousandths, meaningless where `margined` does not hold; `numbers` tell orders apart that
    stand in several rows (0: the row is by itself), `lines` how many orders a row by itself is."""

    ids: Ints
    orders: Orders
    profits: Ints
    margined: Flags
    numbers: Ints
    lines: Ints
    layers: tuple[Layer, ...]

    def within(self, layer: Layer) -> Orders:
        """The orders as the layer's areas count them. An order of several product lines is one row in each of them,
        of which the company counts one; of an area of products the first one counts there."""
        if layer.dimension != "product":
            return self.orders
        counts = np.where(self.numbers == 0, self.lines, np.minimum(self.lines, 1))
        again = (self.numbers != 0) & (counts > 0)
        places = np.flatnonzero(again)
        keys = [self.orders.days[places], self.numbers[places], self.orders.customers[places]]
        where = layer.of_order[places]
        places = places[np.lexsort((*keys, where))]
        same = np.ones(len(places), dtype=np.bool_)
        for column in (layer.of_order, self.orders.customers, self.numbers):
            same[1:] &= column[places][1:] == column[places][:-1]
        same[:1] = False
        counts[places[same]] = 0
        return replace(self.orders, counts=counts)


def value_input() -> ValueInput:
    """Six queries, whatever the number of orders."""
    rows = _orders()
    rows = rows[np.argsort(rows["later"], kind="stable")]
    ids, customers = np.unique(rows["customer"], return_inverse=True)
    column = {name: rows[name].astype(np.int64) for name in rows.dtype.names or () if name != "customer"}
    orders = Orders(len(ids), customers.astype(np.int64), column["day"], column["amount"], column["orders"])
    above = _above()
    percents = _percents(column, above)
    margined = ~np.isnan(percents)
    profits = np.rint(column["amount"] * np.where(margined, percents, 0) / 100).astype(np.int64)
    return ValueInput(
        ids.astype(np.int64),
        orders,
        profits,
        margined,
        column["number"],
        column["lines"],
        _layers(column, above, len(orders)),
    )


def days_with_cost(*, but: Sequence[int]) -> Ints:
    """The days on which any top channel had a cost, those of the scopes `but` left out; as numpy counts days."""
    slot = Measure.objects.filter(code="cost").values_list("slot", flat=True).get()
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT DISTINCT day - DATE '1970-01-01' FROM kpis_amountday
            JOIN organization_scope AS scope ON scope.id = scope_id
            JOIN organization_node AS node ON node.id = scope.node_id AND node.dimension = 'channel' AND node.depth = 1
            WHERE amounts[%s] > 0 AND scope_id <> ALL(%s::bigint[])
            """,
            [slot, list(but)],
        )
        return np.array([day for (day,) in cursor.fetchall()], dtype=np.int64)


def _orders() -> npt.NDArray[np.void]:
    out = io.BytesIO()
    with connection.cursor() as cursor:
        cursor.copy_expert(_ORDERS, out)
    layout: list[tuple[str, str]] = [("fields", ">i2")]
    for name, width in _FIELDS:
        layout += [(f"width_{name}", ">i4"), (name, f">i{width}")]
    told = np.dtype(layout)
    body = out.getbuffer()[_HEAD:-_TAIL]
    return np.frombuffer(body, dtype=told)[[name for name, _width in _FIELDS]]


@dataclass(frozen=True)
class _Above:
    """Nodes with all above them: columns of the closure, for nodes of one dimension."""

    nodes: Ints
    ancestors: Ints
    depths: Ints
    scopes: Ints


def _above() -> dict[str, _Above]:
    found = {}
    for dimension in DIMENSIONS:
        rows = NodeAncestor.objects.filter(
            ancestor__dimension=dimension, ancestor__scope__isnull=False
        ).values_list("node_id", "ancestor_id", "ancestor_depth", "ancestor__scope__id")
        table = np.array(list(rows), dtype=np.int64).reshape(-1, 4)
        found[dimension] = _Above(*table.T)
    return found


def _layers(column: dict[str, Ints], above: dict[str, _Above], count: int) -> tuple[Layer, ...]:
    company = Scope.objects.values_list("pk", flat=True).get(key="company")
    layers = [Layer("company", 0, (company,), np.zeros(count, dtype=np.int64))]
    for dimension in DIMENSIONS:
        nodes, tree = column[dimension], above[dimension]
        for depth in sorted(set(tree.depths.tolist())):
            here = tree.depths == depth
            size = int(max(nodes.max(initial=0), tree.nodes[here].max(initial=0))) + 1
            scope_of = np.full(size, NONE, dtype=np.int64)
            scope_of[tree.nodes[here]] = tree.scopes[here]
            scopes = scope_of[nodes]
            used, places = np.unique(scopes[scopes != NONE], return_inverse=True)
            if len(used):
                of_order = np.full(count, NONE, dtype=np.int64)
                of_order[scopes != NONE] = places
                layers.append(Layer(dimension, depth, tuple(used.tolist()), of_order))
    return tuple(layers)


def _percents(column: dict[str, Ints], above: dict[str, _Above]) -> npt.NDArray[np.float64]:
    """The margin in force of each order, NaN without one: the nearest above it, a product line's before a channel's."""
    found = np.full(len(column["day"]), np.nan)
    margins: list[Any] = list(
        Margin.objects.order_by("node__depth", "first_day").values_list(
            "node_id", "node__dimension", "first_day", "percent"
        )
    )
    for dimension in ("channel", "product"):
        tree = above[dimension]
        for node, of, first_day, percent in margins:
            if of != dimension:
                continue
            below = tree.nodes[tree.ancestors == node]
            since = np.datetime64(first_day, "D").astype(np.int64)
            covered = np.isin(column[dimension], below) & (column["day"] >= since)
            found[covered] = float(percent)
    return found
