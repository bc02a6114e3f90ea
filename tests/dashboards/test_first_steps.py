"""From an empty company to a light: five steps, each read from the data, with a sample that can be taken back."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone

from common.periods import Grain, Period
from dashboards.sample import DAYS, HEADINGS, HEADINGS_ZH, sample_csv
from dashboards.selectors.first_steps import Step, first_steps
from ingest.models import Import, State
from ingest.services.work import work_next
from kpis.models import AmountDay, Metric
from kpis.services import set_target
from kpis.work import catch_up
from organization.gate import Reach
from organization.models import Person
from tests import people

NAMES = ("Plumbline sample (invented).csv",)


def done(person: Person) -> list[Step]:
    found = first_steps(person=person, reach=Reach(person), sample_names=NAMES)
    return [one.step for one in found.steps if one.done]


def test_the_sample_is_of_the_days_before_today_and_says_that_it_is_one() -> None:
    today = date(2026, 3, 1)
    for chinese, headings, mark in ((False, HEADINGS, "Sample"), (True, HEADINGS_ZH, "示例")):
        text = sample_csv(today, chinese=chinese)
        assert text == sample_csv(today, chinese=chinese)
        rows = list(csv.reader(text.splitlines()))
        assert tuple(rows[0]) == headings
        days = {date.fromisoformat(row[0]) for row in rows[1:]}
        assert days == {today - timedelta(days=n) for n in range(1, DAYS + 1)}
        assert all(name.startswith(mark) for row in rows[1:] for name in row[1:5])
        assert all(int(row[5]) > int(row[6]) >= int(row[8]) >= 0 for row in rows[1:])


@pytest.mark.django_db
def test_charlie_is_told_who_can_begin(client: Client) -> None:
    people.bob()
    client.force_login(people.charlie())
    page = client.get("/").content.decode()
    assert "First steps" in page
    assert "Ask Bob" in page
    assert "/first-steps/sample/" not in page
    assert client.post("/first-steps/sample/").status_code == 403
    assert client.get("/first-steps/sample/").status_code == 200
    assert client.get("/?period=2026-11").content.decode().count("Nothing to show yet") == 1


@pytest.mark.django_db
def test_the_bar_stands_on_pages_of_the_steps_until_it_is_taken_away(client: Client) -> None:
    client.force_login(people.bob())
    assert "Back to the first steps" not in client.get("/targets/").content.decode()
    client.get("/first-steps/")
    assert "Step 2 of 5: Set a target" in client.get("/targets/").content.decode()
    assert "Back to the first steps" not in client.get("/alerts/").content.decode()
    answer = client.post("/first-steps/", {"next": "/targets/"})
    assert answer["Location"] == "/targets/"
    assert "Back to the first steps" not in client.get("/targets/").content.decode()
    assert client.post("/first-steps/", {"next": "https://elsewhere.example/"})["Location"] == "/first-steps/"


@pytest.mark.django_db(transaction=True)
def test_ada_comes_from_nothing_to_a_light_and_takes_the_sample_back(client: Client) -> None:
    ada = people.ada()
    client.force_login(ada)
    assert "0 of 5 steps" in client.get("/").content.decode()
    answer = client.post("/first-steps/sample/")
    batch = Import.objects.get()
    assert answer["Location"] == f"/imports/{batch.pk}/"
    assert client.post("/first-steps/sample/")["Location"] == answer["Location"]  # twice is once
    work_next()
    batch.refresh_from_db()
    assert (batch.state, batch.rejected) == (State.DONE, 0)
    assert batch.accepted == DAYS * 16
    catch_up()
    assert done(ada) == [Step.FIGURES]

    yesterday = timezone.localdate() - timedelta(days=1)
    month = Period.containing(yesterday, Grain.MONTH)
    revenue = Metric.objects.get(code="revenue")
    set_target(
        metric=revenue, scope=people.scope("company"), period=month, value=Decimal(900_000), person=ada
    )
    catch_up()
    assert done(ada) == [Step.FIGURES, Step.TARGET, Step.LIGHT]
    overview = client.get("/").content.decode()
    assert "of 5 steps" not in overview
    assert "Sample live stream" in overview
    people.bob()
    assert "4 of 5 steps" in client.get("/first-steps/").content.decode()

    assert client.post(f"/imports/{batch.pk}/undo/").status_code == 302
    work_next()
    catch_up()
    assert not AmountDay.objects.exists()
    assert Step.FIGURES not in done(ada)
    assert "Try it with the sample" in client.get("/first-steps/").content.decode()


@pytest.mark.django_db
def test_alice_sees_the_steps_of_her_own_areas_alone() -> None:
    alice = people.alice("region:华东")
    revenue = Metric.objects.get(code="revenue")
    set_target(
        metric=revenue,
        scope=people.scope("region:华北"),
        period=Period.parse("2026-11"),
        value=Decimal(5),
        person=None,
    )
    assert Step.TARGET not in done(alice)
    assert Step.TARGET in done(people.bob())
