"""What can be put on a page: the kinds of charts, what each needs, and which figures each is for. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from dashboards.models.boards import ChartKind, Width
from kpis.models import Metric, Unit


class Split(StrEnum):
    """Whether a kind of chart takes a dimension to be split by."""

    NEVER = "never"
    MAY = "may"
    MUST = "must"


class Trouble(StrEnum):
    """Why a panel shows no figure; worded where it is shown (`presenting.panel`)."""

    NO_CHART = "no_chart"  # no such kind
    NO_METRIC = "no_metric"  # none was chosen
    GONE = "gone"  # put away or taken out since
    NO_SPLIT = "no_split"  # by what, was not said
    NOT_A_SHARE = "not_a_share"  # a gauge of an amount
    NOT_ADDED = "not_added"  # a heat map of what cannot be added up
    NOT_HERS = "not_hers"
    NO_DATA = "no_data"
    NO_PARTS = "no_parts"
    FAILED = "failed"


@dataclass(frozen=True)
class Kind:
    chart: ChartKind
    metric: bool = True
    split: Split = Split.NEVER


KINDS = {
    kind.chart: kind
    for kind in (
        Kind(ChartKind.NUMBER),
        Kind(ChartKind.BULLET),
        Kind(ChartKind.GAUGE),
        Kind(ChartKind.TREND, split=Split.MAY),
        Kind(ChartKind.BARS, split=Split.MUST),
        Kind(ChartKind.HEAT),
        Kind(ChartKind.FUNNEL, metric=False),
        Kind(ChartKind.TABLE, split=Split.MUST),
    )
}


def kind_of(chart: str) -> Kind | None:
    return KINDS[ChartKind(chart)] if chart in ChartKind.values else None


def is_share(metric: Metric) -> bool:
    """Whether it is a part of a whole, 0 to 1: a percent that is no growth, no balance and no deviation."""
    return metric.unit == Unit.PERCENT and all(Decimal(one) > 0 for one in metric.numerator.values())


def misfit(chart: str, metric: Metric | None, *, by: str, adds_up: bool) -> Trouble | None:
    """Why this figure cannot be shown so; `adds_up`: whether it is made of amounts that add up over days and areas."""
    kind = kind_of(chart)
    if kind is None:
        return Trouble.NO_CHART
    if not kind.metric:
        return None
    if metric is None:
        return Trouble.NO_METRIC
    if metric.archived_at is not None:
        return Trouble.GONE
    if kind.split == Split.MUST and not by:
        return Trouble.NO_SPLIT
    if kind.chart == ChartKind.GAUGE and not is_share(metric):
        return Trouble.NOT_A_SHARE
    if kind.chart == ChartKind.HEAT and not adds_up:
        return Trouble.NOT_ADDED
    return None


def charts_for(metric: Metric, *, adds_up: bool) -> tuple[ChartKind, ...]:
    """The kinds of charts that a figure may be shown as."""
    return tuple(
        kind.chart
        for kind in KINDS.values()
        if kind.metric and misfit(kind.chart, metric, by="channel", adds_up=adds_up) is None
    )


def metrics_for(chart: str, metrics: Iterable[Metric], *, adding: Iterable[str]) -> tuple[Metric, ...]:
    """The figures that a kind of chart may show; `adding` are the codes of those that add up."""
    known = frozenset(adding)
    return tuple(
        one for one in metrics if misfit(chart, one, by="channel", adds_up=one.code in known) is None
    )


@dataclass(frozen=True)
class Wish:
    """What a panel is to show, as it was chosen or written into an address."""

    chart: str
    metric: str = ""
    by: str = ""
    title: str = ""


@dataclass(frozen=True)
class Piece:
    """A panel of a template."""

    chart: ChartKind
    metric: str = ""
    by: str = ""
    width: Width = Width.MEDIUM


TEMPLATES: dict[str, tuple[Piece, ...]] = {
    "overview": (
        Piece(ChartKind.NUMBER, "revenue", width=Width.SMALL),
        Piece(ChartKind.NUMBER, "cost", width=Width.SMALL),
        Piece(ChartKind.NUMBER, "roas", width=Width.SMALL),
        Piece(ChartKind.NUMBER, "orders", width=Width.SMALL),
        Piece(ChartKind.TREND, "revenue"),
        Piece(ChartKind.BARS, "revenue", "channel"),
        Piece(ChartKind.FUNNEL, width=Width.WIDE),
    ),
    "channels": (
        Piece(ChartKind.BARS, "roas", "channel"),
        Piece(ChartKind.BARS, "cost", "channel"),
        Piece(ChartKind.TREND, "revenue", "channel", Width.WIDE),
        Piece(ChartKind.HEAT, "revenue", width=Width.WIDE),
        Piece(ChartKind.TABLE, "revenue", "channel", Width.WIDE),
    ),
    "team": (
        Piece(ChartKind.BULLET, "revenue"),
        Piece(ChartKind.BULLET, "orders"),
        Piece(ChartKind.GAUGE, "conversion_rate", width=Width.SMALL),
        Piece(ChartKind.NUMBER, "leads", width=Width.SMALL),
        Piece(ChartKind.TREND, "leads"),
        Piece(ChartKind.TABLE, "revenue", "region", Width.WIDE),
    ),
}
