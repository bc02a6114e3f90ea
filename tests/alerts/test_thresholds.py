"""Where the line lay that a figure crossed."""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

import pytest

from alerts.thresholds import NO_LIMITS, NO_LINES, Limits, lines_of

USUAL = {"kind": "dynamic", "one_in": 100, "direction": "both", "low": "80", "expected": "100", "high": "130"}


@pytest.mark.parametrize(
    ("seen", "share", "amount"),
    [
        (None, NO_LIMITS, NO_LIMITS),
        ({"kind": "attainment", "below": "0.85"}, Limits(D("0.85")), NO_LIMITS),
        ({"kind": "level", "below": "1", "above": "9"}, NO_LIMITS, Limits(D(1), D(9))),
        ({"kind": "stale", "days": 2, "age": 5}, NO_LIMITS, NO_LIMITS),
        ({"kind": "level", "below": "lots"}, NO_LIMITS, NO_LIMITS),
        # 20% down on 500, and on a loss of 500; without what it was compared with nobody knows.
        ({"kind": "change", "below": "-0.2", "base": "500"}, NO_LIMITS, Limits(D(400))),
        ({"kind": "change", "below": "-0.2", "base": "-500"}, NO_LIMITS, Limits(D(-600))),
        (
            {"kind": "change", "above": "0.02", "points": True, "base": "0.1"},
            NO_LIMITS,
            Limits(None, D("0.12")),
        ),
        ({"kind": "change", "below": "-0.2"}, NO_LIMITS, NO_LIMITS),
        (USUAL, NO_LIMITS, Limits(D(80), D(130))),
        ({**USUAL, "least": "25"}, NO_LIMITS, Limits(D(75), D(130))),
    ],
)
def test_each_kind_of_condition_has_its_line(
    seen: dict[str, Any] | None, share: Limits, amount: Limits
) -> None:
    found = lines_of(seen)
    assert (found.share, found.amount) == (share, amount)


@pytest.mark.parametrize(("kind", "below", "above"), [("all", "3", "20"), ("any", "5", "10")])
def test_of_several_conditions_the_line_is_where_the_alert_begins(kind: str, below: str, above: str) -> None:
    parts = [
        {"kind": "level", "below": "5", "above": "10"},
        {"kind": "level", "below": "3", "above": "20"},
        {"kind": "attainment", "below": "0.7"},
    ]
    found = lines_of({"kind": kind, "of": parts})
    assert (found.amount, found.share) == (Limits(D(below), D(above)), Limits(D("0.7")))


def test_a_condition_of_an_unknown_kind_has_no_line() -> None:
    assert lines_of({"kind": "moon", "below": "1"}) == NO_LINES
