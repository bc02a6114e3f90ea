"""Where open periods will end: forecast where figures changed, once, whoever looks, and kept beside what came."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from common.periods import Period
from kpis.forecasting import fit
from kpis.models import AmountDay, Measure, Metric, Outlook, OutlookPast, Reading
from kpis.services import set_target
from kpis.services.outlook import forecast_next, outlooks_wait
from tests.dashboards.figures import keep, source
from tests.people import bob, scope

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 16)
THROUGH = date(2026, 11, 15)
FIRST = date(2024, 6, 1)


def daily(amounts: Callable[[date], int], first: date, through: date, area: str = "company") -> None:
    slot = Measure.objects.get(code="revenue").slot
    where, whose = scope(area), source()
    AmountDay.objects.bulk_create(
        AmountDay(
            scope=where, day=day, source=whose, estimated=False,
            amounts=[Decimal(amounts(day)) if place == slot - 1 else None for place in range(slot)],
        )
        for n in range((through - first).days + 1)
        for day in [first + timedelta(days=n)]
    )  # fmt: skip


def sold() -> None:
    """Two years and a half: 100 a day, 200 on Saturdays and Sundays."""
    daily(lambda day: 200 if day.weekday() > 4 else 100, FIRST, THROUGH)


def november(value: str, target: str, area: str = "company", through: date = THROUGH) -> Reading:
    return keep(area, "revenue", value, expected=target, target=target, through=through)


def look() -> int:
    return forecast_next(today=TODAY, fiscal_start=1)


def drain() -> None:
    while look():
        pass


def test_the_month_is_forecast_from_what_is_in_and_what_the_days_left_bring() -> None:
    sold()
    november("2000", "3900")
    assert outlooks_wait(today=TODAY)
    assert look() == 1
    outlook = Outlook.objects.get()
    # 16-30 November: eleven weekdays of 100, four days of weekends of 200.
    assert outlook.mean is not None
    assert outlook.low is not None
    assert outlook.high is not None
    assert math.isclose(float(outlook.mean), 2000 + 1900, rel_tol=0.03)
    assert outlook.low <= outlook.mean <= outlook.high
    assert outlook.chance is not None
    assert 0.2 < outlook.chance < 0.8
    assert outlook.recent is not None
    assert math.isclose(float(outlook.recent), 3600 / 28, rel_tol=0.001)
    assert OutlookPast.objects.get().week == date(2026, 11, 9)


def test_only_what_changed_is_forecast_again() -> None:
    sold()
    november("2000", "3900")
    drain()
    first = Outlook.objects.get()
    assert not outlooks_wait(today=TODAY)
    assert look() == 0
    november("2000", "9000")  # the target moved
    assert look() == 1
    again = Outlook.objects.get()
    assert again.mean == first.mean
    assert again.chance is not None
    assert again.chance < 0.05


def test_nothing_is_fitted_anew_while_nothing_changed_and_the_changed_figure_alone_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    fits: list[int] = []

    def counted(history: Any, events: Any) -> Any:
        fits.append(len(history))
        return fit(history, events)

    monkeypatch.setattr("kpis.services.outlook.fit", counted)
    for area in ("channel:search", "channel:shops"):
        daily(lambda day: 100, FIRST, THROUGH, area)
        november("2000", "3900", area)
        keep(area, "revenue", "6000", expected="9000", period="2026-Q4", through=THROUGH)
    drain()
    assert len(fits) == 2  # a month and its quarter share one
    drain()
    november("2000", "3900", "channel:search")  # computed again, to the same
    drain()
    assert len(fits) == 2
    november("2100", "3900", "channel:search")
    drain()
    assert len(fits) == 3


def test_the_days_left_are_kept_as_charts_step_through_them() -> None:
    sold()
    november("2000", "3900")
    keep("company", "revenue", "6000", expected="9000", period="2026-Q4", through=THROUGH)
    keep("company", "revenue", "40000", expected="45000", period="2026", through=THROUGH)
    drain()
    kept = {one.grain: one.pieces or {} for one in Outlook.objects.all()}
    assert {grain: sorted(pieces) for grain, pieces in kept.items()} == {
        "month": ["day", "week"], "quarter": ["day", "month", "week"], "year": ["month"],
    }  # fmt: skip
    month = kept["month"]
    assert [piece[0] for piece in month["week"]] == ["2026-11-16", "2026-11-23", "2026-11-30"]
    assert len(month["day"]) == 15
    by_week, by_day = (sum(piece[1] for piece in month[step]) for step in ("week", "day"))
    assert math.isclose(by_week, by_day, rel_tol=0.001)
    assert [piece[0] for piece in kept["year"]["month"]] == ["2026-11-16", "2026-12-01"]
    assert all(low <= mean <= high for pieces in month.values() for _first, mean, low, high in pieces)


def test_a_target_that_is_met_already_is_nearly_sure_and_an_absurd_one_nearly_not() -> None:
    sold()
    november("2000", "1500")
    drain()
    sure = Outlook.objects.get().chance
    assert sure is not None
    assert sure >= 0.99


def test_too_little_history_is_said_and_no_number_invented() -> None:
    daily(lambda day: 100, date(2026, 11, 5), date(2026, 11, 14))
    november("1000", "3000", through=date(2026, 11, 14))
    drain()
    outlook = Outlook.objects.get()
    assert outlook.mean is None
    assert outlook.chance is None
    assert outlook.why_not in ("short", "empty")


def test_ratios_closed_months_and_figures_without_a_target_are_left_alone() -> None:
    keep("company", "roas", "5", expected="5")
    keep("company", "revenue", "100", expected="100", period="2026-10")
    Reading.objects.filter(start=date(2026, 11, 1)).exclude(metric__code="roas").delete()
    keep("company", "leads", "5")
    assert not outlooks_wait(today=TODAY)
    assert look() == 0


def test_a_worker_that_died_leaves_its_figures_to_the_next_one() -> None:
    sold()
    november("2000", "3900")
    Outlook.objects.create(
        scope=scope("company"), metric=Metric.objects.get(code="revenue"), grain="month", start=date(2026, 11, 1),
        lease_until="2026-11-16T00:00:00Z",
    )  # fmt: skip
    assert look() == 1
    assert Outlook.objects.get().lease_until is None
    # Who works on it now is not disturbed.
    november("2001", "3900")
    Outlook.objects.update(lease_until="2999-01-01T00:00:00Z")
    assert look() == 0


def test_month_quarter_and_year_share_one_history() -> None:
    sold()
    november("2000", "3900")
    keep("company", "revenue", "6000", expected="9000", period="2026-Q4")
    keep("company", "revenue", "40000", expected="45000", period="2026")
    assert look() == 3
    means = {grain: mean or Decimal(0) for grain, mean in Outlook.objects.values_list("grain", "mean")}
    assert means["month"] - 2000 < means["quarter"] - 6000
    assert math.isclose(float(means["quarter"] - 6000), float(means["year"] - 40000), rel_tol=0.001)


def test_a_month_that_has_not_begun_has_no_forecast() -> None:
    set_target(
        metric=Metric.objects.get(code="revenue"), scope=scope("company"), period=Period.parse("2026-12"),
        value=Decimal(1), person=None,
    )  # fmt: skip
    assert not outlooks_wait(today=TODAY)  # nothing is known of December yet


def test_the_page_says_where_it_will_end_and_how_earlier_forecasts_did() -> None:
    sold()
    november("2000", "3900")
    drain()
    for month, mean in (("2026-08", "110"), ("2026-09", "96")):
        at = Period.parse(month)
        keep("company", "revenue", "100", expected="100", period=month)
        OutlookPast.objects.create(
            scope=scope("company"), metric=Metric.objects.get(code="revenue"), grain="month", start=at.start,
            week=at.start, through=at.start, mean=Decimal(mean), low=Decimal(mean) - 5, high=Decimal(mean) + 5,
        )  # fmt: skip
    client = Client()
    client.force_login(bob())
    page = client.get("/why/", {"metric": "revenue", "period": "2026-11"}).content.decode()
    assert "Probably at the end" in page
    assert "Chance of reaching the target" in page
    assert "¥126.67 for 15 days" in page
    assert "were off by 7% in the median; the interval held in 1 of 2" in page
