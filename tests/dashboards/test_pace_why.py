"""Why so much is due by now: from whose days, with sums that can be done again; and having it learnt anew."""

from __future__ import annotations

import re
from datetime import date
from html import unescape

import pytest
from django.test import Client

from common.periods import Period
from kpis.models import PaceYear
from kpis.work import catch_up
from organization.models import AuditEntry, CalendarEvent, Person
from tests.kpis.test_pace_figures import aim, kept, near, past
from tests.people import alice, bob, charlie, person, scope

pytestmark = pytest.mark.django_db(transaction=True)
TODAY = date(2026, 8, 16)


@pytest.fixture(autouse=True)
def a_fixed_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboards.views.turned.timezone.localdate", lambda: TODAY)


def why(who: Person, area: str = "channel:search", period: str = "2026-08", code: str = "cost") -> str:
    client = Client()
    client.force_login(who)
    answer = client.get("/why/", {"metric": code, "period": period, "area": area})
    assert answer.status_code == 200
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


def test_what_is_due_names_the_years_it_was_learnt_from_and_can_be_worked_out_again() -> None:
    past("channel:search")
    aim("channel:search", ("2026-08", "510"))
    said = why(bob())
    assert "Days count as they did here in 2025." in said
    assert "Learnt on 16 Aug 2026 from days up to 31 Dec 2025, and kept." in said
    assert "Due by now ¥250.00 ¥510.00 × 49.02%; 15 of 31 days are over" in said
    assert "due ÷ value, since lower is better: ¥250.00 ÷ ¥250.00" in said


def test_without_a_history_days_count_alike_and_that_is_said() -> None:
    past("channel:search", lambda day: 10, since=date(2026, 8, 1))
    aim("channel:search", ("2026-08", "310"))
    said = why(bob())
    assert "Days count alike: nobody has a history yet" in said
    assert "¥310.00 × 15 ÷ 31; 15 of 31 days are over" in said
    assert "Learn the shape of the year again" not in said


def test_who_borrows_says_from_whom_but_only_where_that_may_be_known() -> None:
    past("region:华东")
    past("region:华东/上海", since=date(2026, 8, 1))
    aim("region:华东/上海", ("2026-08", "510"))
    assert "as they did for 华东 in 2025; it has no history of its own yet" in why(bob(), "region:华东/上海")
    who = person("Lou", "lead", "region:华东/上海")
    assert "as they did for a larger area in 2025" in why(who, "region:华东/上海")


def test_a_quarter_goes_by_its_months_and_says_how_far_each_is_due() -> None:
    past("channel:search")
    aim("channel:search", ("2026-07", "100"), ("2026-08", "510"), ("2026-09", "900"))
    said = why(bob(), period="2026-Q3")
    assert "goes by the targets within: Jul in full, Aug by 49.02%, Sep nothing yet." in said
    assert "Days count as they did here in 2025." in said
    assert "¥100.00 + ¥510.00 × 49.02%" in said


def test_an_event_that_moves_is_named() -> None:
    CalendarEvent.objects.create(
        code="sale", name="Summer sale", first_day=date(2026, 8, 8), last_day=date(2026, 8, 9)
    )
    past("channel:search")
    aim("channel:search", ("2026-08", "510"))
    assert "Laid on their own days, whatever the date: Summer sale." in why(bob())


def test_a_month_that_is_over_and_a_ratio_have_no_shape_to_explain() -> None:
    past("channel:search")
    aim("channel:search", ("2026-07", "510"))
    said = why(bob(), period="2026-07")
    assert "Days count" not in said


def post(who: Person, area: str = "channel:search", **more: str) -> int:
    client = Client()
    client.force_login(who)
    asked = {"area": area, "metric": "cost", "period": "2026-08", **more}
    return client.post("/plan/pace/learn-again/", asked).status_code


def test_bob_has_a_shape_learnt_again_and_the_light_follows() -> None:
    past("channel:search")
    aim("channel:search", ("2026-08", "310"))
    past("channel:search", lambda day: 10, until=date(2026, 1, 1))
    catch_up(today=TODAY)
    assert kept("channel:search", "2026-08").expected != near(150)
    assert "Learn the shape of the year again" in why(bob())
    assert post(bob()) == 302
    said = why(bob())
    assert "How days count is being learnt" in said
    assert "Learn the shape of the year again" not in said
    catch_up(today=TODAY)
    assert kept("channel:search", "2026-08").expected == near(150)
    assert AuditEntry.objects.filter(action="pace.learn_again", person=bob()).count() == 1


def test_a_shape_is_learnt_again_only_by_who_sets_targets_there() -> None:
    past("region:华东")
    past("region:华北")
    aim("region:华东", ("2026-08", "310"))
    aim("region:华北", ("2026-08", "310"))
    assert "Learn the shape of the year again" not in why(charlie(), "region:华东")
    assert post(charlie(), "region:华东") == 403
    assert post(alice(), "region:华东") == 302
    assert post(alice(), "region:华北") == 404
    assert post(bob(), "region:华北", metric="luck") == 404
    assert post(bob(), "region:华北", period="zq") == 404
    assert post(bob(), "region:华北", period="2031-01") == 404
    assert PaceYear.objects.filter(scope=scope("region:华北")).exists()
    assert AuditEntry.objects.filter(action="pace.learn_again").count() == 1


def test_a_period_of_the_fiscal_year_leads_back_to_where_it_was_asked() -> None:
    past("channel:search")
    aim("channel:search", ("2026-08", "310"))
    client = Client()
    client.force_login(bob())
    asked = {"area": "channel:search", "metric": "cost", "period": str(Period.parse("2026-Q3"))}
    answer = client.post("/plan/pace/learn-again/", asked)
    assert answer.status_code == 302
    assert answer["Location"] == "/why/?metric=cost&period=2026-Q3&area=channel%3Asearch"
