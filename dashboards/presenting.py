"""From an overview to the pieces that templates draw (dashboards/pieces.py)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from common import formats
from common.periods import Grain, Period
from dashboards import charts, wording
from dashboards.context import url_or_none
from dashboards.pieces import Attention, Cell, CellKind, KeyFigure, LightRow, LightsTable
from dashboards.selectors import GRAINS, Overview, Part, Split
from dashboards.templatetags.numbers import language
from ingest.words import source_name
from kpis.models import Metric
from kpis.selectors import NO_FIGURE, Figure
from organization.words import DIMENSION_NAMES

TILES = ("revenue", "cost", "roas", "orders", "new_customers", "cac")
COLUMNS = ("revenue", "cost", "roas", "orders", "cac", "ctr")
ATTENTION = 6
PERIODS = 60  # in the list to choose from
OLD = 3  # days after which a source is said to be behind
INDENT = "\N{EM SPACE}"


def address(page: Overview, *, area: str = "", period: str = "", by: str | None = None) -> str:
    """The address of an overview: this one's, but for what is named."""
    query = {"area": area or page.area.key, "period": period or str(page.period)}
    if by:
        query["by"] = by
    return f"{reverse('dashboards:overview')}?{urlencode(query, safe=':/+')}".replace("+", "%2B")


def reason_of(figure: Figure) -> str:
    """Why a light is grey."""
    if figure.status != "grey":
        return ""
    return "no_data" if figure.value is None else "no_target"


@dataclass(frozen=True)
class Option:
    value: str
    label: str
    current: bool
    url: str = ""


@dataclass(frozen=True)
class OptionGroup:
    label: str
    options: tuple[Option, ...]


@dataclass(frozen=True)
class Filters:
    """What the page can be turned to; `said` is how it is turned now. Links are "" where nothing lies there."""

    areas: tuple[OptionGroup, ...]
    grains: tuple[Option, ...]
    periods: tuple[Option, ...]
    earlier: str
    later: str
    by: str
    said: str


def filters(page: Overview) -> Filters:
    first, last = page.first or page.period, page.last or page.period
    periods: list[Period] = []
    period = last
    while period >= first and len(periods) < PERIODS:
        periods.append(period)
        period = period.next(-1)
    by = page.split.dimension if page.split else ""
    earlier, later = page.period.next(-1), page.period.next()
    return Filters(
        areas=tuple(
            OptionGroup(
                _group_name(group.dimension),
                tuple(
                    Option(place.key, INDENT * place.depth + place.name, place.key == page.area.key)
                    for place in group.places
                ),
            )
            for group in page.choices
        ),
        grains=tuple(_grain(page, grain, by) for grain in GRAINS),
        periods=tuple(
            Option(str(one), formats.period(str(one), language()), one == page.period) for one in periods
        ),
        earlier=address(page, period=str(earlier), by=by) if earlier >= first else "",
        later=address(page, period=str(later), by=by) if later <= last else "",
        by=by,
        said=f"{page.area.name} · {wording.period_words(page)}",
    )


def _group_name(dimension: str) -> str:
    return (
        str(DIMENSION_NAMES[dimension]) if dimension in DIMENSION_NAMES else _("Others") if dimension else ""
    )


def _grain(page: Overview, grain: Grain, by: str) -> Option:
    """The same time seen finer or coarser: the period of the last day that is looked at."""
    day = page.through or page.period.start
    period = Period.containing(day, grain, fiscal_start=page.period.fiscal_start)
    names = {Grain.MONTH: _("Month"), Grain.QUARTER: _("Quarter"), Grain.YEAR: _("Year")}
    return Option(
        grain.value, names[grain], grain == page.period.grain, address(page, period=str(period), by=by)
    )


def tabs(page: Overview) -> list[Option]:
    """The ways in which the area can be split; none where there is one alone."""
    if len(page.splits) < 2:
        return []
    return [
        Option(
            split.dimension,
            wording.heading_of(split),
            split is page.split,
            address(page, by=split.dimension) + "#split",
        )
        for split in page.splits
    ]


@dataclass(frozen=True)
class SourceLine:
    name: str
    last_day: date
    age: str
    old: bool


def sources(page: Overview) -> list[SourceLine]:
    return [
        SourceLine(
            source_name(source.source), source.last_day, wording.age_words(source.age), source.age > OLD
        )
        for source in page.sources
    ]


def key_figures(page: Overview) -> list[KeyFigure]:
    return [_key_figure(page, code, page.metrics[code]) for code in TILES if code in page.metrics]


def _key_figure(page: Overview, code: str, metric: Metric) -> KeyFigure:
    figure = page.figure(code)
    before = page.compared.figures.get(code, NO_FIGURE)
    targets = url_or_none("kpis:targets") if page.may_set_targets and figure.target is None else None
    month = max(page.period.start, page.through.replace(day=1)) if page.through else page.period.start
    query = urlencode({"metric": code, "month": f"{month:%Y-%m}", "areas": next(iter(page.area.nodes), "")})
    return KeyFigure(
        name=metric.label,
        metric=metric,
        value=figure.value,
        status=figure.status,
        reason=reason_of(figure),
        expected=figure.expected if metric.additive else None,
        target=figure.target,
        attainment=figure.attainment,
        change=formats.change_between(figure.value, before.value, metric),
        change_since=wording.since(page) if figure.value is not None else "",
        as_of=figure.through if figure.value is not None else None,
        url=f"{targets}?{query}" if targets else "",
        help=metric.explanation,
        step=_("Set a target") if targets else "",
        estimated=figure.estimated,
    )


def attention(page: Overview) -> list[Attention]:
    items = []
    for part in page.troubles[:ATTENTION]:
        alert = url_or_none("alerts:episodes") if part.alert else None
        items.append(
            Attention(
                name=part.node.label,
                words=wording.what_is_wrong(part, page),
                status=part.status,
                step=_("Open alert") if alert else _("Open area"),
                url=reverse("alerts:episode", args=[part.alert]) if alert else address(page, area=part.key),
            )
        )
    return items


def lights(page: Overview, split: Split) -> LightsTable:
    """The parts of a split with a light on every figure, what they leave over, and the whole."""
    rows = [_row(page, part) for part in split.parts]
    if split.rest:
        cells = tuple(
            Cell(page.metrics[code].label, split.rest.get(code), CellKind.FIGURE, page.metrics[code])
            for code in _columns(page)
        )
        rows.append(
            LightRow(_("Not split"), cells, detail=_("counted above, but in none of these"), tone="muted")
        )
    whole = Part(page.area.key, split.parts[0].node, page.figures)
    rows.append(
        LightRow(page.area.name, _cells(page, page.figures), whole.status, _reason(whole), tone="total")
    )
    caption = _("%(kinds)s in %(period)s") % {
        "kinds": wording.heading_of(split),
        "period": wording.period_words(page),
    }
    return LightsTable(caption, _("Name"), tuple(rows))


def _row(page: Overview, part: Part) -> LightRow:
    return LightRow(
        name=part.node.label,
        cells=_cells(page, part.figures),
        status=part.status,
        reason=_reason(part),
        url=address(page, area=part.key),
        detail=wording.detail(part, page),
    )


def _reason(part: Part) -> str:
    if part.status != "grey":
        return ""
    return "no_data" if all(figure.value is None for figure in part.figures.values()) else "no_target"


def _columns(page: Overview) -> list[str]:
    return [code for code in COLUMNS if code in page.metrics]


def _cells(page: Overview, figures: Mapping[str, Figure]) -> tuple[Cell, ...]:
    cells = []
    for code in _columns(page):
        figure = figures.get(code, NO_FIGURE)
        lit = figure.value is not None or (figure.target is not None and page.has_values)
        cells.append(
            Cell(
                label=page.metrics[code].label,
                value=figure.value,
                kind=CellKind.FIGURE,
                metric=page.metrics[code],
                status=figure.status if lit else "",
                reason=reason_of(figure),
                estimated=figure.estimated,
            )
        )
    return tuple(cells)


@dataclass(frozen=True)
class Chart:
    """For `_chart.html`; `empty` stands where there is nothing to draw."""

    id: str
    title: str
    subtitle: str = ""
    figure: dict[str, Any] | None = None
    table: LightsTable | None = None
    empty: str = ""
    tall: bool = False


def chart_list(page: Overview) -> list[Chart]:
    """None where there is nothing at all to draw: the line above says so once."""
    if not page.has_values:
        return []
    drawn = [_over_time(page, code) for code in ("revenue", "cost") if code in page.metrics]
    if page.split is not None and "roas" in page.metrics:
        drawn.append(_returns(page, page.split))
    return drawn


def _over_time(page: Overview, code: str) -> Chart:
    metric = page.metrics[code]
    found = charts.lines(page, code)
    if found.empty:
        return Chart(code, metric.label, empty=_nothing(page, metric))
    names = {"actual": _("Actual"), "plan": _("Plan"), "last_year": _("Last year")}
    words = {"metric": metric.label}
    by = _("%(metric)s by month") % words if found.monthly else _("%(metric)s by day") % words
    parts = [by]
    if any(value is not None for value in found.plan):
        parts.append(_("plan as a thin line"))
    if any(value is not None for value in found.last_year):
        parts.append(_("last year in grey"))
    through = page.figure(code).through
    if found.monthly and through and through < page.period.end:
        parts.append(_("the last bar up to %(day)s") % {"day": wording.day_words(through)})
    return Chart(
        id=code,
        title=wording.own_words(code, page),
        subtitle=_(", ").join(parts),
        figure=charts.over_time(found, names=names),
        table=_numbers(page, metric, found, names),
    )


def _nothing(page: Overview, metric: Metric) -> str:
    if page.figure(metric.code).value is not None:
        return _("This cut has figures for whole months alone, so there is nothing to draw by day.")
    return _(
        "No %(metric)s has been imported for %(period)s. Import a file that has it, and it is drawn here."
    ) % {
        "metric": wording.name_in_sentence(metric),
        "period": wording.period_words(page),
    }


def _numbers(page: Overview, metric: Metric, found: charts.Lines, names: Mapping[str, str]) -> LightsTable:
    """The figures of a chart, for those who do not see it."""
    rows = []
    for at, *values in zip(found.at, found.actual, found.plan, found.last_year, strict=True):
        cells = tuple(
            Cell(names[role], value, CellKind.FIGURE, metric)
            for role, value in zip(("actual", "plan", "last_year"), values, strict=True)
        )
        name = (
            formats.period(f"{at:%Y-%m}", language()) if found.monthly else formats.short_day(at, language())
        )
        rows.append(LightRow(name, cells))
    return LightsTable(metric.label, _("Month") if found.monthly else _("Day"), tuple(rows))


def _returns(page: Overview, split: Split) -> Chart:
    metric = page.metrics["roas"]
    shown = charts.bars_of(split.parts, "roas")
    if not shown:
        text = _("There is no %(metric)s here: it needs both revenue and cost for each of the %(kinds)s.") % {
            "metric": metric.label,
            "kinds": wording.kind_of(split),
        }
        return Chart("roas", metric.label, empty=text)
    parts = [metric.explanation.rstrip(".。")]
    if any(part.figure("roas").target is not None for part in shown):
        parts.append(_("plan as a tick"))
    return Chart(
        id="roas",
        title=wording.roas_title(split, page.metrics),
        subtitle=_(", ").join(parts),
        figure=charts.bars(shown, "roas", unit=metric.unit, names={"actual": _("Actual"), "plan": _("Plan")}),
        tall=len(shown) > 8,
    )
