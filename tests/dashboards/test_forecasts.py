"""Where open periods will end, on every page that shows the figure: the same everywhere, right or absent."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from django.test import Client

from common.periods import Period
from kpis.models import Metric, Outlook, OutlookPast, Reading
from kpis.selectors.outlook import ahead_of, records
from kpis.stamps import stamp
from organization.models import Person
from tests.dashboards.figures import keep
from tests.kpis.test_outlook import FIRST, THROUGH, TODAY, daily, drain, november
from tests.people import alice, bob, scope

pytestmark = pytest.mark.django_db
FIRST_OF_MONTH = date(2026, 11, 1)


@pytest.fixture(autouse=True)
def a_fixed_day(monkeypatch: pytest.MonkeyPatch) -> None:
    for where in ("dashboards.views.turned", "kpis.views.targets", "kpis.views.target_history"):
        monkeypatch.setattr(f"{where}.timezone.localdate", lambda: TODAY)


def sold(area: str = "company") -> None:
    daily(lambda day: 200 if day.weekday() > 4 else 100, FIRST, THROUGH, area)


@pytest.fixture
def told() -> None:
    """1 to 15 November brought 2,000; eleven weekdays of 100 and four days of weekends of 200 are left."""
    sold()
    november("2000", "4000")
    drain()


def page(who: Person, url: str = "/", **query: str) -> str:
    client = Client()
    client.force_login(who)
    answer = client.get(url, query)
    assert answer.status_code == 200
    return answer.content.decode()


def words(text: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split())


def figure(text: str, name: str = "revenue") -> dict[str, Any]:
    found = re.search(rf'<script id="figure-{name}" type="application/json">(.*?)</script>', text, re.S)
    assert found, name
    made: dict[str, Any] = json.loads(found[1])
    return made


def role(drawn: dict[str, Any], wanted: str) -> dict[str, Any]:
    return next(trace for trace in drawn["data"] if trace.get("meta", {}).get("role") == wanted)


def move(**fields: object) -> None:
    Outlook.objects.update(**fields)
    stamp()


def test_a_tile_says_where_the_month_will_end_and_how_likely_the_target_is(told: None) -> None:
    move(mean=D(3900), low=D(3700), high=D(4110), chance=0.312)
    said = words(page(bob(), period="2026-11"))
    assert "Ends at about ¥3.9K (¥3.7K to ¥4.11K) 31% to meet target" in said


def D(value: float) -> Decimal:
    return Decimal(str(value))


CHANGES: dict[str, Callable[[], object]] = {
    "value": lambda: november("2001", "4000"),
    "target": lambda: november("2000", "4001"),
    "last day": lambda: november("2000", "4000", through=date(2026, 11, 14)),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_forecast_of_another_figure_than_stands_there_is_not_shown(told: None, change: str) -> None:
    assert "Ends at about" in page(bob(), period="2026-11")
    CHANGES[change]()
    assert "Ends at about" not in page(bob(), period="2026-11")


def test_a_page_that_was_kept_is_made_anew_once_a_forecast_is_there() -> None:
    sold()
    november("2000", "4000")
    assert "Ends at about" not in page(bob(), period="2026-11")
    drain()
    assert "Ends at about" in page(bob(), period="2026-11")


def test_months_that_are_over_ratios_and_too_little_history_say_nothing_of_an_end(told: None) -> None:
    keep("company", "roas", "5", expected="5", through=THROUGH)
    keep("company", "revenue", "100", expected="100", period="2026-10")
    assert page(bob(), period="2026-11").count("Ends at about") == 1
    assert "Ends at about" not in page(bob(), period="2026-10")
    move(mean=None, low=None, high=None, chance=None, why_not="short")
    assert "Ends at about" not in page(bob(), period="2026-11")


def test_a_target_that_is_reached_needs_no_chance(told: None) -> None:
    november("2000", "1500")
    drain()
    said = words(page(bob(), period="2026-11"))
    assert "target reached" in said
    assert "to meet target" not in said


def test_a_figure_that_should_be_low_says_how_likely_it_stays_there_and_what_a_day_may_cost() -> None:
    sold()
    keep("company", "cost", "2000", expected="2500", target="5000", through=THROUGH)
    Outlook.objects.create(
        scope=scope("company"), metric=Metric.objects.get(code="cost"), grain="month", start=FIRST_OF_MONTH,
        value=2000, target=5000, through=THROUGH, mean=4000, low=3500, high=4500, chance=0.97, recent=130,
        computed_at="2026-11-16T01:00:00Z",
    )  # fmt: skip
    assert "97% to meet target" in words(page(bob(), period="2026-11"))
    why = words(page(bob(), "/why/", metric="cost", period="2026-11"))
    assert "Chance of staying within the target 97%" in why
    assert "At most a day ¥200.00 for 15 days" in why
    november("0", "1")
    row = words(page(bob(), "/targets/", metric="cost", month="2026-11"))
    assert "at most ¥200 a day" in row


def test_the_line_goes_on_dotted_with_its_range_from_where_it_ends(told: None) -> None:
    drawn = figure(page(bob(), period="2026-11"))
    ahead = role(drawn, "forecast")
    known = [day for day, value in zip(ahead["x"], ahead["y"], strict=True) if value is not None]
    assert known == [f"2026-11-{day}" for day in range(15, 31)]
    at = {day: place for place, day in enumerate(ahead["x"])}
    assert ahead["y"][at["2026-11-15"]] == 200  # a Sunday, as it was
    assert ahead["y"][at["2026-11-18"]] == pytest.approx(100, rel=0.05)
    assert ahead["y"][at["2026-11-21"]] == pytest.approx(200, rel=0.05)
    low, high = role(drawn, "least")["y"], role(drawn, "most")["y"]
    assert all(low[at[day]] <= ahead["y"][at[day]] <= high[at[day]] for day in known)
    outlook = Outlook.objects.get()
    assert outlook.mean is not None
    assert sum(value for day in known[1:] for value in [ahead["y"][at[day]]]) + 2000 == pytest.approx(
        float(outlook.mean), abs=1
    )
    assert role(drawn, "forecast")["name"] == "Forecast"


def test_weeks_count_what_is_in_of_them_already(told: None) -> None:
    drawn = role(figure(page(bob(), period="2026-11", step="week")), "forecast")
    ahead = dict(zip(drawn["x"], drawn["y"], strict=True))
    assert ahead["2026-11-09"] == 900  # five days of 100, two of 200: the last that is whole
    # Of the last one only a Monday lies in the month: it is not drawn, nor does it stand in another's place.
    assert ahead["2026-11-16"] == pytest.approx(900, rel=0.05)
    assert ahead["2026-11-23"] == pytest.approx(900, rel=0.05)
    assert list(ahead)[-1] == "2026-11-23"


def test_a_quarter_by_month_stands_hatched_behind_what_is_in() -> None:
    sold()
    keep("company", "revenue", "6100", expected="9000", period="2026-Q4", through=THROUGH)
    drain()
    drawn = figure(page(bob(), period="2026-Q4", step="month"))
    ahead = role(drawn, "forecast")
    assert drawn["layout"]["barmode"] == "overlay"
    assert ahead["type"] == "bar"
    assert ahead["x"] == ["2026-10-01", "2026-11-01", "2026-12-01"]  # a bar is as wide as points lie apart
    # November: 2,000 are in; December 2026 has 23 weekdays and 8 days of weekends.
    assert ahead["y"] == [None, pytest.approx(3900, rel=0.03), pytest.approx(3900, rel=0.05)]
    ends = [*ahead["error_y"]["array"][1:], *ahead["error_y"]["arrayminus"][1:]]
    assert min(ends) >= 0


def test_a_year_draws_its_months_only_where_they_look_to_the_same_day() -> None:
    sold()
    november("2000", "4000")
    keep("company", "revenue", "40000", expected="45000", period="2026", through=THROUGH)
    drain()
    ahead = role(figure(page(bob(), period="2026")), "forecast")
    assert ahead["y"][:10] == [None] * 10
    assert ahead["y"][10:] == [pytest.approx(3900, rel=0.03), pytest.approx(3900, rel=0.05)]
    november("1800", "4000", through=date(2026, 11, 14))
    Outlook.objects.filter(grain="month").delete()
    roles = [trace.get("meta", {}).get("role") for trace in figure(page(bob(), period="2026"))["data"]]
    assert "forecast" not in roles


def test_the_table_of_a_chart_has_the_forecast_too(told: None) -> None:
    said = page(bob(), period="2026-11")
    assert '<th scope="col" class="num">Forecast</th>' in said


def test_a_page_with_forecasts_asks_one_question_more(
    told: None, django_assert_num_queries: Any, django_assert_max_num_queries: Any
) -> None:
    ids = [scope("company").pk, scope("channel:search").pk]
    with django_assert_num_queries(1):
        found = ahead_of(scope_ids=ids, period=Period.parse("2026-11"), today=TODAY)
    assert len(found) == 1
    with django_assert_num_queries(0):
        assert not ahead_of(scope_ids=ids, period=Period.parse("2026-10"), today=TODAY)


def test_rows_of_targets_say_where_the_month_will_end_and_what_a_day_has_to_bring(told: None) -> None:
    move(mean=D(3900), low=D(3700), high=D(4110), chance=0.312)
    said = words(page(bob(), "/targets/", metric="revenue", month="2026-11"))
    assert "Probably at the end" in said
    assert "¥3.9K ¥3.7K to ¥4.11K 31% to meet target needs ¥133 a day" in said
    assert "Probably at the end" not in page(bob(), "/targets/", metric="revenue", month="2026-10")


def test_many_rows_of_targets_cost_no_more_queries_than_one(django_assert_max_num_queries: Any) -> None:
    for number in range(40):
        area = f"channel:c{number:02}"
        november("2000", "4000", area)
        made(area, mean=3900 + number)
    client = Client()
    client.force_login(bob())
    with django_assert_max_num_queries(21):
        said = words(client.get("/targets/", {"metric": "revenue", "month": "2026-11"}).content.decode())
    assert said.count("31% to meet target") == 40


def made(area: str, *, mean: int) -> Outlook:
    return Outlook.objects.create(
        scope=scope(area), metric=Metric.objects.get(code="revenue"), grain="month", start=FIRST_OF_MONTH, value=2000,
        target=4000, through=THROUGH, mean=mean, low=mean - 100, high=mean + 100, chance=0.312, recent=130,
        computed_at="2026-11-16T01:00:00Z",
    )  # fmt: skip


def test_a_light_among_targets_leads_to_why_it_is_so(told: None) -> None:
    said = page(bob(), "/targets/", metric="revenue", month="2026-11")
    assert 'href="/why/?metric=revenue&amp;period=2026-11&amp;area=company"' in said


def test_the_page_of_a_target_says_it_too_with_how_earlier_forecasts_did(told: None) -> None:
    past("2026-08", 110)
    past("2026-09", 96)
    url = "/plan/history/"
    said = page(bob(), url, metric="revenue", area="company", period="2026-11")
    assert "Probably at the end" in words(said)
    assert "Needed a day ¥133.33 for 15 days" in words(said)
    assert "were off by 7% in the median; the interval held in 1 of 2" in words(said)
    drawn = role(figure(said, "year"), "forecast")
    assert [day for day, value in zip(drawn["x"], drawn["y"], strict=True) if value] == ["2026-11-01"]
    closed = page(bob(), url, metric="revenue", area="company", period="2026-09")
    assert "Probably at the end" not in closed


def past(month: str, mean: int, area: str = "company") -> None:
    at = Period.parse(month)
    keep(area, "revenue", "100", expected="100", period=month)
    OutlookPast.objects.create(
        scope=scope(area), metric=Metric.objects.get(code="revenue"), grain="month", start=at.start, week=at.start,
        through=at.start, mean=mean, low=mean - 5, high=mean + 5,
    )  # fmt: skip


def test_records_of_many_figures_are_one_question_and_each_its_own(django_assert_num_queries: Any) -> None:
    past("2026-08", 110, "channel:search")
    past("2026-09", 96, "channel:shops")
    metric = Metric.objects.get(code="revenue").pk
    keys = [
        (scope(f"channel:{name}").pk, metric, "month", FIRST_OF_MONTH) for name in ("search", "shops", "none")
    ]
    with django_assert_num_queries(1):
        found = records(keys)
    assert [found[key].off for key in keys[:2]] == [D(0.1), D(0.04)]
    assert [found[key].held for key in keys[:2]] == [0, 1]
    assert keys[2] not in found


def test_alice_sees_no_forecast_of_the_north() -> None:
    november("2000", "4000", "region:华北")
    made("region:华北", mean=3900)
    november("2000", "4000", "region:华东")
    made("region:华东", mean=4444)
    said = page(alice(), "/targets/", metric="revenue", month="2026-11")
    assert "¥4.44K" in said
    assert "¥3.9K" not in said


def test_what_stood_before_pieces_were_kept_is_drawn_without_them(told: None) -> None:
    move(pieces=None)
    roles = [trace.get("meta", {}).get("role") for trace in figure(page(bob(), period="2026-11"))["data"]]
    assert "forecast" not in roles
    assert Reading.objects.exists()
