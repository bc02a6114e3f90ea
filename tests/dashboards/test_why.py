"""Why this colour, and where from: in sentences and sums that can be checked by hand."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from html import unescape
from pathlib import Path

import pytest
from django.test import Client

from common.periods import Period
from kpis.models import Metric
from kpis.services import set_target
from kpis.work import catch_up
from organization.models import Person
from tests.dashboards.figures import TODAY
from tests.ingest.files import send, write
from tests.kpis.test_priority import both
from tests.people import alice, bob, scope

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def a_fixed_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboards.views.turned.timezone.localdate", lambda: TODAY)


def asked(who: Person, status: int = 200, **query: str) -> str:
    """The fragment's words."""
    client = Client()
    client.force_login(who)
    answer = client.get("/why/", {"period": "2026-11", **query}, headers={"hx-request": "true"})
    assert answer.status_code == status
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


def aim(code: str, area: str, period: str, value: int) -> None:
    set_target(
        metric=Metric.objects.get(code=code),
        scope=scope(area),
        period=Period.parse(period),
        value=Decimal(value),
        person=bob(),
    )


@pytest.fixture
def told(tmp_path: Path) -> None:
    lines = [f"{date(2026, 11, day)},Search,华东,100,40" for day in range(1, 22)]
    lines += [f"{date(2026, 11, day)},Shops,华北,50,10" for day in range(1, 22)]
    send(write(tmp_path, "\n".join(["date,channel,region,revenue,cost", *lines]) + "\n"))
    aim("revenue", "channel:Search", "2026-11", 4500)
    aim("cost", "channel:Search", "2026-11", 1000)
    aim("roas", "channel:Search", "2026", 3)
    catch_up(today=TODAY)


def test_a_red_light_is_explained_to_the_last_number(told: None) -> None:
    said = asked(bob(), metric="revenue", channel="search")
    assert "Red: 33% behind plan, which is 66.6%; yellow begins at 85%." in said
    for part in ("¥2,100.00", "¥4,500.00", "version 1, set by Bob on", "¥3,150.00", "21 of 30 days are over"):
        assert part in said
    assert "green from 100% of plan, yellow from 85%, red below" in said


def test_what_should_be_low_is_over_plan(told: None) -> None:
    said = asked(bob(), metric="cost", channel="search")
    assert "20% over plan" in said
    assert "due ÷ value, since lower is better" in said


def test_a_ratio_shows_the_sums_that_were_divided_and_whence_its_target(told: None) -> None:
    said = asked(bob(), metric="roas", channel="search")
    assert "Revenue ÷ Cost" in said
    assert "¥2,100.00 ÷ ¥840.00" in said
    assert "taken from the year; version 1" in said
    assert "a ratio is due in full at once" in said


def test_a_quarter_says_of_how_many_months_its_target_is_made(told: None) -> None:
    for month in ("2026-10", "2026-12"):
        aim("revenue", "channel:Search", month, 1000)
    catch_up(today=TODAY)
    said = asked(bob(), metric="revenue", channel="search", period="2026-Q4")
    assert "the sum of 3 targets within" in said


def test_a_cut_that_nobody_pointed_to_says_that_it_has_no_target(told: None) -> None:
    said = asked(bob(), metric="roas", channel="search", region="华东")
    assert "There is no light, because there is no target for it." in said
    assert "¥2,100.00 ÷ ¥840.00" in said


def test_each_source_says_its_part_and_its_last_day(told: None) -> None:
    said = asked(bob(), metric="revenue")
    assert "¥3,150.00" in said
    assert "last day 21 Nov 2026" in said
    assert "last import" in said


def test_what_was_never_reported_says_so(told: None) -> None:
    said = asked(bob(), metric="ctr", channel="search")
    assert "because nothing was reported for it" in said


def test_alice_learns_nothing_of_the_north(told: None) -> None:
    who = alice()
    assert "¥2,100.00" in asked(who, metric="revenue", region="华东")
    asked(who, 404, metric="revenue", region="华北")
    asked(who, 404, metric="revenue", area="company")
    asked(who, 404, metric="revenue", channel="shops")
    assert "1,050" not in asked(who, metric="revenue", region="华东", channel="shops")


def test_without_script_it_is_a_page_of_its_own(told: None) -> None:
    client = Client()
    client.force_login(bob())
    answer = client.get("/why/", {"metric": "roas", "period": "2026-11", "channel": "search"})
    assert "<h1>" in answer.content.decode()
    assert 'href="/?period=2026-11&amp;channel=search"' in answer.content.decode()


def test_a_figure_that_is_none_is_not_found(told: None) -> None:
    asked(bob(), 404, metric="luck")
    asked(bob(), 404, metric="revenue", period="")


def test_what_a_platform_says_beside_what_counts_is_shown_and_not_added(tmp_path: Path) -> None:
    both(tmp_path)
    said = asked(bob(), metric="revenue", channel="抖音", period="2025-09")
    assert "Value ¥1,000.00" in said
    assert "says ¥3,000.00 (not counted)" in said
    assert said.count("last import") == 2
