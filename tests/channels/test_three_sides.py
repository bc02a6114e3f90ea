"""An investment on three sides: scores worked by hand, what is missing, and what carries what."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels.three_sides import SIDES, Asked, Judged, Lack, Side, Verdict, judge

D = Decimal
EVEN = {Side.FINANCIAL: D(2), Side.STRATEGIC: D(1), Side.BRAND: D(1)}
# A busy machine is no slow code.
UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def asked(text: str | None, weight: int = 1, metric: str = "roas") -> Asked:
    return Asked(metric, D(weight), None if text is None else D(text), None if text else Lack.VALUE)


def judged(financial: str | None, strategic: str | None, brand: str | None) -> Judged:
    return judge(
        {
            Side.FINANCIAL: [asked(financial)],
            Side.STRATEGIC: [asked(strategic)],
            Side.BRAND: [asked(brand)],
        },
        EVEN,
    )


@pytest.mark.parametrize(
    ("sides", "score", "verdict"),
    [
        (("1.2", "1.1", "1"), "1.125", Verdict.GOOD),
        # (2 × 0.8 + 1.5 + 1.3) / 4: a poor direct return, and still good.
        (("0.8", "1.5", "1.3"), "1.1", Verdict.CARRIED),
        (("0.9", "0.9", "1"), "0.925", Verdict.MIXED),
        (("0.6", "0.9", "1"), "0.775", Verdict.POOR),
    ],
)
def test_the_whole_is_the_weighted_mean_of_its_sides(
    sides: tuple[str, str, str], score: str, verdict: Verdict
) -> None:
    found = judged(*sides)
    assert (found.score, found.verdict) == (D(score), verdict)


def test_a_campaign_under_one_on_the_financial_side_can_be_good_and_what_carried_it_is_known() -> None:
    found = judged("0.8", "1.5", "1.3")
    assert found.weak == (Side.FINANCIAL,)
    assert found.carried_by == (Side.STRATEGIC, Side.BRAND)


def test_what_is_missing_is_left_out_and_never_zero() -> None:
    found = judged("1.2", None, "1")
    assert found.score == D("3.4") / 3
    assert found.unknown == (Side.STRATEGIC,)
    assert found.known == D("0.75")
    assert found.side(Side.STRATEGIC).metrics[0].lack == Lack.VALUE
    within = judge({Side.FINANCIAL: [asked("1.2", 3), asked(None, 1)]}, EVEN)
    assert within.side(Side.FINANCIAL).score == D("1.2")
    assert within.side(Side.FINANCIAL).known == D("0.75")


def test_there_is_no_verdict_where_too_little_is_known() -> None:
    assert judged(None, "1.5", None).verdict == Verdict.UNKNOWN
    assert judged(None, "1.5", "1.2").verdict == Verdict.GOOD  # half of the weights, and it is said which
    nothing = judged(None, None, None)
    assert (nothing.score, nothing.verdict) == (None, Verdict.UNKNOWN)


def test_one_splendid_metric_does_not_hide_two_poor_ones_nor_does_a_loss_count_below_nothing() -> None:
    found = judge({Side.BRAND: [asked("40"), asked("0.5"), asked("-3")]}, {Side.BRAND: D(1)})
    assert [one.score for one in found.side(Side.BRAND).metrics] == [D(2), D("0.5"), D(0)]
    assert found.verdict == Verdict.POOR


def test_weights_below_zero_or_none_at_all_are_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        judge({}, {Side.BRAND: D(-1)})
    with pytest.raises(ValueError, match="weight"):
        judge({Side.BRAND: [asked("1")]}, {Side.BRAND: D(0)})


scores = st.none() | st.decimals(-3, 5, places=3)
metrics = st.lists(st.tuples(scores, st.integers(0, 9)), max_size=4)


@UNHURRIED
@given(
    st.dictionaries(st.sampled_from(SIDES), metrics),
    st.dictionaries(st.sampled_from(SIDES), st.integers(1, 9), min_size=1),
)
def test_the_whole_lies_between_its_sides_and_scaling_weights_changes_nothing(
    sides: dict[Side, list[tuple[Decimal | None, int]]], weights: dict[Side, int]
) -> None:
    held = {side: [Asked("m", D(weight), value) for value, weight in some] for side, some in sides.items()}
    found = judge(held, {side: D(weight) for side, weight in weights.items()})
    known = [one.score for one in found.sides if one.score is not None and one.weight > 0]
    assert (found.score is None) == (not known)
    if found.score is not None:
        near = D("1e-20")
        assert min(known) - near <= found.score <= max(known) + near
    again = judge(held, {side: D(weight * 8) for side, weight in weights.items()})
    assert again.score is None or abs(again.score - (found.score or 0)) < D("1e-20")
    assert 0 <= found.known <= 1
