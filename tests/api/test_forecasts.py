"""Programs read where open periods will end, as their people may."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from kpis.models import Metric, Outlook
from tests.api.callers import Program, pointers
from tests.dashboards.figures import keep
from tests.dashboards.test_forecasts import made, past
from tests.kpis.test_outlook import THROUGH, TODAY, november
from tests.people import alice, bob, charlie, mallory, scope

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def in_november(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        timezone, "localdate", lambda value=None, timezone=None: TODAY if value is None else value.date()
    )


def rows(response: Any) -> list[dict[str, Any]]:
    assert response.status_code == 200, response.content.decode()
    found: list[dict[str, Any]] = response.json()["results"]
    return found


def told(area: str, mean: int = 3900) -> None:
    november("2000", "4000", area)
    made(area, mean=mean)


def quarter(area: str) -> None:
    keep(area, "revenue", "6000", expected="8000", target="9000", period="2026-Q4", through=THROUGH)
    Outlook.objects.create(
        scope=scope(area), metric=Metric.objects.get(code="revenue"), grain="quarter", start=date(2026, 10, 1),
        value=6000, target=9000, through=THROUGH, mean=8800, low=8500, high=9100, chance=0.3, recent=130,
        computed_at="2026-11-16T01:00:00Z",
    )  # fmt: skip


def test_a_forecast_says_where_it_ends_how_likely_and_how_earlier_ones_did() -> None:
    told("region:华东")
    past("2026-08", 110, "region:华东")
    past("2026-09", 96, "region:华东")
    (one,) = rows(Program(alice()).get("forecasts/", metric="revenue"))
    assert one == {
        "metric": "revenue", "scope": "region:华东", "grain": "month", "period": "2026-11", "start": "2026-11-01",
        "value": "2000", "target": "4000", "through": "2026-11-15", "days_left": 15, "forecast": "3900", "low": "3800",
        "high": "4000", "chance": "0.31", "reached": False, "needed_per_day": "133.3333", "recent_per_day": "130",
        "why_not": None, "accuracy": {"days": 14, "periods": 2, "off": "0.07", "held": 1},
        "made_at": "2026-11-16T01:00:00Z",
    }  # fmt: skip


def test_what_is_known_of_no_earlier_forecast_and_reached_targets_are_said() -> None:
    told("region:华东")
    Outlook.objects.update(mean=None, low=None, high=None, chance=None, why_not="short")
    november("5000", "4000", "region:华北")
    made("region:华北", mean=5500)
    Outlook.objects.filter(scope=scope("region:华北")).update(value=5000)
    found = {one["scope"]: one for one in rows(Program(bob()).get("forecasts/"))}
    short, over = found["region:华东"], found["region:华北"]
    assert (short["forecast"], short["chance"], short["why_not"], short["accuracy"]) == (
        None,
        None,
        "short",
        None,
    )
    assert (over["reached"], over["chance"], over["needed_per_day"]) == (True, None, "0")


def test_everybody_reads_what_is_theirs_and_nothing_else() -> None:
    told("region:华东")
    told("region:华北", mean=7654)
    assert [one["scope"] for one in rows(Program(alice()).get("forecasts/"))] == ["region:华东"]
    assert len(rows(Program(bob()).get("forecasts/"))) == 2
    assert len(rows(Program(charlie()).get("forecasts/"))) == 2
    assert Program(mallory()).get("forecasts/").status_code == 403
    assert Program(alice()).get("forecasts/", scope="region:华北").status_code == 404
    assert "7654" not in Program(alice()).get("forecasts/", within="region:华东").content.decode()


def test_forecasts_are_narrowed_by_area_figure_and_period() -> None:
    told("region:华东")
    told("region:华东/上海")
    quarter("region:华东")
    program = Program(bob())
    assert len(rows(program.get("forecasts/"))) == 3
    assert len(rows(program.get("forecasts/", within="region:华东/上海"))) == 1
    assert [one["grain"] for one in rows(program.get("forecasts/", scope="region:华东"))] == [
        "month",
        "quarter",
    ]
    assert [one["period"] for one in rows(program.get("forecasts/", period="2026-Q4"))] == ["2026-Q4"]
    assert rows(program.get("forecasts/", period="2026-10")) == []
    assert rows(program.get("forecasts/", metric="cost")) == []


def test_a_forecast_of_another_figure_than_stands_there_is_not_told() -> None:
    told("region:华东")
    november("2001", "4000", "region:华东")
    assert rows(Program(bob()).get("forecasts/")) == []


@pytest.mark.parametrize(
    "change", [{"archived_at": "2026-11-16T00:00:00Z"}, {"denominator": {"cost": 1}}, {"stock": True}]
)
def test_what_was_put_away_or_adds_up_no_more_has_no_forecast(change: dict[str, Any]) -> None:
    told("region:华东")
    Metric.objects.filter(code="revenue").update(**change)
    assert rows(Program(bob()).get("forecasts/")) == []


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"period": "2026-W40"}, "?period"),
        ({"period": "2026-11-1"}, "?period"),
        ({"period": "zq"}, "?period"),
        ({"metric": "luck"}, "?metric"),
        ({"scope": "company", "within": "company"}, "?within"),
        ({"grain": "month"}, "?grain"),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_place(query: dict[str, str], pointer: str) -> None:
    response = Program(bob()).get("forecasts/", **query)
    assert response.status_code == 400, response.content
    assert pointer in pointers(response)


def test_long_lists_come_in_pages_of_as_many_queries(django_assert_max_num_queries: Any) -> None:
    for number in range(30):
        told(f"channel:c{number:02}", mean=3900 + number)
    program = Program(bob())
    first = program.get("forecasts/", limit="20")
    assert len(rows(first)) == 20
    with django_assert_max_num_queries(14):
        assert len(rows(program.get("forecasts/", limit="25"))) == 25
    assert first.json()["next"]
    assert Decimal(rows(first)[0]["forecast"]) == 3900
