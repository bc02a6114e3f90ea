"""Small files as people send them."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

from common.periods import Period
from ingest.models import Import
from ingest.services import import_path
from kpis.figures import Look
from kpis.models import Metric
from kpis.selectors import Figure, figure
from kpis.work import catch_up
from organization.selectors import parse_scope

DATA = Path(__file__).resolve().parent.parent / "data"
HEADINGS = (
    "date",
    "channel",
    "campaign",
    "region",
    "product",
    "impressions",
    "clicks",
    "orders",
    "revenue",
    "cost",
)


def text_of(rows: Sequence[Sequence[object]], headings: Sequence[str] = HEADINGS) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerows([headings, *rows])
    return out.getvalue()


def write(folder: Path, text: str, *, name: str = "file.csv", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def send(path: Path, *, preset: str = "") -> Import:
    """Imports a file in this process, down to the figures."""
    batch = import_path(path=path, preset=preset)
    catch_up()
    return batch


def look_up(metric: str, scope: str, period: str) -> Figure:
    return figure(
        metric=Metric.objects.get(code=metric),
        nodes=parse_scope(scope),
        period=Period.parse(period),
        look=Look.at(),
    )


def value(metric: str, scope: str, period: str) -> Decimal | None:
    return look_up(metric, scope, period).value


def counts(batch: Import) -> tuple[int, int, int, int, int]:
    """rows, accepted, rejected, unchanged, corrected"""
    return batch.rows, batch.accepted, batch.rejected, batch.unchanged, batch.corrected
