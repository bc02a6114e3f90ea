"""Reading for the pages of layouts: the question that a file asks, and the layouts that there are."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from ingest.columns import Column, Said, said_of
from ingest.errors import FileRefused
from ingest.guessing import guess, guess_currency, head_line, rows_at
from ingest.layouts import NAMES, PRESETS
from ingest.models import Import, SavedLayout
from ingest.reading.tables import Table, open_table
from ingest.saved import fitting_layouts, measure_names, said_in
from ingest.words import ROLES, layout_label, source_name
from kpis.models import Source
from organization.selectors.rates import company_currency

HEADING_SHOWN = 70


@dataclass(frozen=True)
class Question:
    """A file that asks for its columns: the line that holds its headings, and what is guessed or known of them."""

    lines: tuple[tuple[int, str], ...]  # that could hold the headings: number, what they say
    line: int
    headings: list[str]
    samples: tuple[tuple[str, ...], ...]  # of each column, the first texts below its heading
    said: Said
    saved: SavedLayout | None  # the layout that it begins from
    fitting: tuple[SavedLayout, ...]


@lru_cache(maxsize=32)
def _table(path: Path) -> Table:
    """The kept file; its letters take reading it whole, and a page that is worked on asks again and again."""
    return open_table(path)


def table_of(batch: Import) -> Table:
    """Raises FileRefused where it is no table any more, or not there."""
    try:
        return _table(settings.UPLOAD_DIR / batch.stored_as)
    except FileNotFoundError:
        raise FileRefused(_("The file is no longer kept here. Send it again.")) from None


def question(*, batch: Import, line: int | None = None, start: str = "") -> Question:
    """Raises FileRefused where the file is no table any more, KeyError for a line that it does not have."""
    head = table_of(batch).head
    line = line or head_line(head)
    headings, rows = rows_at(head, line)
    if not headings:
        raise KeyError(line)
    saved = SavedLayout.objects.select_related("source").filter(code=start).first() if _sane(start) else None
    if saved is not None:
        said = said_of(said_in(saved), headings)
    else:
        guessed = guess(headings, [cells for _line, cells in rows], measures=measure_names())
        currency = guess_currency(guessed)
        said = Said(guessed, currency="" if currency == company_currency() else currency)
    return Question(
        lines=tuple(
            (number, " · ".join(cell.strip() for cell in row if cell.strip())[:HEADING_SHOWN])
            for number, row in head
        ),
        line=line,
        headings=headings,
        samples=tuple(
            tuple(cells[number] for _line, cells in rows if number < len(cells))[:3]
            for number in range(len(headings))
        ),
        said=said,
        saved=saved,
        fitting=tuple(fitting_layouts(head)),
    )


def source_names() -> list[str]:
    return sorted({source_name(source) for source in Source.objects.all()})


def get_layout_or_404(code: str) -> SavedLayout:
    """PostgreSQL would fail at a NUL, instead of not finding it."""
    return get_object_or_404(
        SavedLayout.objects.select_related("source", "changed_by"), code=code if _sane(code) else ""
    )


def _sane(code: str) -> bool:
    return bool(code) and "\0" not in code


def layout_choices() -> list[tuple[str, str]]:
    """What a file may be sent as: code and name, those that people saved first."""
    saved = SavedLayout.objects.filter(put_away_at__isnull=True).values_list("code", "name")
    return [*saved, *((code, layout_label(code)) for code in PRESETS)]


def layout_name(code: str) -> str:
    """Of a layout by which a file was read; empty where it was recognised by itself as one that ships."""
    if code in PRESETS:
        return layout_label(code)
    return SavedLayout.objects.filter(code=code).values_list("name", flat=True).first() or ""


@dataclass(frozen=True)
class LayoutRow:
    saved: SavedLayout
    source: str
    columns: tuple[str, ...]  # the headings that matter
    options: tuple[str, ...]


@dataclass(frozen=True)
class LayoutsPage:
    rows: tuple[LayoutRow, ...]
    put_away: tuple[LayoutRow, ...]
    shipped: tuple[tuple[str, str, tuple[str, ...]], ...]  # name, source, headings that it knows


def layouts_page() -> LayoutsPage:
    every = SavedLayout.objects.select_related("source", "changed_by")
    rows = [
        LayoutRow(saved, source_name(saved.source), _headings(saved), tuple(options(said_in(saved))))
        for saved in every
    ]
    known = {
        "ad-report": (
            "date_day",
            "platform",
            "campaign_name",
            "ad_id",
            "impressions",
            "clicks",
            "spend",
            "…",
        ),
        "media-weekly": ("geo", "time", "…_spend", "…_impression", "conversions", "revenue_per_conversion"),
        "table": tuple(f"{names.split()[0]} ({', '.join(names.split()[1:4])} …)" for names in NAMES.values()),
    }
    sources = {"table": "files", **{one.code: one.source_code for one in PRESETS.values() if one.source_code}}
    named = {source.code: source_name(source) for source in Source.objects.all()}
    return LayoutsPage(
        rows=tuple(row for row in rows if row.saved.put_away_at is None),
        put_away=tuple(row for row in rows if row.saved.put_away_at is not None),
        shipped=tuple(
            (layout_label(code), named.get(sources.get(code, code), ""), known.get(code, preset.shown))
            for code, preset in PRESETS.items()
        ),
    )


def _headings(saved: SavedLayout) -> tuple[str, ...]:
    return tuple(str(column["heading"]).strip() for column in saved.columns if column["role"])


def options(said: Said) -> list[str]:
    """What is set otherwise than usual, in words."""
    told = [f"{ROLES[dimension]}: {name}" for dimension, name in said.fixed.items()]
    if said.currency:
        told.append(_("Money in %(currency)s") % {"currency": said.currency})
    if any(column.role == "currency" for column in said.columns):
        told.append(_("A column says the currency"))
    if said.days == 7:
        told.append(_("Weeks, spread over their days"))
    if said.sums:
        told.append(_("Repeated lines are added up"))
    if said.replaces:
        told.append(_("Replaces the days covered"))
    if said.strict:
        told.append(_("Unknown names are rejected"))
    return told


def columns_of(saved: SavedLayout) -> tuple[Column, ...]:
    return said_in(saved).columns
