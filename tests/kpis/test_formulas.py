"""What a formula says, in numbers and in words; and amounts spread over days."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpis.formulas import Formula, mixes
from kpis.spreading import spread

D = Decimal
NAMES = {"revenue": "Revenue", "cost": "Cost", "orders": "Orders"}
amounts = st.decimals(min_value=-(10**9), max_value=10**9, places=4, allow_nan=False)
coefficients = st.decimals(min_value=-100, max_value=100, places=2, allow_nan=False).filter(bool)
sides = st.dictionaries(st.sampled_from(list(NAMES)), coefficients, min_size=1)


@pytest.mark.parametrize(
    ("above", "below", "scale", "said"),
    [
        ({"revenue": "1"}, None, 1, "Revenue"),
        ({"revenue": "1", "cost": "-1"}, None, 1, "Revenue − Cost"),
        ({"revenue": "1", "cost": "-1"}, {"cost": "1"}, 1, "(Revenue − Cost) ÷ Cost"),
        ({"cost": "1"}, {"orders": "1"}, 1000, "1000 × Cost ÷ Orders"),
        ({"revenue": "1", "orders": "-12.5"}, {"cost": "2"}, 1, "(Revenue − 12.5 × Orders) ÷ (2 × Cost)"),
        ({"cost": "-1"}, {"revenue": "-1", "orders": "1"}, 1, "−Cost ÷ (Orders − Revenue)"),
        ({"revenue": "1", "cost": "1"}, None, "0.5", "0.5 × (Revenue + Cost)"),
    ],
)  # fmt: skip
def test_a_formula_reads_as_a_sentence(
    above: dict[str, str], below: dict[str, str] | None, scale: object, said: str
) -> None:
    assert Formula.of(above, below, D(str(scale))).sentence(NAMES) == said


@given(sides, st.none() | sides, st.dictionaries(st.sampled_from(list(NAMES)), st.none() | amounts))
def test_a_formula_is_what_fractions_say_and_absent_is_not_zero(
    above: dict[str, Decimal], below: dict[str, Decimal] | None, known: dict[str, Decimal | None]
) -> None:
    value = Formula(above, below, D(3)).value(known)
    needed = {*above, *(below or {})}
    if any(known.get(code) is None for code in needed):
        assert value is None
        return
    top = 3 * sum((Fraction(c) * Fraction(known[code] or 0) for code, c in above.items()), Fraction(0))
    bottom = sum((Fraction(c) * Fraction(known[code] or 0) for code, c in (below or {}).items()), Fraction(0))
    if below is None:
        assert value == top
    elif bottom == 0:
        assert value is None
    else:
        assert value is not None
        assert abs(Fraction(value) - top / bottom) <= abs(top / bottom) / 10**20


@given(amounts, st.integers(min_value=1, max_value=31))
def test_an_amount_spread_over_days_is_all_there_and_even(amount: Decimal, days: int) -> None:
    parts = spread(amount, days)
    assert len(parts) == days
    assert sum(parts) == amount
    assert max(parts) - min(parts) <= D("0.0002")


def test_stocks_and_flows_are_not_added() -> None:
    assert mixes(["followers", "orders"], ["followers"])
    assert not mixes(["followers", "fans"], ["followers", "fans"])
    assert not mixes(["orders"], ["followers"])
