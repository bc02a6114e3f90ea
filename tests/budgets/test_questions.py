"""Questions in the open: asked by whoever sees a line, answered by its owner, else by the manager."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import PermissionDenied

from budgets.models import Line, Question
from budgets.selectors.questions import questions_page, visible_questions
from budgets.services import questions
from decisions.models import Task, TaskState
from decisions.services import Settled, hand_over_task
from organization.models import AccountMail, AuditEntry, Node, NodeReader
from organization.services import Refused
from tests.budgets.books import a_budget, a_line
from tests.people import alice, bob, charlie, dana, mallory, person, scope

pytestmark = pytest.mark.django_db
CHINA = ZoneInfo("Asia/Shanghai")
MONDAY = datetime(2026, 8, 10, 10, tzinfo=CHINA)
THURSDAY = datetime(2026, 8, 13, 10, tzinfo=CHINA)


def alices_line() -> Line:
    return a_line(a_budget(), planned=1000, owner=alice())


def asked(line: Line) -> Question:
    return questions.ask(line=line, text="Why so many fairs?", person=charlie(), now=MONDAY)


def mails_to(name: str) -> list[str]:
    return list(
        AccountMail.objects.filter(address=f"{name}@example.com")
        .order_by("pk")
        .values_list("kind", flat=True)
    )


def open_tasks() -> dict[str, Task]:
    found = Task.objects.filter(state=TaskState.OPEN).select_related("assigned_to")
    return {task.assigned_to.label if task.assigned_to else "": task for task in found}


def test_charlie_asks_and_alice_who_owns_the_line_has_three_working_days_a_task_and_a_mail() -> None:
    made = asked(alices_line())
    assert made.due_at == THURSDAY
    task = open_tasks()["Alice"]
    assert (task.due_on, task.what) == (THURSDAY.date(), "Why so many fairs?")
    assert mails_to("alice") == ["budget-question"]
    entry = AuditEntry.objects.get(action="budget.question")
    assert (entry.person, entry.details["text"]) == (charlie(), "Why so many fairs?")


def test_alice_answers_on_record_and_charlie_is_told() -> None:
    made = asked(alices_line())
    done = questions.answer(question=made, text="Two are trade fairs.", person=alice(), now=MONDAY)
    assert (done.answer, done.answered_by, done.answered_at) == ("Two are trade fairs.", alice(), MONDAY)
    assert not open_tasks()
    assert Task.objects.get().done_by == alice()
    assert mails_to("charlie") == ["budget-answered"]
    assert AuditEntry.objects.filter(action="budget.reply").count() == 1


def test_a_question_left_open_goes_to_the_manager_once() -> None:
    bob()
    made = asked(alices_line())
    assert questions.raise_next(now=THURSDAY - timedelta(minutes=1)) == 0
    assert not questions.questions_wait(now=THURSDAY - timedelta(minutes=1))
    assert questions.questions_wait(now=THURSDAY)
    assert questions.raise_next(now=THURSDAY) == 1
    assert questions.raise_next(now=THURSDAY) == 0
    assert set(open_tasks()) == {"Bob"}
    assert mails_to("bob") == ["budget-raised"]
    done = questions.answer(question=made, text="I asked her.", person=bob(), now=THURSDAY)
    assert done.raised_at == THURSDAY
    assert not open_tasks()


def test_two_workers_raise_a_question_once() -> None:
    bob()
    made = asked(alices_line())
    stale = Question.objects.get(pk=made.pk)
    assert questions.raise_next(now=THURSDAY) == 1
    assert not questions._raise_one(stale, THURSDAY)
    assert mails_to("bob") == ["budget-raised"]


def test_a_line_without_an_owner_is_the_managers_to_explain_at_once() -> None:
    bob()
    made = asked(a_line(a_budget(), planned=1000))
    made.refresh_from_db()
    assert made.raised_at == MONDAY
    assert set(open_tasks()) == {"Bob"}


def test_an_owner_who_does_not_see_the_line_is_not_asked_and_told_nothing() -> None:
    bob()
    budget = a_budget()
    NodeReader.objects.create(node=budget.node, scope=scope("region:华北"))
    line = a_line(budget, planned=1000, owner=alice("region:华东"))
    asked(line)
    assert set(open_tasks()) == {"Bob"}
    assert mails_to("alice") == []


def test_asking_the_same_twice_is_asking_once_and_nothing_is_no_question() -> None:
    line = alices_line()
    assert asked(line) == asked(line)
    assert Question.objects.count() == 1
    with pytest.raises(Refused, match="Write your question"):
        questions.ask(line=line, text=" \n\0", person=charlie(), now=MONDAY)
    with pytest.raises(Refused, match="too long"):
        questions.ask(line=line, text="x" * 4001, person=charlie(), now=MONDAY)


def test_who_does_not_see_a_line_cannot_ask_and_reads_nothing() -> None:
    line = alices_line()
    asked(line)
    with pytest.raises(PermissionDenied):
        questions.ask(line=line, text="Why?", person=mallory(), now=MONDAY)
    stranger = person("Nora", "manager", "region:华北")
    assert visible_questions(stranger).count() == 1
    NodeReader.objects.create(node=line.budget.node, scope=scope("region:华东"))
    assert visible_questions(stranger).count() == 0
    Node.objects.filter(pk=line.budget.node_id).update(open=False)
    assert visible_questions(alice()).count() == 0


def test_an_answer_stays_and_the_same_one_twice_is_one() -> None:
    made = asked(alices_line())
    bob()
    questions.answer(question=made, text="Two.", person=alice(), now=MONDAY)
    questions.answer(question=made, text="Two.", person=alice(), now=MONDAY)
    with pytest.raises(Settled, match="Alice has answered"):
        questions.answer(question=made, text="Three.", person=bob(), now=MONDAY)
    made.refresh_from_db()
    assert made.answer == "Two."
    assert mails_to("charlie") == ["budget-answered"]


def test_charlie_who_asked_cannot_answer_himself_but_whoever_was_given_the_task_can() -> None:
    made = asked(alices_line())
    with pytest.raises(PermissionDenied):
        questions.answer(question=made, text="Two.", person=charlie(), now=MONDAY)
    other = person("Lee", "lead", "region:华东")
    hand_over_task(task=open_tasks()["Alice"], to=other, person=alice(), as_of=MONDAY)
    questions.answer(question=made, text="Two.", person=other, now=MONDAY)
    assert Task.objects.get().done_by == other


def test_the_list_has_hers_first_and_asks_a_bounded_number_of_queries(
    django_assert_max_num_queries: object,
) -> None:
    line = alices_line()
    other = a_line(line.budget, "Fairs", owner=dana())
    for n in range(6):
        questions.ask(line=line, text=f"Why {n}?", person=charlie(), now=MONDAY)
        questions.ask(line=other, text=f"How {n}?", person=charlie(), now=MONDAY)
    questions.answer(question=Question.objects.latest("pk"), text="So.", person=dana(), now=MONDAY)
    with django_assert_max_num_queries(14):  # type: ignore[operator]
        page = questions_page(alice(), now=THURSDAY)
        list(page.answered)
    assert [row.question.text for row in page.hers] == [f"Why {n}?" for n in range(6)]
    assert all(row.late for row in page.hers)
    assert len(page.others) == 5
    assert [one.text for one in page.answered] == ["How 5?"]
