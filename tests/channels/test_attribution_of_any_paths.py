"""Whatever the paths: credits are those of the definitions, and what does not matter does not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import isclose
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from channels.attribution import Model, attribute, paths_of
from tests.channels import slow_attribution as slow
from tests.channels.credits import EVERY, HALF_LIFE, REFERENCE, RULES, close, credits
from tests.channels.slow_attribution import Row

some_count = st.integers(0, 4) | st.integers(0, 100)


@st.composite
def a_row(draw: st.DrawFn, letters: str = "abcd", longest: int = 5) -> Row:
    path = draw(st.text(letters, min_size=1, max_size=longest))
    ages = draw(st.lists(st.integers(0, 9), min_size=len(path), max_size=len(path)))
    hours = [age * HALF_LIFE for age in sorted(ages, reverse=True)]
    return path, draw(some_count), draw(some_count), hours


some_rows = st.lists(a_row(), min_size=1, max_size=8).filter(lambda rows: any(row[2] for row in rows))
models = st.sampled_from(EVERY)


@settings(deadline=None, max_examples=50)
@given(rows=some_rows, model=models)
def test_credits_add_up_to_the_conversions(rows: list[Row], model: tuple[Model, int]) -> None:
    found = credits(rows, *model)
    assert found.total == sum(row[1] for row in rows)
    assert isclose(sum(found.by_channel.values()), found.total, rel_tol=1e-9, abs_tol=1e-9)
    assert sorted(found.by_channel) == slow.channels(rows)
    if model[0] != Model.SHAPLEY:
        assert min(found.by_channel.values()) >= 0


def by_definition(rows: Sequence[Row], model: Model, order: int) -> slow.Shares:
    ways: dict[Model, Callable[[], slow.Shares]] = {
        Model.FIRST: lambda: slow.by_rule(rows, slow.first),
        Model.LAST: lambda: slow.by_rule(rows, slow.last),
        Model.LAST_NON_DIRECT: lambda: slow.by_rule(rows, lambda row: slow.last_non_direct(row, "d")),
        Model.LINEAR: lambda: slow.by_rule(rows, slow.linear),
        Model.POSITION: lambda: slow.by_rule(rows, slow.position),
        Model.TIME_DECAY: lambda: slow.by_rule(rows, lambda row: slow.time_decay(row, HALF_LIFE)),
        Model.MARKOV: lambda: slow.markov(rows, order),
        Model.SHAPLEY: lambda: slow.shapley(rows),
    }
    return ways[model]()


@pytest.mark.parametrize(("model", "order"), EVERY)
@settings(deadline=None, max_examples=40)
@given(rows=some_rows)
def test_credits_are_those_of_the_definitions(model: Model, order: int, rows: list[Row]) -> None:
    found = credits(rows, model, order)
    assert close(found.by_channel, by_definition(rows, model, order), total=found.total)


@settings(deadline=None, max_examples=50)
@given(rows=some_rows, model=models, random=st.randoms(use_true_random=False))
def test_the_order_of_lines_does_not_matter(rows: list[Row], model: tuple[Model, int], random: Any) -> None:
    mixed = list(rows)
    random.shuffle(mixed)
    found = credits(rows, *model)
    assert close(credits(mixed, *model).by_channel, found.by_channel, total=found.total)


@settings(deadline=None, max_examples=50)
@given(rows=some_rows, model=models, names=st.permutations("abcd"))
def test_names_do_not_matter(rows: list[Row], model: tuple[Model, int], names: list[str]) -> None:
    new = dict(zip("abcd", names, strict=True))
    renamed: list[Row] = [([new[step] for step in path], *rest) for path, *rest in rows]  # type: ignore[misc]
    found = credits(rows, *model, direct="d")
    wanted = {new[name]: share for name, share in found.by_channel.items()}
    assert close(credits(renamed, *model, direct=new["d"]).by_channel, wanted, total=found.total)


@settings(deadline=None, max_examples=50)
@given(rows=some_rows, model=models, place=st.integers(0, 7))
def test_a_line_may_as_well_be_two(rows: list[Row], model: tuple[Model, int], place: int) -> None:
    path, conversions, nulls, hours = rows[place % len(rows)]
    half = (path, conversions // 2, nulls // 2, hours)
    rest = (path, conversions - conversions // 2, nulls - nulls // 2, hours)
    parted = [half, *rows[: place % len(rows)], *rows[place % len(rows) + 1 :], rest]
    found = credits(rows, *model)
    assert close(credits(parted, *model).by_channel, found.by_channel, total=found.total)


@settings(deadline=None, max_examples=50)
@given(rows=some_rows, model=models, times=st.integers(2, 1000))
def test_so_many_times_the_paths_are_so_many_times_the_credits(
    rows: list[Row], model: tuple[Model, int], times: int
) -> None:
    found = credits(rows, *model)
    more: list[Row] = [
        (path, conversions * times, nulls * times, hours) for path, conversions, nulls, hours in rows
    ]
    wanted = {name: share * times for name, share in found.by_channel.items()}
    assert close(credits(more, *model).by_channel, wanted, total=found.total * times)


@settings(deadline=None, max_examples=50)
@given(rows=some_rows, model=models, steps=st.text("abcdx", max_size=4), nulls=st.integers(0, 20))
def test_a_channel_of_no_path_that_converted_gets_nothing_by_any_rule(
    rows: list[Row], model: tuple[Model, int], steps: str, nulls: int
) -> None:
    path = steps + "x"
    share = credits([*rows, (path, 0, nulls, [0] * len(path))], *model).by_channel["x"]
    if model[0] in RULES:
        assert share == 0
    elif model[0] == Model.SHAPLEY:  # it can only have lowered the rate of others
        assert share <= 1e-9
    elif model[0] == Model.MARKOV and "x" not in steps:  # nothing leads on from it
        assert share == pytest.approx(0, abs=1e-9)


def test_a_chain_may_lead_through_a_channel_that_never_converted_itself() -> None:
    """After x came b, and after b came conversions, though of other paths."""
    found = credits([("b", 10, 0, (0,)), ("xb", 0, 10, (1, 0))], Model.MARKOV)
    assert found.by_channel["x"] > 0
    assert credits([("b", 10, 0, (0,)), ("xb", 0, 10, (1, 0))], Model.MARKOV, 2).by_channel["x"] == 0


@settings(deadline=None, max_examples=50)
@given(rows=some_rows)
def test_in_paths_of_one_touch_every_rule_says_the_same(rows: list[Row]) -> None:
    short: list[Row] = [(path[:1], conversions, nulls, hours[:1]) for path, conversions, nulls, hours in rows]
    wanted = credits(short, Model.FIRST)
    for model in RULES:
        assert credits(short, model).by_channel == wanted.by_channel


@settings(deadline=None, max_examples=50)
@given(rows=some_rows)
def test_repeats_and_order_are_nothing_to_shapley(rows: list[Row]) -> None:
    sets: list[Row] = [
        (sorted(set(path)), conversions, nulls, [0] * len(set(path)))
        for path, conversions, nulls, _hours in rows
    ]
    found = credits(rows, Model.SHAPLEY)
    assert close(credits(sets, Model.SHAPLEY).by_channel, found.by_channel, total=found.total)


@settings(deadline=None, max_examples=50)
@given(rows=some_rows)
def test_repeats_of_a_channel_in_a_row_are_nothing_to_a_chain_of_order_one(rows: list[Row]) -> None:
    doubled: list[Row] = [
        ([step for step in path for _twice in "12"], conversions, nulls, [0] * 2 * len(path))
        for path, conversions, nulls, _hours in rows
    ]
    found = credits(rows, Model.MARKOV)
    assert close(credits(doubled, Model.MARKOV).by_channel, found.by_channel, total=found.total)


# -- Many channels, many states -----------------------------------------------------------------------


@settings(deadline=None, max_examples=50)
@given(rows=some_rows, order=st.integers(1, 3))
def test_chains_of_many_states_are_solved_by_steps_to_the_same_credits(rows: list[Row], order: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("channels.attribution.chains.DIRECT_TO", 0)
        found = credits(rows, Model.MARKOV, order)
    assert close(found.by_channel, slow.markov(rows, order), total=found.total)


def test_where_steps_do_not_arrive_a_chain_is_solved_directly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("channels.attribution.chains.DIRECT_TO", 0)
    monkeypatch.setattr("scipy.sparse.linalg.bicgstab", lambda system, known, **_options: (known * np.nan, 1))
    found = credits(REFERENCE, Model.MARKOV)
    assert close(found.by_channel, slow.markov(REFERENCE, 1), total=1e-6)


def test_long_circles_do_not_wear_a_chain_out(monkeypatch: pytest.MonkeyPatch) -> None:
    rows: list[Row] = [
        ("ab" * 2000 + "c", 3, 1, [0] * 4001),
        ("c" * 3000, 1, 5, [0] * 3000),
        ("ba", 0, 1, (0, 0)),
    ]
    for order in (1, 2, 3):
        wanted = slow.markov(rows, order)
        assert close(credits(rows, Model.MARKOV, order).by_channel, wanted, total=1)
        with monkeypatch.context() as patch:
            patch.setattr("channels.attribution.chains.DIRECT_TO", 0)
            assert close(credits(rows, Model.MARKOV, order).by_channel, wanted, total=1)


@settings(deadline=None, max_examples=20)
@given(rows=some_rows)
def test_drawn_shapley_values_add_up_and_lie_near_the_exact_ones(rows: list[Row]) -> None:
    assume(any(row[1] for row in rows))
    exact = credits(rows, Model.SHAPLEY)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("channels.attribution.coalitions.EXACT_TO", 0)
        patch.setattr("channels.attribution.coalitions.SAMPLES", 400)
        drawn = credits(rows, Model.SHAPLEY)
    assert drawn.error is not None
    assert isclose(sum(drawn.by_channel.values()), exact.total, rel_tol=1e-9)
    for name, share in exact.by_channel.items():
        assert abs(drawn.by_channel[name] - share) <= 6 * drawn.error[name] + 1e-9 * sum(
            row[1] + row[2] for row in rows
        )


def test_shapley_of_seventy_channels_finds_what_is_known_of_them() -> None:
    """Each channel alone in paths of its own rate: what each adds by itself is known where rates are equal."""
    names = [f"c{number:02d}" for number in range(70)]
    paths = paths_of([*names, "c00>c69>c00", "c69>c00"], [1] * 70 + [2, 2], [9] * 70 + [18, 18])
    found = attribute(paths, Model.SHAPLEY)
    assert found.error is not None
    # every coalition but the empty one converts a tenth, so that φ is the chance to come first: a seventieth of 74
    for name in names:
        assert abs(found.by_channel[name] - 74 / 70) <= 6 * found.error[name]
    assert isclose(sum(found.by_channel.values()), 74, rel_tol=1e-12)
    assert attribute(paths, Model.SHAPLEY) == found
