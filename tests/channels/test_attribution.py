"""Eight models: credits add up, agree with figures worked by hand, and with a slow implementation by the definitions.

The reference case, and its credits by hand
-------------------------------------------
    path      conversions   nulls   hours before the conversion
    a>b>c         100          0    72>24>0
    a              50          0    0
    b>c            30          0    24>0
    a>c            20          0    48>0
    a>b             0        200
    c               0        100
200 conversions in 500 paths.

Rules, path by path (what did not convert has no part):
- first: a 100+50+20 = 170, b 30, c 0. Last: a 50, c 100+30+20 = 150, b 0.
- last non-direct, direct = c: a>b>c to b, a to a, b>c to b, a>c to a: a 50+20 = 70, b 100+30 = 130, c 0.
  Direct = a: the path a has nothing else, so that a keeps 50; as last touch.
- linear: a 100/3 + 50 + 20/2 = 280/3; b 100/3 + 30/2 = 145/3; c 100/3 + 15 + 10 = 175/3.
- position: a 40 + 50 + 10 = 100; b 20 + 15 = 35; c 40 + 15 + 10 = 65.
- time decay, half-life 24 h: a>b>c weighs 2^-3 : 2^-1 : 1 = 1 : 4 : 8 of 13; b>c 1 : 2 of 3; a>c 2^-2 : 1 = 1 : 4 of 5.
  a 100/13 + 50 + 20/5 = 802/13; b 400/13 + 30/3 = 530/13; c 800/13 + 20 + 16 = 1268/13.

Markov, order 1. Leaving start: a 370, b 30, c 100. Leaving a (370): b 300, c 20, conversion 50. Leaving b (330): c 130,
null 200. Leaving c (250): conversion 150, null 100.
    P(c) = 150/250 = 3/5;  P(b) = 130/330 · 3/5 = 13/55;  P(a) = (300 · 13/55 + 20 · 3/5 + 50)/370
    500 P = 370 P(a) + 30 P(b) + 100 P(c) = (780/11 + 12 + 50) + 78/11 + 60 = 200, so P = 2/5
  without a: 500 P = 78/11 + 60 = 738/11;  effect 1 − (738/11)/200 = 1462/2200
  without b: 500 P = 12 + 50 + 60 = 122;   effect 78/200 = 858/2200
  without c: 500 P = 50;                   effect 150/200 = 1650/2200
  The effects add up to 3970/2200: a 200 · 1462/3970 = 29240/397, b 17160/397, c 33000/397.
Markov, order 2. States a (370), b (30) and c (100) after start; then ab (300), bc (130) and ac (20).
  a goes to conversion 50, to ab 300, to ac 20; ab to bc 100, to null 200; b to bc 30; bc and ac convert; c does not.
  500 P = 50 + 100 + 20 + 30 = 200. Without a (a, ab, ac): 30, effect 170/200. Without b (ab, b, bc): 70, effect 130/200.
  Without c (c, bc, ac): 50, effect 150/200. They add up to 450/200: a 680/9, b 520/9, c 600/9.
Markov, order 3: bc after a>b is now abc, and bc after start is bc; both convert always, as bc did. The same credits.

Shapley: v(S) = conversions ÷ all paths within S.
    v(a) = 50/50 = 1;  v(b) = 0 (no such path);  v(c) = 0/100 = 0;  v(ab) = 50/250 = 1/5;  v(ac) = 70/170 = 7/17;
    v(bc) = 30/130 = 3/13;  v(abc) = 200/500 = 2/5
  Weights of three: 1/3 alone, 1/6 as the second beside each, 1/3 as the third.
    φa = 1/3 + (1/5 − 0)/6 + (7/17 − 0)/6 + (2/5 − 3/13)/3 = (2210 + 221 + 455 + 374)/6630 = 3260/6630
    φb = 0 + (1/5 − 1)/6 + (3/13 − 0)/6 + (2/5 − 7/17)/3 = (−884 + 255 − 26)/6630 = −655/6630
    φc = 0 + (7/17 − 1)/6 + (3/13 − 0)/6 + (2/5 − 1/5)/3 = (−650 + 255 + 442)/6630 = 47/6630
  They add up to 2652/6630 = 2/5; scaled by 500: a 163000/663, b −32750/663, c 2350/663. The negative one stays.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from channels.attribution import AttributionRefused, Model, Paths, attribute, paths_of
from tests.channels import slow_attribution as slow
from tests.channels.credits import EVERY, LEARNING, REFERENCE, close, credits

F = Fraction

# -- By hand ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "options", "wanted"),
    [
        (Model.FIRST, {}, (170, 30, 0)),
        (Model.LAST, {}, (50, 0, 150)),
        (Model.LAST_NON_DIRECT, {"direct": "c"}, (70, 130, 0)),
        (Model.LAST_NON_DIRECT, {"direct": "a"}, (50, 0, 150)),
        (Model.LINEAR, {}, (F(280, 3), F(145, 3), F(175, 3))),
        (Model.POSITION, {}, (100, 35, 65)),
        (Model.TIME_DECAY, {"half_life_hours": 24}, (F(802, 13), F(530, 13), F(1268, 13))),
        (Model.MARKOV, {"order": 1}, (F(29240, 397), F(17160, 397), F(33000, 397))),
        (Model.MARKOV, {"order": 2}, (F(680, 9), F(520, 9), F(600, 9))),
        (Model.MARKOV, {"order": 3}, (F(680, 9), F(520, 9), F(600, 9))),
        (Model.SHAPLEY, {}, (F(163000, 663), F(-32750, 663), F(2350, 663))),
    ],
)
def test_the_reference_case_has_the_credits_worked_by_hand(
    model: Model, options: dict[str, Any], wanted: tuple[Any, ...]
) -> None:
    assert sum(wanted) == 200
    found = credits(REFERENCE, model, **options)
    assert found.total == 200
    assert found.error is None
    assert close(found.by_channel, dict(zip("abc", wanted, strict=True)), total=1e-6)


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("a", {"a": 1}),
        ("ab", {"a": 0.5, "b": 0.5}),
        ("abc", {"a": 0.4, "b": 0.2, "c": 0.4}),
        ("abcd", {"a": 0.4, "b": 0.1, "c": 0.1, "d": 0.4}),
        ("aba", {"a": 0.8, "b": 0.2}),
        ("aaa", {"a": 1}),
        ("aa", {"a": 1}),
    ],
)
def test_position_gives_the_ends_forty_each_and_two_touches_half_each(
    path: str, wanted: dict[str, float]
) -> None:
    assert close(credits([(path, 1, 0, [0] * len(path))], Model.POSITION).by_channel, wanted, total=1)


@pytest.mark.parametrize(
    ("path", "wanted"),
    [("ad", "a"), ("add", "a"), ("dad", "a"), ("bda", "a"), ("d", "d"), ("dd", "d"), ("a", "a")],
)
def test_last_non_direct_passes_over_direct_unless_there_is_nothing_else(path: str, wanted: str) -> None:
    found = credits([("b", 0, 1, (0,)), (path, 3, 0, [0] * len(path))], Model.LAST_NON_DIRECT, direct="d")
    assert {name: share for name, share in found.by_channel.items() if share} == {wanted: 3}


def test_time_decay_halves_with_each_half_life_and_survives_ages() -> None:
    found = credits([("ab", 3, 0, (24, 0))], Model.TIME_DECAY)
    assert close(found.by_channel, {"a": 1, "b": 2}, total=3)
    old = credits([("ab", 3, 0, (10**9 + 24, 10**9))], Model.TIME_DECAY)
    assert close(old.by_channel, {"a": 1, "b": 2}, total=3)
    ancient = paths_of(["a>b"], [3], [0], ["1e308>0"])
    assert attribute(ancient, Model.TIME_DECAY, half_life_hours=1e-300).by_channel == {"b": 3, "a": 0}


def test_the_slow_implementation_agrees_with_the_hand() -> None:
    assert slow.markov(REFERENCE, 1) == {"a": F(29240, 397), "b": F(17160, 397), "c": F(33000, 397)}
    assert (
        slow.markov(REFERENCE, 2)
        == slow.markov(REFERENCE, 3)
        == {"a": F(680, 9), "b": F(520, 9), "c": F(600, 9)}
    )
    assert slow.shapley(REFERENCE) == {"a": F(163000, 663), "b": F(-32750, 663), "c": F(2350, 663)}


# -- What is at the edge ------------------------------------------------------------------------------


@pytest.mark.parametrize(("model", "order"), EVERY)
def test_nothing_in_nothing_out(model: Model, order: int) -> None:
    found = credits([], model, order)
    assert found.by_channel == {}
    assert found.total == 0


@pytest.mark.parametrize(("model", "order"), EVERY)
def test_where_nothing_converted_every_channel_gets_zero(model: Model, order: int) -> None:
    for nulls in (0, 7):
        found = credits([("ab", 0, nulls, (5, 0)), ("b", 0, nulls, (0,))], model, order)
        assert found.by_channel == {"a": 0, "b": 0}
        assert found.total == 0


@pytest.mark.parametrize("path", ["a", "aa", "aaaa"])
@pytest.mark.parametrize(("model", "order"), EVERY)
def test_a_channel_alone_gets_all_however_often_it_is_touched(model: Model, order: int, path: str) -> None:
    found = credits([(path, 30, 70, [0] * len(path))], model, order)
    assert close(found.by_channel, {"a": 30}, total=30)


@pytest.mark.parametrize("model", LEARNING)
def test_models_that_learn_from_failures_say_so_where_there_is_none(model: Model) -> None:
    with pytest.raises(AttributionRefused, match="did not convert"):
        credits([("ab", 5, 0, (1, 0))], model)


@pytest.mark.parametrize("order", [0, 4, -1])
def test_a_chain_of_another_order_is_refused(order: int) -> None:
    with pytest.raises(AttributionRefused, match="1, 2 or 3"):
        credits(REFERENCE, Model.MARKOV, order)


@pytest.mark.parametrize("half_life", [0, -1, float("nan"), float("inf")])
def test_a_half_life_is_a_number_above_zero(half_life: float) -> None:
    with pytest.raises(AttributionRefused, match="half-life"):
        credits(REFERENCE, Model.TIME_DECAY, half_life_hours=half_life)


def test_last_non_direct_asks_which_is_direct() -> None:
    with pytest.raises(AttributionRefused, match="direct"):
        credits(REFERENCE, Model.LAST_NON_DIRECT, direct="")


def test_time_decay_names_the_first_path_that_converted_without_hours() -> None:
    paths = paths_of(["a", "a>b", "b", "b>a"], [1, 0, 2, 3], [0, 5, 0, 0], ["0", "", " ", ""])
    with pytest.raises(AttributionRefused, match="hours") as refused:
        attribute(paths, Model.TIME_DECAY)
    assert refused.value.path == 2
    with pytest.raises(AttributionRefused) as refused:
        attribute(paths_of(["a", "b"], [0, 1], [1, 0]), Model.TIME_DECAY)
    assert refused.value.path == 1
    assert attribute(paths_of(["a>b"], [0], [1]), Model.TIME_DECAY).by_channel == {"a": 0, "b": 0}


@pytest.mark.parametrize(
    ("texts", "hours", "at", "said"),
    [
        (["a", "a>>b"], None, 1, "empty"),
        (["a", "a> "], None, 1, "empty"),
        (["a", ">a"], None, 1, "empty"),
        (["", "a"], None, 0, "empty"),
        (["a", "a>b"], ["0", "0"], 1, "1 and 2 in number"),
        (["a", "a"], ["0", "1>0"], 1, "2 and 1 in number"),
        (["a", "a>b"], ["", "x>0"], 1, "“x” is no number"),
        (["a", "a>b"], ["", "1>"], 1, "“” is no number"),
        (["a>b", "b"], ["nan>0", ""], 0, "“nan” is no number"),
        (["a>b", "b"], ["inf>0", ""], 0, "finite"),
        (["a", "a>b"], ["0", "1>-1"], 1, "after its conversion"),
        (["a", "a>b"], ["5", "1>2"], 1, "grow"),
    ],
)
def test_paths_that_cannot_be_are_refused_with_their_place(
    texts: list[str], hours: list[str] | None, at: int, said: str
) -> None:
    with pytest.raises(AttributionRefused, match=said) as refused:
        paths_of(texts, [1] * len(texts), [0] * len(texts), hours)
    assert refused.value.path == at


@pytest.mark.parametrize("count", [-1, float("nan"), float("inf")])
def test_counts_are_zero_or_more(count: float) -> None:
    for conversions, nulls in (([1, count], [0, 0]), ([0, 0], [1, count])):
        with pytest.raises(AttributionRefused, match="zero or more") as refused:
            paths_of(["a", "b"], conversions, nulls)
        assert refused.value.path == 1


def test_blanks_around_names_do_not_make_two_channels() -> None:
    paths = paths_of(["a > b", "b>a", " 抖音 "], [1, 1, 1], [0, 0, 0])
    assert paths.channels == ("a", "b", "抖音")
    assert attribute(paths, Model.LINEAR).by_channel == {"a": 1, "b": 1, "抖音": 1}


@pytest.mark.parametrize(
    "wrong",
    [
        {"starts": [0, 1]},
        {"starts": []},
        {"touches": [0, 2]},
        {"touches": [0, -1]},
        {"conversions": [1.0, 1.0]},
        {"nulls": []},
        {"hours": [1.0]},
        {"channels": ("a", "a")},
    ],
)
def test_arrays_that_do_not_fit_together_are_an_error(wrong: dict[str, Any]) -> None:
    right: dict[str, Any] = {
        "channels": ("a", "b"),
        "touches": [0, 1],
        "starts": [0, 2],
        "conversions": [1.0],
        "nulls": [0.0],
    }

    def paths(said: dict[str, Any]) -> Paths:
        fitted: dict[str, Any] = {
            name: value if name == "channels" else np.array(value) for name, value in said.items()
        }
        return Paths(**fitted)

    assert len(paths(right)) == 1
    with pytest.raises(ValueError, match=r"must|one each|one per|twice|no channel") as error:
        paths({**right, **wrong})
    assert not isinstance(error.value, AttributionRefused)


def test_the_largest_credit_comes_first_and_equal_ones_go_by_name() -> None:
    found = credits([("c", 1, 0, (0,)), ("b", 1, 0, (0,)), ("a", 0, 1, (0,)), ("d", 5, 0, (0,))], Model.LAST)
    assert list(found.by_channel) == ["d", "b", "c", "a"]
