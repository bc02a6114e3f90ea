"""What follows from orders: which of them is a customer's first, what each counts, and what the days publish.

All set-based, in the caller's transaction, for the customers and days that a change touches. Published figures of a
source: `orders`, `revenue` (net of refunds), `refunds`, `new_customers` (a customer on the day of her first order),
`repeat_orders` (orders of customers who had bought on an earlier day), `gross_profit` and
`margined_revenue` (where a margin is known), and `known_orders`, which are all of them: of a company whose other channels
name no customers, shares are taken of these.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import connection

from customers.forgetting import holders
from customers.models import Margin
from customers.order_files import PUBLISHED
from customers.services.value_orders import QUIET, order_valuing
from kpis.models import Measure, Source
from kpis.services import mark_days_changed

NODES = "source_id, channel_id, region_id, product_id"


def hold_orders() -> None:
    """One change at a time: what one import makes of a customer's first order hangs on all others. To the commit."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('customers.orders'))")
        cursor.execute("SELECT set_config('work_mem', '256MB', true)")


def settle(*, touched: str, days: Iterable[date]) -> list[date]:
    """Says anew what the orders of the customers in the table `touched` (customer_id) count.

    `days` are those on which their orders changed. Returns all days of which something published may be another.
    """
    due = set(days)
    with connection.cursor() as cursor:
        cursor.execute(_RANK.format(touched=touched))
        cursor.execute(_COUNT_ORDERS)
        due |= {day for (day,) in cursor.fetchall()}
        cursor.execute(_FIRST_DAYS.format(touched=touched))
        cursor.execute("DROP TABLE ranked")
    return sorted(due)


# One of an order's rows counts it: the first by day, of one day the largest. And the first of all brought the customer.
_RANK = """
    CREATE TEMP TABLE ranked ON COMMIT DROP AS
    SELECT day, source_id, product_id, detail, orders AS counted, acquired AS first_so_far,
        CASE WHEN lines = 0 THEN 0 WHEN number IS NULL THEN lines
            WHEN row_number() OVER of_number = 1 THEN 1 ELSE 0 END AS orders,
        lines > 0 AND row_number() OVER of_customer = 1 AS acquired
    FROM customers_order WHERE customer_id IN (SELECT customer_id FROM {touched})
    WINDOW of_number AS (PARTITION BY customer_id, lines > 0, source_id, number
            ORDER BY day, amount DESC, product_id, detail),
        of_customer AS (PARTITION BY customer_id, lines > 0 ORDER BY day, amount DESC, source_id, product_id, detail)
"""

_COUNT_ORDERS = """
    WITH counted AS (
        UPDATE customers_order AS here SET orders = ranked.orders, acquired = ranked.acquired
        FROM ranked
        WHERE (ranked.orders, ranked.acquired) IS DISTINCT FROM (ranked.counted, ranked.first_so_far)
          AND (here.day, here.source_id, here.product_id, here.detail)
            = (ranked.day, ranked.source_id, ranked.product_id, ranked.detail)
        RETURNING here.day)
    SELECT DISTINCT day FROM counted
"""

# The days themselves are due already: on the old and on the new one an order begins or ceases to be her first.
_FIRST_DAYS = """
    UPDATE customers_customer SET first_order_day = firsts.day
    FROM (
        SELECT touched.customer_id, min(bought.day) FILTER (WHERE lines > 0) AS day
        FROM (SELECT DISTINCT customer_id FROM {touched}) AS touched
        LEFT JOIN customers_order AS bought USING (customer_id) GROUP BY 1
    ) AS firsts
    WHERE id = firsts.customer_id AND first_order_day IS DISTINCT FROM firsts.day
"""


def publish(*, days: Iterable[date]) -> None:
    """Writes what the orders of these days publish, and marks the days on which it is another than before."""
    due = sorted(set(days))
    if not due:
        return
    with connection.cursor() as cursor:
        cursor.execute(_SUMS, {"days": due})
    _write(due)


def publish_profit(*, days: Iterable[date]) -> None:
    """The same where only margins changed: sums of orders stay as they are."""
    due = sorted(set(days))
    if not due:
        return
    slots = _slots()
    kept = ", ".join(f"amounts[{slots[code]}] AS {code}" for code in _SUMMED if code in slots)
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TEMP TABLE fresh ON COMMIT DROP AS SELECT day, {NODES}, {kept} FROM customers_orderday"
            " WHERE day = ANY(%(days)s)",
            {"days": due},
        )
    _write(due)


_SUMMED = ("orders", "revenue", "refunds", "new_customers", "repeat_orders", "known_orders")

_SUMS = f"""
    CREATE TEMP TABLE fresh ON COMMIT DROP AS
    SELECT day, {NODES}, sum(orders)::numeric AS orders, sum(orders)::numeric AS known_orders, sum(amount) AS revenue,
        coalesce(sum(-amount) FILTER (WHERE amount < 0), 0) AS refunds,
        (count(*) FILTER (WHERE acquired))::numeric AS new_customers,
        coalesce(sum(orders) FILTER (WHERE day > first_order_day), 0)::numeric AS repeat_orders
    FROM customers_order JOIN customers_customer AS customer ON customer.id = customer_id
    WHERE day = ANY(%(days)s) GROUP BY day, {NODES}
"""


def _write(days: list[date]) -> None:
    """From `fresh` to the facts."""
    slots = _slots()
    profit, margins = _profit()
    amounts: dict[int, str] = {slots[code]: f"fresh.{code}" for code in _SUMMED}
    amounts[slots["gross_profit"]] = profit
    amounts[slots["margined_revenue"]] = f"CASE WHEN {profit} IS NOT NULL THEN fresh.revenue END"
    array = ", ".join(amounts.get(slot, "NULL") for slot in range(1, max(amounts) + 1))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE fresh")
        cursor.execute(_CHANGED.format(array=array, margins=margins), {"days": days})
        if cursor.rowcount:
            cursor.execute("ANALYZE changed")
            cursor.execute(_DELETE)
            cursor.execute(_UPSERT)
        cursor.execute("SELECT source_id, array_agg(DISTINCT day) FROM changed GROUP BY 1 ORDER BY 1")
        marks: list[tuple[int, list[date]]] = cursor.fetchall()
        cursor.execute("DROP TABLE fresh, changed")
    sources = Source.objects.in_bulk([source for source, _days in marks])
    for source, changed in marks:
        mark_days_changed(source=sources[source], days=sorted(changed))
    if marks:
        order_valuing(after=QUIET)


def _slots() -> dict[str, int]:
    return dict(Measure.objects.filter(code__in=PUBLISHED).values_list("code", "slot"))


def _profit() -> tuple[str, str]:
    """SQL for what is left of a day's revenue, and the joins that it needs: none where nobody entered a margin."""
    if not Margin.objects.exists():
        return "NULL::numeric", ""
    joins = " ".join(
        f"LEFT JOIN ({_IN_FORCE.format(node=f'{one}_id')}) AS of_{one} USING (day, {one}_id)"
        for one in ("product", "channel")
    )
    return "round(fresh.revenue * coalesce(of_product.percent, of_channel.percent) / 100, 4)", joins


# Of each day and node in `fresh`: the margin of the nearest node above that has one by then, the latest of it.
_IN_FORCE = """
    SELECT day, {node}, percent FROM (SELECT DISTINCT day, {node} FROM fresh) AS places
    CROSS JOIN LATERAL (
        SELECT margin.percent FROM organization_nodeancestor AS up
        JOIN customers_margin AS margin ON margin.node_id = up.ancestor_id AND margin.first_day <= places.day
        WHERE up.node_id = places.{node} ORDER BY up.ancestor_depth DESC, margin.first_day DESC LIMIT 1
    ) AS margin
"""

_CHANGED = f"""
    CREATE TEMP TABLE changed ON COMMIT DROP AS
    WITH now AS (SELECT day, {NODES}, ARRAY[{{array}}]::numeric[] AS amounts FROM fresh {{margins}}),
    before AS (SELECT day, {NODES}, amounts AS old FROM customers_orderday WHERE day = ANY(%(days)s))
    SELECT day, {NODES}, amounts FROM now FULL JOIN before USING (day, {NODES})
    WHERE amounts IS DISTINCT FROM old
"""

_KEYS = "({0}.day, {0}.source_id, {0}.channel_id, {0}.region_id, {0}.product_id)"

_DELETE = f"""
    DELETE FROM customers_orderday AS here USING changed
    WHERE {_KEYS.format("here")} = {_KEYS.format("changed")} AND changed.amounts IS NULL
"""

_UPSERT = f"""
    INSERT INTO customers_orderday (day, {NODES}, estimated, amounts)
    SELECT day, {NODES}, false, amounts FROM changed WHERE amounts IS NOT NULL
    ON CONFLICT (day, {NODES}) DO UPDATE SET amounts = excluded.amounts
"""


def forget_strangers(*, touched: str) -> None:
    """Customers of the table `touched` whom nothing points to any more, nor undoing could bring back, are gone.

    They are locked first, and looked at anew by a statement of its own: whoever is making somebody point to one of
    them (`know_customer`) has it done by then.
    """
    alone = " AND ".join(
        f"NOT EXISTS (SELECT 1 FROM {one.table} AS held WHERE held.{one.column} = customer.id)"
        for one in holders()
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TEMP TABLE stranger ON COMMIT DROP AS SELECT id FROM customers_customer AS customer"
            f" WHERE id IN (SELECT customer_id FROM {touched}) AND {alone} ORDER BY id FOR UPDATE"
        )
        if cursor.rowcount:
            cursor.execute(
                "DELETE FROM customers_customer AS customer USING stranger"
                f" WHERE customer.id = stranger.id AND {alone}"
            )
        cursor.execute("DROP TABLE stranger")


def last_day_of(source: Source) -> date | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(day) FROM customers_orderday WHERE source_id = %s", [source.pk])
        row: tuple[Any, ...] | None = cursor.fetchone()
    return row[0] if row else None
