"""When a figure breaks a rule: the boundary, the margin, and what is no figure at all."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal as D
from typing import Any

import pytest

from alerts.conditions import (
    Amount,
    Attainment,
    Band,
    Change,
    Combined,
    Condition,
    ConditionError,
    Dynamic,
    Figure,
    Level,
    Outcome,
    Result,
    Stale,
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
        {"kind": "attainment", "below": True},
        {"kind": "attainment", "below": "1", "moon": 1},
        {"kind": "attainment", "below": "1e20"},
        {"kind": "level"},
        {"kind": "level", "below": "5", "above": "4"},
        {"kind": "change", "below": "-0.2", "on": "moon"},
        {"kind": "change", "below": "-0.2", "points": "yes"},
        {"kind": "dynamic", "one_in": 5},
        {"kind": "dynamic", "one_in": 100.5},
        {"kind": "dynamic", "least": "-1"},
        {"kind": "dynamic", "direction": "up"},
        {"kind": "stale"},
        {"kind": "stale", "days": 0},
        {"kind": "all", "of": []},
        {"kind": "any", "of": [{"kind": "stale", "days": 1}]},
        {"kind": "any", "of": "two"},
        {"kind": "all", "of": [{"kind": "stale", "days": 1}] * 4},
        {"kind": "all", "of": [{"kind": "any", "of": [{"kind": "stale", "days": 1}] * 2}] * 2},
        {"kind": ["level"]},
        ["level"],
    ],
)
def test_a_condition_that_cannot_be_read_is_an_error_and_not_a_pass(stored: Any) -> None:
    with pytest.raises(ConditionError):
        parse(stored)
    assert broken(figure("0.1")) == Outcome(Result.ERROR, Why.BAD_CONDITION, MARCH)


@pytest.mark.parametrize(
    "condition",
    [
        Amount(D(3), whole=True),
        *(Attainment(D(below)) for below in ("1", "0.85", "0.7", "100", "1.25")),
        Attainment(above=D("1.2"), inclusive=True),
        Amount(D(-5), D("1e6")),
        Change(D("-0.2"), D("0.2"), on="year"),
        Change(D("-0.01"), points=True),
        Dynamic(200, D(1000), "low"),
        Stale(2),
        Combined(True, (Amount(D(1)), Stale(2))),
        Combined(False, (Attainment(D(1)), Change(D(0)), Dynamic())),
    ],
)
def test_a_condition_reads_back_as_it_was_written(condition: Condition) -> None:
    assert parse(json.loads(json.dumps(condition.as_json()))) == condition


@pytest.mark.parametrize(
    ("asked", "fine"),
    [
        ([(1, Attainment(D(1))), (2, Attainment(D("0.85"))), (3, Attainment(D("0.7")))], True),
        ([(3, Attainment(D("0.7"))), (1, Attainment(D(1)))], True),
        ([(2, Attainment(D("0.5")))], True),
        ([(1, Attainment(D("0.7"))), (2, Attainment(D("0.85")))], False),
        ([(1, Attainment(D("0.7"))), (2, Attainment(D("0.7")))], False),
        ([(1, Amount(above=D(10))), (2, Amount(above=D(20)))], True),
        ([(1, Amount(above=D(20))), (2, Amount(above=D(10)))], False),
        ([(1, Amount(D(1), D(9))), (2, Amount(D(0), D(10)))], True),
        ([(1, Amount(D(1), D(9))), (2, Amount(D(0), D(9)))], False),
        ([(1, Change(D("-0.1"))), (2, Change(D("-0.2")))], True),
        ([(1, Change(D("-0.2"))), (2, Change(D("-0.1")))], False),
        ([(1, Change(D("-0.2"))), (2, Change(D("-0.1"), on="year"))], True),  # not comparable
        ([(1, Stale(1)), (3, Stale(3))], True),
        ([(1, Stale(3)), (3, Stale(3))], False),
        ([(1, Dynamic(50)), (2, Dynamic(200))], True),
        ([(1, Dynamic(200)), (2, Dynamic(50))], False),
        ([(1, Attainment(D(1))), (2, Amount(D(5)))], True),  # kinds may be mixed
    ],
)
def test_worse_tiers_ask_for_something_worse(asked: list[tuple[int, Condition]], fine: bool) -> None:
    assert in_order(asked) is fine


MARCH_END = date(2026, 3, 31)


def seen(value: str | None, **more: Any) -> Figure:
    """A value of March, which is over unless it says otherwise."""
    usual: dict[str, Any] = {"stop": MARCH_END, "through": MARCH_END, "status": "green"}
    return Figure(MARCH, value=None if value is None else D(value), **{**usual, **more})


USUAL = Band(D(80), D(100), D(130))
BAND = (
    ((100, "both"), USUAL),
    ((100, "low"), Band(D(80), D(100), None)),
    ((100, "high"), Band(None, D(100), D(130))),
)
RUNNING = {"through": date(2026, 3, 9), "adds_up": True}


@pytest.mark.parametrize(
    ("condition", "figure", "holds", "missing"),
    [
        (Amount(D(10)), seen("9.99"), True, None),
        (Amount(D(10)), seen("10"), False, None),
        (Amount(D(10), inclusive=True), seen("10"), True, None),
        (Amount(above=D(10)), seen("10.01"), True, None),
        (Amount(D(1), D(10)), seen("5"), False, None),
        (Amount(D(1), D(10)), seen("11"), True, None),
        (Amount(D(10)), seen(None), False, Why.NO_FIGURE),
        # What adds up is not low before its period is over, but may well be high.
        (Amount(D(10)), seen("3", **RUNNING), False, Why.NOT_OVER),
        (Amount(above=D(10)), seen("3", **RUNNING), False, None),
        (Amount(above=D(10)), seen("11", **RUNNING), True, None),
        (Amount(D(10)), seen("3", through=date(2026, 3, 9)), True, None),  # a ratio is what it is
        # Where it must be whole, so must a ratio, and what is too much.
        (Amount(D(10), whole=True), seen("3", through=date(2026, 3, 9)), False, Why.NOT_OVER),
        (Amount(above=D(10), whole=True), seen("11", **RUNNING), False, Why.NOT_OVER),
        (Amount(D(10), whole=True), seen("3"), True, None),
        (Change(D("-0.2")), seen("79", before=D(100)), True, None),
        (Change(D("-0.2")), seen("80", before=D(100)), False, None),
        (Change(D("-0.2")), seen("-130", before=D(-100)), True, None),
        (Change(D("-0.2"), D("0.2"), on="year"), seen("121", year_ago=D(100), before=D(121)), True, None),
        (Change(D("-0.2")), seen("79", before=D(0)), False, Why.NO_BASE),
        (Change(D("-0.2")), seen("79"), False, Why.NO_BASE),
        (Change(D("-0.01"), points=True), seen("0.029", before=D("0.04")), True, None),
        (Change(D("-0.01"), points=True), seen("0.03", before=D("0.04")), False, None),
        (Change(D("-0.2")), seen("3", before=D(100), **RUNNING), False, Why.NOT_OVER),
        (Dynamic(), seen("79", bands=BAND), True, None),
        (Dynamic(), seen("131", bands=BAND), True, None),
        (Dynamic(), seen("80", bands=BAND), False, None),
        (Dynamic(direction="high"), seen("79", bands=BAND), False, None),
        (Dynamic(direction="low"), seen("79", bands=BAND), True, None),
        (Dynamic(least=D(22)), seen("79", bands=BAND), False, None),
        (Dynamic(200), seen("79", bands=BAND), False, Why.NO_BAND),
        (
            Dynamic(),
            seen("79", bands=(((100, "both"), Band(D(80), D(100), D(130), "618")),)),
            False,
            Why.MARKED,
        ),
        (Stale(1), seen("5", age=2), True, None),
        (Stale(1), seen("5", age=1), False, None),
        (Stale(1), seen("5"), False, Why.NO_FIGURE),
        (Combined(True, (Amount(D(10)), Stale(1))), seen("5", age=2), True, None),
        (Combined(True, (Amount(D(10)), Stale(1))), seen("5", age=1), False, None),
        (Combined(False, (Amount(D(10)), Stale(1))), seen("50", age=2), True, None),
        # What cannot be judged does not matter where the rest decides.
        (Combined(True, (Amount(D(10)), Dynamic())), seen("50"), False, None),
        (Combined(True, (Amount(D(10)), Dynamic())), seen("5"), False, Why.NO_BAND),
        (Combined(False, (Amount(D(10)), Dynamic())), seen("5"), True, None),
        (Combined(False, (Amount(D(10)), Dynamic())), seen("50"), False, Why.NO_BAND),
    ],
)
def test_each_kind_of_condition_holds_or_says_why_it_cannot_be_judged(
    condition: Condition, figure: Figure, holds: bool, missing: Why | None
) -> None:
    assert (condition.holds(figure), condition.missing(figure)) == (holds, missing)


@pytest.mark.parametrize(
    ("condition", "clear", "near"),
    [  # with a margin of 0.1
        (Attainment(D("0.8")), seen("1", attainment=D("0.9")), seen("1", attainment=D("0.89"))),
        (Amount(D(1000)), seen("1100"), seen("1099")),
        (Amount(above=D(1000)), seen("900"), seen("901")),
        (Change(D("-0.2")), seen("90", before=D(100)), seen("89", before=D(100))),
        (Dynamic(), seen("82", bands=BAND), seen("81.9", bands=BAND)),
    ],
)
def test_the_margin_is_points_of_a_share_and_percent_of_an_amount(
    condition: Condition, clear: Figure, near: Figure
) -> None:
    terms = Terms((Tier(Level.WATCH, condition),), margin=D("0.1"))
    assert judge(clear, terms).result == Result.CLEAR
    assert judge(near, terms).result == Result.NEAR


def test_a_worse_tier_that_cannot_be_judged_is_neither_entered_nor_left() -> None:
    terms = Terms((Tier(Level.WATCH, Amount(D(10))), Tier(Level.CRITICAL, Dynamic())))
    assert judge(seen("50"), terms) == Outcome(Result.NO_DATA, Why.NO_BAND, MARCH)
    outcome = judge(seen("5"), terms)
    assert (outcome.result, outcome.level, outcome.near) == (Result.BREACH, Level.WATCH, Level.CRITICAL)


@pytest.mark.parametrize(
    ("figure", "result"),
    [(None, Result.BREACH), (seen(None), Result.BREACH), (seen("3", **RUNNING), Result.NO_DATA)],
)
def test_missing_data_are_an_alarm_only_where_the_rule_says_so(figure: Figure | None, result: Result) -> None:
    tiers = (Tier(Level.WARNING, Amount(D(10))), Tier(Level.CRITICAL, Amount(D(5))))
    assert judge(figure, Terms(tiers)).result == Result.NO_DATA
    outcome = judge(figure, Terms(tiers, fires_without_data=True))
    assert outcome.result == result
    assert outcome.level == (Level.WARNING if result == Result.BREACH else Level.NONE)


def test_a_condition_is_kept_with_what_it_was_held_against() -> None:
    assert Dynamic().as_seen(seen("79", bands=BAND))["low"] == "80"
    assert Change(D("-0.2")).as_seen(seen("79", before=D(100)))["base"] == "100"
    assert Stale(1).as_seen(seen("79", age=4))["age"] == 4
