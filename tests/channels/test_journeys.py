"""Touches become paths: cut after each conversion and after a long pause, dated by their end, each touch once.

The case worked by hand (days of January 2026, look-back 90 days; nodes 1, 2 and 3):

    customer 7: touch 1 on the 1st, touch 2 on the 3rd, conversion at 3 on the 5th (100), touch 1 on the 9th
    customer 8: touch 2 on the 2nd
    customer 9: a conversion without a touch on the 4th (30), another at 1 on the 20th (50)

Paths: 1>2>3 converted on the 5th, 1 of the 9th failed, 2 of the 2nd failed, 1 converted on the 20th. Late: the touch of
the 9th. Untouched: the conversion of the 4th.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.attribution import RULES, Model
from channels.attribution.dividing import Choices, Divided, divide
from channels.attribution.journeys import DAY, Journeys, Oddities, Touches, journeys, newest

Row = tuple[int, int, int, int, float]  # customer, moment, node, conversions, value
START = (date(2026, 1, 1) - date(1970, 1, 1)).days * DAY
EVERY = tuple(Model)


def at(day: int, hour: int = 0) -> int:
    return START + (day - 1) * DAY + hour * 3600


BY_HAND: list[Row] = [
    (7, at(1), 1, 0, 0),
    (9, at(20), 1, 1, 50),
    (7, at(3), 2, 0, 0),
    (8, at(2), 2, 0, 0),
    (7, at(5), 3, 1, 100),
    (9, at(4), 0, 1, 30),
    (7, at(9), 1, 0, 0),
]


def touches(rows: Sequence[Row]) -> Touches:
    customers, moments, nodes, conversions, values = zip(*rows, strict=True) if rows else [()] * 5
    whole, real = (np.int64, np.float64)
    return Touches(
        np.array(customers, whole),
        np.array(moments, whole),
        np.array(nodes, whole),
        np.array(conversions, real),
        np.array(values, real),
    )


def written(found: Journeys) -> list[tuple[Any, ...]]:
    """Path, conversions, nulls, day since 1970 and value of each."""
    steps = np.split(found.nodes[found.paths.touches], found.paths.starts[1:-1]) if len(found) else []
    return [
        (tuple(path.tolist()), *rest)
        for path, *rest in zip(
            steps,
            found.paths.conversions.tolist(),
            found.paths.nulls.tolist(),
            found.days.tolist(),
            found.values.tolist(),
            strict=True,
        )
    ]


def slowly(rows: Sequence[Row], look_back: int) -> list[tuple[Any, ...]]:
    """The same by the definition, a row at a time."""
    found = []
    by_customer: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        by_customer[row[0]].append(row)
    for customer in sorted(by_customer):
        mine = sorted(by_customer[customer], key=lambda row: (row[1], row[3] > 0))
        open_path: list[Row] = []
        paths: list[list[Row]] = []
        for row in mine:
            closed = open_path and open_path[-1][3] > 0 and row[1] > open_path[-1][1]
            if open_path and (closed or row[1] - open_path[-1][1] > look_back * DAY):
                paths.append(open_path)
                open_path = []
            open_path.append(row)
        paths.append(open_path)
        for path in paths:
            end = path[-1][1]
            steps = tuple(row[2] for row in path if row[2] and end - row[1] <= look_back * DAY)
            count = sum(row[3] for row in path)
            if steps:
                value = sum(row[4] for row in path if row[3])
                found.append((steps, count, int(count == 0), end // DAY, value))
    return found


def test_touches_become_the_paths_worked_by_hand() -> None:
    found = journeys(touches(BY_HAND))
    first = START // DAY
    assert written(found) == [
        ((1, 2, 3), 1, 0, first + 4, 100),
        ((1,), 0, 1, first + 8, 0),
        ((2,), 0, 1, first + 1, 0),
        ((1,), 1, 0, first + 19, 50),
    ]
    assert found.paths.hours is not None
    assert found.paths.hours.tolist() == [96, 48, 0, 0, 0, 0]
    assert found.odd == Oddities(late=1, old=0, single=1, untouched=1, untouched_value=30)


def test_a_touch_before_the_look_back_is_left_out_and_a_long_pause_ends_a_path() -> None:
    rows: list[Row] = [
        (1, at(1), 1, 0, 0),
        (1, at(61), 2, 0, 0),
        (1, at(121), 3, 1, 10),
        (2, at(1), 1, 0, 0),
        (2, at(92), 2, 0, 0),
    ]
    found = journeys(touches(rows))
    assert [path for path, *_rest in written(found)] == [(2, 3), (1,), (2,)]
    assert found.odd.old == 1


def test_two_conversions_of_one_moment_end_one_path() -> None:
    found = journeys(touches([(1, at(1), 1, 0, 0), (1, at(2), 2, 1, 10), (1, at(2), 0, 1, 5)]))
    assert written(found) == [((1, 2), 2, 0, START // DAY + 1, 15)]


def test_nobody_and_a_conversion_without_a_touch_make_no_path() -> None:
    assert len(journeys(touches([]))) == 0
    found = journeys(touches([(1, at(1), 0, 1, 10)]))
    assert len(found) == 0
    assert found.odd.untouched == 1
    assert divided(found).shares == []


def test_a_touch_told_again_counts_once_as_the_newest_import_told_it() -> None:
    rows: list[Row] = [(1, at(1), 1, 0, 0), (1, at(1), 1, 1, 9), (1, at(1), 2, 0, 0), (2, at(1), 1, 0, 0)]
    found, again = newest(touches(rows), np.array([5, 6, 5, 7]))
    assert again == 1
    assert sorted(zip(found.customers, found.nodes, found.conversions, strict=True)) == [
        (1, 1, 1), (1, 2, 0), (2, 1, 0)
    ]  # fmt: skip
    found, again = newest(touches(rows), np.array([6, 5, 5, 7]))
    assert found.conversions.sum() == 0


some_rows = st.lists(
    st.tuples(
        st.integers(1, 4),
        st.integers(0, 60).map(lambda days: at(1 + days * 7)) | st.integers(0, 3).map(at),
        st.integers(1, 4),
        st.integers(0, 2),
        st.integers(0, 500).map(float),
    ),
    max_size=30,
    unique_by=lambda row: row[:3],
)


@settings(deadline=None, max_examples=60)
@given(rows=some_rows, look_back=st.sampled_from([1, 30, 90, 365]), random=st.randoms(use_true_random=False))
def test_paths_are_those_of_the_definition_and_only_within_a_moment_does_the_order_of_lines_matter(
    rows: list[Row], look_back: int, random: Any
) -> None:
    found = written(journeys(touches(rows), look_back_days=look_back))
    assert found == slowly(rows, look_back)
    moments = sorted({row[1] for row in rows})
    random.shuffle(moments)
    mixed = sorted(rows, key=lambda row: moments.index(row[1]))
    assert written(journeys(touches(mixed), look_back_days=look_back)) == found


def divided(found: Journeys, models: tuple[Model, ...] = EVERY, tops: Any = None) -> Divided:
    tops = found.nodes if tops is None else np.array([tops[node] for node in found.nodes.tolist()])
    return divide(
        found, tops=tops, choices=Choices(models, half_life_hours=168, order=1, direct=frozenset([4]))
    )


@settings(deadline=None, max_examples=40)
@given(rows=some_rows)
def test_every_model_divides_all_conversions_and_rules_all_money_of_each_month_and_day(
    rows: list[Row],
) -> None:
    found = journeys(touches(rows))
    whole = divided(found)
    refused = {(one.model, one.month) for one in whole.refused}
    for model in Model:
        for month in (None, *np.unique(found.months).tolist()):
            wanted = np.ones(len(found), np.bool_) if month is None else found.months == month
            shares = [one for one in whole.shares if (one.model, one.month) == (model, month)]
            if (model, month) in refused or ((model, None) in refused and model in RULES):
                assert not shares
                continue
            assert sum(one.conversions for one in shares) == found.paths.conversions[wanted].sum()
            money = Decimal(str(found.values[wanted & (found.paths.conversions > 0)].sum()))
            if any(one.conversions for one in shares):
                assert sum(one.value for one in shares) == money
    for daily in whole.daily:
        for day in np.unique(daily.days).tolist():
            ended = (found.days == day) & (found.paths.conversions > 0)
            parts = [c for c, on in zip(daily.conversions, daily.days, strict=True) if on == day]
            assert sum(parts) == found.paths.conversions[ended].sum()
            sums = [v for v, on in zip(daily.values, daily.days, strict=True) if on == day]
            assert sum(sums) == Decimal(str(found.values[ended].sum()))


def test_credits_of_campaigns_go_to_their_channel_and_stay_theirs_by_the_day() -> None:
    """Campaigns 1 and 2 are of channel 10; linear gives 1/3 of 100 to each touch, and what rounding leaves to one."""
    found = journeys(touches(BY_HAND))
    whole = divided(found, (Model.LINEAR,), {1: 10, 2: 10, 3: 3})
    all_of_it = {
        one.node: (float(one.conversions), float(one.value)) for one in whole.shares if one.month is None
    }
    assert all_of_it == {10: (1.6666, 116.6666), 3: (0.3334, 33.3334)}
    (daily,) = whole.daily
    first = START // DAY
    assert dict(
        zip(zip(daily.days.tolist(), daily.nodes.tolist(), strict=True), daily.values, strict=True)
    ) == {
        (first + 4, 1): Decimal("33.3333"),
        (first + 4, 2): Decimal("33.3333"),
        (first + 4, 3): Decimal("33.3334"),
        (first + 19, 1): Decimal("50.0000"),
    }


def test_a_month_in_which_nothing_failed_is_refused_to_markov_alone() -> None:
    rows = [*BY_HAND, (5, at(40), 1, 1, 10.0)]
    whole = divided(journeys(touches(rows)), (Model.LINEAR, Model.MARKOV))
    assert [(one.model, one.month) for one in whole.refused] == [(Model.MARKOV, 56 * 12 + 1)]
    assert "none" in whole.refused[0].why
    markov = {one.month for one in whole.shares if one.model is Model.MARKOV}
    assert markov == {None, 56 * 12}


@pytest.mark.parametrize("model", EVERY)
def test_progress_is_told_to_the_end(model: Model) -> None:
    heard: list[float] = []
    found = journeys(touches(BY_HAND))
    divide(found, tops=found.nodes, choices=Choices((model,), half_life_hours=1, order=2), told=heard.append)
    assert heard[-1] == 1
    assert heard == sorted(heard)
