"""The page of drivers as its template shows it. No database."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from common import formats
from feedback import driver_words as words
from feedback.dots import Dot, Scale
from feedback.driver_charts import map_chart
from feedback.driver_map import Driven, Map, driver_map
from feedback.models import DriverResult
from feedback.score_words import answers
from feedback.scores_page import Chart, chart_table
from feedback.selectors.drivers import DriversPage


@dataclass(frozen=True)
class ShownDriver:
    """`why` stands where there is no effect."""

    name: str
    effect: str
    between: str
    clear: bool
    mean: str
    answers: str
    place: str
    why: str
    dot: Dot | None


def mapped(page: DriversPage) -> Map | None:
    return driver_map(
        [
            Driven(one.driver.label, one.effect, one.low, one.high, one.mean)
            for one in page.found
            if one.effect is not None
            and one.low is not None
            and one.high is not None
            and one.mean is not None
        ]
    )


def rows(page: DriversPage, found: Map | None) -> tuple[ShownDriver, ...]:
    """What the score goes with most first; those without a result at the end."""
    # (the map has those with an effect, in their order.)
    codes = [one.driver.code for one in page.found]
    places = dict(zip(codes, (place for _one, place in found.drivers), strict=True)) if found else {}
    scale = _scale(page)
    names = words.names_of(page)

    def shown(one: DriverResult) -> ShownDriver:
        clear = one.low is not None and one.high is not None and (one.low > 0 or one.high < 0)
        return ShownDriver(
            name=one.driver.label,
            effect=words.number(one.effect, signed=True),
            between=words.between(one.low, one.high),
            clear=clear,
            mean=words.number(one.mean),
            answers=formats.number(one.answers),
            place=str(words.PLACES[places[one.driver.code]]) if one.driver.code in places else "",
            why=words.why(one.why, names),
            dot=_dot(one, scale),
        )

    ordered = sorted(page.results, key=lambda one: (one.effect is None, -(one.effect or 0)))
    return tuple(map(shown, ordered))


def _scale(page: DriversPage) -> Scale | None:
    ends = [end for one in page.found for end in (one.low, one.high) if end is not None]
    if not ends:
        return None
    ends.append(Decimal(0))
    low, high = min(ends), max(ends)
    return Scale(low, high) if low < high else None


def _dot(one: DriverResult, scale: Scale | None) -> Dot | None:
    if scale is None or one.effect is None or one.low is None or one.high is None:
        return None
    return Dot(scale.at(one.low), scale.at(one.high), scale.at(one.effect), scale.at(Decimal(0)))


def chart(page: DriversPage, found: Map) -> Chart:
    title = words.map_title(found)
    names = {"mean": _("Mean of its ratings, 1 to 5"), "effect": _("Points of the score a point")}
    table = [
        (
            one.name,
            [
                words.number(one.effect, signed=True),
                words.between(one.low, one.high),
                words.number(one.mean),
                str(words.PLACES[place]),
            ],
        )
        for one, place in found.drivers
    ]
    heads = (names["effect"], _("Interval"), names["mean"], _("What it says"))
    result = page.found[0]
    subtitle = _("Up: goes with %(score)s the more. Right: rated better. %(answers)s.") % {
        "score": words.score_name(result),
        "answers": answers(result.answers),
    }
    places = {place: str(words.PLACES[place]) for place in words.PLACES}
    return Chart(
        "drivers",
        title,
        subtitle,
        map_chart(found, places, names),
        chart_table(title, _("Driver"), heads, table),
    )
