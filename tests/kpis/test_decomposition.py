"""Parts that add up, for any weights, locks and units."""

from __future__ import annotations

import time
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from common.periods import Period
from kpis.decomposition import (
    Cause,
    DivisionRefused,
    Grid,
    LocksTooLarge,
    Policy,
    Stage,
    Standing,
    UnitRefused,
    WeightsRefused,
    by_days,
    by_stage,
    disagreement,
    divide,
    divide_grid,
    equal,
    from_history,
    weighted,
    weights_of,
)

D = Decimal
CENT = D("0.01")

units = st.sampled_from([D("0.01"), D(1), D("0.001"), D(5)])
keys = st.text("abcde华东/-", min_size=1, max_size=4)
weight = st.decimals(0, 10**6, places=3) | st.sampled_from([D("1E+20"), D(1) / 3, D("1E-20")])
some_weights = st.dictionaries(keys, weight, min_size=1, max_size=12).filter(
    lambda found: any(found.values())
)
steps = st.integers(-(10**9), 10**9) | st.integers(-(10**17), 10**17)


@given(total=steps, unit=units, weights=some_weights)
def test_parts_add_up_to_the_unit_and_have_the_total_s_sign(
    total: int, unit: Decimal, weights: dict[str, Decimal]
) -> None:
    parts = divide(total * unit, weights, unit=unit)
    assert sum(parts.values()) == total * unit
    assert list(parts) == list(weights)
    for key, part in parts.items():
        assert part % unit == 0
        assert part == 0 or (part < 0) == (total < 0)
        assert weights[key] or not part


@given(total=steps, weights=some_weights)
def test_a_part_is_its_share_give_or_take_a_unit_and_a_larger_weight_never_gets_less(
    total: int, weights: dict[str, Decimal]
) -> None:
    parts = divide(D(total), weights, unit=D(1))
    whole = sum(Fraction(one) for one in weights.values())
    for key, part in parts.items():
        assert abs(Fraction(part) - total * Fraction(weights[key]) / whole) < 1
        for other, its in parts.items():
            if weights[other] > weights[key]:
                assert abs(its) >= abs(part)


@given(total=steps, weights=some_weights, data=st.data())
def test_the_order_of_the_parts_does_not_matter(
    total: int, weights: dict[str, Decimal], data: st.DataObject
) -> None:
    mixed = dict(data.draw(st.permutations(list(weights.items()))))
    assert divide(D(total), mixed, unit=D(1)) == divide(D(total), weights, unit=D(1))


@given(total=st.integers(0, 10**12), weights=some_weights, data=st.data())
def test_dividing_again_by_what_came_out_changes_nothing(
    total: int, weights: dict[str, Decimal], data: st.DataObject
) -> None:
    parts = divide(total * CENT, weights, unit=CENT)
    assume(any(parts.values()))
    locked = data.draw(st.sets(st.sampled_from(sorted(parts))))
    again = divide(total * CENT, parts, unit=CENT, locks={key: parts[key] for key in locked})
    assert again == parts


@given(total=st.integers(-(10**10), 10**10), weights=some_weights, data=st.data())
def test_locked_parts_stay_to_the_digit_and_the_rest_takes_up_the_difference(
    total: int, weights: dict[str, Decimal], data: st.DataObject
) -> None:
    locked = data.draw(st.sets(st.sampled_from(sorted(weights))))
    locks = {key: data.draw(st.integers(-(10**9), 10**9)) * CENT for key in locked}
    rest = total * CENT - sum(locks.values())
    others = {key: one for key, one in weights.items() if key not in locks}
    fits = not rest or (bool(others) and (rest < 0) == (total < 0))
    if not fits:
        with pytest.raises(LocksTooLarge) as refused:
            divide(total * CENT, weights, unit=CENT, locks=locks)
        assert refused.value.missing == abs(rest)
        assert refused.value.over == ((rest < 0) != (total < 0))
        return
    if rest and not any(others.values()):
        with pytest.raises(WeightsRefused):
            divide(total * CENT, weights, unit=CENT, locks=locks)
        return
    parts = divide(total * CENT, weights, unit=CENT, locks=locks)
    assert sum(parts.values()) == total * CENT
    assert {key: parts[key] for key in locks} == locks
    for key in others:
        assert parts[key] == 0 or (parts[key] < 0) == (total < 0)


def test_a_year_is_broken_down_with_a_locked_region() -> None:
    parts = divide(
        D(120_000_000), {"region:a": D(3), "region:b": D(2), "region:c": D(1)}, unit=CENT,
        locks={"region:a": D(30_000_000)},
    )  # fmt: skip
    assert parts == {"region:a": D(30_000_000), "region:b": D(60_000_000), "region:c": D(30_000_000)}


def test_the_unit_left_over_goes_to_the_largest_remainder_and_of_equal_ones_to_the_first_by_name() -> None:
    assert divide(D(100), {"c": D(1), "b": D(1), "a": D(1)}, unit=D(1)) == {"c": 33, "b": 33, "a": 34}
    assert divide(D(-100), {"c": D(1), "b": D(1), "a": D(1)}, unit=D(1)) == {"c": -33, "b": -33, "a": -34}
    assert divide(D(10), {"a": D("3.4"), "b": D("3.3"), "c": D("3.3")}, unit=D(1))["a"] == 4


@pytest.mark.parametrize("total", ["0", "100"])
def test_parts_of_nothing_are_nothing_and_locks_that_take_all_leave_nothing(total: str) -> None:
    assert divide(D(total), {"a": D(1), "b": D(1)}, unit=D(1), locks={"a": D(total)})["b"] == 0
    # Also where the others weigh nothing: nothing is asked of them.
    assert divide(D(total), {"a": D(1), "b": D(0)}, unit=D(1), locks={"a": D(total)})["b"] == 0


@pytest.mark.parametrize(
    ("weights", "named"),
    [
        ({"a": "0", "b": "0"}, ()),
        ({}, ()),
        ({"a": "1", "b": "-1"}, ("b",)),
        ({"a": "NaN", "b": "1"}, ("a",)),
        ({"a": "sNaN", "b": "-Infinity"}, ("a", "b")),
        ({"a": "1E+999999", "b": "1E-999999", "c": "1"}, ("a", "b")),
    ],
)
def test_what_is_no_weight_is_refused_by_name(weights: Mapping[str, str], named: tuple[str, ...]) -> None:
    with pytest.raises(WeightsRefused) as refused:
        divide(D(100), {key: D(text) for key, text in weights.items()}, unit=D(1))
    assert refused.value.keys == named


@pytest.mark.parametrize(
    ("total", "unit", "locks", "key"),
    [
        ("100.005", "0.01", {}, ""),
        ("100.5", "1", {}, ""),
        ("NaN", "1", {}, ""),
        ("Infinity", "1", {}, ""),
        ("1E+999999", "1", {}, ""),
        ("1E-999999", "1", {}, ""),
        ("100", "0.01", {"a": "0.001"}, "a"),
        ("100", "1", {"a": "sNaN"}, "a"),
    ],
)
def test_an_amount_that_is_no_multiple_of_the_unit_is_refused(
    total: str, unit: str, locks: Mapping[str, str], key: str
) -> None:
    with pytest.raises(UnitRefused) as refused:
        divide(
            D(total),
            {"a": D(1), "b": D(1)},
            unit=D(unit),
            locks={one: D(text) for one, text in locks.items()},
        )
    assert (refused.value.key, refused.value.unit) == (key, D(unit))
    if total == "100.005":
        assert "multiple of 0.01" in str(refused.value)


@pytest.mark.parametrize(
    ("total", "locks", "missing", "words"),
    [
        ("120", {"a": "100", "b": "30"}, "10", "10 is missing"),  # both locked, too much
        ("120", {"a": "100", "b": "10"}, "10", "10 is missing from the total of 120"),
        ("120", {"a": "130"}, "10", "goes beyond the total of 120"),
        ("-120", {"a": "-130"}, "10", "goes beyond"),
        ("-120", {"a": "-100", "b": "-10"}, "10", "is missing from the total"),
        ("0", {"a": "5"}, "5", "goes beyond"),
        ("1200000", {"a": "1300000.5"}, "100000.5", "100,000.5 is missing"),
    ],
)
def test_impossible_locks_are_refused_with_the_sum_that_is_missing(
    total: str, locks: Mapping[str, str], missing: str, words: str
) -> None:
    with pytest.raises(LocksTooLarge) as refused:
        divide(
            D(total), {"a": D(1), "b": D(1)}, unit=CENT, locks={key: D(text) for key, text in locks.items()}
        )
    assert refused.value.missing == D(missing)
    assert words in str(refused.value)


def test_a_part_of_the_other_sign_may_be_locked() -> None:
    parts = divide(D(100), {"a": D(1), "b": D(1), "loss": D(1)}, unit=D(1), locks={"loss": D(-20)})
    assert parts == {"a": 60, "b": 60, "loss": -20}


# Rows and columns.

names = st.lists(keys, min_size=1, max_size=6, unique=True)


@st.composite
def grids(draw: st.DrawFn) -> dict[str, object]:
    """A grid to be divided, now and then with own weights, negative, with cells and lines locked as they came out."""
    rows = {key: draw(weight) for key in draw(names)}
    columns = {key: draw(weight) for key in draw(names)}
    assume(any(rows.values()) and any(columns.values()))
    asked: dict[str, object] = {"rows": rows, "columns": columns, "unit": CENT}
    if draw(st.booleans()):
        owners = draw(st.sets(st.sampled_from(sorted(rows))))
        asked["own"] = {row: {column: draw(weight) for column in columns} for row in sorted(owners)}
    asked["total"] = draw(st.integers(-(10**12), 10**12) | st.integers(-50, 50)) * CENT
    return asked


def _sums(cells: Mapping[tuple[str, str], Decimal], axis: int) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for cell, amount in cells.items():
        sums[cell[axis]] = sums.get(cell[axis], D(0)) + amount
    return sums


@settings(max_examples=100, deadline=None)
@given(asked=grids(), data=st.data())
def test_rows_and_columns_of_a_grid_add_up_to_their_totals_and_all_to_the_whole(
    asked: dict[str, object], data: st.DataObject
) -> None:
    grid = divide_grid(**asked)  # type: ignore[arg-type]
    total = asked["total"]
    assert grid.rows == divide(total, asked["rows"], unit=CENT)  # type: ignore[arg-type]
    assert grid.columns == divide(total, asked["columns"], unit=CENT)  # type: ignore[arg-type]
    assert (_sums(grid.cells, 0), _sums(grid.cells, 1)) == (grid.rows, grid.columns)
    assert sum(grid.cells.values()) == total
    assert all(not amount or (amount < 0) == (total < 0) for amount in grid.cells.values())  # type: ignore[operator]
    # The order of rows and columns does not matter.
    mixed = {
        **asked,
        "rows": dict(data.draw(st.permutations(list(asked["rows"].items())))),  # type: ignore[attr-defined]
        "columns": dict(data.draw(st.permutations(list(asked["columns"].items())))),  # type: ignore[attr-defined]
    }
    assert divide_grid(**mixed) == grid  # type: ignore[arg-type]
    # Whatever is locked as it stands, the margins hold, and it stays.
    locked = data.draw(st.sets(st.sampled_from(sorted(grid.cells))))
    locks = {cell: grid.cells[cell] for cell in locked}
    again = divide_grid(**asked, locks=locks)  # type: ignore[arg-type]
    assert (_sums(again.cells, 0), _sums(again.cells, 1)) == (grid.rows, grid.columns)
    assert {cell: again.cells[cell] for cell in locks} == locks


def test_a_row_locked_as_it_came_out_moves_no_other_rows_rounding() -> None:
    third = D("0.3333333333333333333333333333")
    rows = {"/": D("7871.882"), "a": D("9014.781"), "b": third, "c": third, "d": D("0.001"), "e": D(0)}
    asked = {"total": D("836.73"), "rows": rows, "columns": {"x": D(1)}, "unit": CENT}
    grid = divide_grid(**asked)  # type: ignore[arg-type]
    assert divide_grid(**asked, locks={("/", "x"): grid.cells["/", "x"]}) == grid  # type: ignore[arg-type]


@settings(deadline=None)
@given(total=st.integers(-(10**17), 10**17), rows=some_weights, columns=some_weights)
def test_each_cell_is_within_a_unit_of_row_times_column(
    total: int, rows: dict[str, Decimal], columns: dict[str, Decimal]
) -> None:
    grid = divide_grid(D(total), rows=rows, columns=columns, unit=D(1))
    for (row, column), amount in grid.cells.items():
        assert not total or abs(amount * total - grid.rows[row] * grid.columns[column]) < abs(total)


@settings(max_examples=100, deadline=None)
@given(asked=grids(), data=st.data())
def test_a_grid_with_any_locks_adds_up_or_is_refused_with_what_is_missing(
    asked: dict[str, object], data: st.DataObject
) -> None:
    rows, columns = sorted(asked["rows"]), sorted(asked["columns"])  # type: ignore[call-overload]
    amount = st.integers(-(10**9), 10**12).map(lambda steps: steps * CENT)
    cells = st.tuples(st.sampled_from(rows), st.sampled_from(columns))
    locks = data.draw(st.dictionaries(cells, amount, max_size=5))
    row_locks = data.draw(st.dictionaries(st.sampled_from(rows), amount, max_size=2))
    column_locks = data.draw(st.dictionaries(st.sampled_from(columns), amount, max_size=2))
    try:
        grid = divide_grid(**asked, locks=locks, row_locks=row_locks, column_locks=column_locks)  # type: ignore[arg-type]
    except (LocksTooLarge, WeightsRefused):
        return
    assert {cell: grid.cells[cell] for cell in locks} == locks
    assert {row: grid.rows[row] for row in row_locks} == row_locks
    assert {column: grid.columns[column] for column in column_locks} == column_locks
    assert (_sums(grid.cells, 0), _sums(grid.cells, 1)) == (grid.rows, grid.columns)
    assert sum(grid.cells.values()) == asked["total"]


def test_a_director_locks_a_region_and_a_month_and_one_cell() -> None:
    grid = divide_grid(
        D(120_000_000), rows={"east": D(3), "west": D(2), "north": D(1)},
        columns={"2027-01": D(1), "2027-02": D(1), "2027-03": D(2)}, unit=CENT,
        row_locks={"east": D(30_000_000)}, column_locks={"2027-02": D(20_000_000)},
        locks={("east", "2027-02"): D(10_000_000)},
    )  # fmt: skip
    assert grid.rows == {"east": D(30_000_000), "west": D(60_000_000), "north": D(30_000_000)}
    assert grid.columns["2027-02"] == D(20_000_000)
    assert grid.cells["east", "2027-02"] == D(10_000_000)
    # What is left of February goes two to one.
    assert grid.cells["west", "2027-02"] == D("6666666.67")
    assert grid.cells["east", "2027-03"] == pytest.approx(D("13333333.33"), abs=CENT)


def test_each_area_has_its_own_season_and_the_months_still_add_up() -> None:
    grid = divide_grid(
        D(1200), rows={"north": D(1), "south": D(1)}, columns={"jul": D(1), "dec": D(1)}, unit=D(1),
        own={"north": {"jul": D(1), "dec": D(3)}, "south": {"jul": D(3), "dec": D(1)}},
    )  # fmt: skip
    assert grid.cells["north", "dec"] == 450 == grid.cells["south", "jul"]
    # Without a history of its own an area follows the whole.
    bare = divide_grid(
        D(1200), rows={"north": D(1), "new": D(1)}, columns={"jul": D(1), "dec": D(3)}, unit=D(1),
        own={"new": {"jul": D(0), "dec": D(0)}},
    )  # fmt: skip
    assert bare.cells["new", "jul"] == 150


def test_a_row_that_is_locked_in_every_cell_has_its_total_by_that() -> None:
    grid = divide_grid(
        D(100), rows={"a": D(1), "b": D(1)}, columns={"x": D(1), "y": D(1)}, unit=D(1),
        locks={("a", "x"): D(10), ("a", "y"): D(5)},
    )  # fmt: skip
    assert grid.rows == {"a": 15, "b": 85}
    with pytest.raises(LocksTooLarge) as refused:
        divide_grid(
            D(100), rows={"a": D(1), "b": D(1)}, columns={"x": D(1), "y": D(1)}, unit=D(1),
            locks={("a", "x"): D(10), ("a", "y"): D(5)}, row_locks={"a": D(40)},
        )  # fmt: skip
    assert (refused.value.where, refused.value.missing, refused.value.over) == ("a", D(25), False)


@pytest.mark.parametrize(
    ("locks", "where", "missing"),
    [
        ({("a", "x"): "60"}, "a", "10"),  # a has 50
        ({("a", "x"): "30", ("b", "x"): "30"}, "x", "10"),  # x has 50
        ({("a", "x"): "10", ("b", "y"): "10"}, "", None),
    ],
)
def test_what_does_not_fit_a_grid_is_refused_at_its_place(
    locks: Mapping[tuple[str, str], str], where: str, missing: str | None
) -> None:
    def ask() -> Grid:
        return divide_grid(
            D(150), rows={"a": D(1), "b": D(1), "c": D(1)}, columns={"x": D(1), "y": D(2)}, unit=D(1),
            locks={cell: D(text) for cell, text in locks.items()},
        )  # fmt: skip

    if missing is None:
        assert ask().cells["c", "x"] == 0  # 40 of x is all that b can have besides
        return
    with pytest.raises(LocksTooLarge) as refused:
        ask()
    assert (refused.value.where, refused.value.missing) == (where, D(missing))


def test_locks_that_each_fit_but_not_together_are_refused_with_the_sum_that_finds_no_place() -> None:
    # All of column x is locked at nothing but for row c, which cannot take 40.
    with pytest.raises(LocksTooLarge, match="20 is missing") as refused:
        divide_grid(
            D(120), rows={"a": D(1), "b": D(1), "c": D(1)}, columns={"x": D(1), "y": D(1), "z": D(1)},
            unit=D(1), locks={("a", "x"): D(0), ("b", "x"): D(0), ("c", "y"): D(20)},
        )  # fmt: skip
    assert (refused.value.missing, refused.value.where) == (D(20), "")


@settings(deadline=None)
@given(
    rows=st.lists(st.integers(0, 3), min_size=2, max_size=3),
    columns=st.lists(st.integers(0, 3), min_size=2, max_size=3),
    locks=st.dictionaries(st.tuples(st.integers(0, 2), st.integers(0, 2)), st.integers(0, 3), max_size=5),
)
def test_a_grid_is_refused_only_where_there_is_no_such_table(
    rows: list[int], columns: list[int], locks: dict[tuple[int, int], int]
) -> None:
    total = sum(rows)
    assume(total and sum(columns))
    kept = {(i, j): steps for (i, j), steps in locks.items() if i < len(rows) and j < len(columns)}
    row_totals = {str(i): D(steps) for i, steps in enumerate(rows)}
    column_totals = divide(D(total), {str(j): D(steps) for j, steps in enumerate(columns)}, unit=D(1))

    def fits(cells: list[tuple[int, int]], row_left: list[int], column_left: list[int]) -> bool:
        if min([*row_left, *column_left]) < 0:
            return False
        if not cells:
            return not any([*row_left, *column_left])
        (i, j), *others = cells
        choices = [kept[i, j]] if (i, j) in kept else range(min(row_left[i], column_left[j]) + 1)
        for steps in choices:
            row_left[i] -= steps
            column_left[j] -= steps
            found = fits(others, row_left, column_left)
            row_left[i] += steps
            column_left[j] += steps
            if found:
                return True
        return False

    cells = [(i, j) for i in range(len(rows)) for j in range(len(columns))]
    possible = fits(cells, list(rows), [int(steps) for steps in column_totals.values()])
    try:
        divide_grid(
            D(total), rows=row_totals, columns=column_totals, unit=D(1), row_locks=row_totals,
            column_locks=column_totals, locks={(str(i), str(j)): D(steps) for (i, j), steps in kept.items()},
        )  # fmt: skip
    except LocksTooLarge:
        assert not possible
    else:
        assert possible


def test_a_lock_outside_of_the_grid_is_a_mistake_of_the_caller() -> None:
    for locks in ({"locks": {("a", "z"): D(1)}}, {"row_locks": {"z": D(1)}}, {"column_locks": {"z": D(1)}}):
        with pytest.raises(KeyError):
            divide_grid(D(1), rows={"a": D(1)}, columns={"x": D(1)}, unit=D(1), **locks)


def test_five_hundred_areas_by_twelve_months_take_a_moment() -> None:
    rows = {f"region:{n}": D(n % 97 + 1) for n in range(500)}
    columns = {f"2027-{n:02d}": D(80 + n) for n in range(1, 13)}
    own = {
        row: {column: D((n * 7 + m * 13) % 50) for m, column in enumerate(columns)}
        for n, row in enumerate(rows)
    }
    began = time.process_time()
    divide_grid(D(120_000_000), rows=rows, columns=columns, unit=CENT, own=own)
    assert time.process_time() - began < 1  # about 0.03; generous, for machines with other work


# What parts weigh.


@given(
    parts=st.dictionaries(
        keys,
        st.builds(
            Standing,
            did=st.none() | st.decimals(-1000, 10**9, places=2),
            stage=st.none() | st.sampled_from(Stage),
            growth=st.none() | st.decimals(-2, 5, places=3),
            maturity=st.none() | st.decimals(0, 1, places=2),
            penetration=st.none() | st.decimals(0, 1, places=2),
            year=st.none() | st.integers(1, 5),
        ),
        min_size=1,
        max_size=8,
    )
)
def test_a_weight_is_the_product_of_its_reasons_and_can_be_divided_by(parts: dict[str, Standing]) -> None:
    weighed = by_stage(parts)
    for one in weighed.values():
        product = D(1)
        for reason in one.reasons:
            product *= reason.factor
        assert one.weight == product >= 0
    weights = weights_of(weighed)
    if any(weights.values()):
        assert sum(one.share or 0 for one in weighed.values()) == pytest.approx(D(1))
        assert sum(divide(D(10**9), weights, unit=CENT).values()) == 10**9
        bright = sum(one.share or 0 for key, one in weighed.items() if parts[key].stage == Stage.STAR)
        assert not bright or bright >= D("0.4") - D("1e-20")


def test_a_star_carries_forty_percent_to_the_cent() -> None:
    weighed = by_stage(
        {
            "star": Standing(D(10), Stage.STAR), "old": Standing(D(70), Stage.MATURE),
            "fading": Standing(D(20), Stage.DECLINE),
        }
    )  # fmt: skip
    parts = divide(D(120_000_000), weights_of(weighed), unit=CENT)
    assert parts == {"star": D(48_000_000), "old": D(60_000_000), "fading": D(12_000_000)}
    assert [reason.cause for reason in weighed["star"].reasons] == [Cause.HISTORY, Cause.STAGE, Cause.MINIMUM]
    larger = by_stage({"star": Standing(D(90), Stage.STAR), "old": Standing(D(10), Stage.MATURE)})
    assert larger["star"].share == D("108") / D("118")


def test_a_new_region_steps_up_year_by_year() -> None:
    def share(year: int | None) -> Decimal:
        regions = {"a": Standing(D(100)), "b": Standing(D(300)), "c": Standing(D(200))}
        return by_stage({**regions, "new": Standing(None, year=year)})["new"].weight

    assert [share(year) for year in (1, 2, 3, 4, None)] == [60, 120, 170, 0, 0]
    # What it did already counts where it is more.
    assert by_stage({"a": Standing(D(100)), "new": Standing(D(90), year=1)})["new"].weight == 90
    # Where all are new, their steps alone weigh.
    young = by_stage({"first": Standing(None, year=1), "third": Standing(None, year=3)})
    assert [one.weight for one in young.values()] == [D("0.3"), D("0.85")]


@pytest.mark.parametrize(
    ("standing", "weight"),
    [
        (Standing(D(100), growth=D("0.2")), "120"),
        (Standing(D(100), growth=D(9)), "200"),
        (Standing(D(100), growth=D("-0.9")), "50"),
        (Standing(D(100), maturity=D("0.5")), "125"),
        (Standing(D(100), maturity=D(1)), "100"),
        (Standing(D(100), penetration=D("0.6")), "70"),
        (Standing(D(100), Stage.LAUNCH), "150"),
        (Standing(None), "0"),
        (Standing(D(-5)), "0"),
    ],
)
def test_growth_room_and_competitors_move_a_weight(standing: Standing, weight: str) -> None:
    assert by_stage({"a": standing, "b": Standing(D(100))})["a"].weight == D(weight)


def test_a_policy_can_be_set() -> None:
    policy = Policy(minimum_share=D("0.5"), steps=(D("0.1"),))
    weighed = by_stage(
        {"star": Standing(D(1), Stage.STAR), "b": Standing(D(9)), "c": Standing(None, year=1)}, policy
    )
    assert weighed["star"].share == D("0.5")


def test_what_has_no_history_weighs_nothing_and_says_so() -> None:
    weighed = from_history({"a": D(30), "b": None, "c": D(-5), "d": D(10)})
    assert weights_of(weighed) == {"a": 30, "b": 0, "c": 0, "d": 10}
    assert [one.reasons[0].cause for one in weighed.values()] == [
        Cause.HISTORY, Cause.NO_HISTORY, Cause.NEGATIVE, Cause.HISTORY,
    ]  # fmt: skip
    assert weighed["a"].share == D("0.75")
    assert from_history({"a": None})["a"].share is None
    assert weights_of(equal(["x", "y"])) == {"x": 1, "y": 1}
    quarters = [Period.parse(f"2028-Q{n}") for n in range(1, 5)]
    assert list(weights_of(by_days(quarters)).values()) == [91, 91, 92, 92]


# Whether parts and whole agree.


@pytest.mark.parametrize(
    ("whole", "parts", "difference", "agrees", "comparable"),
    [
        ("100", {"a": "60", "b": "40"}, "0", True, True),
        ("100", {"a": "60", "b": "40.01"}, "0.01", False, True),
        ("100", {"a": "60", "b": None}, "-40", True, False),
        ("100", {"a": "110", "b": None}, "10", False, False),
        ("-100", {"a": "-60", "b": None}, "40", True, False),
        ("100", {"a": None}, None, True, False),
        (None, {"a": "5"}, None, True, False),
        ("0", {"a": "5", "b": "-4"}, "1", False, True),
    ],
)
def test_parts_are_held_against_the_whole(
    whole: str | None, parts: Mapping[str, str | None], difference: str | None, agrees: bool, comparable: bool
) -> None:
    found = disagreement(
        D(whole) if whole else None, {key: D(text) if text else None for key, text in parts.items()}
    )
    assert found.difference == (D(difference) if difference else None)
    assert (found.agrees, found.comparable) == (agrees, comparable)
    assert found.missing == tuple(key for key, text in parts.items() if text is None)


def test_ratios_are_held_against_the_whole_by_volume() -> None:
    # 3 on 1,000 of cost and 5 on 3,000 promise 18,000 on 4,000.
    assert weighted({"a": (D(3), D(1000)), "b": (D(5), D(3000))}) == D("4.5")
    assert weighted({"a": (D(3), D(0))}) is None
    with pytest.raises(ValueError, match="volume"):
        weighted({"a": (D(3), D(-1))})


def test_every_refusal_is_one_kind_of_thing() -> None:
    assert {one.__base__ for one in (LocksTooLarge, UnitRefused, WeightsRefused)} == {DivisionRefused}
