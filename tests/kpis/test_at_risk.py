"""Green, but at risk: what leads to a result is off plan, and whoever sees the one light is told of the other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from common.periods import Grain, Period
from kpis import services
from kpis.models import ChangedScope, Metric, MetricProcess, Reading
from kpis.selectors.at_risk import at_risk, kept_at_risk
from kpis.services import MetricRefused, edit_metric, make_metric, put_metric_away, set_target, watch
from kpis.stamps import stamp
from kpis.work import catch_up
from organization.models import AuditEntry, Person
from tests.api.callers import Program
from tests.dashboards.figures import TODAY, keep
from tests.ingest.files import send, write
from tests.kpis.objectives import objective, tied
from tests.kpis.own import D, draft
from tests.kpis.test_metric_pages import answers, web
from tests.people import alice, bob, charlie, scope

pytestmark = pytest.mark.django_db(transaction=True)
NOVEMBER = date(2026, 11, 1)
EAST = "region:华东"


@pytest.fixture(autouse=True)
def in_november(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(
        timezone, "localdate", lambda value=None, timezone=None: TODAY if value is None else value.date()
    )
    yield
    translation.deactivate()


def metric(code: str) -> Metric:
    return Metric.objects.get(code=code)


def words(who: Person, name: str, *args: Any, language: str = "en", **query: str) -> str:
    """What a page says, without its markup."""
    client = web(who)
    client.cookies["django_language"] = language
    answer = client.get(reverse(name, args=args), query)
    assert answer.status_code == 200
    text = re.sub(r"<(script|style|svg)\b.*?</\1>", " ", answer.content.decode(), flags=re.S)
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", text)).split())


def sells_on_poor_clicks(area: str = "channel:Red book", *, period: str = "2026-11") -> None:
    keep(area, "revenue", "120", expected="100", period=period)
    keep(area, "ctr", "0.017", expected="0.035", period=period)


def codes(area: str, code: str = "revenue", start: date = NOVEMBER, grain: Grain = Grain.MONTH) -> list[str]:
    spot = (scope(area).pk, metric(code).pk, start)
    return [risk.metric.code for risk in at_risk([spot], grain, today=TODAY).get(spot, ())]


# -- Which are ----------------------------------------------------------------------------------------


def test_plain_cases_are_named_from_the_start() -> None:
    named = {one.code: [process.code for process in one.processes.all()] for one in Metric.objects.all()}
    assert named["revenue"] == ["conversion_rate", "ctr"]
    assert named["cost"] == named["ctr"] == []
    assert set(MetricProcess.objects.values_list("process__kind", flat=True)) == {"process"}


@pytest.mark.parametrize(("ctr", "expected"), [("0.017", ["ctr"]), ("0.032", []), ("0.036", []), (None, [])])
def test_only_what_is_red_puts_a_result_at_risk(ctr: str | None, expected: list[str]) -> None:
    keep("company", "revenue", "120", expected="100")
    keep("company", "ctr", ctr, expected="0.035")
    assert codes("company") == expected


def test_only_the_same_area_and_period_count() -> None:
    keep("company", "revenue", "120", expected="100")
    sells_on_poor_clicks("channel:Red book")
    keep("company", "ctr", "0.017", expected="0.035", period="2026-10")
    keep("company", "ctr", "0.017", expected="0.035", period="2026-Q4")
    assert codes("company") == []
    assert codes("channel:Red book") == ["ctr"]


def test_what_is_put_away_puts_nothing_at_risk() -> None:
    own = make_metric(draft=draft("Saves", {"clicks": "1"}, kind="process"), person=bob())
    result = make_metric(draft=draft("Fame", {"orders": "1"}, processes=["saves"]), person=bob())
    keep("company", "fame", "120", expected="100")
    keep("company", "saves", "1", expected="100")
    assert codes("company", "fame") == ["saves"]
    with pytest.raises(services.MetricInUse) as used:
        put_metric_away(metric=own, person=bob())
    assert "Fame names it as a process figure" in str(used.value)
    put_metric_away(metric=own, person=bob(), knowing=True)
    assert codes("company", "fame") == []
    assert [one.code for one in result.processes.all()] == ["saves"]


def test_however_many_figures_are_asked_for_it_is_one_query() -> None:
    spots = []
    for number in range(30):
        sells_on_poor_clicks(f"channel:{number}")
        spots.append((scope(f"channel:{number}").pk, metric("revenue").pk, NOVEMBER))
    with CaptureQueriesContext(connection) as made:
        found = kept_at_risk(spots, Grain.MONTH)
        assert {str(risk) for risks in found.values() for risk in risks} == {"CTR"}
    assert (len(found), len(made)) == (30, 1)


@pytest.fixture
def weeks(tmp_path: Path) -> None:
    """A channel and a crossing that sell well on poor clicks, whose weeks somebody watches."""
    lines = [f"2026-11-{day:02},Search,华东,1000,10,4,100" for day in range(1, 22)]
    send(write(tmp_path, "\n".join(["date,channel,region,impressions,clicks,orders,revenue", *lines]) + "\n"))
    for area in ("channel:search", "region:华东+channel:search", "region:华东+channel:nothing"):
        for code, value in (("revenue", "2000"), ("ctr", "0.05")):
            set_target(
                metric=metric(code),
                scope=scope(area),
                period=Period.parse("2026-11"),
                value=D(value),
                person=bob(),
            )
        watch(metric=metric("revenue"), scope=scope(area), grain="week", watcher="test")
    catch_up(today=TODAY)


@pytest.mark.parametrize("area", ["channel:search", "region:华东+channel:search"])
def test_a_watched_week_is_at_risk_though_nobody_watches_its_clicks(weeks: None, area: str) -> None:
    monday = date(2026, 11, 9)
    kept = Reading.objects.filter(scope=scope(area), grain="week", start=monday)
    assert [(one.metric.code, one.status) for one in kept] == [("revenue", "green")]
    assert codes(area, start=monday, grain=Grain.WEEK) == ["ctr"]
    assert codes(area, start=date(2026, 11, 10), grain=Grain.DAY) == ["ctr"]
    assert codes("region:华东+channel:nothing", start=monday, grain=Grain.WEEK) == []


# -- Choosing them --------------------------------------------------------------------------------------


def test_bob_chooses_what_leads_to_a_figure_and_the_history_says_so() -> None:
    roas = metric("roas")
    page = web(bob()).get(f"/figures/{roas.pk}/").content.decode()
    assert re.search(r'value="cpc"[^>]*checked', page)
    assert not re.search(r'value="ctr"[^>]*checked', page)
    assert 'value="revenue"' not in page
    sent = {
        "name": "ROAS", "name_zh": roas.name_zh, "green_from": "100", "yellow_from": "85", "revision": "1",
        "help_text": roas.help_text, "help_text_zh": roas.help_text_zh, "processes": ["ctr", "cpm"],
    }  # fmt: skip
    web(bob()).post(f"/figures/{roas.pk}/", sent)
    assert sorted(one.code for one in roas.processes.all()) == ["cpm", "ctr"]
    entry = AuditEntry.objects.filter(action="metric.edit").latest("at")
    assert (entry.details["before"]["processes"], entry.details["after"]["processes"]) == (
        ["conversion_rate", "cpc"],
        ["cpm", "ctr"],
    )


def test_naming_other_figures_computes_nothing_anew() -> None:
    scope("channel:search")
    revenue = metric("revenue")
    change = draft("Revenue", {}, name_zh=revenue.name_zh, processes=["leads"])
    edit_metric(metric=revenue, draft=change, based_on=1, person=bob())
    assert [one.code for one in revenue.processes.all()] == ["leads"]
    assert not ChangedScope.objects.filter(metrics__isnull=False).exists()


def test_a_figure_of_ones_own_names_some_from_the_start_and_a_process_names_none() -> None:
    rows: tuple[list[tuple[str, str, str]], ...] = ([("+", "1", "revenue")], [])
    client = web(bob())
    client.post("/figures/new/", answers(*rows, name="Takings", unit="money", processes=["ctr"]))
    assert [one.code for one in metric("takings").processes.all()] == ["ctr"]
    page = client.post("/figures/new/", answers(*rows, name="Steps", kind="process", processes=["ctr"]))
    assert "Only a result names process figures" in page.content.decode()
    assert not Metric.objects.filter(code="steps").exists()
    page = client.post("/figures/new/", answers(*rows, name="Steps", processes=["revenue"]))
    assert "field-error" in page.content.decode()


def test_a_process_that_is_named_stays_one() -> None:
    own = make_metric(draft=draft("Saves", {"clicks": "1"}, kind="process"), person=bob())
    make_metric(draft=draft("Fame", {"orders": "1"}, processes=["saves"]), person=bob())
    with pytest.raises(MetricRefused, match="Fame names it") as refused:
        edit_metric(metric=own, draft=draft("Saves", {"clicks": "1"}), based_on=1, person=bob())
    assert refused.value.field == "kind"
    with pytest.raises(MetricRefused, match="result itself"):
        make_metric(draft=draft("More", {"orders": "1"}, processes=["fame"]), person=bob())
    with pytest.raises(IntegrityError), transaction.atomic():
        MetricProcess.objects.create(result=own, process=own)


def test_whoever_comes_second_sees_that_somebody_chose_others() -> None:
    own = make_metric(draft=draft("Fame", {"orders": "1"}), person=bob())
    edit_metric(metric=own, draft=draft("Fame", {"orders": "1"}, processes=["ctr"]), based_on=1, person=bob())
    with pytest.raises(services.MetricMoved):
        edit_metric(
            metric=own, draft=draft("Fame", {"orders": "1"}, processes=["cpc"]), based_on=1, person=bob()
        )
    assert [one.code for one in own.processes.all()] == ["ctr"]


# -- Where lights are -----------------------------------------------------------------------------------


def test_bob_finds_the_mark_on_tiles_rows_and_in_what_needs_attention() -> None:
    sells_on_poor_clicks("company")
    sells_on_poor_clicks()
    said = words(bob(), "dashboards:overview", period="2026-11")
    assert said.count("◆ at risk: CTR") == 6  # the tile, attention, two rows and the cell of each
    assert said.count("● on plan ◆ at risk: CTR") == 5  # on a tile the figure stands between
    assert "CTR 1.70% against 3.50% planned, though revenue is on plan" in said
    chinese = words(bob(), "dashboards:overview", language="zh-hans", period="2026-11")
    assert chinese.count("◆") == 6


def test_a_green_figure_without_trouble_bears_no_mark() -> None:
    keep("company", "revenue", "120", expected="100")
    keep("company", "ctr", "0.036", expected="0.035")
    assert "◆" not in words(bob(), "dashboards:overview", period="2026-11")


def test_why_names_what_is_off_plan_with_its_figures() -> None:
    sells_on_poor_clicks("company")
    said = words(bob(), "dashboards:why", metric="revenue", period="2026-11")
    assert "● on plan ◆ at risk: CTR" in said
    assert "At risk, since what leads to it is off plan: CTR at 1.70% of 3.50% due by now (48.5%)." in said
    keep("company", "revenue", "80", expected="100")
    assert "risk" not in words(bob(), "dashboards:why", metric="revenue", period="2026-11")


def test_a_week_that_is_not_kept_is_marked_too(weeks: None) -> None:
    said = words(bob(), "dashboards:overview", channel="search", period="2026-W46")
    assert "● on plan ◆ at risk: CTR" in said
    assert "At risk, since" in words(
        bob(), "dashboards:why", channel="search", metric="revenue", period="2026-W46"
    )
    said = words(bob(), "dashboards:why", channel="search", metric="revenue", period="last-7")
    assert "At risk, since" in said


def test_the_heat_map_of_attainment_marks_a_crossing_at_risk(tmp_path: Path) -> None:
    lines = [
        f"2026-11-{day:02},{channel},{region},1000,10,100"
        for day in range(1, 22) for channel in ("Search", "Shops") for region in ("华东", "华北")
    ]  # fmt: skip
    send(write(tmp_path, "\n".join(["date,channel,region,impressions,clicks,revenue", *lines]) + "\n"))
    for code, value in (("revenue", "2000"), ("ctr", "0.05")):
        set_target(
            metric=metric(code), scope=scope("region:华东+channel:search"), period=Period.parse("2026-11"),
            value=D(value), person=bob(),
        )  # fmt: skip
    catch_up(today=TODAY)
    said = words(bob(), "dashboards:overview", period="2026-11", metric="attainment")
    assert said.count("◆") == 1
    assert said.count("at risk: CTR") == 1


def test_the_page_of_targets_marks_a_green_row() -> None:
    sells_on_poor_clicks(EAST)
    said = words(alice(), "kpis:targets", month="2026-11", metric="revenue")
    assert "● on plan ◆ at risk: CTR" in said


def test_a_key_result_on_plan_says_what_puts_it_at_risk() -> None:
    east = objective(owner=alice())
    tied(east)
    keep(EAST, "revenue", "900", expected="700", target="1200", period="2026-Q4")
    keep(EAST, "ctr", "0.017", expected="0.035", period="2026-Q4")
    sells_on_poor_clicks(EAST)
    assert "● on plan ◆ at risk: CTR" in words(bob(), "kpis:objective", east.pk)
    assert words(alice(), "kpis:okr_mine", quarter="2026-Q4").count("◆ at risk: CTR") == 2
    (told,) = Program(alice()).get("objectives/").json()["results"]
    assert told["key_results"][0]["at_risk"] == ["ctr"]


def test_programs_read_it_beside_the_status(weeks: None) -> None:
    rows = Program(bob()).get("readings/", scope="channel:search", metric="revenue").json()["results"]
    assert {row["grain"]: row["at_risk"] for row in rows if row["status"] == "green"} == {
        grain: ["ctr"] for grain in ("week", "month")
    }
    assert all(row["at_risk"] == [] for row in rows if row["status"] != "green")
    asked = {"scope": "channel:search", "grain": "month", "from": "2026-11-01", "to": "2026-11-01"}
    rows = Program(bob()).get("readings/", as_of="2026-11-15", **asked).json()["results"]
    assert {row["metric"]: row["at_risk"] for row in rows if row["at_risk"]} == {"revenue": ["ctr"]}
    told = {row["code"]: row["processes"] for row in Program(bob()).get("metrics/").json()["results"]}
    assert told["revenue"] == ["conversion_rate", "ctr"]


def test_alice_hears_nothing_of_areas_that_are_not_hers() -> None:
    keep(EAST, "revenue", "120", expected="100")
    sells_on_poor_clicks("region:华北")
    sells_on_poor_clicks("company")
    assert "◆" not in words(alice(), "dashboards:overview", period="2026-11")
    rows = Program(alice()).get("readings/").json()["results"]
    assert [row["at_risk"] for row in rows] == [[]]


def test_a_kept_page_hears_of_a_figure_and_of_a_choice_at_once() -> None:
    keep("company", "revenue", "120", expected="100")
    keep("company", "ctr", "0.036", expected="0.035")
    client = web(charlie())

    def marked() -> bool:
        return "at-risk" in client.get("/", {"period": "2026-11"}).content.decode()

    assert not marked()
    keep("company", "ctr", "0.017", expected="0.035")
    assert marked()
    revenue = metric("revenue")
    change = draft("Revenue", {}, name_zh=revenue.name_zh, processes=["leads"])
    edit_metric(metric=revenue, draft=change, based_on=1, person=bob())
    assert not marked()


def test_marks_on_sixty_channels_cost_one_query() -> None:
    who = bob()

    def queries() -> int:
        client = Client()
        client.force_login(who)
        client.get("/", {"period": "2026-11"})
        stamp()  # what was kept counts no more
        with CaptureQueriesContext(connection) as made:
            client.get("/", {"period": "2026-11"})
        return len(made)

    for number in range(60):
        keep(f"channel:{number}", "revenue", "10", expected="12")
    none = queries()
    for number in range(60):
        sells_on_poor_clicks(f"channel:{number}")
    assert queries() == none + 1
