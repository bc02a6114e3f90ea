"""Keeping orders: what an import says, and taking it back.

An order stands as the newest import told it; how it stood before is kept with the import that had said so, and any
import can be taken out of the middle. What follows from orders is written in the same transaction (`publishing`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from customers.models.orders import KEY
from customers.order_files import SINK
from customers.services.naming import find_hashed, hash_keys, keep_contacts
from customers.services.publishing import forget_strangers, hold_orders, last_day_of, publish, settle
from ingest.layouts import Layout
from ingest.matching import BLANKS
from ingest.models import Import
from ingest.sinks import Fault, Original, Written
from kpis.models import Measure

SAID = (
    "customer_id", "channel_id", "region_id", "number", "lines", "amount", "currency", "rate", "original",
)  # fmt: skip
_PLACES = Decimal("0.0001")
_MANY = 10_000  # rows after which the planner should count anew


def _key(alias: str) -> str:
    return "(" + ", ".join(f"{alias}.{column}" for column in KEY) + ")"


def _of(alias: str, columns: Iterable[str]) -> str:
    return ", ".join(f"{alias}.{column}" for column in columns)


class OrderSink:
    """The sink of files of orders."""

    code = SINK
    reasons: Mapping[str, str | Promise] = {
        "no-customer": _("There is no customer in “%(column)s”, so nobody knows whose order it is."),
        "no-order-amount": _("“%(column)s” is empty. An order has an amount; write 0 for a gift."),
    }

    def faults(self, *, layout: Layout) -> Sequence[Fault]:
        blank = ", ".join(f"'{one}'" for one in sorted(BLANKS))
        slot = Measure.objects.get(code="revenue").slot
        column = layout.emissions[0].amounts["revenue"].column
        return (
            Fault("no-customer", f"lower(t_customer) IN ({blank})", about="customer"),
            Fault("no-order-amount", f"amounts[{slot}] IS NULL", {"column": f"%(heading{column})s::text"}),
        )

    def write(
        self,
        *,
        batch: Import,
        typed: str,
        days: Sequence[date],
        lines: str = "",
        foreign: bool = False,
        replace: bool = False,
    ) -> Written:
        """Lines of one order (or, without a number, of one customer, day and place) add up to one row a product."""
        assert batch.source is not None
        hold_orders()
        params = {
            "batch": batch.pk, "source": batch.source.pk, "first": batch.first_day, "last": batch.last_day,
        }  # fmt: skip
        with connection.cursor() as cursor:
            carried = _columns_of(cursor, typed)
            _name_customers(cursor, typed, batch, with_contact="t_contact" in carried)
            cursor.execute(_parts(typed, carried, foreign))
            cursor.execute(_SAID)
            cursor.execute("ANALYZE said")
            cursor.execute(_STANDING, params)
            standing = cursor.rowcount
            cursor.execute("ANALYZE standing")
            corrected, changed = 0, batch.accepted
            if standing:
                cursor.execute(_COUNT_LINES)
                corrected, changed = cursor.fetchone()
            cursor.execute(_TOUCHED)
            cursor.execute("ANALYZE touched")
            cursor.execute("SELECT DISTINCT day FROM touched")
            due = [day for (day,) in cursor.fetchall()]
            if corrected:
                cursor.execute(_KEEP_OLD, params)
                cursor.execute(_CORRECT, params)
            cursor.execute(_INSERT, params)
            if cursor.rowcount > _MANY:
                cursor.execute("ANALYZE customers_order")
                cursor.execute("ANALYZE customers_customer")
            cursor.execute(_UNSETTLED)
            cursor.execute("ANALYZE unsettled")
            publish(days=settle(touched="unsettled", days=due))
            forget_strangers(touched="unsettled")
            cursor.execute("DROP TABLE whose, newcomer, part, said, standing, touched, unsettled")
        return Written(corrected=corrected, unchanged=batch.accepted - changed)

    def take_back(self, *, batch: Import) -> date | None:
        assert batch.source is not None
        hold_orders()
        params = {
            "batch": batch.pk, "source": batch.source.pk, "first": batch.first_day, "last": batch.last_day,
        }  # fmt: skip
        if batch.first_day is not None:
            with connection.cursor() as cursor:
                cursor.execute(_TAKE_OUT, params)
                cursor.execute("ANALYZE taken")
                cursor.execute(_BRING_BACK, params)
                cursor.execute("ANALYZE touched")
                cursor.execute("SELECT DISTINCT day FROM touched")
                changed = [day for (day,) in cursor.fetchall()]
                publish(days=settle(touched="touched", days=changed))
                forget_strangers(touched="touched")
                cursor.execute("DROP TABLE taken, touched")
        return last_day_of(batch.source)

    def originals(self, *, batch: Import, most: int) -> list[Original]:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT original, currency, rate, day FROM customers_order"
                " WHERE batch_id = %s AND day BETWEEN %s AND %s AND currency <> ''"
                " ORDER BY currency, day, detail LIMIT %s",
                [batch.pk, batch.first_day, batch.last_day, most],
            )
            return [
                Original("revenue", amount, currency, rate, (amount * rate).quantize(_PLACES), day)
                for amount, currency, rate, day in cursor.fetchall()
            ]


def _columns_of(cursor: Any, table: str) -> set[str]:
    cursor.execute(f"SELECT * FROM {table} LIMIT 0")
    return {column.name for column in cursor.description}


# -- Whose orders they are ----------------------------------------------------------------------------


def _name_customers(cursor: Any, typed: str, batch: Import, *, with_contact: bool) -> None:
    """Makes `whose` (raw, customer_id, key_hash): every different key is hashed once, new customers are made.

    New ones stand in `newcomer` with the day of their first order.
    """
    hash_keys(cursor, typed)
    revenue = Measure.objects.get(code="revenue").slot
    cursor.execute(
        f"""
        CREATE TEMP TABLE newcomer (customer_id bigint, first_day date) ON COMMIT DROP;
        WITH made AS (
            INSERT INTO customers_customer (key_hash, first_order_day)
            SELECT key_hash, min(day) FILTER (WHERE amounts[{revenue}] >= 0)
            FROM hashed JOIN {typed} ON raw = t_customer
            WHERE NOT EXISTS (SELECT 1 FROM customers_customer AS known WHERE known.key_hash = hashed.key_hash)
            GROUP BY key_hash RETURNING id, first_order_day)
        INSERT INTO newcomer SELECT id, first_order_day FROM made;
        ANALYZE newcomer
        """
    )
    find_hashed(cursor)
    if with_contact:
        keep_contacts(cursor, typed, told_at=batch.started_at or batch.created_at)


# -- What the file says -------------------------------------------------------------------------------


def _parts(typed: str, carried: set[str], foreign: bool) -> str:
    """`part`: a row a line, and one more where a column of its own says what of it was given back."""
    slots = dict(Measure.objects.values_list("code", "slot"))
    revenue, refunds = slots["revenue"], slots["refunds"]
    order = "t_order" if "t_order" in carried else "''"
    shared = f"line, day, product_id, channel_id, region_id, t_customer, {order} AS order_no"
    money = "coalesce(currency, '') AS currency, rate" if foreign else "'' AS currency, NULL::numeric AS rate"

    def of(slot: int, sign: str = "") -> str:
        original = f"{sign}(originals[{slot}])" if foreign else "NULL::numeric"
        return f"{shared}, {money}, {sign}(amounts[{slot}]) AS amount, {original} AS original"

    return f"""
        CREATE TEMP TABLE part ON COMMIT DROP AS
        SELECT line, day, product_id, channel_id, region_id, customer_id, amount, (amount >= 0)::int AS bought,
            currency, rate, original,
            CASE WHEN order_no <> '' THEN {_hash("order_no")} END AS number,
            {_hash(_IDENTITY)} AS detail
        FROM (SELECT {of(revenue)} FROM {typed}
            UNION ALL SELECT {of(refunds, "-abs")} FROM {typed} WHERE amounts[{refunds}] <> 0) AS told
        JOIN whose ON raw = t_customer
    """


# What was given back is told apart from what was bought on the same day.
_IDENTITY = """
    CASE WHEN order_no <> '' THEN 'n' || order_no
        ELSE 'c' || encode(key_hash, 'hex') || '/' || channel_id || '/' || region_id END
    || CASE WHEN amount < 0 THEN '/-' ELSE '' END"""


def _hash(text: str) -> str:
    return f"('x' || left(md5({text}), 16))::bit(64)::bigint"


_ONE_FOREIGN = "min(currency) <> '' AND min(currency) = max(currency)"

# Money of several currencies in one order adds up in the company's; which it came in is then not kept.
_SAID = f"""
    CREATE TEMP TABLE said ON COMMIT DROP AS
    SELECT day, product_id, detail, min(customer_id) AS customer_id, min(channel_id) AS channel_id,
        min(region_id) AS region_id, min(number) AS number, sum(bought)::int AS lines, sum(amount) AS amount,
        CASE WHEN {_ONE_FOREIGN} THEN min(currency) ELSE '' END AS currency,
        CASE WHEN {_ONE_FOREIGN} THEN min(rate) END AS rate,
        CASE WHEN {_ONE_FOREIGN} THEN sum(original) END AS original
    FROM part GROUP BY day, product_id, detail
"""

_PLACE = "(said.day, %(source)s, said.product_id, said.detail)"

# The rows that stand already, and whether the file says something else of them.
_STANDING = f"""
    CREATE TEMP TABLE standing ON COMMIT DROP AS
    SELECT said.day, said.product_id, said.detail, old.customer_id AS old_customer, old.batch_id AS old_batch,
        ({_of("said", SAID)}) IS DISTINCT FROM ({_of("old", SAID)}) AS differs
    FROM said JOIN customers_order AS old ON {_key("old")} = {_PLACE}
    WHERE old.day BETWEEN %(first)s AND %(last)s
"""

_SAME = "(standing.day, standing.product_id, standing.detail) = (said.day, said.product_id, said.detail)"
_NEW = f"NOT EXISTS (SELECT 1 FROM standing WHERE {_SAME})"

# Lines that stand in a corrected row, and others that stand in a new one.
_COUNT_LINES = f"""
    SELECT count(DISTINCT line) FILTER (WHERE differs), count(DISTINCT line) FILTER (WHERE differs OR differs IS NULL)
    FROM part AS said LEFT JOIN standing ON {_SAME}
"""

_TOUCHED = f"""
    CREATE TEMP TABLE touched ON COMMIT DROP AS
    SELECT customer_id, day FROM said WHERE {_NEW}
    UNION SELECT customer_id, said.day FROM said JOIN standing ON {_SAME} WHERE differs
    UNION SELECT old_customer, day FROM standing WHERE differs
"""

_KEEP_OLD = f"""
    INSERT INTO customers_orderbefore ({", ".join((*KEY, *SAID))}, batch_id)
    SELECT {_of("said", (*KEY, *SAID))}, said.batch_id FROM customers_order AS said JOIN standing ON {_SAME}
    WHERE differs AND source_id = %(source)s AND said.day BETWEEN %(first)s AND %(last)s
"""

_CORRECT = f"""
    UPDATE customers_order AS old SET ({", ".join(SAID)}) = ROW({_of("said", SAID)}), batch_id = %(batch)s
    FROM said JOIN standing ON {_SAME}
    WHERE differs AND {_key("old")} = {_PLACE} AND old.day BETWEEN %(first)s AND %(last)s
"""

# With what it most likely counts: settled after it for those alone of whom that may be wrong.
_INSERT = f"""
    INSERT INTO customers_order ({", ".join((*KEY, *SAID))}, batch_id, orders, acquired)
    SELECT said.day, %(source)s, said.product_id, said.detail, {_of("said", SAID)}, %(batch)s,
        CASE WHEN number IS NULL THEN lines ELSE least(lines, 1) END,
        lines > 0 AND said.day IS NOT DISTINCT FROM newcomer.first_day
    FROM said LEFT JOIN newcomer USING (customer_id) WHERE {_NEW} ORDER BY said.day, said.product_id, said.detail
"""

# Who bought before, whose rows were corrected, who has a number on several rows, or not one first row exactly.
_UNSETTLED = f"""
    CREATE TEMP TABLE unsettled ON COMMIT DROP AS
    SELECT customer_id FROM touched WHERE NOT EXISTS (SELECT 1 FROM newcomer
        WHERE newcomer.customer_id = touched.customer_id)
    UNION SELECT customer_id FROM said JOIN standing ON {_SAME} WHERE differs
    UNION SELECT customer_id FROM said WHERE number IN (
        SELECT number FROM said WHERE lines > 0 GROUP BY number HAVING count(*) > 1)
    UNION SELECT newcomer.customer_id FROM newcomer
        LEFT JOIN said ON (said.customer_id, said.day) = (newcomer.customer_id, first_day) AND lines > 0
        WHERE first_day IS NOT NULL GROUP BY 1 HAVING count(said.day) <> 1
"""

# -- Taking back --------------------------------------------------------------------------------------

_TAKE_OUT = f"""
    CREATE TEMP TABLE taken ({", ".join(f"{column} {kind}" for column, kind in zip(KEY, ("date", "int", "int", "bigint"), strict=True))},
        customer_id bigint) ON COMMIT DROP;
    DELETE FROM customers_orderbefore WHERE batch_id = %(batch)s;
    WITH gone AS (
        DELETE FROM customers_order AS old
        WHERE source_id = %(source)s AND batch_id = %(batch)s AND day BETWEEN %(first)s AND %(last)s
        RETURNING {", ".join(KEY)}, customer_id)
    INSERT INTO taken SELECT * FROM gone
"""

# The newest of what earlier imports had said of the rows that are gone.
_BRING_BACK = f"""
    CREATE TEMP TABLE touched ON COMMIT DROP AS SELECT customer_id, day FROM taken;
    WITH newest AS (
        SELECT DISTINCT ON ({_of("old", KEY)}) old.* FROM customers_orderbefore AS old
        JOIN taken ON {_key("taken")} = {_key("old")} JOIN ingest_import AS said ON said.id = old.batch_id
        ORDER BY {_of("old", KEY)}, said.revision DESC
    ), kept AS (
        DELETE FROM customers_orderbefore AS old USING newest
        WHERE {_key("old")} = {_key("newest")} AND old.batch_id = newest.batch_id
    ), back AS (
        INSERT INTO customers_order ({", ".join((*KEY, *SAID))}, batch_id)
        SELECT {", ".join((*KEY, *SAID))}, batch_id FROM newest RETURNING customer_id, day
    )
    INSERT INTO touched SELECT customer_id, day FROM back
"""
