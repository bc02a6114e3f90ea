"""What the page can be turned to: period, and a place in each tree."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from common import formats
from common.periods import Grain, Period
from dashboards import wording
from dashboards.addresses import Links, filters_of, links_of, query_of
from dashboards.presenting.common import Option, Picked
from dashboards.selectors import SPLITS, Framed
from dashboards.spans import ROLLING, LastDays, Span
from dashboards.templatetags.numbers import language
from organization.words import DIMENSION_NAMES

PERIODS = 60  # in the list to choose from
ORDER = ("region", "channel", "product")


@dataclass(frozen=True)
class Picker:
    """A place in one tree. `url` is where the places to choose from are listed; `off` turns the filter off, "" where
    that is not hers.
    """

    dimension: str
    name: str
    chosen: str
    url: str
    off: str = ""


@dataclass(frozen=True)
class Filters:
    """`said` is how the page is turned now. Links are "" where nothing lies there."""

    pickers: tuple[Picker, ...]
    grains: tuple[Option, ...]
    periods: tuple[Option, ...]
    kept: tuple[tuple[str, str], ...]  # what a form must send along with a period
    earlier: str
    later: str
    said: str
    mine: tuple[Option, ...] = ()  # areas that were granted, where there are several
    choice: Picked | None = None  # of the page's own, before all others


def filters(page: Framed) -> Filters:
    links = links_of(page)
    first, last = page.first or page.period, page.last or page.period
    periods: list[Span] = []
    if isinstance(page.period, Period):
        period: Span = last
        while period.start >= first.start and len(periods) < PERIODS:
            periods.append(period)
            period = period.next(-1)
    earlier, later = page.period.next(-1), page.period.next()
    calendar = isinstance(page.period, Period)
    shown = [dimension for dimension in page.pickers or ORDER if set(page.area.nodes) <= set(SPLITS)]
    return Filters(
        pickers=tuple(_picker(page, dimension) for dimension in shown),
        grains=(
            *(
                _grain(page, links, grain)
                for grain in ((Grain.DAY,) if page.home == "channels" else ()) + _GRAINS
            ),
            *_rolling(page, links),
        ),
        periods=tuple(
            Option(str(one), formats.period(str(one), language()), one == page.period) for one in periods
        ),
        kept=(*filters_of(page.area.nodes), *page.kept.items()),
        earlier=links.to(period=str(earlier)) if calendar and earlier.start >= first.start else "",
        later=links.to(period=str(later)) if calendar and later.start <= last.start else "",
        said=f"{page.area.name} · {wording.span_words(page.period)}",
        mine=tuple(
            Option(place.key, place.name, place.key == page.area.key, links.to(place.nodes))
            for place in page.granted
        ),
    )


def _picker(page: Framed, dimension: str) -> Picker:
    node = page.area.nodes.get(dimension)
    others = {one: other for one, other in page.area.nodes.items() if one != dimension}
    off = ""
    if node is not None and dimension in page.may_leave:
        off = links_of(page).to(others)
    among = {"page": page.home} if page.home else {}
    query = query_of(page.area.nodes, period=str(page.period), **page.kept, **among, dimension=dimension)
    return Picker(
        dimension=dimension,
        name=str(DIMENSION_NAMES[dimension]),
        chosen=node.label if node else "",
        url=f"{reverse('dashboards:places')}?{query}",
        off=off,
    )


_GRAINS = (Grain.WEEK, Grain.MONTH, Grain.QUARTER, Grain.YEAR)


def _grain(page: Framed, links: Links, grain: Grain) -> Option:
    """The same time seen finer or coarser: the period of the last day that is looked at."""
    day = page.through or min(page.period.end, page.complete)
    period = Period.containing(day, grain, fiscal_start=page.period.fiscal_start)
    names = {
        Grain.DAY: _("Day"),
        Grain.WEEK: _("Week"),
        Grain.MONTH: _("Month"),
        Grain.QUARTER: _("Quarter"),
        Grain.YEAR: _("Year"),
    }
    return Option(str(grain), names[grain], grain == page.period.grain, links.to(period=str(period)))


def _rolling(page: Framed, links: Links) -> list[Option]:
    current = page.period.days if isinstance(page.period, LastDays) else None
    return [
        Option(
            f"last-{days}",
            _("%(days)s days") % {"days": days},
            days == current,
            links.to(period=f"last-{days}"),
        )
        for days in sorted({*ROLLING, *([current] if current else [])})
    ]
