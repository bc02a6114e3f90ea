"""A year's target suggested for an area: reads the days, and keeps what was reckoned until data change."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
from django.core.cache import cache
from django.db import connection

from common.periods import Grain, Period, add_months
from kpis.figures import Look
from kpis.forecasting import EventDays, TooLittle
from kpis.models import Direction, Metric
from kpis.selectors.seasons import daily
from kpis.selectors.shares import children
from kpis.stamps import WINDOW, data_version
from kpis.suggesting import Suggestion, suggest_year
from organization.models import CalendarEvent, Node, Scope
from organization.selectors import company, scope_key

YEARS = 5
MOST_PARTS = 12  # the largest product lines; the others are told together
VERSION = 1  # of what is kept
ONE = timedelta(days=1)


@dataclass(frozen=True)
class Suggested:
    """`days` are those with an amount; `parts` the names of product lines by the keys of their areas."""

    found: Suggestion | TooLittle
    days: tuple[date, ...]
    amounts: tuple[float, ...]
    parts: Mapping[str, str]
    first: date | None
    last: date | None


def years_to_suggest(today: date) -> list[Period]:
    """The fiscal year that runs and the two after it."""
    now = Period.containing(today, Grain.YEAR, fiscal_start=company().fiscal_year_start)
    return [now, now.next(), now.next(2)]


def suggestion(*, metric: Metric, scope: Scope, year: Period, look: Look) -> Suggested:
    """For a metric that adds up and a year that is not over. Takes a second or so; kept until data change.

    Whether somebody may see it is asked before. A bounded number of queries.
    """
    text = "\n".join(
        map(
            str,
            (VERSION, connection.settings_dict["NAME"], data_version(), metric.pk, metric.numerator, metric.scale,
             scope.key, year, year.start, look.as_of, look.today),
        )
    )  # fmt: skip
    key = f"suggestion:{hashlib.sha256(text.encode()).hexdigest()}"
    kept = cache.get(key)
    if not isinstance(kept, Suggested):
        kept = _reckoned(metric, scope, year, look)
        cache.set(key, kept, int(WINDOW.total_seconds()) // 2)
    return kept


def _reckoned(metric: Metric, scope: Scope, year: Period, look: Look) -> Suggested:
    nodes: dict[str, Node] = {one: getattr(scope, one) for one in scope.node_ids()}
    first = add_months(year.start, -12 * YEARS)
    last = min(look.params()["complete"], year.end - ONE)
    lines = {scope_key({**nodes, "product": node}): node for node in children(nodes, "product")}
    areas: list[Mapping[str, Node]] = [nodes, *({**nodes, "product": node} for node in lines.values())]
    rows = _series(areas, metric, first, last)
    whole = rows.pop(0, None)
    if whole is None:
        return Suggested(TooLittle("empty", 730, 0), (), (), {}, None, None)
    keys = list(lines)
    largest = sorted(rows, key=lambda number: -float(rows[number].sum()))[:MOST_PARTS]
    parts = {keys[number - 1]: rows[number] for number in sorted(largest)}
    found = suggest_year(
        whole,
        year.start,
        year.end,
        events=_events(first, year.end),
        parts=parts,
        direction="lower" if metric.direction == Direction.LOWER else "higher",
    )
    days = tuple(pd.Timestamp(str(day)).date() for day in whole.index)
    return Suggested(
        found,
        days,
        tuple(float(amount) for amount in whole),
        {key: str(lines[key].label) for key in parts},
        days[0],
        days[-1],
    )


def _series(
    areas: Sequence[Mapping[str, Node]], metric: Metric, first: date, last: date
) -> dict[int, pd.Series[float]]:
    """By the number of the area, its days with their amounts; areas that report nothing are left out."""
    found: dict[int, pd.Series[float]] = {}
    for number, days, amounts in daily(areas, metric, first, last):
        at = np.datetime64(first) + np.asarray(days).astype("timedelta64[D]")
        found[number] = pd.Series(
            np.asarray(amounts, dtype=np.float64), index=pd.DatetimeIndex(at)
        ).sort_index()
    return found


def _events(first: date, last: date) -> list[EventDays]:
    rows: Any = CalendarEvent.objects.filter(last_day__gte=first - 30 * ONE, first_day__lte=last + 30 * ONE)
    return [EventDays(one.code, one.first_day, one.last_day) for one in rows.order_by("first_day", "code")]
