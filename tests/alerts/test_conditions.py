"""When a figure breaks a rule: the boundary, the margin, and what is no figure at all."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D

import pytest

from alerts.conditions import (
    Attainment,
    ConditionError,
    Figure,
    Level,
    Outcome,
    Result,
    Terms,
    Tier,
    Why,
    broken,
    in_order,
    judge,
    parse,
)

MARCH = date(2026, 3, 1)
TERMS = Terms(
    tiers=tuple(
        Tier(Level(level), Attainment(D(below))) for level, below in ((1, "1"), (2, "0.85"), (3, "0.7"))
    ),
    margin=D("0.02"),
)


def figure(attainment: str | None, status: str = "red", **more: object) -> Figure:
    return Figure(MARCH, value=D(5), attainment=D(attainment) if attainment else None, status=status, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("attainment", "result", "level", "near"),
    [
        ("1.5", Result.CLEAR, 0, 0),
        ("1.02", Result.CLEAR, 0, 0),  # exactly on threshold and margin is clear
        ("1.0199", Result.NEAR, 0, 1),
        ("1", Result.NEAR, 0, 1),  # exactly on the threshold does not break it
        ("0.9999", Result.BREACH, 1, 1),
        ("0.86", Result.BREACH, 1, 2),
        ("0.85", Result.BREACH, 1, 2),
        ("0.8499", Result.BREACH, 2, 2),
        ("0.71", Result.BREACH, 2, 3),
        ("0.7", Result.BREACH, 2, 3),
        ("0.6999", Result.BREACH, 3, 3),
        ("-2", Result.BREACH, 3, 3),
    ],
)
def test_the_worst_tier_that_holds_counts(attainment: str, result: Result, level: int, near: int) -> None:
    outcome = judge(figure(attainment), TERMS)
    assert (outcome.result, outcome.level, outcome.near, outcome.period) == (result, level, near, MARCH)


@pytest.mark.parametrize(
    ("looked_at", "why", "period"),
    [
        (None, Why.NO_FIGURE, None),
        (figure("0.1", status="grey"), Why.NOTHING_TO_JUDGE, MARCH),
        (figure(None, status="green"), Why.NO_NUMBER, MARCH),
        (figure(None, status="red"), Why.NO_NUMBER, MARCH),
    ],
)
def test_what_has_no_number_is_no_data_and_no_verdict(
    looked_at: Figure | None, why: Why, period: date | None
) -> None:
    assert judge(looked_at, TERMS) == Outcome(Result.NO_DATA, why, period)


def test_a_rule_that_counts_days_skips_the_estimated_ones() -> None:
    estimated = figure("0.1", estimated=True)
    assert judge(estimated, TERMS).result == Result.BREACH
    counting = Terms(tiers=TERMS.tiers, skip_estimated=True)
    assert judge(estimated, counting) == Outcome(Result.NO_DATA, Why.ESTIMATED, MARCH)


@pytest.mark.parametrize(
    "stored",
    [
        {},
        {"kind": "moon"},
        {"kind": "attainment"},
        {"kind": "attainment", "below": "low"},
        {"kind": "attainment", "below": "NaN"},
        {"kind": "attainment", "below": None},
    ],
)
def test_a_condition_that_cannot_be_read_is_an_error_and_not_a_pass(stored: dict[str, str]) -> None:
    with pytest.raises(ConditionError):
        parse(stored)
    assert broken(figure("0.1")) == Outcome(Result.ERROR, Why.BAD_CONDITION, MARCH)


@pytest.mark.parametrize("below", ["1", "0.85", "0.7", "100", "1.25"])
def test_a_condition_reads_back_as_it_was_written(below: str) -> None:
    assert parse(Attainment(D(below)).as_json()) == Attainment(D(below))


@pytest.mark.parametrize(
    ("thresholds", "fine"),
    [
        ([(1, D(1)), (2, D("0.85")), (3, D("0.7"))], True),
        ([(3, D("0.7")), (1, D(1))], True),
        ([(2, D("0.5"))], True),
        ([(1, D("0.7")), (2, D("0.85"))], False),
        ([(1, D("0.7")), (2, D("0.7"))], False),
    ],
)
def test_worse_tiers_ask_for_lower_figures(thresholds: list[tuple[int, D]], fine: bool) -> None:
    assert in_order(thresholds) is fine
