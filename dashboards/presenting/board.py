"""The table of channels: figures that can be sorted and chosen, each with its change, and a small line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from channels.selectors.profiles import ProfileRow
from common import formats
from common.periods import Grain
from dashboards import wording
from dashboards.addresses import Links, links_of
from dashboards.presenting.common import Option, names_of, reason_of
from dashboards.selectors import Part
from dashboards.selectors.beside import Against
from dashboards.selectors.channels import SETS, Board
from dashboards.spans import LastDays
from dashboards.templatetags.numbers import currency, language
from kpis.models import Metric

SET_NAMES: dict[str, str | Promise] = {
    "key": gettext_lazy("Key figures"),
    "return": gettext_lazy("Return"),
    "winning": gettext_lazy("Winning customers"),
    "customers": gettext_lazy("Value of customers"),
    "all": gettext_lazy("All of them"),
}
AGAINST: dict[Against, str | Promise] = {
    Against.BEFORE: gettext_lazy("Period before"),
    Against.YEAR: gettext_lazy("Last year"),
    Against.BENCHMARK: gettext_lazy("Benchmark"),
}


@dataclass(frozen=True)
class Head:
    """A column's heading. `url` sorts by it, `order` is what aria-sort says ("" where another column sorts)."""

    code: str
    label: str
    help: str
    url: str
    order: str = ""


@dataclass(frozen=True)
class Value:
    """A figure with its change. `beside`: in full what it is held against; "" where there is nothing."""

    label: str
    metric: Metric
    value: Decimal | None
    change: Decimal | None
    beside: str
    status: str = ""
    reason: str = ""
    why: str = ""
    estimated: bool = False


@dataclass(frozen=True)
class Line:
    name: str
    values: tuple[Value, ...]
    url: str = ""
    detail: str = ""
    above: str = ""  # the channel that a campaign belongs to
    status: str = ""
    reason: str = ""
    at_risk: tuple[str, ...] = ()
    trend: tuple[Decimal | None, ...] = ()
    trend_said: str = ""
    profile: ProfileRow | None = None
    tone: str = ""


@dataclass(frozen=True)
class Choice:
    code: str
    label: str
    chosen: bool


@dataclass(frozen=True)
class BoardTable:
    """For `dashboards/_board.html`. `by_trouble` sorts as the page opens; "" where it is sorted so. `kept`: what the form of columns
    sends along. `orders`: the same sorting as a list, for phones.
    """

    caption: str
    said: str
    heads: tuple[Head, ...]
    lines: tuple[Line, ...]
    trend: str
    by_trouble: str
    sets: tuple[Option, ...]
    against: tuple[Option, ...]
    choices: tuple[Choice, ...]
    kept: tuple[tuple[str, str], ...]
    orders: tuple[Option, ...]
    order_kept: tuple[tuple[str, str], ...]
    with_profiles: bool
    lit: bool


def kept_of(board: Board) -> dict[str, str]:
    """What addresses take along of the table's own state: what is as it opens is left out."""
    return {
        name: value
        for name, value in (
            ("columns", "" if board.usual else ",".join(board.columns)),
            ("sort", board.sort),
            ("against", "" if board.against == Against.BEFORE else str(board.against)),
        )
        if value
    }


def board_table(board: Board, profiles: Mapping[int, ProfileRow]) -> BoardTable:
    page = board.page
    links = links_of(page)
    kept = dict(page.kept)
    lines = [_line(board, part, links, profiles.get(part.node.pk)) for part in board.rows]
    if board.whole and page.split:
        if page.split.rest:
            values = tuple(
                Value(page.metrics[code].label, page.metrics[code], page.split.rest.get(code), None, "")
                for code in board.columns
            )
            lines.append(
                Line(_("Not split"), values, detail=_("counted above, but in no channel"), tone="muted")
            )
        whole = Part(page.area.key, page.split.parts[0].node, page.figures)
        lines.append(
            Line(page.area.name, _values(board, whole, 0, links.why()), tone="total", status=whole.status,
                 reason=_reason(whole))
        )  # fmt: skip
    without = {name: value for name, value in kept.items() if name != "sort"}
    period = ("period", str(page.period))
    filters = tuple((dimension, node.path) for dimension, node in page.area.nodes.items())
    return BoardTable(
        caption=_("Channels in %(period)s") % {"period": wording.period_words(page)},
        said=_said(board),
        heads=tuple(_head(board, code, links) for code in board.columns),
        lines=tuple(lines),
        trend=_trend(board),
        by_trouble=_again(links, kept, sort="") if board.sort else "",
        sets=tuple(
            Option(
                name,
                str(label),
                board.usual if name == "key" else board.columns == _set(board, name),
                _again(links, kept, columns="" if name == "key" else ",".join(_set(board, name))),
            )
            for name, label in SET_NAMES.items()
            if _set(board, name)
        ),
        against=tuple(
            Option(
                str(one),
                str(label),
                one == board.against,
                _again(links, kept, against="" if one == Against.BEFORE else str(one)),
            )
            for one, label in AGAINST.items()
        ),
        choices=tuple(
            Choice(code, metric.label, code in board.columns) for code, metric in page.metrics.items()
        ),
        kept=(period, *filters, *((name, value) for name, value in kept.items() if name != "columns")),
        orders=_orders(board),
        order_kept=(period, *filters, *without.items()),
        with_profiles=any(line.profile is not None and line.profile.version for line in lines),
        lit=any(line.status for line in lines),
    )


def _set(board: Board, name: str) -> tuple[str, ...]:
    return tuple(code for code in SETS[name] if code in board.page.metrics)


def _again(links: Links, kept: dict[str, str], **changed: str) -> str:
    """This page with one thing turned."""
    return links.to(None, period="", **{**kept, **changed}) + "#channels"


def _head(board: Board, code: str, links: Links) -> Head:
    metric = board.page.metrics[code]
    down = board.sort == f"-{code}"
    up = board.sort == code
    wanted = code if down else f"-{code}"
    return Head(
        code,
        metric.label,
        metric.explanation,
        _again(links, dict(board.page.kept), sort=wanted),
        "descending" if down else "ascending" if up else "",
    )


def _orders(board: Board) -> tuple[Option, ...]:
    found = [Option("", _("What needs attention first"), not board.sort)]
    for code in board.columns:
        label = board.page.metrics[code].label
        for sort, words in (
            (f"-{code}", _("%(metric)s, highest first")),
            (code, _("%(metric)s, lowest first")),
        ):
            found.append(Option(sort, words % {"metric": label}, board.sort == sort))
    return tuple(found)


def _line(board: Board, part: Part, links: Links, profile: ProfileRow | None) -> Line:
    page = board.page
    nodes = {**page.area.nodes, "channel": part.node}
    above = board.above.get(part.node.pk)
    trend = board.trends.get(part.node.pk, ())
    return Line(
        name=part.node.label,
        values=_values(board, part, part.node.pk, links.why(nodes)),
        url=links.to(nodes),
        detail=wording.detail(part, page),
        above=above.label if above is not None else "",
        status=part.status,
        reason=_reason(part),
        at_risk=names_of(part.at_risk),
        trend=trend,
        trend_said=wording.course(trend, page.metrics[board.trend]) if trend else "",
        profile=profile,
    )


def _reason(part: Part) -> str:
    if part.status != "grey":
        return ""
    return "no_target" if part.has_values else "no_data"


def _values(board: Board, part: Part, pk: int, why: str) -> tuple[Value, ...]:
    found = []
    for code in board.columns:
        metric, figure = board.page.metrics[code], part.figure(code)
        beside = board.beside.get(pk, {}).get(code)
        words = AGAINST[board.against]
        found.append(
            Value(
                label=metric.label,
                metric=metric,
                value=figure.value,
                change=formats.change_between(figure.value, beside, metric),
                beside=_("%(what)s: %(value)s") % {"what": words, "value": _exact(beside, metric)}
                if beside is not None
                else "",
                status=figure.status if figure.status in ("yellow", "red") else "",
                reason=reason_of(figure, metric),
                why=f"{why}&metric={code}" if figure.value is not None else "",
                estimated=figure.estimated,
            )
        )
    return tuple(found)


def _exact(value: Decimal | None, metric: Metric) -> str:
    return formats.exact(value, metric, language(), currency())


def _said(board: Board) -> str:
    """Up to which day, and what the changes are measured on."""
    page = board.page
    if page.through is None:
        return ""
    words = {"day": wording.day_words(page.through)}
    if board.against == Against.BENCHMARK:
        if not any(board.beside.values()):
            return _("To %(day)s. Nobody has entered a benchmark for these figures yet.") % words
        return _("To %(day)s; below each figure its distance from the benchmark.") % words
    compared = page.compared if board.against == Against.BEFORE else page.last_year
    cut = page.compared.same_days
    words["period"] = wording.short_span(compared.period) if board.against == Against.BEFORE else wording.span_words(
        compared.period
    )  # fmt: skip
    if cut:
        return _("To %(day)s; below each figure its change on the same days of %(period)s.") % words
    return _("To %(day)s; below each figure its change on %(period)s.") % words


def _trend(board: Board) -> str:
    """ "ROAS, 13 months"."""
    if not board.trends or board.trend not in board.page.metrics:
        return ""
    count = max(len(line) for line in board.trends.values())
    words = {"metric": board.page.metrics[board.trend].label, "count": count}
    period = board.page.period
    if isinstance(period, LastDays):
        return _("%(metric)s, %(count)s × %(days)s days") % {**words, "days": period.days}
    said = {
        Grain.DAY: ngettext("%(metric)s, %(count)s day", "%(metric)s, %(count)s days", count),
        Grain.WEEK: ngettext("%(metric)s, %(count)s week", "%(metric)s, %(count)s weeks", count),
        Grain.MONTH: ngettext("%(metric)s, %(count)s month", "%(metric)s, %(count)s months", count),
        Grain.QUARTER: ngettext("%(metric)s, %(count)s quarter", "%(metric)s, %(count)s quarters", count),
        Grain.YEAR: ngettext("%(metric)s, %(count)s year", "%(metric)s, %(count)s years", count),
    }
    return said[Grain(period.grain)] % words
