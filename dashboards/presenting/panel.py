"""One panel, from what was read to what the template draws: a figure, a chart, a table, or why there is none."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from common import formats
from dashboards import panel_charts, wording
from dashboards.addresses import links_of
from dashboards.catalogue import Trouble
from dashboards.models.boards import ChartKind
from dashboards.pieces import Cell, CellKind, KeyFigure, LightRow, LightsTable
from dashboards.presenting.common import names_of, reason_of
from dashboards.presenting.course import course_of
from dashboards.presenting.drawings import Chart, table
from dashboards.presenting.figures import Step, funnel, whole_figure
from dashboards.presenting.heat import HeatTable, heat_table
from dashboards.selectors.channel import History
from dashboards.selectors.panel import PanelRead
from dashboards.selectors.panel_parts import Lines, Parts
from dashboards.selectors.shapes import Part
from dashboards.templatetags.numbers import currency, language
from kpis.models import Metric
from kpis.selectors import NO_FIGURE, Figure

ROWS = 100
Words = str | Promise

TROUBLES: dict[Trouble, tuple[Words, Words]] = {
    Trouble.NO_CHART: (
        gettext_lazy("There is no such chart"),
        gettext_lazy(
            "Choose one of the charts that are offered: a number, bars, a line over time and others."
        ),
    ),
    Trouble.NO_METRIC: (
        gettext_lazy("No figure has been chosen"),
        gettext_lazy("Choose which figure this panel is to show."),
    ),
    Trouble.GONE: (
        gettext_lazy("This figure is no longer in use"),
        gettext_lazy("It was put away or taken out. Choose another figure for this panel."),
    ),
    Trouble.NO_SPLIT: (
        gettext_lazy("Nothing to split by has been chosen"),
        gettext_lazy("This chart shows parts: choose channels, regions or product lines."),
    ),
    Trouble.NOT_A_SHARE: (
        gettext_lazy("A gauge shows a share"),
        gettext_lazy("This figure is no part of a whole. Show it as a number or as a bar with its target."),
    ),
    Trouble.NOT_ADDED: (
        gettext_lazy("This figure cannot be shown as a heat map"),
        gettext_lazy("Its amounts do not add up where areas cross. Show it as a number or by part."),
    ),
    Trouble.NOT_HERS: (
        gettext_lazy("This is not among your areas"),
        gettext_lazy(
            "The panel is about an area that was not given to you. Whoever looks after people can change that."
        ),
    ),
    Trouble.NO_PARTS: (
        gettext_lazy("There are no parts to show"),
        gettext_lazy(
            "Nothing below this area has this figure. Turn to a larger area, or split it otherwise."
        ),
    ),
    Trouble.FAILED: (
        gettext_lazy("This panel could not be shown"),
        gettext_lazy(
            "Something went wrong on our side; the rest of the page is right. Try again in a moment."
        ),
    ),
}


@dataclass(frozen=True)
class PanelView:
    """For `dashboards/_panel.html`. `place`: which area and period; "" where that is not hers to know.

    Of figure, chart, table, heat and steps at most one is there; `empty` (a title and a text) stands for all of them.
    """

    kind: str
    title: str
    place: str = ""
    said: str = ""
    why: str = ""
    empty: tuple[Words, Words] | None = None
    retry: bool = False
    figure: KeyFigure | None = None
    chart: Chart | None = None
    table: LightsTable | None = None
    heat: HeatTable | None = None
    steps: tuple[Step, ...] = ()


def troubled(kind: str, title: str, trouble: Trouble) -> PanelView:
    """A panel of which nothing was read."""
    name = title or str(ChartKind(kind).label if kind in ChartKind.values else _("Panel"))
    return PanelView(kind, name, empty=TROUBLES[trouble], retry=trouble == Trouble.FAILED)


def panel_view(found: PanelRead, *, id: str, named: bool = False) -> PanelView:
    """`id` makes the ids of a chart's elements unique on a page. `named`: the title says which area it is about, since it
    is not the page's.
    """
    view = _view(found, id=id)
    if named and not found.wish.title:
        return replace(view, title=f"{view.title} · {found.page.area.name}")
    return view


def _view(found: PanelRead, *, id: str) -> PanelView:
    wish, page, metric = found.wish, found.page, found.metric
    place = f"{page.area.name} · {wording.period_words(page)}"
    own = metric.label if metric is not None and found.trouble is None else ""
    if found.trouble is not None:
        view = troubled(wish.chart, wish.title or own, found.trouble)
        return PanelView(view.kind, view.title, place, empty=view.empty)
    if wish.chart == ChartKind.FUNNEL:
        steps = tuple(funnel(page))
        title = wish.title or _("From seeing to buying")
        return PanelView(wish.chart, title, place, steps=steps, empty=None if steps else _no_data(found))
    assert metric is not None
    why = f"{links_of(page).why()}&metric={metric.code}"
    match ChartKind(wish.chart):
        case ChartKind.HEAT:
            heat = heat_table(page)
            title = wish.title or (f"{metric.label} · {heat.name}" if heat else metric.label)
            return PanelView(
                wish.chart, title, place, said=heat.title if heat else "", why=why, heat=heat,
                empty=None if heat else TROUBLES[Trouble.NO_PARTS],
            )  # fmt: skip
        case ChartKind.TREND if wish.by:
            return _drawn(found, place, why, _lines_chart(found.lines, metric, id) if found.lines else None)
        case ChartKind.TREND:
            note = _("what is not over yet is left out") if _open(found) else ""
            drawn = course_of(found.history, metric, id=id, note=note) if found.history else None
            chart = drawn if drawn is not None and not drawn.empty else None
            if chart is not None and found.history is not None and note:
                chart = replace(chart, title=_newest(found.history, metric))
            return PanelView(
                wish.chart, wish.title or metric.label, place, why=why, chart=chart,
                empty=None if chart else (_("No line to draw yet"), _("It takes figures of at least two periods.")),
            )  # fmt: skip
        case ChartKind.BARS:
            return _drawn(found, place, why, _bars_chart(found, found.parts, id) if found.parts else None)
        case ChartKind.TABLE:
            rows = _rows(found, found.parts) if found.parts else None
            title = wish.title or _by_part(metric, found.parts.parts if found.parts else ())
            return PanelView(
                wish.chart, title, place, why=why, table=rows,
                said=_parts_said(found.parts, metric) if found.parts else "",
                empty=None if rows else TROUBLES[Trouble.NO_PARTS],
            )  # fmt: skip
    if found.own.value is None and found.own.target is None:
        return PanelView(wish.chart, wish.title or metric.label, place, empty=_no_data(found))
    figure = whole_figure(page, metric)
    said = wording.own_words(metric.code, page) if wish.chart != ChartKind.NUMBER else ""
    return PanelView(wish.chart, wish.title or metric.label, place, said=said, why=why, figure=figure)


def _no_data(found: PanelRead) -> tuple[Words, Words]:
    words = {"period": wording.period_words(found.page)}
    title = _("No figures for %(period)s") % words
    return title, _("Nothing was reported for this area. Choose another period, or a larger area.")


def _open(found: PanelRead) -> bool:
    metric = found.metric
    return metric is not None and metric.additive and found.page.period.end > found.page.complete


def _newest(history: History, metric: Metric) -> str:
    """ "October 2026: ¥3.9M"."""
    known = [(span, one.value) for span, one in zip(history.spans, history.figures, strict=True)]
    span, value = next(one for one in reversed(known) if one[1] is not None)
    return _("%(period)s: %(value)s") % {
        "period": wording.span_words(span),
        "value": wording.tile(value, metric),
    }


def _drawn(found: PanelRead, place: str, why: str, chart: Chart | None) -> PanelView:
    """A chart by part, whose title says what it shows; what is seen stands in the chart."""
    metric = found.metric
    assert metric is not None
    nodes = (
        [part.node for part in found.parts.parts] if found.parts else found.lines.nodes if found.lines else []
    )
    kinds = wording.kind_of_node(nodes[0]) if nodes else ""
    title = _("%(metric)s by %(kinds)s") % {"metric": metric.label, "kinds": kinds} if kinds else metric.label
    return PanelView(
        found.wish.chart, found.wish.title or title, place, why=why, chart=chart,
        empty=None if chart else TROUBLES[Trouble.NO_PARTS],
    )  # fmt: skip


def _by_part(metric: Metric, parts: tuple[Part, ...]) -> str:
    if not parts:
        return metric.label
    words = {"metric": metric.label, "kinds": wording.kind_of_node(parts[0].node)}
    return _("%(metric)s by %(kinds)s") % words


def _parts_said(found: Parts, metric: Metric) -> str:
    """Who is farthest off plan; where nobody is, who has most."""
    worst = found.parts[0]
    gap = wording.gap(worst.figure(metric.code), metric)
    if worst.figure(metric.code).status in ("red", "yellow") and gap:
        return _("Farthest off plan: %(name)s, %(gap)s") % {"name": worst.node.label, "gap": gap}
    largest = max(found.parts, key=lambda part: part.figure(metric.code).value or Decimal(0))
    value = wording.tile(largest.figure(metric.code).value, metric)
    return _("Highest: %(name)s, %(value)s") % {"name": largest.node.label, "value": value}


def _others(count: int) -> str:
    return ngettext("%(count)s other", "%(count)s others", count) % {"count": count}


def _bars_chart(found: PanelRead, parts: Parts, id: str) -> Chart:
    metric = found.metric
    assert metric is not None
    links = links_of(found.page)
    names = {"actual": _("Actual"), "plan": _("Plan")}
    figure = panel_charts.bars(parts, metric, names=names, others=_others(parts.others))
    leads = [links.into(part.node.dimension, part.node) for part in parts.shown]
    if len(figure["data"][0]["y"]) > len(leads):
        leads = ["", *leads]  # the others lead nowhere
    figure["layout"]["meta"]["links"] = leads
    said = [_("open a bar to turn to it")]
    if any(part.figure(metric.code).target is not None for part in parts.shown):
        said.insert(0, _("plan as a tick"))
    if parts.others and parts.together is None:
        said.append(_("%(others)s left out") % {"others": _others(parts.others)})
    rows = [
        LightRow(
            part.node.label,
            (_value(part.figure(metric.code), metric, ""),),
            url=links.into(part.node.dimension, part.node),
        )
        for part in reversed(parts.shown)
    ]
    if parts.others and parts.together is not None:
        rows.append(
            LightRow(_others(parts.others), (_value(Figure(parts.together), metric, ""),), tone="muted")
        )
    return Chart(
        id=id,
        title=_parts_said(parts, metric),
        subtitle=_(", ").join(said),
        figure=figure,
        tall=len(parts.shown) > 8,
        table=LightsTable(metric.label, _("Name"), tuple(rows)),
    )


def _lines_chart(found: Lines, metric: Metric, id: str) -> Chart:
    others = _others(found.others)
    columns = [(node.label, found.values[node.pk]) for node in found.nodes]
    if found.together:
        columns.append((others, found.together))
    rows = [
        (
            wording.span_words(span),
            [formats.exact(values[place], metric, language(), currency()) for _name, values in columns],
        )
        for place, span in enumerate(found.spans)
    ]
    first = found.nodes[0]
    newest = next((value for value in reversed(found.values[first.pk]) if value is not None), None)
    left_out = [_("%(others)s left out") % {"others": others}] if found.others and not found.together else []
    return Chart(
        id=id,
        title=_("Highest: %(name)s, %(value)s")
        % {"name": first.label, "value": wording.tile(newest, metric)},
        subtitle=_(", ").join(left_out),
        figure=panel_charts.lines(found, metric, others=others),
        numbers=table(metric.label, [_("Period"), *(name for name, _values in columns)], rows),
    )


def _value(figure: Figure, metric: Metric, why: str) -> Cell:
    return Cell(metric.label, figure.value, CellKind.FIGURE, metric, estimated=figure.estimated, why=why)


def _rows(found: PanelRead, parts: Parts) -> LightsTable:
    page, metric = found.page, found.metric
    assert metric is not None
    links = links_of(page)
    planned = any(part.figure(metric.code).target is not None for part in parts.parts) or (
        found.own.target is not None
    )

    def cells(figure: Figure, why: str) -> tuple[Cell, ...]:
        values = [_value(figure, metric, why if figure.value is not None else "")]
        if planned:
            values += [
                Cell(_("Due by now"), figure.expected, CellKind.FIGURE, metric),
                Cell(_("Attainment"), figure.attainment, CellKind.SHARE),
            ]
        return tuple(values)

    rows = []
    for part in parts.parts[:ROWS]:
        nodes = {**page.area.nodes, part.node.dimension: part.node}
        figure = part.figure(metric.code)
        rows.append(
            LightRow(
                part.node.label,
                cells(figure, f"{links.why(nodes)}&metric={metric.code}"),
                figure.status if planned else "",
                reason_of(figure, metric),
                url=links.to(nodes),
            )
        )
    rest = page.split.rest if page.split else {}
    if rest:
        rows.append(LightRow(_("Not split"), cells(Figure(rest[metric.code]), ""), tone="muted"))
    if found.own != NO_FIGURE:
        risks = names_of(page.risks.get(metric.code, ()))
        whole = cells(found.own, f"{links.why()}&metric={metric.code}")
        status = found.own.status if planned else ""
        rows.append(
            LightRow(page.area.name, whole, status, reason_of(found.own, metric), tone="total", at_risk=risks)
        )
    caption = f"{_by_part(metric, parts.parts)} · {wording.period_words(page)}"
    return LightsTable(caption, _("Name"), tuple(rows), more=max(0, len(parts.parts) - ROWS))
