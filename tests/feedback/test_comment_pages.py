"""The list of comments: what it shows, to whom, and what leaves the house in a file."""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from customers.services.people import know_customer
from feedback.models import AnswerTopic
from organization.models import AuditEntry, Person
from tests.feedback.made import a_comment, a_complaint, a_topic
from tests.people import PASSWORD, alice, bob, charlie, person

pytestmark = pytest.mark.django_db
URL, FILE = "/feedback/answers/", "/feedback/answers/file/"


def of(who: Person) -> Client:
    client = Client()
    assert client.login(username=who.username, password=PASSWORD)
    return client


def texts(who: Person, query: str = "") -> list[str]:
    answer = of(who).get(f"{URL}?{query}")
    assert answer.status_code == 200
    return [one.answer.comment for one in answer.context["page"].comments]


def some() -> None:
    a_comment("Slow delivery", 3, day=date(2026, 10, 1), region="华东/上海", channel="Search", segment="VIP")
    a_comment("Great 50%_off", 10, day=date(2026, 10, 2), region="华南", channel="Video")
    a_comment("一般", 7, day=date(2026, 10, 3), region="华东", language="zh")
    a_comment("Only satisfied", None, csat=4, day=date(2026, 10, 4))
    a_comment("", 9, day=date(2026, 10, 5))


def test_bob_reads_all_comments_the_newest_first() -> None:
    some()
    assert texts(bob()) == ["Only satisfied", "一般", "Great 50%_off", "Slow delivery"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("group=detractors", ["Slow delivery"]), ("group=passives", ["一般"]), ("group=promoters", ["Great 50%_off"]),
        ("group=unscored", ["Only satisfied"]), ("segment=VIP", ["Slow delivery"]),
        ("segment=-", ["Only satisfied", "一般", "Great 50%_off"]), ("area=region:华东", ["一般", "Slow delivery"]),
        ("area=region:华东%2Bchannel:search", ["Slow delivery"]), ("first_day=2026-10-03", ["Only satisfied", "一般"]),
        ("last_day=2026-10-01", ["Slow delivery"]), ("q=DELIVERY", ["Slow delivery"]), ("q=%25_", ["Great 50%_off"]),
        ("q=50_", []),
        ("below=2026-10-03.1", ["Great 50%_off", "Slow delivery"]), ("below=soon", ["Only satisfied", "一般", "Great 50%_off", "Slow delivery"]),
    ],
)  # fmt: skip
def test_comments_are_narrowed(query: str, found: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    some()
    monkeypatch.setattr("feedback.views.answers.known_segments", lambda _person: ("", "VIP"))
    assert texts(bob(), query) == found


def test_the_comments_of_a_topic_are_those_that_have_it() -> None:
    some()
    topic, answer = a_topic(), a_comment("so slow", 2)
    AnswerTopic.objects.create(
        topic=topic, answer=answer, day=answer.day, channel_id=0, region_id=0, product_id=0, score=2
    )
    assert texts(bob(), f"topic={topic.pk}") == ["so slow"]


@pytest.mark.parametrize(
    "query",
    [
        "topic=99999",
        "group=all",
        "first_day=soon",
        "first_day=2026-10-02&last_day=2026-10-01",
        "area=Nowhere",
    ],
)
def test_what_cannot_be_understood_is_said(query: str) -> None:
    some()
    assert of(bob()).get(f"{URL}?{query}").status_code == 400


def test_alice_reads_what_was_said_in_her_region_alone() -> None:
    some()
    hers = alice()
    assert texts(hers) == ["一般", "Slow delivery"]
    assert of(hers).get(f"{URL}?area=region:华南").status_code == 404
    assert texts(hers, "area=region:华东/上海") == ["Slow delivery"]


def test_charlie_who_only_looks_reads_no_comments_nor_does_a_lead_where_she_only_looks() -> None:
    some()
    assert of(charlie()).get(URL).status_code == 403
    assert of(charlie()).post(FILE).status_code == 403
    both = person("Alice", "lead", "region:华东")
    person("Alice", "viewer", "region:华南")
    assert texts(both) == ["一般", "Slow delivery"]
    assert of(both).get(f"{URL}?area=region:华南").status_code == 403


def test_a_long_list_goes_on_where_it_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    some()
    for number in range(5):
        a_comment(f"same day {number}", 5, day=date(2026, 10, 2))
    monkeypatch.setattr("feedback.selectors.comments.A_PAGE", 2)
    client, query, found = of(bob()), "", []
    for _step in range(6):
        answer = client.get(f"{URL}?{query}")
        found += [one.answer.comment for one in answer.context["page"].comments]
        if not answer.context["older"]:
            break
        query = f"below={answer.context['older']}"
    assert found == [
        "Only satisfied", "一般", *(f"same day {number}" for number in (4, 3, 2, 1, 0)), "Great 50%_off", "Slow delivery",
    ]  # fmt: skip


def test_what_people_wrote_is_shown_and_never_run_and_numbers_in_it_are_masked() -> None:
    a_comment("<script>alert(1)</script> call 13812345678 or li@example.com", 2)
    text = of(bob()).get(URL).content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt; call 138****5678 or l***@example.com" in text
    assert "13812345678" not in text


def test_the_complaint_that_came_of_an_answer_is_shown_to_those_who_handle_it() -> None:
    told = a_comment("Broken", 1, region="华东")
    a_complaint(area="region:华东", answer=told)
    elsewhere = a_comment("Broken too", 1, region="华东")
    a_complaint(area="company", answer=elsewhere)
    (second, first) = of(alice()).get(URL).context["page"].comments
    assert first.complaint is not None
    assert second.complaint is None


def test_a_customer_is_masked_on_screen_and_in_files() -> None:
    customer = know_customer(name="Wang Xiaoming", phone="13900001111", now=timezone.now())
    assert customer is not None
    a_comment("=cmd() mail me@example.com", 2, customer=customer)
    client = of(bob())
    assert "139****1111" in client.get(URL).content.decode()
    text = b"".join(client.post(FILE, {"format": "csv"})).decode("utf-8-sig")
    (_heads, row) = list(csv.reader(io.StringIO(text)))
    assert row[0] == "2026-10-12"
    assert row[1:4] == ["2", "", ""]
    assert row[-2:] == ["W*** X***", "'=cmd() mail m***@example.com"]
    assert "1111" not in text


def test_taking_comments_away_is_history_and_keeps_to_the_filters() -> None:
    some()
    client = of(alice())
    text = b"".join(client.post(FILE, {"format": "csv", "group": "detractors"})).decode()
    assert "Slow delivery" in text
    assert "一般" not in text
    assert "Great" not in b"".join(client.post(FILE, {"format": "csv"})).decode()
    assert AuditEntry.objects.filter(action="feedback.export").count() == 2
    assert client.post(FILE, {"area": "region:华南"}).status_code == 404
    assert client.post(FILE, {"topic": "99"}).status_code == 302
    book = client.post(FILE, {"format": "xlsx"})
    assert b"".join(book)[:2] == b"PK"


def test_a_list_costs_the_same_queries_however_long_it_is(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(60):
        answer = a_comment(f"c{number}", 5, region=f"R{number}", channel=f"C{number}")
        if number % 2:
            a_complaint(area=f"region:R{number}", answer=answer)
    client: Any = of(bob())
    client.get(URL)
    with django_assert_max_num_queries(15):
        client.get(URL)
