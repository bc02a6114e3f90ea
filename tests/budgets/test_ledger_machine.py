"""Random operations on the ledger, against a plain model: hundreds here, ten thousand in `make bench`."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.budgets.ledger_machine import LedgerMachine


@pytest.mark.django_db
def test_whatever_people_do_the_sums_are_those_of_the_entries() -> None:
    run_state_machine_as_test(
        LedgerMachine,
        settings=settings(
            max_examples=15,
            stateful_step_count=40,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.explicit, Phase.generate],  # (shrinking takes minutes)
        ),
    )
    assert LedgerMachine.operations >= 200
