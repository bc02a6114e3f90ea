"""The pages of what is in the open: asking, answering, the history of a line, and who may look."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from budgets.models import Budget, Line, Question
from budgets.selectors.audience import audience_of
from budgets.services import questions
from organization.models import Person
from tests.budgets.books import a_budget, a_line
from tests.people import alice, bob, charlie, node, person, scope

pytestmark = pytest.mark.django_db


def browser(who: Person) -> Client:
    client = Client()
    client.force_login(who, backend="django.contrib.auth.backends.ModelBackend")
    return client


def this_months() -> Budget:
    today = timezone.localdate()
    return a_budget(days=(today.replace(day=1), today + timedelta(days=40)))


def alices_line() -> Line:
    return a_line(this_months(), planned=1000, owner=alice())


def test_charlie_asks_on_the_page_of_a_line_and_reads_the_answer_there() -> None:
    line = alices_line()
    page = reverse("budgets:line", args=[line.pk])
    looking = browser(charlie())
    assert "Nobody has asked anything yet." in looking.get(page).content.decode()
    asked = looking.post(reverse("budgets:ask", args=[line.pk]), {"text": "Why so many fairs?"})
    assert asked["Location"] == f"{page}#questions"
    text = looking.get(page).content.decode()
    assert "Why so many fairs?" in text
    assert "else the manager is asked" in text
    made = Question.objects.get()
    answering = browser(alice())
    assert "Yours to answer" in answering.get(reverse("budgets:questions")).content.decode()
    done = answering.post(reverse("budgets:question", args=[made.pk]), {"text": "Two are trade fairs."})
    assert done.status_code == 302
    assert "Two are trade fairs." in looking.get(page).content.decode()
    assert "Two are trade fairs." in looking.get(reverse("budgets:questions")).content.decode()


def test_an_empty_question_is_told_so_at_its_place_and_keeps_nothing() -> None:
    line = alices_line()
    page = browser(charlie()).post(reverse("budgets:ask", args=[line.pk]), {"text": "  "})
    assert page.status_code == 200
    assert "id_text_error" in page.content.decode()
    assert not Question.objects.exists()


def test_who_may_not_answer_sees_no_form_and_who_is_late_sees_what_was_answered() -> None:
    made = questions.ask(line=alices_line(), text="Why?", person=charlie(), now=timezone.now())
    url = reverse("budgets:question", args=[made.pk])
    assert "Answer on record" not in browser(charlie()).get(url).content.decode()
    assert browser(charlie()).post(url, {"text": "Because."}).status_code == 403
    questions.answer(question=made, text="So.", person=alice(), now=timezone.now())
    late = browser(bob()).post(url, {"text": "Otherwise."}).content.decode()
    assert "Alice has answered it meanwhile." in late
    assert "So." in late
    assert "Otherwise." not in late


def test_a_question_on_a_closed_line_is_not_found() -> None:
    line = alices_line()
    made = questions.ask(line=line, text="Why?", person=charlie(), now=timezone.now())
    line.budget.node.readers.create(scope=scope("region:华北"))
    outside = browser(alice())
    for url in (
        reverse("budgets:question", args=[made.pk]),
        reverse("budgets:ask", args=[line.pk]),
        reverse("budgets:history", args=[line.pk]),
    ):
        assert outside.get(url).status_code == 404
    assert "Why?" not in outside.get(reverse("budgets:questions")).content.decode()


def test_bob_closes_a_budget_to_an_area_and_opens_it_again() -> None:
    budget = alices_line().budget
    node("region:华北")
    url = reverse("budgets:audience", args=[budget.pk])
    keeper = browser(bob())
    assert "Every member" in keeper.get(url).content.decode()
    saved = keeper.post(url, {"open_to": "areas", "area": "region:华北", "based_on": ""}, follow=True)
    assert "华北" in saved.content.decode()
    assert "These people own lines of this budget and do not see it:" in saved.content.decode()
    assert audience_of(budget).keys == ["region:华北"]
    moved = keeper.post(url, {"open_to": "members", "based_on": ""})
    assert "Somebody changed this meanwhile." in moved.content.decode()
    assert audience_of(budget).keys == ["region:华北"]
    keeper.post(url, {"open_to": "members", "based_on": "region:华北"})
    assert audience_of(budget).keys == []


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ({"open_to": "areas"}, "Name an area, or let every member look."),
        ({"open_to": "areas", "area": "nowhere"}, "There is no area called nowhere."),
        ({"open_to": "areas", "area": "a\0b"}, "Null characters are not allowed."),
        ({}, "This field is required."),
    ],
)
def test_what_cannot_be_an_audience_is_told_so_at_its_place(sent: dict[str, str], told: str) -> None:
    budget = alices_line().budget
    page = browser(bob()).post(reverse("budgets:audience", args=[budget.pk]), sent)
    assert page.status_code == 200
    assert told in page.content.decode()
    assert audience_of(budget).areas == ()


def test_a_keeper_of_one_budget_learns_no_area_that_is_not_hers() -> None:
    budget = alices_line().budget
    budget.node.readers.create(scope=scope("region:华北"))
    keeper = browser(person("Kay", "manager", "budget:Plan 2026"))
    url = reverse("budgets:audience", args=[budget.pk])
    page = keeper.get(url).content.decode()
    assert "An area that is not yours to see" in page
    told = keeper.post(url, {"open_to": "areas", "area": "region:华东", "based_on": "region:华北"})
    assert "There is no area called region:华东." in told.content.decode()


def test_the_history_page_goes_back_and_refuses_what_is_no_moment() -> None:
    line = alices_line()
    looking = browser(charlie())
    url = reverse("budgets:history", args=[line.pk])
    assert "planned" in looking.get(url).content.decode()
    assert looking.get(url, {"before": "yesterday"}).status_code == 404
    assert looking.get(url, {"before": "2001-01-01T00:00:00+08:00"}).status_code == 200
