"""Small files of orders, and what became of them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

from customers.keys import hash_key
from customers.models import Order, OrderDay
from ingest.models import Import
from ingest.rejecting import word
from ingest.services.queue import hold
from ingest.services.undo import ask_undo, undo
from kpis.models import Measure
from kpis.work import catch_up
from tests.ingest.files import send, text_of, write

HEADINGS = ("customer", "date", "amount", "order no", "channel", "region", "product")


def send_orders(
    folder: Path,
    *rows: Sequence[object],
    headings: Sequence[str] = HEADINGS,
    name: str = "orders.csv",
    encoding: str = "utf-8",
    preset: str = "",
) -> Import:
    """Rows are filled up with empty cells."""
    cells = [[*row, *[""] * (len(headings) - len(row))] for row in rows]
    return send(write(folder, text_of(cells, headings), name=name, encoding=encoding), preset=preset)


def take_back(batch: Import) -> None:
    ask_undo(batch=batch, person=None)
    batch.refresh_from_db()
    hold(batch)
    undo(batch=batch)
    catch_up()


def standing() -> list[tuple[str, Decimal, int, bool]]:
    """Of every row of an order: day, amount, how many orders it counts, whether it brought the customer."""
    return [
        (f"{one.day:%m-%d}", one.amount, one.orders, one.acquired)
        for one in Order.objects.order_by("day", "-amount", "product_id")
    ]


def orders_of(customer: str) -> list[tuple[str, Decimal]]:
    return [
        (f"{one.day:%m-%d}", one.amount)
        for one in Order.objects.filter(customer__key_hash=hash_key(customer)).order_by("day", "-amount")
    ]


def published(measure: str) -> dict[str, Decimal | None]:
    """By day, over all nodes."""
    slot = Measure.objects.get(code=measure).slot
    found: dict[str, Decimal | None] = {}
    for row in OrderDay.objects.order_by("day"):
        amount: Decimal | None = row.amounts[slot - 1] if len(row.amounts) >= slot else None
        day = f"{row.day:%m-%d}"
        found[day] = amount if found.get(day) is None else (found[day] or Decimal()) + (amount or 0)
    return found


def reasons(batch: Import) -> dict[int, str]:
    return {
        reject.line: " ".join(word(reason) for reason in reject.reasons) for reject in batch.rejects.all()
    }
