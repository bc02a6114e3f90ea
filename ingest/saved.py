"""Layouts that people saved: which of them a file is of, and what they say. Reads only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common.listing import listed
from ingest.columns import PLACES, Column, Said, fits, layout_of
from ingest.errors import ColumnsUnknown, FileRefused
from ingest.guessing import guess
from ingest.layouts import OWN_PRESETS, PRESETS, Layout, find_layout, headings_of
from ingest.models import Covered, Repeats, SavedLayout
from kpis.models import Measure, Unit
from organization.selectors.rates import company_currency, rate_table

ASK = "ask"  # chosen at upload by who wants to say what the columns are, whatever they look like
Head = Sequence[tuple[int, list[str]]]


@dataclass(frozen=True)
class Chosen:
    """The line of the headings, the headings, and what they mean."""

    line: int
    headings: list[str]
    layout: Layout


def is_preset(code: str) -> bool:
    """Whether a file may be sent as this: a layout that ships, a saved one that is in use, or a question."""
    if code in {"", ASK} or code in PRESETS or code in OWN_PRESETS:
        return True
    return SavedLayout.objects.filter(code=code, put_away_at__isnull=True).exists()


def can_be_said(head: Head) -> bool:
    """Whether it is a table of which somebody can say what its columns are: a day and an amount need two."""
    return sum(sum(bool(cell.strip()) for cell in row) > 1 for _line, row in head) > 1


def said_in(saved: SavedLayout) -> Said:
    return Said(
        columns=tuple(
            Column(str(column["heading"]), str(column["role"]), int(column["factor"]))
            for column in saved.columns
        ),
        fixed=dict(saved.fixed),
        sums=saved.repeats == Repeats.SUM,
        replaces=saved.covered == Covered.REPLACE,
        days=saved.days,
        currency=saved.currency,
        strict=saved.strict,
    )


def choose(head: Head, preset: str = "") -> Chosen:
    """Which layout a file is of: the one that is asked for; else the saved one, else the one that ships, that fits.

    Raises ColumnsUnknown where none fits, several saved ones do, or the usual one passes over what seems to matter; FileRefused for lines sent again alone to a
    layout that needs them all; KeyError on an unknown preset.
    """
    if preset == ASK:
        raise ColumnsUnknown(_("Say what its columns are."))
    if preset in PRESETS or preset in OWN_PRESETS:
        return _ready(Chosen(*find_layout(head, preset)))
    if preset:
        saved = SavedLayout.objects.select_related("source").filter(code=preset).first()
        if saved is None:
            raise KeyError(preset)
        fitting = _fitting(head, [saved])
        if not fitting:
            raise ColumnsUnknown(
                _("No line of this file has the headings of the layout “%(name)s”.") % {"name": saved.name}
            )
        return _chosen(head, fitting[0])
    known = SavedLayout.objects.select_related("source").filter(automatic=True, put_away_at__isnull=True)
    fitting = _fitting(head, list(known))
    if len(fitting) > 1:
        raise ColumnsUnknown(
            _("Several layouts fit this file: %(names)s. Choose one of them.")
            % {"names": listed(saved.name for saved in fitting)}
        )
    if fitting:
        return _chosen(head, fitting[0])
    found = _ready(Chosen(*find_layout(head)))
    passed_over = _passed_over(head, found)
    if passed_over:
        raise ColumnsUnknown(
            ngettext(
                "%(names)s looks as if it mattered, but nobody has said what it is.",
                "%(names)s look as if they mattered, but nobody has said what they are.",
                len(passed_over),
            )
            % {"names": listed(f"“{name}”" for name in passed_over[:5])}
        )
    return found


def _ready(found: Chosen) -> Chosen:
    """Raises FileRefused for lines sent again alone to a layout that needs them all."""
    _refuse_part(found.layout, found.headings)
    return found


def _passed_over(head: Head, found: Chosen) -> list[str]:
    """Headings that the usual layout leaves aside, although they seem to name amounts or places."""
    if found.layout.preset != "table":
        return []  # of an exact sort of file, whose other columns are known to be of no use
    read = {found.layout.day}
    for emission in found.layout.emissions:
        read |= {amount.column for amount in emission.amounts.values()}
        for name in (emission.channel, emission.region, emission.product):
            read |= set(name.columns)
    rows = [cells for line, cells in head if line > found.line]
    guesses = guess(found.headings, rows, measures=measure_names())
    return [
        column.heading.strip()
        for number, column in enumerate(guesses)
        if number not in read and (column.measure or column.role in PLACES)
    ]


def measure_names() -> dict[str, Sequence[str]]:
    """The names of every measure, by its code."""
    return {measure.code: (measure.name, measure.name_zh) for measure in Measure.objects.all()}


def fitting_layouts(head: Head) -> list[SavedLayout]:
    """All saved layouts in use that fit the file, also those that wait to be chosen."""
    return _fitting(head, list(SavedLayout.objects.select_related("source").filter(put_away_at__isnull=True)))


def _fitting(head: Head, candidates: Sequence[SavedLayout]) -> list[SavedLayout]:
    lines = [headings_of(row) for _line, row in head]
    return [saved for saved in candidates if any(fits(said_in(saved), headings) for headings in lines)]


def _chosen(head: Head, saved: SavedLayout) -> Chosen:
    said = said_in(saved)
    for line, row in head:
        headings = headings_of(row)
        if not fits(said, headings):
            continue
        layout = layout_of(
            said,
            headings,
            code=saved.code,
            source_code=saved.source.code,
            source_name=saved.source.name,
        )
        if layout is not None:
            _refuse_part(layout, headings)
            return Chosen(line, headings, replace(in_money(layout), stamp=f"{saved.code}@{saved.version}"))
    raise ColumnsUnknown(
        _("No line of this file has the headings of the layout “%(name)s”.") % {"name": saved.name}
    )


def _refuse_part(layout: Layout, headings: Sequence[str]) -> None:
    """Mended lines alone would stand for the whole of their days, or for the whole of a sum."""
    last = [heading.strip().lower() for heading in headings[-2:]]
    if (layout.sums or layout.replaces or layout.whole) and last in (["line", "reason"], ["行号", "原因"]):
        raise FileRefused(
            _(
                "This file holds mended lines alone, but its layout adds lines up or replaces whole days."
                " Mend the lines in the whole file, and send that."
            )
        )


def in_money(layout: Layout) -> Layout:
    """The same without its currency, where that is the company's own or no amount is money."""
    if layout.currency == company_currency():
        layout = replace(layout, currency="")
    money = Measure.objects.filter(code__in=layout.measures, unit=Unit.MONEY).exists()
    return layout if money else replace(layout, currency="", currency_column=None)


def stamp_of(layout: Layout) -> str:
    """What else than its bytes decides how a file is read: the layout's version, and the rates where it needs them."""
    if not layout.foreign:
        return layout.stamp
    rates = rate_table(against=company_currency())
    return f"{layout.stamp}/{rates.against}/{rates.digest(layout.currency)}"
