"""What the page that breaks a target down is asked: what is divided, by which steps, and what people fixed by hand."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.periods import MONTHS_IN, Grain, Period
from kpis.amount_text import parse_amount
from kpis.decomposition import Stage
from kpis.forms.targets import DEFAULT_METRIC, FIRST_YEAR, LAST_YEAR
from kpis.models import Metric

MOST_STATE = 600_000  # characters
MOST_FIXED = 20_000  # locks and weights
LONGEST = 60
TIMES = {
    "": gettext_lazy("Not by time"),
    "quarter": gettext_lazy("Quarters"),
    "month": gettext_lazy("Months"),
}
TREES = {
    "": gettext_lazy("Not by areas"),
    "region": gettext_lazy("Regions"),
    "channel": gettext_lazy("Channels"),
    "product": gettext_lazy("Product lines"),
    "team": gettext_lazy("Teams"),
}
SEASONS = {
    "season": gettext_lazy("By the season learnt from history"),
    "days": gettext_lazy("By days"),
    "equal": gettext_lazy("Equally"),
    "hand": gettext_lazy("By weights of my own"),
}
METHODS = {
    "history": gettext_lazy("By the last twelve months"),
    "stage": gettext_lazy("By stage and maturity"),
    "equal": gettext_lazy("Equally"),
    "hand": gettext_lazy("By weights of my own"),
}
STAGES = {
    "": gettext_lazy("not said"),
    Stage.LAUNCH.value: gettext_lazy("Launch"),
    Stage.GROWTH.value: gettext_lazy("Growth"),
    Stage.STAR.value: gettext_lazy("Star"),
    Stage.MATURE.value: gettext_lazy("Mature"),
    Stage.DECLINE.value: gettext_lazy("Decline"),
}


class StateUnreadable(ValueError):
    """What people fixed by hand did not arrive as the page sends it."""


@dataclass(frozen=True)
class Place:
    """What is said of a sibling, as it was typed: fractions as percent, the year of its step path."""

    stage: str = ""
    maturity: str = ""
    penetration: str = ""
    year: str = ""

    def as_json(self) -> dict[str, str]:
        said = {
            "stage": self.stage,
            "maturity": self.maturity,
            "penetration": self.penetration,
            "year": self.year,
        }
        return {name: text for name, text in said.items() if text}


@dataclass(frozen=True)
class Fixed:
    """What people fixed by hand, as they typed it.

    Rows are named by `n` and the node's id (`whole` where there are none), columns by their written period. A lock of a
    row's or column's total has an empty other half.
    """

    weights: Mapping[str, str] = field(default_factory=dict)
    locks: Mapping[tuple[str, str], str] = field(default_factory=dict)
    out: frozenset[str] = frozenset()
    places: Mapping[str, Place] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {
            "weights": dict(self.weights),
            "locks": [[row, column, text] for (row, column), text in self.locks.items()],
            "out": sorted(self.out),
            "places": {row: place.as_json() for row, place in self.places.items()},
        }


@dataclass(frozen=True)
class Asked:
    """What makes no sense falls back to the default, but for the total: what was typed is kept to be mended."""

    metric: Metric
    metrics: tuple[Metric, ...]
    area: str
    period: Period
    periods: tuple[Period, ...]
    total: str
    time: str
    season: str
    tree: str
    method: str
    own: bool  # the total becomes the whole's own target too
    own_parts: bool  # and so do the months or quarters, where areas share them
    fixed: Fixed
    remembered: bool  # whether `fixed` was sent: else what was said of siblings last time holds

    @property
    def query(self) -> str:
        """The address of the page with the same question, without what was fixed by hand."""
        asked = QueryDict(mutable=True)
        asked.update(
            {
                "metric": self.metric.code, "area": self.area, "period": str(self.period), "total": self.total,
                "time": self.time, "season": self.season, "tree": self.tree, "method": self.method,
            }
        )  # fmt: skip
        return asked.urlencode()


def read_asked(data: Mapping[str, str], *, today: date, fiscal_start: int) -> Asked:
    """Raises StateUnreadable."""
    metrics = tuple(Metric.objects.in_use())
    by_code = {metric.code: metric for metric in metrics}
    now = Period.containing(today, Grain.YEAR, fiscal_start=fiscal_start)
    period = period_to_divide(data.get("period", ""), fiscal_start) or now.next()
    time = data.get("time", "month")
    allowed = times_within(period)
    sent = "state" in data
    fixed = read_fixed(data.get("state", ""))
    return Asked(
        metric=by_code.get(data.get("metric", ""), by_code.get(DEFAULT_METRIC, metrics[0])),
        metrics=metrics,
        area=data.get("area", "") or "company",
        period=period,
        periods=_choices(now, period),
        total=data.get("total", "").strip()[:LONGEST],
        time=time if time in allowed else allowed[-1],
        season=_one_of(SEASONS, data.get("season", "")),
        tree=data.get("tree", "") if data.get("tree", "") in TREES else "",
        method=_one_of(METHODS, data.get("method", "")),
        own=data.get("own") == "1" or not sent,
        own_parts=data.get("own_parts") == "1" or not sent,
        fixed=fixed,
        remembered=sent,
    )


def times_within(period: Period) -> list[str]:
    """Into what a period can be divided, of TIMES."""
    return [name for name in TIMES if not name or MONTHS_IN[Grain(name)] < MONTHS_IN[period.grain]]


def _one_of(choices: Mapping[str, Any], text: str) -> str:
    return text if text in choices else next(iter(choices))


def period_to_divide(text: str, fiscal_start: int) -> Period | None:
    try:
        asked = Period.parse(text, fiscal_start=fiscal_start)
    except ValueError:
        return None
    return asked if asked.grain in MONTHS_IN and FIRST_YEAR < asked.start.year < LAST_YEAR else None


def _choices(now: Period, asked: Period) -> tuple[Period, ...]:
    """This year and the next two with their quarters, and what is asked for besides."""
    found = []
    for year in (now, now.next(), now.next(2)):
        first = Period(Grain.QUARTER, year.start, year.fiscal_start)
        found += [year, *(first.next(step) for step in range(4))]
    return tuple(found) if asked in found else (asked, *found)


# -- What was fixed by hand -------------------------------------------------------------------------


def read_fixed(text: str) -> Fixed:
    """Raises StateUnreadable."""
    if not text:
        return Fixed()
    unreadable = StateUnreadable(_("What you fixed by hand could not be read. Load the page again."))
    if len(text) > MOST_STATE or "\\u0000" in text or "\0" in text:
        raise unreadable
    try:
        sent = json.loads(text)
        fixed = Fixed(
            weights={_text(row): _text(one) for row, one in sent.get("weights", {}).items()},
            locks={
                (_text(row), _text(column)): _text(amount) for row, column, amount in sent.get("locks", [])
            },
            out=frozenset(_text(row) for row in sent.get("out", [])),
            places={_text(row): _place(one) for row, one in sent.get("places", {}).items()},
        )
    except (ValueError, TypeError, AttributeError, RecursionError):
        raise unreadable from None
    if max(len(fixed.weights), len(fixed.locks), len(fixed.out), len(fixed.places)) > MOST_FIXED:
        raise unreadable
    return fixed


def place_of(said: Mapping[str, Any]) -> Place:
    """What was kept with a change. Raises ValueError, TypeError and AttributeError for what is no such thing."""
    return _place(said)


def _place(said: Any) -> Place:
    stage = _text(said.get("stage", ""))
    return Place(
        stage if stage in STAGES else "",
        _text(said.get("maturity", "")),
        _text(said.get("penetration", "")),
        _text(said.get("year", "")),
    )


def _text(said: Any) -> str:
    if not isinstance(said, str):
        raise TypeError
    return said.strip()[:LONGEST]


def read_weight(text: str) -> Decimal | None:
    """3, 0.5 or 12.5%: zero or more. None for anything else."""
    plain = text.removesuffix("%").removesuffix("％").strip()
    value = parse_amount(plain)
    return value if value is not None and value >= 0 else None


def read_fraction(text: str) -> Decimal | None:
    """How much of a whole, typed as percent from 0 to 100."""
    value = read_weight(text)
    return value / 100 if value is not None and value <= 100 else None
