"""Layouts as people save them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from ingest.columns import Column, Said
from ingest.models import Import, SavedLayout
from ingest.rejecting import word
from ingest.services import ask_undo, work_next
from ingest.services.layouts import Plan, save_layout
from kpis.work import catch_up
from organization.currencies import RateEntry
from organization.services.rates import set_rates
from tests.ingest.files import send, write

COLUMNS = (("日", "day"), ("渠道名", "channel"), ("花掉", "measure:cost"), ("单数", "measure:orders"))


def layout(
    *columns: tuple[str, str] | tuple[str, str, int],
    name: str = "Ours",
    source: str = "Kuaishou",
    automatic: bool = True,
    saved: SavedLayout | None = None,
    **options: Any,
) -> SavedLayout:
    """A saved layout of (heading, role) or (heading, role, factor); COLUMNS without any."""
    said = Said(tuple(Column(*column) for column in columns or COLUMNS), **options)
    plan = Plan(said, name, source, automatic)
    return save_layout(plan=plan, saved=saved, person=None)


def lines_of(rows: Sequence[Sequence[object]], headings: Sequence[str] = ()) -> str:
    head = headings or [heading for heading, _role in COLUMNS]
    return "\n".join(",".join(str(cell) for cell in row) for row in [head, *rows]) + "\n"


def send_lines(
    folder: Path, rows: Sequence[Sequence[object]], *, headings: Sequence[str] = (), preset: str = ""
) -> Import:
    return send(write(folder, lines_of(rows, headings)), preset=preset)


def rate(currency: str, day: str, worth: str) -> None:
    set_rates(entries=[RateEntry(currency, date.fromisoformat(day), Decimal(worth))], person=None)


def reasons(batch: Import) -> dict[int, str]:
    return {
        reject.line: " ".join(word(reason) for reason in reject.reasons) for reject in batch.rejects.all()
    }


def undo(batch: Import) -> None:
    assert ask_undo(batch=batch, person=None)
    assert work_next()
    catch_up()
