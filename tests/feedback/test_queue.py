"""The queue of complaints as Alice works through it."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from customers.services.people import know_customer
from feedback.models import Category, Complaint, State
from feedback.queue_address import kept
from feedback.selectors import queue as selectors
from feedback.selectors.queue import Asked, View, queue_page
from organization.models import AuditEntry, Person
from tests.feedback.made import a_cause, a_complaint
from tests.people import alice, bob, charlie, mallory, scope

NOW = datetime(2026, 11, 27, 8, 0, tzinfo=UTC)
QUEUE = "/feedback/complaints/"


def due(minutes: float, **fields: Any) -> Complaint:
    """Its first answer is due in so many minutes; warned of a quarter of an hour before."""
    at = NOW + timedelta(minutes=minutes)
    fields = {"area": "region:华东", "received_at": NOW - timedelta(hours=1), **fields}
    return a_complaint(answer_due_at=at, answer_warn_at=at - timedelta(minutes=15), **fields)


def numbers(person: Person, view: View = View.OPEN, **asked: Any) -> list[int]:
    return [row.complaint.pk for row in queue_page(person, Asked(view=view, **asked), now=NOW).rows]


@pytest.mark.django_db
def test_the_most_severe_stand_first_and_of_these_what_is_due_first() -> None:
    later, sooner, critical = due(50), due(10), due(500, severity=4)
    answered = due(1, state="open", answered_at=NOW, solve_due_at=NOW + timedelta(minutes=30))
    waiting = due(1, state="waiting", answered_at=NOW)
    found = numbers(bob())
    assert found == [critical.pk, sooner.pk, answered.pk, later.pk, waiting.pk]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fields", "light", "words"),
    [
        ({}, "green", "17 min left"),
        ({"answer_warn_at": NOW}, "yellow", "17 min left"),
        ({"answer_due_at": NOW - timedelta(hours=2, minutes=5)}, "red", "2 h over"),
        ({"answer_due_at": NOW + timedelta(days=4)}, "green", "4 days left"),
        ({"state": "waiting", "answered_at": NOW}, "grey", "Waits for the customer"),
        ({"state": "waiting", "answered_at": NOW, "solve_breached_at": NOW}, "red", "Out of time"),
        ({"state": "solved", "answered_at": NOW, "solved_at": NOW}, "grey", "Solved"),
    ],
)
def test_time_left_is_said_by_shape_and_words(fields: dict[str, Any], light: str, words: str) -> None:
    said = {
        "answer_due_at": NOW + timedelta(minutes=17),
        "answer_warn_at": NOW + timedelta(minutes=2),
        **fields,
    }
    a_complaint(**said)
    view = View.SOLVED if fields.get("state") == "solved" else View.OPEN
    (row,) = queue_page(bob(), Asked(view=view), now=NOW).rows
    assert (row.left.light, row.left.words) == (light, words)


@pytest.mark.django_db
def test_each_view_shows_what_it_counts() -> None:
    lead = alice()
    mine, nobodys = due(30, assigned_to=lead), due(30)
    over = due(-5, assigned_to=bob())
    waits = due(30, state="waiting", answered_at=NOW)
    solved = due(30, state="solved", answered_at=NOW, solved_at=NOW)
    due(30, area="region:华北", assigned_to=lead)
    expected = {
        View.MINE: {mine.pk},
        View.UNASSIGNED: {nobodys.pk, waits.pk},
        View.OPEN: {mine.pk, nobodys.pk, over.pk, waits.pk},
        View.WAITING: {waits.pk},
        View.BREACHED: {over.pk},
        View.SOLVED: {solved.pk},
    }
    counts = queue_page(lead, Asked(), now=NOW).counts
    assert {view: set(numbers(lead, view)) for view in View} == expected
    assert counts == {view: len(found) for view, found in expected.items()}


@pytest.mark.django_db
def test_words_number_category_severity_person_area_and_cause_narrow_it() -> None:
    who = bob()
    one = due(
        1, text="The 包裹 came open and wet", category=Category.objects.get(code="delivery"), severity=3
    )
    two = due(2, text="The invoice is wrong", area="region:华东/上海+channel:抖音直播", assigned_to=alice())
    three = due(3, text="100% wrong_", cause=a_cause("Packed badly"))
    assert numbers(who, words="包裹 wet") == [one.pk]
    assert numbers(who, words=f"#{two.pk}") == [two.pk]
    assert numbers(who, words="100%") == [three.pk] == numbers(who, words="wrong_")
    assert numbers(who, category=Category.objects.get(code="delivery")) == [one.pk]
    assert numbers(who, severity=3) == [one.pk]
    assert numbers(who, assignee=alice()) == [two.pk]
    assert numbers(who, area=scope("channel:抖音直播")) == [two.pk]
    assert numbers(who, cause=three.cause_id) == [three.pk]


@pytest.mark.django_db
@pytest.mark.parametrize("view", [View.OPEN, View.SOLVED])
def test_pages_follow_each_other_and_show_each_complaint_once(
    monkeypatch: pytest.MonkeyPatch, view: View
) -> None:
    monkeypatch.setattr(selectors, "ON_A_PAGE", 3)
    for number in range(10):
        over = {"state": "solved", "answered_at": NOW, "solved_at": NOW - timedelta(minutes=number // 2)}
        due(
            number // 3, severity=1 + number % 2, **(over if view == View.SOLVED else {}),
            **({"answered_at": NOW, "state": "open"} if number > 7 and view == View.OPEN else {}),
        )  # fmt: skip
    who, found, after = bob(), list[int](), ""
    for _page in range(4):
        page = queue_page(who, Asked(view=view, after=after), now=NOW)
        found += [row.complaint.pk for row in page.rows]
        after = page.after
    assert after == ""
    monkeypatch.setattr(selectors, "ON_A_PAGE", 50)
    assert found == numbers(who, view)
    assert len(set(found)) == 10


@pytest.mark.django_db
@pytest.mark.parametrize(
    "after", ["", "x", "3.1", "3.1.x", "9.9.9.9", "3.99999999999999999999999.1", "-1.5.2", "²..1"]
)
def test_a_place_that_cannot_be_read_is_the_beginning(after: str) -> None:
    one = due(1)
    assert numbers(bob(), after=after) in ([one.pk], [])


@pytest.mark.django_db
def test_a_row_shows_no_number_or_address_of_a_customer(client: Client) -> None:
    her = know_customer(name="王小明", phone="13812345678", now=NOW)
    due(1, text="Call me: 13812345678 or wang@example.com", customer=her)
    client.force_login(bob())
    page = client.get(f"{QUEUE}?view=open").content.decode()
    assert "138****5678" in page
    assert "13812345678" not in page
    assert "wang@" not in page
    assert "王小明" not in page


@pytest.mark.django_db
def test_who_only_looks_is_shown_the_board_and_mallory_nothing(client: Client) -> None:
    due(1, text="secret words")
    client.force_login(charlie())
    assert client.get(QUEUE).headers["Location"] == "/feedback/board/"
    client.force_login(mallory())
    assert client.get(QUEUE).status_code == 403


@pytest.mark.django_db
def test_alice_takes_a_complaint_from_its_row_and_comes_back_to_it(client: Client) -> None:
    lead, one = alice(), due(30)
    client.force_login(lead)
    page = client.get(f"{QUEUE}?view=unassigned&evil=%22%3E").content.decode()
    assert f'action="{QUEUE}{one.pk}/assign/"' in page
    assert "evil" not in page.split("desk-queue")[1]
    answer = client.post(
        f"{QUEUE}{one.pk}/assign/",
        {"revision": one.revision, "back": "view=unassigned&evil=1", "from": "queue"},
    )
    assert answer.headers["Location"] == f"{QUEUE}?view=unassigned#c-{one.pk}"
    assert Complaint.objects.get(pk=one.pk).assigned_to == lead


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("view=mine&q=a b&after=3.1.2", "view=mine&q=a+b&after=3.1.2"),
        ("next=//evil.example&view=open", "view=open"),
        ("view=&q=", ""),
        ("&".join(f"a{n}=1" for n in range(5000)), ""),
    ],
)
def test_only_what_the_queue_knows_leads_back(query: str, said: str) -> None:
    assert kept(query) == said


@pytest.mark.django_db
def test_the_queue_comes_as_a_file_with_all_its_pages_masked_and_on_record(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selectors, "ON_A_PAGE", 2)
    monkeypatch.setattr(selectors, "CHUNK", 2)
    her = know_customer(name="Wang Xiaoming", phone="13812345678", now=NOW)
    for number in range(5):
        due(number, text="=CMD() from 13812345678", customer=her)
    due(1, severity=4)
    client.force_login(bob())
    answer = client.post(f"{QUEUE}file/", {"view": "open", "severity": "2", "format": "csv"})
    text = b"".join(answer).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    assert len(rows) == 6
    assert rows[1][4].startswith("'=CMD()")
    assert "13812345678" not in text
    assert "Xiaoming" not in text
    assert AuditEntry.objects.filter(action="feedback.export").count() == 1
    client.force_login(charlie())
    assert client.post(f"{QUEUE}file/").status_code == 403


@pytest.mark.django_db
def test_the_queue_asks_the_same_number_of_questions_for_any_number(
    client: Client,
) -> None:
    client.force_login(bob())
    her = know_customer(name="Wang", phone="13812345678", now=timezone.now())

    def asked() -> int:
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(
            connection,
        ) as found:
            assert client.get(f"{QUEUE}?view=open").status_code == 200
        return len(found)

    due(1, customer=her, area="region:华东+channel:甲", assigned_to=alice())
    asked()
    few = asked()
    for number in range(12):
        due(number, customer=her, area=f"region:华东/店{number}+channel:渠道{number}", assigned_to=alice())
    assert asked() == few <= 16


@pytest.mark.django_db
def test_states_that_are_over_are_not_open() -> None:
    assert set(Complaint.OPEN) == {State.NEW, State.OPEN, State.WAITING}
