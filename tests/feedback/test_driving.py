"""From answers to drivers by area and customer type, by the job; and the page that shows them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from feedback.models import Answer, Driver, DriverResult, Origin
from feedback.services.analysis import DRIVERS, QUIET, order_analysis, order_of_the_day
from feedback.services.driving import run_drivers
from kpis.services import ensure_source
from organization.jobs import Progress
from organization.models import Job, JobState, Person
from organization.services.jobs import work_next_job
from tests.feedback.made import an_answer
from tests.people import PASSWORD, alice, bob, charlie, mallory, node, scope

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 4, tzinfo=UTC)
URL = "/feedback/drivers/"


def of(who: Person) -> Client:
    client = Client()
    assert client.login(username=who.username, password=PASSWORD)
    return client


def some_answers(
    count: int,
    *,
    region: str = "",
    segment: str = "",
    service: float = 1.0,
    day: date = date(2026, 10, 1),
    seed: int = 1,
    score: str = "nps",
    only: tuple[str, ...] = ("quality", "service"),
) -> None:
    """Ratings by chance; the score follows quality by half a point and service by `service` points."""
    random = np.random.default_rng(seed)
    source = ensure_source(code="feedback", name="Feedback", facts="feedback")
    before = Answer.objects.count()
    place = node(f"region:{region}").pk if region else 0
    made = []
    for number in range(count):
        ratings = {code: int(random.integers(1, 6)) for code in only}
        value = (
            1.5
            + 0.5 * ratings.get("quality", 3)
            + service * ratings.get("service", 3)
            + random.normal(0, 0.7)
        )
        top = 10 if score == "nps" else 5
        mark = int(min(max(round(value if score == "nps" else value / 2), 0 if score == "nps" else 1), top))
        made.append(
            Answer(
                source_id=source.pk, day=day, detail=before + number + 1, region_id=place, segment=segment,
                ratings=ratings, origin=Origin.FILE, **{score: mark},
            )
        )  # fmt: skip
    Answer.objects.bulk_create(made)


def worked_out(now: datetime = NOW) -> None:
    run_drivers(Job(kind=DRIVERS, started_at=now), Progress())


def found(area: str = "company", segment: str = "") -> dict[str, DriverResult]:
    rows = DriverResult.objects.filter(scope=scope(area), segment=segment).select_related("driver")
    return {one.driver.code: one for one in rows}


def test_the_company_its_areas_and_their_customer_types_each_have_their_drivers() -> None:
    some_answers(200, region="华东/上海", segment="VIP", service=1.0)
    some_answers(200, region="华南", segment="New", service=0.2, seed=2)
    worked_out()
    east, south = found("region:华东"), found("region:华南")
    for rows, slope in ((east, Decimal("1.0")), (south, Decimal("0.2"))):
        one = rows["service"]
        assert one.low is not None
        assert one.high is not None
        assert one.low - Decimal("0.1") <= slope <= one.high + Decimal("0.1")
        assert (one.answers, one.score, one.why) == (200, "nps", "")
    assert found("region:华东/上海")["service"].effect == east["service"].effect
    assert found("region:华东", "VIP")["service"].effect == east["service"].effect
    assert found()["service"].answers == 400
    assert set(found("company", "VIP")) == set(found())
    assert not found("region:华东", "New")
    # Nobody rated price: that one says so, and does not take the others with it.
    assert (found()["price"].why, found()["price"].effect, found()["price"].mean) == ("few|0|50", None, None)
    assert found()["quality"].mean is not None


def test_only_the_last_year_counts_and_a_second_run_replaces_the_first() -> None:
    some_answers(60, day=date(2025, 11, 20))
    some_answers(70, day=date(2025, 11, 21), seed=2)
    worked_out()
    assert found()["service"].answers == 70
    assert (found()["service"].first_day, found()["service"].last_day) == (
        date(2025, 11, 21),
        date(2026, 11, 20),
    )
    worked_out(NOW + timedelta(days=1))
    assert found()["service"].why == "few|0|50"
    assert (
        DriverResult.objects.values("scope", "segment", "driver").distinct().count()
        == DriverResult.objects.count()
    )


def test_areas_with_too_few_answers_have_no_rows_and_the_company_says_how_few() -> None:
    some_answers(30, region="华东")
    worked_out()
    assert not found("region:华东")
    assert found()["service"].why == "few|30|50"


def test_satisfaction_stands_in_where_few_would_recommend() -> None:
    some_answers(120, score="csat")
    some_answers(20, seed=3)
    worked_out()
    assert (found()["service"].score, found()["service"].answers) == ("csat", 120)


def test_drivers_rated_in_different_surveys_alone_are_not_mixed() -> None:
    some_answers(100, only=("quality",))
    some_answers(100, only=("service",), seed=2)
    worked_out()
    assert {one.why for code, one in found().items() if code in ("quality", "service")} == {"few|0|50"}


def test_a_driver_put_away_is_left_out_and_what_is_no_number_does_not_count() -> None:
    some_answers(100)
    Driver.objects.filter(code="quality").update(archived_at=NOW)
    an_answer(day=date(2026, 10, 2), nps=3, ratings={"service": "much", "quality": 3})
    worked_out()
    assert "quality" not in found()
    assert found()["service"].answers == 100


def test_no_answers_and_no_drivers_are_no_trouble() -> None:
    worked_out()
    assert found()["service"].why == "few|0|50"
    Driver.objects.update(archived_at=NOW)
    some_answers(60)
    worked_out()
    assert not DriverResult.objects.exists()


def test_answers_that_changed_have_it_worked_out_after_a_while_and_each_day_once() -> None:
    order_of_the_day(now=NOW)
    assert not Job.objects.exists()  # nobody has answered
    some_answers(60)
    order_analysis(now=NOW)
    order_analysis(now=NOW)
    job = Job.objects.get(kind=DRIVERS)
    assert job.not_before == NOW + QUIET
    order_of_the_day(now=NOW + timedelta(hours=2))
    assert Job.objects.filter(kind=DRIVERS).count() == 1
    while work_next_job(now=NOW + timedelta(hours=3)):
        pass
    job.refresh_from_db()
    assert job.state == JobState.DONE
    assert found()["service"].answers == 60
    order_of_the_day(now=NOW + timedelta(hours=4))
    assert Job.objects.filter(kind=DRIVERS).count() == 1
    order_of_the_day(now=NOW + timedelta(days=1))
    assert Job.objects.filter(kind=DRIVERS).count() == 2


# -- The page ---------------------------------------------------------------------------------------


def result(
    area: str, driver: str, effect: str = "", mean: str = "3.5", *, segment: str = "", why: str = ""
) -> None:
    at: dict[str, Any] = {"why": why}
    if effect:
        at = {
            "effect": effect,
            "low": Decimal(effect) - Decimal("0.2"),
            "high": Decimal(effect) + Decimal("0.2"),
        }
    DriverResult.objects.create(
        scope=scope(area), segment=segment, driver=Driver.objects.get(code=driver), score="nps", answers=640, mean=mean,
        first_day=date(2025, 11, 21), last_day=date(2026, 11, 20), made_at=NOW, **at,
    )  # fmt: skip


def text_of(who: Person, query: str = "") -> str:
    answer = of(who).get(f"{URL}?{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def test_bob_reads_where_to_begin_and_that_it_is_company_not_cause() -> None:
    for driver, effect, mean in (
        ("service", "0.9", "2.4"),
        ("quality", "0.7", "4.4"),
        ("price", "0.1", "3.1"),
    ):
        result("company", driver, effect, mean)
    text = text_of(bob())
    assert (
        "The score goes together with Service (0.90 points a point), which does poorly: begin there." in text
    )
    assert "This is company, not cause." in text
    assert "Matters, does poorly: begin here" in text
    assert "May go with nothing: its interval holds zero" in text
    assert "Answers from 21 Nov 2025 to 20 Nov 2026." in text
    assert "640 answers" in text
    for word in ("causes", "because of", "leads to"):
        assert word not in text


@pytest.mark.parametrize(
    ("why", "said"),
    [
        ("few|37|50", "Only 37 answers rated this and gave the score; it takes 50."),
        ("still|price", "Nearly everybody rated Value for money alike"),
        ("score", "Everybody gave the same score"),
        (
            "together|price|service",
            "Value for money and Service are rated so much alike that they cannot be told apart.",
        ),
        ("none", "Too few answers rated any driver."),
    ],
)
def test_why_there_is_no_result_is_said(why: str, said: str) -> None:
    for driver in ("price", "service"):
        result("company", driver, why=why)
    assert said in text_of(bob())


def test_where_nothing_was_worked_out_it_is_said_what_to_do() -> None:
    text = text_of(bob())
    assert "Nothing has been worked out yet." in text
    result("company", "service", "0.9")
    deep = node("region:华东/上海/Pudong")
    assert "Fewer than 50 answers" in text_of(bob(), "area=region:华东")
    assert "Drivers are worked out for the company" in text_of(bob(), f"area={deep.code}")


def test_another_customer_type_is_chosen_among_those_that_have_results() -> None:
    result("company", "service", "0.9")
    result("company", "service", "-0.4", segment="VIP")
    text = text_of(bob(), "segment=VIP")
    assert "−0.40" in text
    assert '<option value="VIP" selected>' in text


def test_alice_of_one_region_sees_hers_alone_and_charlie_may_look() -> None:
    result("company", "service", "0.9")
    result("region:华东", "service", "0.3")
    result("region:华南", "service", "0.5")
    assert "+0.30" in text_of(alice())
    for foreign in ("company", "region:华南"):
        assert of(alice()).get(f"{URL}?area={foreign}").status_code == 404
    assert "+0.90" in text_of(charlie())
    assert of(mallory()).get(URL).status_code == 403


def test_bob_has_it_worked_out_anew_and_alice_may_not() -> None:
    assert of(bob()).post(f"{URL}again/").status_code == 302
    assert Job.objects.get(kind=DRIVERS).created_by == bob()
    assert of(alice()).post(f"{URL}again/").status_code == 403


def test_the_page_costs_the_same_queries_however_many_results_there_are(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for driver in ("service", "quality", "price", "delivery", "ease"):
        for segment in ("", "VIP", "New", "Old"):
            result("company", driver, "0.5", segment=segment)
    client = of(bob())
    client.get(URL)
    with django_assert_max_num_queries(11):
        client.get(URL)
