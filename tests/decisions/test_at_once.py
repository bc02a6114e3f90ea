"""Two people at the same proposal in the same moment, on PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.db import connection

from decisions.models import Proposal, Task
from decisions.services import Settled, decide, withdraw
from tests.decisions import plans
from tests.decisions.plans import WEDNESDAY, carried_out, proposed
from tests.people import ada, alice, bob

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*works: Callable[[], object]) -> list[object]:
    """What each of them came to: what it returned, or what it raised."""
    gate, came_to = threading.Barrier(len(works)), []

    def hand(work: Callable[[], object]) -> None:
        try:
            connection.ensure_connection()
            gate.wait(30)
            came_to.append(work())
        except Exception as error:
            came_to.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=hand, args=[work]) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return came_to


def test_one_of_two_who_decide_at_once_wins_and_the_other_sees_it() -> None:
    carried_out.clear()
    manager, admin = bob(), ada()
    proposal = proposed(alice())
    came_to = at_once(
        lambda: decide(proposal=proposal, person=manager, verdict="approve", note="", as_of=WEDNESDAY),
        lambda: decide(proposal=proposal, person=admin, verdict="reject", note="No.", as_of=WEDNESDAY),
    )
    assert sorted(type(one).__name__ for one in came_to) == ["Proposal", "Settled"]
    assert len(carried_out) == 1
    settled = next(one for one in came_to if isinstance(one, Settled))
    proposal.refresh_from_db()
    assert proposal.decided_by is not None
    assert proposal.decided_by.label in str(settled)


def test_a_decision_and_a_withdrawal_at_once_are_one_of_both() -> None:
    carried_out.clear()
    lead, manager = alice(), bob()
    proposal = proposed(lead)
    came_to = at_once(
        lambda: decide(proposal=proposal, person=manager, verdict="approve", note="", as_of=WEDNESDAY),
        lambda: withdraw(proposal=proposal, person=lead, as_of=WEDNESDAY),
    )
    assert sorted(type(one).__name__ for one in came_to) == ["Proposal", "Settled"]
    assert len(carried_out) == 1


def test_of_two_proposals_on_one_subject_at_once_one_stands() -> None:
    bob()
    lead = alice()
    came_to = at_once(lambda: proposed(lead), lambda: proposed(lead))
    assert sorted(type(one).__name__ for one in came_to) == ["Proposal", "Settled"]
    assert Proposal.objects.count() == 1


def test_a_task_that_two_open_at_once_is_one() -> None:
    alice()
    came_to = at_once(plans.task, plans.task)
    assert [type(one).__name__ for one in came_to] == ["Task", "Task"]
    assert Task.objects.count() == 1
