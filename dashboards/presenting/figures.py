"""Key figures, what needs attention, the way from seeing to buying, and how fresh all that is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from common import formats
from dashboards import wording
from dashboards.addresses import links_of
from dashboards.context import url_or_none
from dashboards.pieces import Attention, KeyFigure
from dashboards.presenting.common import names_of, reason_of
from dashboards.selectors import Compared, Framed, Overview
from dashboards.selectors.catalog import FUNNEL
from dashboards.spans import is_kept
from ingest.words import source_name
from kpis.models import Direction, Metric
from kpis.outlook_words import brief
from kpis.selectors import NO_FIGURE, Figure

TILES = ("revenue", "cost", "roas", "orders", "new_customers", "cac")
ATTENTION = 6
OLD = 3  # days after which a source is said to be behind


def key_figures(page: Overview) -> list[KeyFigure]:
    return [whole_figure(page, page.metrics[code]) for code in TILES if code in page.metrics]


def whole_figure(page: Overview, metric: Metric) -> KeyFigure:
    """The tile with last year's figure and where the period will end."""
    code = metric.code
    figure, year_ago = page.figure(code), page.last_year.figures.get(code, NO_FIGURE)
    # A year's own period before is last year: said once.
    twice = page.compared.period == page.last_year.period
    return replace(
        key_figure(
            page,
            metric,
            figure,
            page.compared,
            may_set_targets=page.may_set_targets,
            at_risk=names_of(page.risks.get(code, ())),
        ),
        change_on_year=formats.change_between(figure.value, year_ago.value, metric),
        on_year=_("on last year")
        if year_ago.value is not None and figure.value is not None and not twice
        else "",
        ahead=brief(page.ahead.get(code), metric),
    )


def key_figure(
    page: Framed,
    metric: Metric,
    figure: Figure,
    compared: Compared,
    *,
    may_set_targets: bool,
    at_risk: tuple[str, ...] = (),
) -> KeyFigure:
    """The tile of a figure of this page's area and period."""
    code, before = metric.code, compared.figures.get(metric.code, NO_FIGURE)
    wanted = may_set_targets and figure.target is None and is_kept(page.period)
    targets = url_or_none("kpis:targets") if wanted else None
    month = max(page.period.start, page.through.replace(day=1)) if page.through else page.period.start
    query = urlencode({"metric": code, "month": f"{month:%Y-%m}", "areas": next(iter(page.area.nodes), "")})
    return KeyFigure(
        name=metric.label,
        metric=metric,
        value=figure.value,
        status=figure.status,
        reason=reason_of(figure, metric),
        expected=figure.expected if metric.additive else None,
        target=figure.target,
        attainment=figure.attainment,
        standing=_standing(figure.value, figure.expected, metric),
        change=formats.change_between(figure.value, before.value, metric),
        change_since=wording.since(compared) if figure.value is not None else "",
        as_of=figure.through if figure.value is not None else None,
        url=f"{targets}?{query}" if targets else "",
        help=metric.explanation,
        step=_("Set a target") if targets else "",
        estimated=figure.estimated,
        why=f"{links_of(page).why()}&metric={code}"
        if figure.value is not None or figure.target is not None
        else "",
        at_risk=at_risk,
    )


def _standing(value: Decimal | None, expected: Decimal | None, metric: Metric) -> str:
    """Of a figure that should be low: by how much it is over or under; "" says the attainment instead."""
    if metric.direction != Direction.LOWER or value is None or expected is None or expected <= 0:
        return ""
    return wording.over_or_under(value / expected - 1)


def attention(page: Overview) -> list[Attention]:
    links = links_of(page)
    items = []
    for part in page.troubles[:ATTENTION]:
        alert = url_or_none("alerts:episodes") if part.alert else None
        into = links.into(part.node.dimension, part.node)
        items.append(
            Attention(
                name=part.node.label,
                words=wording.what_is_wrong(part, page),
                status=part.status,
                step=_("Open alert") if alert else _("Open area"),
                url=reverse("alerts:episode", args=[part.alert]) if alert else into,
                area=into if alert else "",
                at_risk=names_of(part.at_risk),
            )
        )
    return items


@dataclass(frozen=True)
class Step:
    """A step from seeing to buying. `rate`: the share of the step before that got here; changes as in formats.py."""

    name: str
    metric: Metric
    value: Decimal | None
    change: Decimal | None
    rate: Decimal | None = None
    rate_change: Decimal | None = None
    why: str = ""


@dataclass(frozen=True)
class Rate:
    """Rates are percents of their own, without a metric."""

    unit: str = "percent"


def funnel(page: Overview) -> list[Step]:
    """The steps that have been reported; none where fewer than two have."""
    steps: list[Step] = []
    why = links_of(page).why()
    now, before = page.funnel.now, page.funnel.before
    last: str | None = None
    for code in FUNNEL:
        value = now.get(code)
        if code not in page.metrics or value is None:
            continue
        metric = page.metrics[code]
        rate = _rate(now.get(last), value) if last else None
        earlier = _rate(before.get(last), before.get(code)) if last else None
        steps.append(
            Step(
                name=metric.label,
                metric=metric,
                value=value,
                change=formats.change_between(value, before.get(code), metric),
                rate=rate,
                rate_change=formats.change_between(rate, earlier, Rate()),
                why=f"{why}&metric={code}",
            )
        )
        last = code
    return steps if len(steps) > 1 else []


def _rate(above: Decimal | None, below: Decimal | None) -> Decimal | None:
    return below / above if above and below is not None else None


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
