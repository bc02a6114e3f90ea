"""The comparison: its one line, tiles of both sides, the chart that lays them over each other, the table of parts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from django.urls import reverse
from django.utils.translation import gettext as _

from common import formats
from common.periods import Grain, Period
from dashboards import compare_charts, wording
from dashboards.addresses import Links, query_of
from dashboards.comparing import Times, Wrong
from dashboards.pieces import Cell, CellKind, LightRow, LightsTable
from dashboards.presenting.common import Option, Picked, reason_of
from dashboards.presenting.drawings import Chart, table
from dashboards.presenting.filters import Filters, filters
from dashboards.selectors import Frame, Overview
from dashboards.selectors.compare import TILES, Comparison, Side
from dashboards.spans import LastDays, Span
from dashboards.templatetags.numbers import currency, language
from kpis.models import Metric
from kpis.selectors import Figure
from organization.models import Node
from organization.words import DIMENSION_NAMES


@dataclass(frozen=True)
class CompareLinks:
    """From a page to itself held against last year, and to its area held against another."""

    times: str
    areas: str


def compare_links(page: Overview) -> CompareLinks | None:
    if not page.has_values:
        return None
    times = {"left": str(page.period), "right": str(page.period.last_year())}
    home = reverse("dashboards:compare")
    nodes = page.area.nodes
    areas = query_of({}, period=str(page.period), of="areas", left=page.area.key)
    if isinstance(page.period, LastDays):
        return CompareLinks("", f"{home}?{areas}")
    return CompareLinks(f"{home}?{query_of(nodes, **times)}", f"{home}?{areas}")


GRAINS = (Grain.WEEK, Grain.MONTH, Grain.QUARTER, Grain.YEAR)


@dataclass(frozen=True)
class Half:
    """One side of a figure."""

    label: str
    value: Decimal | None
    status: str
    reason: str
    why: str
    estimated: bool


@dataclass(frozen=True)
class Duel:
    """A figure on both sides. `change`: of the left one on the right one, as in formats.py."""

    name: str
    metric: Metric
    left: Half
    right: Half
    change: Decimal | None
    help: str


def problem(found: Times) -> str:
    """What is wrong with the sides that were asked for, and what to do."""
    words = {"text": found.about[:40]}
    said = {
        Wrong.NO_PERIOD: _(
            "“%(text)s” is no time that can be compared. Write 2026-11, 2026-W45, 2026-Q4 or 2026."
        ),
        Wrong.NO_AREA: _("There is no area “%(text)s” among yours. Choose one that you see."),
        Wrong.FUTURE: _(
            "“%(text)s” has not begun yet, so there is nothing to compare. Choose a time before it."
        ),
        Wrong.UNLIKE: _(
            "The two times are not equally long. Choose two weeks, two months, two quarters or two years."
        ),
        Wrong.MIXED: _("One side is a time and the other an area. Choose two times or two areas."),
        Wrong.SAME: _("Both sides are the same. Choose another one on the right."),
        Wrong.ONE: _("Choose the second area to compare with."),
    }
    return said[found.wrong] % words if found.wrong is not None else ""


def label(page: Comparison, side: Side) -> str:
    return side.area.name if page.of == "areas" else wording.span_words(side.period)


def headline(page: Comparison) -> str:
    """How the first figure that both sides have differs, and the next that moved most."""
    names = {"left": label(page, page.left), "right": label(page, page.right)}
    moved = [(one, _change(page, one)) for one in TILES if one in page.metrics]
    known = [(code, change) for code, change in moved if change is not None]
    if not page.has_values:
        return _("Neither side has figures.")
    if not known:
        return _("%(left)s and %(right)s have no figure in common.") % names
    code, change = known[0]
    words = {**names, "metric": page.metrics[code].label, "change": _said(change, page.metrics[code])}
    if change == 0:
        return _("%(metric)s is the same in %(left)s as in %(right)s.") % words
    rest = [one for one in known[1:] if page.metrics[one[0]].unit != "percent"]
    most = max(rest, key=lambda one: abs(one[1]), default=None)
    sentence = (
        _("%(metric)s is %(change)s higher in %(left)s than in %(right)s")
        if change > 0
        else _("%(metric)s is %(change)s lower in %(left)s than in %(right)s")
    ) % words
    if most is None:
        return _("%(first)s.") % {"first": sentence}
    second = _("%(metric)s %(change)s") % {
        "metric": wording.name_in_sentence(page.metrics[most[0]]),
        "change": formats.change(most[1], page.metrics[most[0]], language()),
    }
    return _("%(first)s; %(second)s.") % {"first": sentence, "second": second}


def _said(change: Decimal, metric: Metric) -> str:
    return formats.change(abs(change), metric, language()).lstrip("+")


def _change(page: Comparison, code: str) -> Decimal | None:
    return formats.change_between(
        page.left.figure(code).value, page.right.figure(code).value, page.metrics[code]
    )


def named(page: Comparison | None) -> str:
    """Both sides, or that they are still to be chosen."""
    if page is None:
        return _("Choose what to compare")
    names = {"left": label(page, page.left), "right": label(page, page.right)}
    return _("%(left)s and %(right)s") % names


def days_said(page: Comparison) -> str:
    """Over which days, where they are not the whole period."""
    cut = next((one for one in (page.left, page.right) if one.cut), None)
    running = next(
        (one for one in (page.left, page.right) if one.last and not one.cut and one.last < one.period.end),
        None,
    )
    if cut is not None and running is not None and running.last is not None:
        days = (running.last - running.period.start).days + 1
        return _("Both over their first %(days)s days, to %(day)s.") % {
            "days": days,
            "day": wording.day_words(running.last),
        }
    if running is not None and running.last is not None:
        return _("To %(day)s.") % {"day": wording.day_words(running.last)}
    return ""


def duels(page: Comparison) -> list[Duel]:
    return [
        Duel(
            name=page.metrics[code].label,
            metric=page.metrics[code],
            left=_half(page, page.left, code),
            right=_half(page, page.right, code),
            change=_change(page, code),
            help=page.metrics[code].explanation,
        )
        for code in TILES
        if code in page.metrics
    ]


def _half(page: Comparison, side: Side, code: str) -> Half:
    figure, metric = side.figure(code), page.metrics[code]
    known = figure.value is not None or figure.target is not None
    # Why a figure was as it was on an earlier day is not told anywhere.
    links = Links(replace(page.frame, area=side.area, period=side.period))
    return Half(
        label=label(page, side),
        value=figure.value,
        status=figure.status,
        reason=reason_of(figure, metric),
        why=f"{links.why()}&metric={code}" if known and not side.cut else "",
        estimated=figure.estimated,
    )


def chart(page: Comparison) -> Chart:
    metric, lines = page.metrics[page.drawn], page.lines
    names = {"left": label(page, page.left), "right": label(page, page.right)}
    links = Links(page.frame)
    steps = tuple(
        Option(code, one.label, code == page.drawn, links.to(metric=code) + "#lines")
        for code, one in page.metrics.items()
    )
    if not any(one is not None for one in (*lines.left, *lines.right)):
        return Chart("lines", metric.label, empty=_("There are no figures by day to draw."), steps=steps)
    by = {
        "day": _("%(metric)s by day"),
        "week": _("%(metric)s by week"),
        "month": _("%(metric)s by month"),
    }[lines.step] % {"metric": metric.label}
    laid = "" if page.of == "areas" else _("%(right)s is laid over it day by day") % names
    days = [] if page.of == "areas" else [_step_name(day, lines.step) for day in lines.right_at]
    rows = [
        (_step_name(day, lines.step), [_exact(one, metric), _exact(other, metric)])
        for day, one, other in zip(lines.at, lines.left, lines.right, strict=True)
    ]
    return Chart(
        id="lines",
        title=_("%(metric)s: %(left)s and %(right)s") % {"metric": metric.label, **names},
        subtitle=_(", ").join(one for one in (by, laid) if one),
        figure=compare_charts.over_each_other(page, names=names, days=days),
        numbers=table(
            metric.label,
            [_("Day") if lines.step == "day" else _("From"), names["left"], names["right"]],
            rows,
        ),
        steps=steps,
    )


def _step_name(day: date, step: str) -> str:
    return formats.period(f"{day:%Y-%m}", language()) if step == "month" else wording.day_words(day)


def _exact(value: Decimal | None, metric: Metric) -> str:
    return formats.exact(value, metric, language(), currency())


def tabs(page: Comparison) -> list[Option]:
    if len(page.splits) < 2:
        return []
    links = Links(page.frame)
    return [
        Option(one, str(DIMENSION_NAMES[one]), one == page.by, links.to(by=one) + "#split")
        for one in page.splits
    ]


def parts(page: Comparison) -> LightsTable | None:
    """Both sides of the drawn figure by part, what differs most first."""
    if not page.parts:
        return None
    metric = page.metrics[page.drawn]
    left, right = label(page, page.left), label(page, page.right)
    planned = any(figure.target is not None for one in page.parts for figure in (one.left, one.right))

    def cell(name: str, side: Side, node: Node, figure: Figure) -> Cell:
        links = Links(replace(page.frame, area=side.area, period=side.period))
        why = f"{links.why({**side.area.nodes, node.dimension: node})}&metric={metric.code}"
        lit = planned and (figure.value is not None or figure.target is not None)
        known = figure.value is not None and not side.cut  # as in _half
        return Cell(
            name, figure.value, CellKind.FIGURE, metric,
            status=figure.status if lit else "", reason=reason_of(figure, metric),
            estimated=figure.estimated, why=why if known else "",
        )  # fmt: skip

    rows = tuple(
        LightRow(
            one.node.label,
            (
                cell(left, page.left, one.node, one.left),
                cell(right, page.right, one.node, one.right),
                Cell(
                    _("Difference"),
                    _difference(one.left.value, one.right.value, metric),
                    CellKind.FIGURE if metric.unit != "percent" else CellKind.CHANGE,
                    metric,
                ),
                Cell(
                    _("In percent"),
                    formats.change_between(one.left.value, one.right.value, metric),
                    CellKind.CHANGE,
                    metric,
                ),
            )[: 4 if metric.unit != "percent" else 3],
        )
        for one in page.parts
    )
    caption = _("%(metric)s by %(kind)s, what differs most first") % {
        "metric": metric.label,
        "kind": wording.kind_of_node(page.parts[0].node),
    }
    return LightsTable(caption, _("Name"), rows, more=page.more)


def _difference(left: Decimal | None, right: Decimal | None, metric: Metric) -> Decimal | None:
    if left is None or right is None:
        return None
    return formats.change_between(left, right, metric) if metric.unit == "percent" else left - right


# -- What it can be turned to -------------------------------------------------------------------------


@dataclass(frozen=True)
class Sides:
    """The two choices. `lists` of periods; areas are typed. `swap`: the same the other way round."""

    of: str
    modes: tuple[Option, ...]
    lists: tuple[Picked, ...]
    kept: tuple[tuple[str, str], ...]
    swap: str
    said: str  # on its button, where it is folded


def sides(
    frame: Frame, of: str, left: Span | None, right: Span | None, texts: Mapping[str, str], said: str
) -> Sides:
    links = Links(replace(frame, kept={}))
    modes = (
        Option("periods", _("Two times"), of == "periods", links.to()),
        Option("areas", _("Two areas"), of == "areas", f"{links.to()}&of=areas"),
    )
    stays = {name: value for name, value in frame.kept.items() if name not in ("left", "right")}
    kept: list[tuple[str, str]] = [(dimension, node.path) for dimension, node in frame.area.nodes.items()]
    swap = ""
    if texts.get("left") and texts.get("right"):
        swap = Links(replace(frame, kept={**stays, "left": texts["right"], "right": texts["left"]})).to()
    if of == "areas":
        kept = [("of", "areas"), ("period", str(frame.period))]
        return Sides(of, modes, (), (*kept, *stays.items()), swap, said)
    lists = tuple(
        Picked(name, title, _periods(frame, chosen), ())
        for name, title, chosen in (("left", _("Period"), left), ("right", _("Compared with"), right))
    )
    return Sides(of, modes, lists, (*kept, *stays.items()), swap, said)


def _periods(frame: Frame, chosen: Span | None) -> tuple[Option, ...]:
    """Of the chosen one's length, from the first that has figures to the newest."""
    period = chosen or frame.period
    if isinstance(period, LastDays):
        offered: list[Span] = [period.next(-step) for step in range(1)]
    else:
        newest = Period.containing(frame.complete, period.grain, fiscal_start=period.fiscal_start)
        first = frame.first.start if frame.first is not None else period.start
        offered = []
        one: Span = newest
        while one.end >= first and len(offered) < 60:
            offered.append(one)
            one = one.next(-1)
        if period not in offered:
            offered.append(period)
    return tuple(Option(str(one), wording.span_words(one), one == period) for one in offered)


def turning(frame: Frame, of: str) -> Filters:
    """Places narrow both sides of two times; of two areas the period is chosen."""
    made = filters(frame)
    if of == "areas":
        return replace(made, pickers=(), mine=())
    day = min(frame.period.end, max(frame.complete, frame.period.start))
    stays = {name: value for name, value in frame.kept.items() if name not in ("left", "right")}
    grains = []
    for grain in GRAINS:
        period = Period.containing(day, grain, fiscal_start=frame.period.fiscal_start)
        pair = {**stays, "left": str(period), "right": str(period.last_year())}
        names = {option.value: option.label for option in made.grains}
        grains.append(
            Option(
                str(grain),
                names[str(grain)],
                grain == frame.period.grain,
                Links(replace(frame, kept=pair)).to(period=str(period)),
            )
        )
    return replace(made, periods=(), earlier="", later="", grains=tuple(grains), said=frame.area.name)
