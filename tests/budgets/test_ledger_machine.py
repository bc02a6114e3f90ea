"""Random operations on the ledger, against a plain model: hundreds, or as many as LEDGER_OPERATIONS says (10000: minutes)."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.budgets.ledger_machine import LedgerMachine

STEPS = 40


@pytest.mark.django_db
def test_whatever_people_do_the_sums_are_those_of_the_entries() -> None:
    wanted = int(os.environ.get("LEDGER_OPERATIONS", "300"))
    run_state_machine_as_test(
        LedgerMachine,
        settings=settings(
            max_examples=wanted // STEPS * 2,  # about half of the steps are cut short
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.explicit, Phase.generate],  # (shrinking takes minutes)
        ),
    )
    assert LedgerMachine.operations >= wanted
