"""How long a file of a million orders takes to come in, beside a bare COPY of it, and a small one after it."""

from __future__ import annotations

import statistics
import time
from contextlib import closing
from pathlib import Path

import psycopg2
from psycopg2.extensions import connection as Connection

from config.bench.imports import import_file, manage
from config.bench.running import head, row

ORDERS, CUSTOMERS, DAYS, LATER = 1_000_000, 250_000, 730, 10_000
COLUMNS = (
    "customer text, day date, amount numeric(14,2), number text, channel text, region text, product text"
)

# Half of the orders are of a tenth of the customers; one in fifty is given back.
QUERY = """
    SELECT 'M' || CASE WHEN kind < 0.5 THEN floor(who * %(customers)s / 10) ELSE floor(who * %(customers)s) END AS customer,
        date '2024-11-01' + floor(at * %(days)s)::int AS day,
        round((exp(4.5 + size) * CASE WHEN kind > 0.98 THEN -1 ELSE 1 END)::numeric, 2) AS amount,
        %(prefix)s || n AS "order no", 'Channel ' || floor(place * 12) AS channel,
        'Region ' || floor(size * 8) AS region, 'Product ' || floor(who * 4) AS product
    FROM (SELECT n, random() AS who, random() AS at, random() AS size, random() AS kind, random() AS place
        FROM generate_series(1, %(orders)s) AS n) AS drawn
"""


def measure(url: str, folder: Path) -> None:
    """Into an empty database."""
    head(f"{ORDERS:,} orders of {CUSTOMERS:,} customers, {DAYS} days")
    manage(url, "migrate", "--verbosity", "0")
    whole, later = folder / "orders.csv", folder / "later.csv"
    with closing(psycopg2.connect(url)) as db:
        write_orders(db, whole, ORDERS, "A")
        write_orders(db, later, LATER, "B")
        copy = statistics.median(bare_copy(db, whole) for _ in range(3))
    row("bare COPY of the file", copy)
    first = import_file(url, whole)
    row(f"import of {ORDERS:,} orders, to the figures", first.seconds, "bare COPY", first.seconds / copy)
    row(f"{LATER:,} more", import_file(url, later).seconds)
    print(f"peak memory: {first.megabytes:.0f} MB")
    assert first.outcome["accepted"] == ORDERS


def write_orders(db: Connection, path: Path, orders: int, prefix: str) -> None:
    with db, db.cursor() as cursor, path.open("w") as file:
        cursor.execute("SELECT setseed(0.5)")
        query = cursor.mogrify(
            QUERY, {"orders": orders, "customers": CUSTOMERS, "days": DAYS, "prefix": prefix}
        ).decode()
        cursor.copy_expert(f"COPY ({query}) TO STDOUT WITH (FORMAT csv, HEADER)", file)


def bare_copy(db: Connection, path: Path) -> float:
    with db.cursor() as cursor, path.open() as file:
        cursor.execute(f"DROP TABLE IF EXISTS bare; CREATE TABLE bare ({COLUMNS})")
        db.commit()
        started = time.monotonic()
        cursor.copy_expert("COPY bare FROM STDIN WITH (FORMAT csv, HEADER)", file)
        db.commit()
        seconds = time.monotonic() - started
        cursor.execute("DROP TABLE bare")
        db.commit()
    return seconds
