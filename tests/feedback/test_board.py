"""What Bob reads on the board of complaints, and who reads what of it."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from feedback.models import Category, Complaint
from feedback.pareto import pareto, vital
from feedback.selectors.board import Board, board
from organization.models import Person
from tests.feedback.made import a_cause, a_complaint
from tests.people import alice, bob, charlie, mallory, person, scope

NOW = datetime(2026, 11, 27, 8, 0, tzinfo=UTC)
TODAY = date(2026, 11, 27)


def read(who: Person, **asked: Any) -> Board:
    return board(who, **{"area": None, "days": 30, "step": "week", "today": TODAY, "now": NOW, **asked})


def came(days: int, **fields: Any) -> Complaint:
    about = Category.objects.get(code=fields.pop("category", "delivery"))
    fields = {"area": "region:华东/上海", "received_at": NOW - timedelta(days=days), **fields}
    return a_complaint(day=TODAY - timedelta(days=days), category=about, **fields)


def solved(days: int, minutes: int, **fields: Any) -> Complaint:
    at = NOW - timedelta(days=days) + timedelta(hours=3)
    return came(days, state="solved", answered_at=at, solved_at=at, solve_minutes_taken=minutes, **fields)


@pytest.mark.django_db
def test_the_board_counts_what_came_in_and_takes_the_median_and_ninetieth_of_working_time() -> None:
    for minutes in (10, 20, 30, 40, 1000):
        solved(5, minutes, answer_minutes_taken=minutes // 10)
    came(2, answer_breached_at=NOW, repeat_of=Complaint.objects.first(), reopened=1)
    came(45)
    found = read(bob())
    assert (found.all.complaints, found.before) == (6, 1)
    assert (found.all.solve.median, found.all.solve.most) == (30, pytest.approx(616))
    assert found.all.answer.median == 3
    assert (found.all.answers_late, found.all.repeats, found.all.reopened) == (1, 1, 1)


@pytest.mark.django_db
def test_open_ones_are_counted_by_age_whenever_they_came_in() -> None:
    for days in (0, 2, 5, 100):
        came(days)
    came(9, state="waiting", answered_at=NOW, solve_due_at=NOW - timedelta(minutes=1))
    now_open = read(bob()).open
    assert (now_open.count, now_open.late, now_open.waiting) == (5, 1, 1)
    assert now_open.ages == (1, 1, 1, 1, 0, 1)
    assert now_open.median_since == NOW - timedelta(days=5)


@pytest.mark.django_db
def test_a_week_has_what_came_in_and_what_was_solved_within_it() -> None:
    solved(1, 30)
    solved(8, 30)
    came(8)
    trend = read(bob()).trend
    assert trend.at[-1] == date(2026, 11, 23)
    assert (trend.received[-2:], trend.solved[-2:]) == ((2, 1), (1, 1))
    assert sum(trend.received) == 3


@pytest.mark.django_db
def test_rows_stand_by_category_channel_and_region_the_most_first() -> None:
    came(1, area="region:华东/上海+channel:抖音直播/夏季大促", category="quality")
    came(1, area="channel:抖音直播")
    came(2, area="region:华东/杭州", category="quality")
    found = read(bob())
    assert [(row.label, row.complaints) for row in found.categories] == [
        ("Product quality", 2),
        ("Delivery", 1),
    ]
    assert [(row.label, row.complaints) for row in found.channels] == [("抖音直播", 2), ("No channel", 1)]
    assert [(row.label, row.complaints) for row in found.regions] == [("华东", 2), ("No region", 1)]
    within = read(bob(), area=scope("region:华东"))
    assert [(row.label, row.complaints) for row in within.regions] == [("上海", 1), ("杭州", 1)]


@pytest.mark.django_db
def test_people_stand_only_where_she_manages_them() -> None:
    lead = alice()
    came(1, assigned_to=lead)
    came(1, area="region:华北", assigned_to=lead)
    assert [(row.label, row.complaints) for row in read(bob()).people] == [("Alice", 2)]
    assert read(charlie()).people == () == read(lead).people
    east = person("Erin", "manager", "region:华东")
    assert [(row.label, row.complaints) for row in read(east).people] == [("Alice", 1)]


@pytest.mark.django_db
def test_alice_counts_her_region_alone_and_mallory_nothing() -> None:
    came(1)
    came(1, area="region:华北")
    came(1, area="company")
    assert read(alice()).all.complaints == 1
    assert read(bob()).all.complaints == 3
    nobody = read(mallory())
    assert (nobody.all.complaints, nobody.open.count, nobody.categories) == (0, 0, ())


@pytest.mark.django_db
def test_causes_fall_from_the_most_frequent_and_add_up_to_all() -> None:
    for cause, times in ((a_cause("Packed badly", "No padding"), 3), (a_cause("Late courier"), 1)):
        for _time in range(times):
            solved(3, 10, cause=cause)
    came(1)
    found = read(bob())
    assert [found.cause_names[bar.key] for bar in found.causes if bar.key] == ["No padding", "Late courier"]
    assert [bar.cumulative for bar in found.causes] == [0.75, 1.0]
    assert found.with_cause == 4


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.integers(1, 60), st.integers(0, 1000), max_size=40))
def test_a_pareto_falls_and_adds_up(counts: dict[int, int]) -> None:
    bars = pareto(counts)
    named = [bar for bar in bars if bar.key is not None]
    assert sum(bar.count for bar in bars) == sum(counts.values())
    assert [bar.count for bar in named] == sorted((bar.count for bar in named), reverse=True)
    assert not bars or bars[-1].cumulative == 1
    few = vital(bars)
    assert few == 0 or bars[few - 1].cumulative > 0.799


@pytest.mark.django_db
def test_the_page_says_it_in_one_sentence_and_shows_no_text(client: Client) -> None:
    came(1, text="My name is Wang.", solve_due_at=NOW)
    client.force_login(charlie())
    page = client.get("/feedback/board/?days=365").content.decode()
    assert "1 is open now, 1 of them out of time." in page
    assert "Wang" not in page


@pytest.mark.django_db
@pytest.mark.parametrize("asked", ["days=7", "days=x&step=y", "area=region:火星", "area=company", "area=%00"])
def test_what_the_address_cannot_mean_is_left_out(client: Client, asked: str) -> None:
    client.force_login(bob())
    assert client.get(f"/feedback/board/?{asked}").status_code == 200


@pytest.mark.django_db
def test_the_board_comes_as_a_file_that_spreadsheets_do_not_compute(client: Client) -> None:
    came(1, area="channel:=cmd|1")
    solved(2, 95)
    client.force_login(bob())
    answer = client.get("/feedback/board/?days=365&file=csv")
    text = b"".join(answer).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[1][:3] == ["All", "", "2"]
    assert rows[1][5] == "95"
    assert not any(cell.startswith("=") for row in rows for cell in row)
    book = client.get("/feedback/board/?file=xlsx")
    assert b"".join(book)[:2] == b"PK"


@pytest.mark.django_db
def test_the_board_asks_the_same_number_of_questions_for_any_number_of_complaints(
    client: Client, django_assert_max_num_queries: Any
) -> None:
    for number in range(6):
        came(number, area=f"region:华东/店{number}+channel:渠道{number}", cause=a_cause(f"Why {number}"))
    client.force_login(bob())
    client.get("/feedback/board/")
    with django_assert_max_num_queries(22):
        client.get("/feedback/board/")
