"""The arithmetic of "why did it move": by hand, and as properties that hold for any figures."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpis.change import REST, Change, Pair, Said, of_amounts, of_product, of_ratio, rounded, shown

D = Decimal


def said(amount: str | None, base: str | None = None) -> Said:
    return Said(None if amount is None else D(amount), None if base is None else D(base))


def pair(
    before: str | None, after: str | None, base_before: str | None = None, base_after: str | None = None
) -> Pair:
    return said(before, base_before), said(after, base_after)


def effects(change: Change | None) -> dict[str, Decimal]:
    assert change is not None
    return {part.key: part.effect.normalize() + 0 for part in change.parts}


# -- By hand


def test_an_amount_is_what_its_parts_changed_by_with_what_nobody_split() -> None:
    found = of_amounts(pair("1000", "900"), {"east": pair("600", "450"), "west": pair("300", "330")})
    assert found is not None
    assert found.change == -100
    assert effects(found) == {"east": -150, "west": 30, REST: 20}
    assert [part.key for part in found.parts] == ["east", "west", REST]  # the largest first, the rest last


def test_parts_that_make_the_whole_leave_no_rest() -> None:
    assert effects(of_amounts(pair("5", "8"), {"a": pair("2", "2"), "b": pair("3", "6")})) == {"a": 0, "b": 3}


def test_a_part_that_appears_brings_all_that_it_has_and_one_that_vanishes_takes_it() -> None:
    found = of_amounts(pair("100", "130"), {"old": pair("100", None), "new": pair(None, "130")})
    assert effects(found) == {"new": 130, "old": -100}
    assert found is not None
    assert found.parts[0].before is None


def test_absent_is_not_zero_where_the_whole_was_not_reported() -> None:
    assert of_amounts(pair(None, "5"), {"a": pair(None, "5")}) is None
    assert of_ratio(pair("5", "6", "2", "0"), {}) is None
    assert of_ratio(pair("5", "6", None, "2"), {}) is None
    assert of_amounts(pair("0", "5"), {"a": pair(None, "5")}) is not None


def test_revenue_is_orders_times_order_value_by_midpoints() -> None:
    # 100 orders at 50 become 80 at 60: −20 × 55 and 90 × 10.
    found = of_product(pair("5000", "4800", "100", "80"), {"all": pair("5000", "4800", "100", "80")})
    assert found is not None
    assert [found.volume, found.rate, found.mix] == [D(-1100), D(900), D(0)]
    assert found.change == -200


def test_volume_rate_and_mix_of_two_shops() -> None:
    # Both sell at the same prices as before; the dear one sells less, the cheap one more.
    shops = {"dear": pair("1000", "500", "10", "5"), "cheap": pair("100", "150", "10", "15")}
    found = of_product(pair("1100", "650", "20", "20"), shops)
    assert found is not None
    assert [found.volume, found.rate, found.mix] == [D(0), D(0), D(-450)]
    # R goes from 55 to 32.5, mean 43.75: −5 × (100 − 43.75) and 5 × (10 − 43.75).
    assert {part.key: (part.volume, part.mix) for part in found.parts} == {
        "dear": (D("-218.75"), D("-281.25")),
        "cheap": (D("218.75"), D("-168.75")),
    }


def test_a_ratio_falls_by_its_mix_though_every_rate_rises() -> None:
    # Simpson's paradox: ROAS 4 → 4.2 and 1 → 1.1, but the money moves to the worse one.
    found = of_ratio(
        pair("500", "344", "200", "200"),
        {"search": pair("400", "168", "100", "40"), "video": pair("100", "176", "100", "160")},
    )
    assert found is not None
    assert found.rate is not None
    assert found.mix is not None
    assert found.change == D("1.72") - D("2.5") == found.rate + found.mix
    assert found.rate > 0 > found.mix
    # w̄Δr: (0.5 + 0.2) / 2 × 0.2 and (0.5 + 0.8) / 2 × 0.1.
    assert found.rate == D("0.07") + D("0.065")
    assert {part.key: (part.before, part.after) for part in found.parts} == {
        "search": (D(4), D("4.2")),
        "video": (D(1), D("1.1")),
    }


def test_what_has_an_amount_but_nothing_to_divide_by_is_mix() -> None:
    # 50 more came in without any cost at all.
    found = of_ratio(
        pair("400", "450", "100", "100"),
        {"paid": pair("400", "400", "100", "100"), "free": pair(None, "50", None, "0")},
    )
    assert found is not None
    assert (found.rate, found.mix) == (D(0), D("0.5"))
    assert effects(found) == {"free": D("0.5"), "paid": 0}


def test_an_amount_without_a_volume_is_told_by_its_parts_alone() -> None:
    parts = {"a": pair("5", "7"), "b": pair("1", "1", "1", "1")}
    for whole in (pair("6", "8"), pair("6", "8", None, "3"), pair("6", "8", "0", "0")):
        found = of_product(whole, parts)
        assert found is not None
        assert (found.volume, found.rate, found.mix) == (None, None, None)
        assert effects(found) == {"a": 2, "b": 0}


def test_negative_amounts_are_amounts() -> None:
    found = of_ratio(
        pair("-50", "20", "100", "80"),
        {"a": pair("-80", "-10", "60", "40"), "b": pair("30", "30", "40", "40")},
    )
    assert found is not None
    assert found.change == D("0.25") + D("0.5")
    assert sum(effects(found).values()) == found.change


@pytest.mark.parametrize(
    ("places", "written"),
    [
        (2, {"a": "33.34", "b": "33.33", "c": "33.33"}),
        (0, {"a": "34", "b": "33", "c": "33"}),
        (-1, {"a": "40", "b": "30", "c": "30"}),
    ],
)
def test_what_is_shown_adds_up_to_the_last_unit(places: int, written: dict[str, str]) -> None:
    exact = dict.fromkeys(written, D(100) / 3)
    assert shown(exact, places) == {key: D(text) for key, text in written.items()}
    assert shown({key: -value for key, value in exact.items()}, places) == {
        key: -D(text) for key, text in written.items()
    }


@pytest.mark.parametrize(("value", "said"), [("0.5", 1), ("-0.5", -1), ("1.49", 1), ("-1.5", -2)])
def test_halves_are_rounded_away_from_zero(value: str, said: int) -> None:
    assert rounded(D(value), 0) == said


# -- For any figures

amounts = st.none() | st.decimals(-(10**9), 10**9, places=4, allow_nan=False, allow_infinity=False)
bases = st.none() | st.just(D(0)) | st.decimals(0, 10**7, places=2, allow_nan=False, allow_infinity=False)
states = st.builds(Said, amounts, bases)
segments = st.dictionaries(st.text("abcdefgh", min_size=1, max_size=3), st.tuples(states, states), max_size=7)
NOTHING_BESIDE: Pair = (Said(), Said())
WAYS = (of_amounts, of_product, of_ratio)


def whole_of(parts: dict[str, Pair], beside: Pair = NOTHING_BESIDE) -> Pair:
    """The sums of the parts, and what lies beside them; None where nobody says anything."""

    def total(state: int, name: str) -> Decimal | None:
        known = [getattr(one[state], name) for one in (*parts.values(), beside)]
        there = [value for value in known if value is not None]
        return sum(there, D(0)) if there else None

    return Said(total(0, "amount"), total(0, "base")), Said(total(1, "amount"), total(1, "base"))


@given(segments, st.tuples(states, states))
def test_parts_add_up_exactly(parts: dict[str, Pair], beside: Pair) -> None:
    whole = whole_of(parts, beside)
    for way in WAYS:
        found = way(whole, parts)
        if found is None:
            continue
        change = Fraction(found.after) - Fraction(found.before)
        assert Fraction(found.change) == change
        assert sum((Fraction(part.effect) for part in found.parts), Fraction(0)) == change
        told = [value for value in (found.volume, found.rate, found.mix) if value is not None]
        if told:
            assert sum(map(Fraction, told)) == change
        for part in found.parts:
            own = [value for value in (part.volume, part.rate, part.mix) if value is not None]
            assert not own or sum(map(Fraction, own)) == Fraction(part.effect)


@given(segments, st.randoms(use_true_random=False))
def test_the_order_of_the_segments_does_not_matter(parts: dict[str, Pair], random: object) -> None:
    whole = whole_of(parts)
    keys = list(parts)
    random.shuffle(keys)  # type: ignore[attr-defined]
    for way in WAYS:
        assert way(whole, parts) == way(whole, {key: parts[key] for key in keys})


@given(segments)
def test_where_nothing_changed_everything_is_zero(parts: dict[str, Pair]) -> None:
    same = {key: (before, before) for key, (before, _after) in parts.items()}
    for way in WAYS:
        found = way(whole_of(same), same)
        if found is not None:
            assert found.change == 0
            assert all(part.effect == 0 for part in found.parts)
            assert not any((found.volume, found.rate, found.mix))


@given(segments, st.tuples(states, states))
def test_to_swap_the_states_turns_every_sign(parts: dict[str, Pair], beside: Pair) -> None:
    whole = whole_of(parts, beside)
    for way in WAYS:
        there = way(whole, parts)
        back = way((whole[1], whole[0]), {key: (after, before) for key, (before, after) in parts.items()})
        assert (there is None) == (back is None)
        if there is None or back is None:
            continue
        assert back.change == -there.change
        turned = {part.key: part for part in back.parts}
        for part in there.parts:
            other = turned[part.key]
            assert (other.before, other.after, other.effect) == (part.after, part.before, -part.effect)
            for name in ("volume", "rate", "mix"):
                one, two = getattr(part, name), getattr(other, name)
                assert one is two is None or one == -two


@given(segments, st.integers(-4, 6))
def test_shown_effects_add_up_to_the_shown_sum(parts: dict[str, Pair], places: int) -> None:
    found = of_amounts(whole_of(parts), parts)
    if found is None:
        return
    exact = {part.key: part.effect for part in found.parts}
    written = shown(exact, places)
    assert sum(map(Fraction, written.values()), Fraction(0)) == Fraction(rounded(found.change, places))
    unit = Fraction(10) ** -places
    assert all(abs(Fraction(written[key]) - Fraction(exact[key])) < unit for key in exact)
