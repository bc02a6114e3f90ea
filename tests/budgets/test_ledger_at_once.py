"""Many people at one line in the same instant, each with a connection of her own."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection

from budgets.models import Balance, DirtyLine, Entry, Line
from budgets.selectors.verifying import verify_ledger
from budgets.services.ledger import New, NotFree, write
from budgets.services.publishing import publish_next
from budgets.services.spending import commit
from kpis.models import Measure, PublishedAmount
from tests.budgets.books import a_budget, a_line

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("no_broker")]
NOW = datetime(2026, 8, 10, 4, tzinfo=UTC)
DAY = date(2026, 8, 10)
PEOPLE, MONEY_FOR = 50, 10


def all_at_once(works: list[Callable[[], None]]) -> float:
    """Seconds from the moment at which each has its connection. What one raises is raised."""
    ready, failed = threading.Barrier(len(works) + 1), []

    def run(work: Callable[[], None]) -> None:
        try:
            connection.ensure_connection()
            ready.wait(60)
            work()
        except BaseException as error:
            failed.append(error)
        finally:
            connection.close()

    hands = [threading.Thread(target=run, args=(work,)) for work in works]
    for hand in hands:
        hand.start()
    ready.wait(60)
    began = time.perf_counter()
    for hand in hands:
        hand.join()
    if failed:
        raise failed[0]
    return time.perf_counter() - began


def test_of_fifty_who_commit_at_once_ten_get_the_money_there_is() -> None:
    line = a_line(a_budget(), planned=100 * MONEY_FOR)
    told: list[str] = []

    def work() -> None:
        try:
            commit(line=line, amount=Decimal(100), day=DAY, person=None, now=NOW)
            told.append("done")
        except NotFree as refused:
            told.append(str(refused))

    seconds = all_at_once([work] * PEOPLE)
    assert told.count("done") == MONEY_FOR
    assert sum("free" in one for one in told) == PEOPLE - MONEY_FOR
    kept = Balance.objects.get(line=line)
    assert (kept.committed, kept.free, kept.entries) == (1000, 0, MONEY_FOR + 1)
    assert verify_ledger().agrees
    assert seconds < 10  # `make bench` says how long: three at most, where nobody else works


def test_the_database_itself_refuses_where_nobody_has_looked_before() -> None:
    line = a_line(a_budget(), planned=100 * MONEY_FOR)
    said: list[str] = []

    def work() -> None:
        with connection.cursor() as cursor:
            try:
                cursor.execute(
                    "INSERT INTO budgets_entry (line_id, kind, amount, day, origin, reference, note, currency, flagged)"
                    " VALUES (%s, 'commitment', 100, %s, 'form', '', '', '', false)",
                    [line.pk, DAY],
                )
                said.append("done")
            except DatabaseError as error:
                said.append(getattr(error.__cause__, "pgcode", ""))

    all_at_once([work] * PEOPLE)
    assert (said.count("done"), said.count("PL001")) == (MONEY_FOR, PEOPLE - MONEY_FOR)
    assert Balance.objects.get(line=line).free == 0


def test_a_form_that_two_requests_send_is_entered_once() -> None:
    line = a_line(a_budget(), planned=1000)
    new = New(line, "spend", Decimal(10), DAY, "form", key="form:7")

    def work() -> None:
        write(entries=[new], person=None, now=NOW)

    all_at_once([work] * 8)
    assert Entry.objects.filter(kind="spend").count() == 1


def test_two_who_move_money_both_ways_do_not_wait_for_each_other() -> None:
    budget = a_budget()
    one, other = a_line(budget, "One", planned=1000), a_line(budget, "Other", planned=1000)

    def move(here: Line, there: Line) -> Callable[[], None]:
        def work() -> None:
            for _ in range(10):
                write(
                    entries=[
                        New(here, "transfer", Decimal(-1), DAY, "transfer"),
                        New(there, "transfer", Decimal(1), DAY, "transfer"),
                    ],
                    person=None,
                    now=NOW,
                )

        return work

    all_at_once([move(one, other), move(other, one), move(one, other), move(other, one)])
    assert [kept.transferred for kept in Balance.objects.order_by("line")] == [0, 0]


def test_workers_publish_what_stands_in_the_end_while_people_go_on_entering() -> None:
    budget = a_budget()
    lines = [a_line(budget, name, planned=1000) for name in ("One", "Two", "Three")]
    ended = threading.Event()

    def enter(line: Line) -> Callable[[], None]:
        def work() -> None:
            for _ in range(15):
                write(entries=[New(line, "spend", Decimal(1), DAY, "form")], person=None, now=NOW)

        return work

    def publish() -> None:
        while not ended.is_set() or DirtyLine.objects.exists():
            if not publish_next(today=date(2026, 8, 16)):
                time.sleep(0.01)
        connection.close()

    workers = [threading.Thread(target=publish) for _ in range(2)]
    for worker in workers:
        worker.start()
    try:
        all_at_once([enter(line) for line in lines for _ in range(2)])
    finally:
        ended.set()
        for worker in workers:
            worker.join()
    slot = Measure.objects.get(code="budget_spent").slot
    said = dict(PublishedAmount.objects.filter(slot=slot).values_list("scope__key", "amount"))
    assert said[budget.node.scope.key] == said["company"] == 90
    assert [said[line.node.scope.key] for line in lines] == [30, 30, 30]
