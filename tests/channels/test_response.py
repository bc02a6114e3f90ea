"""What a channel's weeks teach about the next yuan, and when they teach nothing."""

from __future__ import annotations

import numpy as np
import pytest

from channels.response import Curve, Fitted, Floats, Verdict, adstock, fit, fit_one, hill

U = 10_000.0  # a usual week


def spends(weeks: int, seed: int = 1, moves: float = 0.35) -> Floats:
    random = np.random.default_rng(seed)
    return np.asarray(U * np.exp(moves * random.standard_normal(weeks)))


def truth(spend: Floats, *, steep: float = 1.0, half: float = 1.0) -> Floats:
    """3 for 1 at a usual week."""
    return np.asarray(3 * U * hill(spend / U, steep, half) * (1 + half**steep))


def outcome(spend: Floats, *, noise: float = 0.05, seed: int = 2, carry: float = 0.3) -> Floats:
    random = np.random.default_rng(seed)
    worked = truth(adstock(spend / U, carry) * U)
    return np.asarray(worked + 8_000 + noise * 38_000 * random.standard_normal(len(spend)))


def middle(draws: Floats) -> tuple[float, float, float]:
    low, mid, high = np.percentile(draws, (10, 50, 90))
    return float(low), float(mid), float(high)


def test_a_week_of_spend_works_on_and_saturates() -> None:
    assert adstock(np.array([0.0, 4.0, 0.0, 0.0]), 0.5) == pytest.approx([0.5, 2.25, 1.125, 0.5625])
    assert hill(np.array([0.0, 2.0, 6.0]), 1, 2) == pytest.approx([0, 0.5, 0.75])
    assert hill(np.array([2.0]), 2, 1) == pytest.approx([0.8])


def test_a_curve_tells_average_and_next_return_as_worked_by_hand() -> None:
    one = np.array([1.0])
    curve = Curve(100.0, 200.0, one * 0, one, one * 2, one * 900)  # 900·u/(u + 2), u = spend / 100
    assert curve.brings(np.array([0.0, 100.0, 400.0]))[0] == pytest.approx([0, 300, 600])
    # u = 1.01: 900 · 1.01 / 3.01 = 301.9933…, so 1.9933 for 1 more
    assert curve.next(np.array([100.0]))[0, 0] == pytest.approx(1.993355, abs=1e-6)


def test_the_curve_that_made_the_weeks_is_inside_the_interval_that_is_told() -> None:
    spend = spends(156)
    found = fit_one(spend, outcome(spend))
    assert found.verdict is Verdict.FITTED
    assert found.curve is not None
    assert found.explained > 0.7
    for at in (0.7 * U, U, 1.3 * U):
        more = found.curve.brings(np.array([at, 1.1 * at]))
        low, _mid, high = middle(more[:, 1] - more[:, 0])
        true = truth(np.array([at, 1.1 * at]))
        assert low <= true[1] - true[0] <= high


def test_four_times_in_five_the_truth_is_inside_on_made_channels() -> None:
    held = []
    for seed in range(16):
        random = np.random.default_rng(100 + seed)
        steep, half, carry = random.uniform(0.7, 2), random.uniform(0.4, 3), random.uniform(0, 0.8)
        spend = spends(120, seed)
        usual = float(spend.mean())
        worked = truth(adstock(spend / usual, carry) * U, steep=steep, half=half)
        seen = worked + 8_000 + 0.1 * 38_000 * random.standard_normal(120)
        found = fit_one(spend, np.maximum(seen, 0))
        if found.curve is not None:
            more = found.curve.brings(np.array([usual, 1.2 * usual]))
            low, _mid, high = middle(more[:, 1] - more[:, 0])
            true = truth(np.array([U, 1.2 * U]), steep=steep, half=half)
            held.append(low <= true[1] - true[0] <= high)
    assert len(held) >= 12
    assert np.mean(held) >= 0.7


def test_the_same_weeks_are_always_told_the_same() -> None:
    spend = spends(120)
    first, second = (fit_one(spend, outcome(spend)).curve for _ in range(2))
    assert first is not None
    assert second is not None
    assert np.array_equal(first.most, second.most)


def test_another_currency_changes_nothing_but_the_unit() -> None:
    spend = spends(120)
    here, there = fit_one(spend, outcome(spend)).curve, fit_one(spend * 7, outcome(spend) * 7).curve
    assert here is not None
    assert there is not None
    assert there.brings(np.array([7 * U])) == pytest.approx(7 * here.brings(np.array([U])), rel=1e-6)


CASES: list[tuple[Verdict, Floats, Floats]] = [
    (Verdict.TOO_SHORT, spends(51), outcome(spends(51))),
    (Verdict.NO_SPEND, np.zeros(120), outcome(spends(120))),
    (Verdict.NO_OUTCOME, spends(120), np.zeros(120)),
    (Verdict.NO_OUTCOME, spends(120), -outcome(spends(120))),
    (Verdict.STEADY, np.full(120, U), outcome(spends(120))),
    (Verdict.NO_FIT, spends(120), outcome(spends(120, seed=9))),
    (Verdict.TOO_SHORT, spends(120), np.where(np.arange(120) < 80, np.nan, outcome(spends(120)))),
]


@pytest.mark.parametrize(
    ("verdict", "spend", "seen"), CASES, ids=[f"{at}-{case[0]}" for at, case in enumerate(CASES)]
)
def test_what_teaches_nothing_is_said_instead_of_guessed(
    verdict: Verdict, spend: Floats, seen: Floats
) -> None:
    found = fit_one(spend, seen)
    assert found.verdict is verdict
    assert found.curve is None


def test_two_channels_of_one_outcome_need_twice_the_weeks() -> None:
    spend = {"a": spends(60, 1)[None, :], "b": spends(60, 2)[None, :]}
    seen = (outcome(spend["a"][0]) + outcome(spend["b"][0], seed=3))[None, :]
    assert {each.verdict for each in fit(spend, seen).values()} == {Verdict.TOO_FEW}


def test_weeks_that_nobody_reported_are_left_out() -> None:
    spend = spends(156)
    seen = outcome(spend)
    seen[40:50] = np.nan
    found = fit_one(spend, seen)
    assert found.weeks == 146
    assert found.verdict is Verdict.FITTED


def test_channels_that_share_an_outcome_are_told_apart_by_regions() -> None:
    random = np.random.default_rng(4)
    shape = (14, 80)
    spend = {code: np.asarray(U * np.exp(0.5 * random.standard_normal(shape))) for code in ("a", "b", "idle")}
    season = 5_000 * np.sin(np.arange(80) / 5)  # moves all regions alike
    seen = (
        truth(spend["a"]) + 0.3 * truth(spend["b"]) + 20_000 + season + 2_000 * random.standard_normal(shape)
    )
    found: dict[str, Fitted] = fit(spend, seen)
    assert found["idle"].verdict is Verdict.NO_FIT
    assert found["a"].curve is not None
    assert found["b"].curve is not None
    for code, part in (("a", 1.0), ("b", 0.3)):
        curve = found[code].curve
        assert curve is not None
        more = curve.brings(np.array([curve.usual, 1.2 * curve.usual]))
        low, _mid, high = middle(more[:, 1] - more[:, 0])
        true = 14 * part * truth(np.array([curve.usual, 1.2 * curve.usual]) / 14)
        assert low <= true[1] - true[0] <= high
