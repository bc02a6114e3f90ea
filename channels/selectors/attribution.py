"""What the page of attribution shows, from the rows that the last run left: nothing is computed here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from channels.attribution import Model
from channels.attribution_words import MODELS, SAYING
from channels.models import AttributionRun, AttributionSettings, Credit, PathUpload
from channels.touch_reading import inputs_version
from common import formats
from kpis.models import Measure
from organization.selectors.rates import currency_sign

MOST_LISTED = 20
OPENING = (Model.MARKOV, Model.SHAPLEY, Model.LINEAR, Model.POSITION, Model.TIME_DECAY, Model.FIRST)


@dataclass(frozen=True)
class Column:
    """A model: `refused` says why it has nothing to say here."""

    model: Model
    label: str
    saying: str
    refused: str = ""


@dataclass(frozen=True)
class Cell:
    """What a model gives, how much more than last touch does (None: it is last touch, or that is not known), and a
    standard error where it is estimated."""

    label: str
    amount: Decimal | None
    more: Decimal | None = None
    error: Decimal | None = None


@dataclass(frozen=True)
class Line:
    label: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class AttributionPage:
    """`measure` is what is divided. `month` None: everything. `stale` says why the results are old, if they are."""

    settings: AttributionSettings
    run: AttributionRun | None
    measure: Measure
    month: date | None
    months: tuple[date, ...]
    columns: tuple[Column, ...]
    lines: tuple[Line, ...]
    total: Line | None
    said: str
    stale: tuple[str, ...]
    notes: tuple[str, ...]
    direct: str
    uploads: tuple[PathUpload, ...]
    upload: PathUpload | None
    touched: bool  # whether there is anything to divide

    @property
    def refused(self) -> tuple[Column, ...]:
        return tuple(column for column in self.columns if column.refused)


def attribution_page(
    *,
    settings: AttributionSettings,
    month: date | None = None,
    money: bool = False,
    upload: PathUpload | None = None,
    language: str,
) -> AttributionPage:
    """At most seven queries, however many channels, months and models there are."""
    run = (
        AttributionRun.objects.filter(upload=upload).select_related("made_by").first()
        if upload is not None
        else AttributionRun.objects.filter(upload__isnull=True).select_related("made_by").first()
    )
    measure = Measure.objects.get(code="revenue" if money and upload is None else "orders")
    version = inputs_version()
    uploads = tuple(
        PathUpload.objects.defer("content").select_related("created_by").order_by("-pk")[:MOST_LISTED]
    )
    months: tuple[date, ...] = ()
    rows: list[Credit] = []
    if run is not None:
        credits = Credit.objects.filter(run=run)
        found = credits.filter(month__isnull=False).order_by("-month").values_list("month", flat=True)
        months = tuple(one for one in found.distinct() if one is not None)
        if month not in months:
            month = None
        wanted = Q(month__isnull=True) if month is None else Q(month=month)
        rows = list(credits.filter(wanted).select_related("node"))
    columns = _columns(settings, run, month, rows)
    lines = _lines(columns, rows, measure)
    return AttributionPage(
        settings=settings,
        run=run,
        measure=measure,
        month=month,
        months=months,
        columns=columns,
        lines=lines,
        total=_total(columns, rows, measure),
        said=_said(run, columns, lines, measure, language),
        stale=_stale(run, settings, version) if upload is None else _old_settings(run, settings),
        notes=_notes(run),
        direct=settings.direct.label if settings.direct else "",
        uploads=uploads,
        upload=upload,
        touched=version > 0,
    )


def _columns(
    settings: AttributionSettings, run: AttributionRun | None, month: date | None, rows: list[Credit]
) -> tuple[Column, ...]:
    """Last touch first, which the others are held against; then what is shown, as far as the run knows it."""
    if run is None:
        return ()
    why = {
        one["model"]: one["why"]
        for one in run.refused
        if (one["month"] is None and month is None)
        or (month is not None and one["month"] in (None, month.isoformat()))
    }
    known = {row.model for row in rows}
    order = [Model.LAST, *(model for model in Model if model is not Model.LAST)]
    return tuple(
        Column(
            model,
            str(MODELS[model]),
            str(SAYING[model]),
            "" if model.value in known else _(why[model.value]),
        )
        for model in order
        if (model is Model.LAST or model.value in settings.shown)
        and (model.value in known or model.value in why)
    )


def _lines(columns: tuple[Column, ...], rows: list[Credit], measure: Measure) -> tuple[Line, ...]:
    """Channels, those first that last touch gives most."""
    by_channel: dict[tuple[int | None, str], dict[str, Credit]] = {}
    for row in rows:
        name = row.name or (row.node.label if row.node is not None else _("Not named"))
        by_channel.setdefault((row.node_id, name), {})[row.model] = row

    def line(name: str, found: dict[str, Credit]) -> Line:
        last = _amount(found.get(Model.LAST.value), measure)
        return Line(
            name,
            tuple(
                _cell(column, found.get(column.model.value), last, measure)
                for column in columns
            ),
        )  # fmt: skip

    made = [line(name, found) for (_pk, name), found in by_channel.items()]
    return tuple(sorted(made, key=lambda one: (-(one.cells[0].amount or 0) if one.cells else 0, one.label)))


def _cell(column: Column, row: Credit | None, last: Decimal | None, measure: Measure) -> Cell:
    if column.refused:
        return Cell(column.label, None)
    amount = _amount(row, measure)
    if amount is None:
        amount = Decimal(0)
    more = None if column.model is Model.LAST else amount - (last or Decimal(0))
    error = None
    if row is not None and row.error is not None and measure.code == "orders":
        error = round(Decimal(row.error), 1)
    return Cell(column.label, amount, more, error)


def _amount(row: Credit | None, measure: Measure) -> Decimal | None:
    if row is None:
        return None
    return round(row.value, 2) if measure.code == "revenue" else round(row.conversions, 1)


def _total(columns: tuple[Column, ...], rows: list[Credit], measure: Measure) -> Line | None:
    """Of what was not rounded yet: the same for every model."""
    if not rows:
        return None
    sums: dict[str, Decimal] = {}
    for row in rows:
        amount = row.value if measure.code == "revenue" else row.conversions
        sums[row.model] = sums.get(row.model, Decimal(0)) + amount
    places = 2 if measure.code == "revenue" else 1
    return Line(
        _("All channels"),
        tuple(
            Cell(column.label, None if column.refused else round(sums[column.model.value], places))
            for column in columns
        ),
    )


def _said(
    run: AttributionRun | None,
    columns: tuple[Column, ...],
    lines: tuple[Line, ...],
    measure: Measure,
    language: str,
) -> str:
    """The line that says it: whom last touch hides most, and whom it flatters most."""
    if run is None or not lines:
        return ""
    for model in OPENING:
        place = next(
            (at for at, column in enumerate(columns) if column.model is model and not column.refused), None
        )
        if place is None:
            continue
        ranked = sorted(lines, key=lambda line: line.cells[place].more or 0)
        low, high = ranked[0], ranked[-1]
        most, least = high.cells[place].more, low.cells[place].more
        if not most or not least or most <= 0 or least >= 0:
            return _("By %(model)s every channel brought what last touch says, too.") % {
                "model": columns[place].label
            }
        text = (
            _(
                "By %(model)s, %(high)s brought %(more)s more in revenue than by last touch, and %(low)s %(less)s less."
            )
            if measure.code == "revenue"
            else _(
                "By %(model)s, %(high)s brought %(more)s more conversions than by last touch, and %(low)s %(less)s fewer."
            )
        )
        return text % {
            "model": columns[place].label,
            "high": high.label,
            "low": low.label,
            "more": _written(most, measure, language),
            "less": _written(-least, measure, language),
        }
    return ""


def _written(amount: Decimal, measure: Measure, language: str) -> str:
    return formats.tile(amount, measure, language, currency_sign())


def _stale(run: AttributionRun | None, settings: AttributionSettings, version: int) -> tuple[str, ...]:
    if run is None:
        return ()
    said = []
    if run.inputs_version != version:
        said.append(
            _("Files of touches came in or were undone since: these results are of the touches before.")
        )
    return (*said, *_old_settings(run, settings))


def _old_settings(run: AttributionRun | None, settings: AttributionSettings) -> tuple[str, ...]:
    if run is None or run.settings_version == settings.version:
        return ()
    return (_("The settings changed since: these results are of the ones before."),)


def _notes(run: AttributionRun | None) -> tuple[str, ...]:
    """What a reader should know of the touches, each in a sentence; nothing where there is nothing to say."""
    if run is None:
        return ()
    odd: dict[str, Any] = run.odd
    words: dict[str, Callable[[int], str]] = {
        "single": lambda n: ngettext(
            "%(n)s conversion followed one touch alone: every rule gives it all.",
            "%(n)s conversions followed one touch alone: every rule gives it all.",
            n,
        ),
        "untouched": lambda n: ngettext(
            "%(n)s conversion has no touch before it in the look-back: no channel is credited.",
            "%(n)s conversions have no touch before them in the look-back: no channel is credited.",
            n,
        ),
        "late": lambda n: ngettext(
            "%(n)s touch came after the last conversion of its customer: it counts as a path that failed.",
            "%(n)s touches came after the last conversion of their customers: they count as paths that failed.",
            n,
        ),
        "old": lambda n: ngettext(
            "%(n)s touch lies further back than the look-back: it is left out.",
            "%(n)s touches lie further back than the look-back: they are left out.",
            n,
        ),
        "again": lambda n: ngettext(
            "%(n)s touch was told by more than one file: the newest counts.",
            "%(n)s touches were told by more than one file: the newest counts.",
            n,
        ),
    }
    return tuple(
        say(odd[name]) % {"n": formats.number(odd[name])} for name, say in words.items() if odd.get(name)
    )
