"""What kind of content works: worked by hand, and what must hold whatever the pieces are."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from channels.shrinkage import ENOUGH_PIECES, Outcome, compare, ranked

# A busy machine is no slow code.
UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def pieces(*rates: float, trials: float = 10_000) -> list[Outcome]:
    return [Outcome(round(trials * rate), trials) for rate in rates]


def test_groups_are_drawn_towards_the_rate_of_all_as_worked_by_hand() -> None:
    """Pieces of one kind all alike, so impressions alone count: 500 trials a group, at 0.1 and 0.2.

    Noise 0.15 × 0.85 = 0.1275, a group's weight 500 / 0.1275 = 3921.569; Q = 2 × 3921.569 × 0.05² = 19.60784; the
    spread (19.60784 − 1) / 3921.569 = 0.004745; the prior 0.1275 / 0.004745 − 1 = 25.8709 trials; the estimate of the first
    (0.15 × 25.8709 + 50) / 525.8709 = 0.1024598.
    """
    found = compare({"a": pieces(*[0.1] * 5, trials=100), "b": pieces(*[0.2] * 5, trials=100)})
    assert found is not None
    assert found.alike == 0
    assert found.differ
    assert found.rate == pytest.approx(0.15)
    assert found.groups["a"].rate == pytest.approx(0.1024598, abs=1e-6)
    assert found.groups["b"].rate == pytest.approx(0.1975402, abs=1e-6)
    assert found.groups["a"].raw == pytest.approx(0.1)


def test_a_piece_that_a_million_saw_is_still_one_piece() -> None:
    """Two pieces at 0.1 and 0.3 weigh the same, w each: their spread is w × (0.1² + 0.1²) over a noise of 0.2 × 0.8, what
    it pulls is w, so the correlation is 0.02 / 0.16 = 0.125, up to a millionth.
    """
    found = compare({"a": pieces(0.1, 0.3, trials=1e6)})
    assert found is not None
    assert found.alike == pytest.approx(0.125, abs=1e-5)
    assert found.groups["a"].worth == pytest.approx(16, abs=0.01)  # 1 / 0.125 a piece


def test_three_lucky_videos_do_not_win() -> None:
    draw = random.Random(7)
    solid = pieces(*(draw.uniform(0.05, 0.11) for _n in range(40)))
    usual = pieces(*(draw.uniform(0.02, 0.06) for _n in range(40)))
    found = compare({"lucky": pieces(0.12, 0.11, 0.10), "solid": solid, "usual": usual})
    assert found is not None
    assert found.groups["lucky"].raw > found.groups["solid"].raw
    assert [key for key, _likely in ranked(found)] == ["solid", "usual", "lucky"]
    assert not found.groups["lucky"].enough
    lucky = found.groups["lucky"]
    assert lucky.rate < lucky.raw
    assert lucky.high - lucky.low > 2 * (found.groups["solid"].high - found.groups["solid"].low)


def test_kinds_that_differ_no_more_than_chance_are_said_to_be_the_same() -> None:
    found = compare({"a": pieces(0.04, 0.06, 0.05, 0.07, 0.03), "b": pieces(0.05, 0.06, 0.04, 0.03, 0.068)})
    assert found is not None
    assert not found.differ
    rates = [one.rate for one in found.groups.values()]
    assert max(rates) - min(rates) < 0.0005


def test_nothing_is_compared_where_there_is_nothing_and_what_is_no_outcome_is_refused() -> None:
    assert compare({}) is None
    assert compare({"a": []}) is None
    for wrong in (Outcome(2, 1), Outcome(-1, 5), Outcome(0, 0), Outcome(math.nan, 4)):
        with pytest.raises(ValueError, match="outcome"):
            compare({"a": [wrong]})


outcomes = st.tuples(st.integers(1, 10**7), st.floats(0, 1)).map(
    lambda one: Outcome(math.floor(one[0] * one[1]), one[0])
)
kinds = st.dictionaries(
    st.text("abcdef", min_size=1, max_size=2),
    st.lists(outcomes, min_size=1, max_size=8),
    min_size=1,
    max_size=5,
)


@UNHURRIED
@given(kinds)
def test_an_estimate_lies_in_its_interval_and_between_none_and_all(groups: dict[str, list[Outcome]]) -> None:
    found = compare(groups)
    assert found is not None
    for key, one in found.groups.items():
        assert 0 <= one.low <= one.rate <= one.high <= 1
        assert one.pieces == len(groups[key])
        assert 0 < one.worth <= one.trials * (1 + 1e-9)
        assert 0 <= one.kept <= 1


@UNHURRIED
@given(kinds, st.randoms(use_true_random=False))
def test_neither_the_order_of_kinds_nor_that_of_pieces_matters(
    groups: dict[str, list[Outcome]], draw: random.Random
) -> None:
    keys = list(groups)
    draw.shuffle(keys)
    other = {key: draw.sample(groups[key], len(groups[key])) for key in keys}
    first, second = compare(groups), compare(other)
    assert first is not None
    assert second is not None
    for key in keys:
        assert second.groups[key].rate == pytest.approx(first.groups[key].rate, rel=1e-6, abs=1e-9)


@UNHURRIED
@given(kinds)
def test_a_kind_of_few_pieces_never_comes_before_one_of_many(groups: dict[str, list[Outcome]]) -> None:
    assume(len({len(one) >= ENOUGH_PIECES for one in groups.values()}) == 2)
    found = compare(groups)
    assert found is not None
    order = [likely.enough for _key, likely in ranked(found)]
    assert order == sorted(order, reverse=True)
