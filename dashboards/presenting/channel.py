"""The page of one channel: its course, its mix, what sources say of it, its content pieces."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from channels.selectors.profiles import ProfileRow
from channels.sides_page import ShownArea, shown_area
from common import formats
from dashboards import charts, wording
from dashboards.addresses import filters_of, links_of
from dashboards.pieces import Cell, CellKind, LightRow, LightsTable
from dashboards.presenting.common import Option, Picked
from dashboards.presenting.course import course_of
from dashboards.presenting.drawings import Chart, table
from dashboards.selectors import Spend
from dashboards.selectors.channel import MIXED, PIECE_CODES, Channel
from dashboards.selectors.channels import SETS
from dashboards.templatetags.numbers import currency, language
from ingest.words import source_name
from kpis.models import Metric
from kpis.selectors import NO_FIGURE


@dataclass(frozen=True)
class About:
    """What was decided about the channel. `url` where she may change it."""

    tier: str
    state: str
    runs: bool
    owner: str
    url: str


def about(found: Channel, profile: ProfileRow, *, may_change: bool) -> About:
    url = reverse("channels:profile", args=[found.node.pk]) if may_change else ""
    owner = profile.owner.label if profile.owner is not None else ""
    return About(profile.tier_label, profile.state_label, profile.runs, owner, url)


def headline(found: Channel) -> str:
    """The one line: what it lost, then how it stands."""
    said = wording.headline(found.page)
    whole = found.whole
    if whole.lost is None or not whole.loses:
        return said
    loss = _("It spent %(amount)s more than it earned in the two weeks to %(day)s.") % {
        "amount": wording.tile(whole.lost, found.page.metrics["cost"]),
        "day": wording.day_words(found.page.through or found.page.complete),
    }
    return _("%(first)s %(second)s") % {"first": loss, "second": said}


def crumbs(found: Channel) -> list[Option]:
    """The way back: the table first, with its own filters and order."""
    page = found.page
    links = links_of(page)
    others = {dimension: node for dimension, node in page.area.nodes.items() if dimension != "channel"}
    first = Option("channels", _("Channels"), False, links.to(others))
    return [first, *(Option(place.key, place.name, False, links.to(place.nodes)) for place in page.crumbs)]


@dataclass(frozen=True)
class Sides:
    """The verdict on three sides of the investment, and where it is told in full."""

    area: ShownArea
    url: str


def three_sides(found: Channel) -> Sides | None:
    if found.judged is None:
        return None
    query = urlencode({"channel": found.node.path, "period": str(found.page.period)})
    return Sides(shown_area(found.judged), f"{reverse('channels:sides')}?{query}")


# -- Charts -------------------------------------------------------------------------------------------


def course(found: Channel) -> Chart:
    """The chosen figure over the last periods."""
    return course_of(found.history, found.page.metrics.get(found.history.code))


def course_choice(found: Channel) -> Picked:
    page = found.page
    codes = [code for code in SETS["all"] if code in page.metrics]
    codes += [code for code in page.metrics if code not in codes]
    options = tuple(Option(code, page.metrics[code].label, code == found.history.code) for code in codes)
    return Picked("trend", _("Figure to draw"), options, _kept(found, "trend"))


def mix(found: Channel) -> Chart | None:
    """On what parts an amount was spread, month by month."""
    metric = found.page.metrics.get(found.mix_code)
    if metric is None or found.mix is None:
        return None
    kind = wording.kind_of_node(next(iter(found.mix.nodes.values())))
    figure = charts.spend(found.mix, unit=metric.unit, others=_("Others"), rest=_("Not split"))
    heads = [_("Month"), *(trace["name"] for trace in figure["data"])]
    rows = [
        (
            formats.period(f"{month:%Y-%m}", language()),
            [
                _exact(None if value is None else Decimal(str(value)), metric)
                for value in (trace["y"][place] for trace in figure["data"])
            ],
        )
        for place, month in enumerate(found.mix.months)
    ]
    links = links_of(found.page)
    return Chart(
        id="mix",
        title=_mix_title(found.mix, metric),
        subtitle=_("%(metric)s by month and %(kinds)s") % {"metric": metric.label, "kinds": kind},
        figure=figure,
        numbers=table(metric.label, heads, rows),
        steps=tuple(
            Option(
                code,
                found.page.metrics[code].label,
                code == found.mix_code,
                links.to(mix="" if code == MIXED[0] else code) + "#charts",
            )
            for code in MIXED
            if code in found.page.metrics
        ),
    )


def _mix_title(mixed: Spend, metric: Metric) -> str:
    """Whose share moved most between the first and the last month."""
    first, last = mixed.months[0], mixed.months[-1]

    def shares(month: object) -> dict[int, Decimal]:
        there = {pk: amount for (at, pk), amount in mixed.amounts.items() if at == month and amount > 0}
        whole = sum(there.values(), Decimal(0))
        return {pk: amount / whole for pk, amount in there.items()} if whole else {}

    then, now = shares(first), shares(last)
    if first == last or not then or not now:
        return metric.label
    most = max(mixed.nodes, key=lambda pk: abs(now.get(pk, Decimal(0)) - then.get(pk, Decimal(0))))
    words = {
        "name": mixed.nodes[most].label,
        "metric": wording.name_in_sentence(metric),
        "then": wording.percent(then.get(most, Decimal(0))),
        "now": wording.percent(now.get(most, Decimal(0))),
    }
    return _("%(name)s: from %(then)s to %(now)s of %(metric)s") % words


def _kept(found: Channel, left_out: str) -> tuple[tuple[str, str], ...]:
    page = found.page
    return (
        ("period", str(page.period)),
        *filters_of(page.area.nodes),
        *((name, value) for name, value in page.kept.items() if name != left_out),
    )


def _exact(value: Decimal | None, metric: Metric) -> str:
    return formats.exact(value, metric, language(), currency())


# -- Tables -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class SideBySide:
    """What sources said of the same figure, the one that counts first said so."""

    heads: tuple[str, ...]
    rows: tuple[
        tuple[str, tuple[tuple[str, str, bool], ...], str], ...
    ]  # figure; source, value, counts; spread


def side_by_side(found: Channel) -> SideBySide | None:
    """Platform-reported and own figures beside each other; None where one source alone speaks."""
    beside = found.beside
    if beside is None:
        return None
    rows = []
    for code in beside.measures:
        metric = found.page.metrics.get(code)
        if metric is None:
            continue
        cells, values = [], []
        for source in beside.sources:
            counted = beside.counted.get((source.pk, code))
            value = counted if counted is not None else beside.beside.get((source.pk, code))
            cells.append((source_name(source), _exact(value, metric), counted is not None))
            if value is not None:
                values.append(value)
        rows.append((metric.label, tuple(cells), _spread(values)))
    heads = tuple(source_name(source) for source in beside.sources)
    return SideBySide(heads, tuple(rows)) if rows else None


def _spread(values: list[Decimal]) -> str:
    """By how much the highest is over the lowest."""
    low, high = min(values), max(values)
    return f"{wording.percent(high / low - 1)}" if low > 0 else formats.NO_VALUE


def pieces(found: Channel) -> LightsTable | None:
    """The content pieces that brought most."""
    if not found.pieces:
        return None
    page, links = found.page, links_of(found.page)
    codes = [code for code in PIECE_CODES if code in page.metrics]
    rows = []
    for one in found.pieces:
        nodes = {**page.area.nodes, "channel": one.node}
        why = links.why(nodes)
        cells = tuple(
            Cell(
                label=page.metrics[code].label,
                value=one.figures.get(code, NO_FIGURE).value,
                kind=CellKind.SHORT,
                metric=page.metrics[code],
                why=f"{why}&metric={code}" if one.figures.get(code, NO_FIGURE).value is not None else "",
            )
            for code in codes
        )
        above = one.node.parent.label if one.node.parent is not None else ""
        rows.append(LightRow(one.node.label, cells, url=links.to(nodes), detail=above))
    return LightsTable(_("Content pieces that brought most"), _("Content piece"), tuple(rows))
