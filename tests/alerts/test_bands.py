"""Bands: the stated false-alarm rate holds, only the past counts, and marked days alarm nobody."""

from __future__ import annotations

import math
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.bands import (
    Band,
    Bands,
    Direction,
    Mark,
    Side,
    Terms,
    TooLittle,
    breach,
    breaches,
    learn,
    outside,
    study,
)
from alerts.bands.tails import quantile
from alerts.bands.values import Floats
from common.periods import Grain, Period
from config.bench.false_alarms import RATES, false_alarms, z_alarms
from config.bench.series import DAYS, FAMILIES, FIRST, HISTORY, calendar, make

MONDAY = date(2024, 1, 1)
FROM = Period(Grain.DAY, MONDAY)
NOISY = 200
TERMS = Terms(20)  # needs the least history: 48 days
FESTIVAL = Mark("Spring Festival", MONDAY + timedelta(150), MONDAY + timedelta(157), "holiday", before=2)


def day(number: int) -> date:
    return MONDAY + timedelta(days=number)


def noise(seed: int = 0, days: int = NOISY, series: int = 1) -> Floats:
    draw = np.random.default_rng(seed)
    week = np.array([1.0, 1.1, 0.9, 1.0, 1.2, 1.6, 1.4])
    return np.asarray(500 * week[np.arange(days) % 7] * np.exp(0.1 * draw.standard_normal((series, days))))


def bands(values: Floats, *judged: int, marks: tuple[Mark, ...] = (), terms: Terms = TERMS) -> Bands:
    return learn(values, first=FROM, judged=[day(number) for number in judged], marks=marks, terms=terms)


# -- A figure against its band ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "side", "beyond", "off"),
    [
        (100.0, None, 0, 0),
        (80.0, None, 0, 0),  # the ends belong to the band
        (130.0, None, 0, 0),
        (79.5, Side.LOW, 0.5, -20.5),
        (131.0, Side.HIGH, 1.0, 31.0),
        (None, None, 0, 0),
        (math.nan, None, 0, 0),
    ],
)
def test_a_figure_breaches_outside_of_the_ends(
    value: float | None, side: Side | None, beyond: float, off: float
) -> None:
    found = breach(value, Band(MONDAY, 100.0, 80.0, 130.0))
    assert (found.side, found.beyond, found.off) == (side, beyond, off) if found else side is None


def test_a_marked_day_is_told_of_but_breaches_nothing() -> None:
    band = Band(MONDAY, 100.0, 80.0, 130.0, marks=(FESTIVAL,))
    assert breach(10.0, band) is None
    told = outside(10.0, band)
    assert told is not None
    assert told.side is Side.LOW


def test_without_a_band_nothing_breaches() -> None:
    assert breach(10.0, Band(MONDAY, math.nan, math.nan, math.nan, too_little=TooLittle(3, 48))) is None


@pytest.mark.parametrize(("one_in", "least"), [(4, 0.0), (1001, 0.0), (100, -1.0), (100, math.inf)])
def test_bob_cannot_choose_what_no_history_can_keep(one_in: int, least: float) -> None:
    with pytest.raises(ValueError, match=r"rate|least"):
        Terms(one_in, least=least)


# -- What is learnt ---------------------------------------------------------------------------------


def test_the_weekday_is_expected_and_a_halved_saturday_stands_out() -> None:
    band = bands(noise(), 193, 194).at(0, 1)  # a Friday and a Saturday
    assert band.start.weekday() == 5
    assert 700 < band.expected < 900
    found = breach(400, band)
    assert found is not None
    assert found.side is Side.LOW


def test_what_the_band_is_learnt_from_is_said_where_it_is_too_little() -> None:
    values = noise()
    values[0, 10:20] = np.nan
    found = bands(values, 0, 20, 57, 58)
    assert [found.at(0, place).too_little for place in range(4)] == [
        TooLittle(0, 48),
        TooLittle(10, 48),
        TooLittle(47, 48),
        None,
    ]
    assert found.at(0, 3).low < found.at(0, 3).expected < found.at(0, 3).high


def test_a_rarer_alarm_needs_more_history_and_a_wider_band() -> None:
    values = noise(days=NOISY * 2)
    twenty, hundred = (bands(values, 300, terms=Terms(rate)) for rate in (20, 100))
    assert (twenty.needed, hundred.needed) == (48, 128)
    assert hundred.low[0, 0] < twenty.low[0, 0] < twenty.high[0, 0] < hundred.high[0, 0]


@pytest.mark.parametrize(
    ("direction", "sides"), [(Direction.BOTH, [-1, 1]), (Direction.LOW, [-1, 0]), (Direction.HIGH, [0, 1])]
)
def test_a_direction_looks_at_one_side(direction: Direction, sides: list[int]) -> None:
    values = noise()
    values[0, 198], values[0, 199] = 10, 9000
    found = bands(values, 198, 199, terms=Terms(20, direction))
    assert breaches(values[:, 198:], found)[0].tolist() == sides
    assert (found.low <= found.expected).all()
    assert (found.expected <= found.high).all()


def test_what_is_nearer_than_the_least_size_is_within() -> None:
    band = bands(noise(), 199, terms=Terms(20, least=400)).at(0)
    assert breach(band.expected + 400, band) is None
    assert breach(band.expected + 401, band) is not None


def test_a_new_level_is_learnt_within_two_weeks() -> None:
    values = noise()
    values[0, 150:] *= 2
    alarms = breaches(values[:, 150:180], bands(values, *range(150, 180)))[0]
    assert (alarms[:5] == 1).all()  # Alice is told of it for some days,
    assert (alarms[14:] == 1).sum() <= 1  # and then not for ever


def test_an_outage_of_the_past_does_not_widen_the_band() -> None:
    usual, broken = noise(), noise()
    broken[0, 140:144] = 0
    width = [float((found.high - found.low)[0, 0]) for found in (bands(usual, 199), bands(broken, 199))]
    assert width[1] < 1.5 * width[0]


def test_one_wild_figure_hardly_moves_the_band() -> None:
    wild = noise()
    wild[0, 150] *= 1000
    usual, after = bands(noise(), 199).at(0), bands(wild, 199).at(0)
    assert abs(after.expected - usual.expected) < 0.1 * usual.expected
    assert after.high - after.low < 1.5 * (usual.high - usual.low)


@pytest.mark.parametrize("value", [0.0, 7.0, -3.0])
def test_a_figure_that_never_moves_stands_out_when_it_does(value: float) -> None:
    values = np.full((1, NOISY), value)
    band = bands(values, 199).at(0)
    assert breach(value, band) is None
    assert breach(value + 1, band) is not None


def test_last_december_is_expected_this_december() -> None:
    """Sales double within a month, each year at the same time: the second time that is no news."""
    days = np.arange(900)
    season = 1 + np.clip((days % 364 - 250) / 30, 0, 1) * (days % 364 < 340)
    values = noise(days=900) * season
    rise = range(728 + 250 - 364, 728 + 280 - 364)
    assert (
        breaches(values[:, rise.start : rise.stop], bands(values, *rise, terms=Terms(100))) != 0
    ).sum() <= 2


def test_months_and_weeks_have_bands_too() -> None:
    for grain, count in ((Grain.WEEK, 60), (Grain.MONTH, 40)):
        first = Period(grain, MONDAY)
        values = 1000 * np.exp(0.1 * np.random.default_rng(2).standard_normal((1, count)))
        band = learn(values, first=first, judged=[first.next(count).start], terms=TERMS).at(0)
        assert 700 < band.low < 1000 < band.high < 1500, grain


def test_a_week_is_marked_by_two_of_its_days_and_not_by_one() -> None:
    first = Period(Grain.WEEK, MONDAY)
    marks = [Mark("one", day(0), day(0)), Mark("two", day(8), day(9))]
    found = learn(np.ones((1, 3)), first=first, judged=[day(0), day(7), day(14)], marks=marks)
    assert [[mark.name for mark in each] for each in found.marks] == [[], ["two"], []]


@pytest.mark.parametrize(
    ("first", "judged", "history"),
    [
        (Period(Grain.QUARTER, MONDAY), MONDAY, np.ones((1, 3))),
        (FROM, day(-1), np.ones((1, 3))),
        (Period(Grain.WEEK, MONDAY), day(1), np.ones((1, 3))),
        (FROM, MONDAY, np.array([[1.0, np.inf]])),
    ],
)
def test_what_makes_no_sense_is_refused(first: Period, judged: date, history: Floats) -> None:
    with pytest.raises(ValueError, match=r".+"):
        learn(history, first=first, judged=[judged])


# -- Properties -------------------------------------------------------------------------------------

histories = st.builds(
    lambda seed, holes, zeros, negative: _history(seed, holes, zeros, negative),
    st.integers(0, 10_000),
    st.floats(0, 0.3),
    st.sampled_from([0.0, 0.0, 0.3]),
    st.booleans(),
)


def _history(seed: int, holes: float, zeros: float, negative: bool) -> Floats:
    draw, values = np.random.default_rng(seed), noise(seed, 130, 3)
    values[draw.random(values.shape) < zeros] = 0
    values[draw.random(values.shape) < holes] = np.nan
    return values - 500 if negative else values


@settings(max_examples=8, deadline=None)
@given(histories, st.integers(60, 129), st.sampled_from([0.0, 1e6, -50.0, math.nan]))
def test_only_the_past_counts(values: Floats, judged: int, later: float) -> None:
    changed = values.copy()
    changed[:, judged:] = later
    for one, other in ((values, changed), (values, values[:, :judged])):
        before, after = bands(one, judged), bands(other, judged)
        np.testing.assert_array_equal(before.expected, after.expected)
        np.testing.assert_array_equal(before.low, after.low)
        np.testing.assert_array_equal(before.high, after.high)
        np.testing.assert_array_equal(before.known, after.known)


@settings(max_examples=8, deadline=None)
@given(histories, st.sampled_from([2.0**-20, 0.25, 4.0, 2.0**30]))
def test_another_currency_gives_the_same_bands_in_it(values: Floats, factor: float) -> None:
    one, other = bands(values, 100, 129), bands(values * factor, 100, 129)
    for mine, theirs in ((one.expected, other.expected), (one.low, other.low), (one.high, other.high)):
        np.testing.assert_allclose(mine * factor, theirs, rtol=1e-6, atol=1e-6 * factor)


@settings(max_examples=6, deadline=None)
@given(st.integers(0, 10_000))
def test_where_figures_go_below_zero_an_added_amount_only_moves_the_bands(seed: int) -> None:
    values = np.random.default_rng(seed).standard_normal((2, 130)) * 10
    one, other = bands(values - 100, 129), bands(values - 1124, 129)
    np.testing.assert_allclose(one.low - 1024, other.low, atol=1e-6)
    np.testing.assert_allclose(one.high - 1024, other.high, atol=1e-6)


@settings(max_examples=8, deadline=None)
@given(histories)
def test_the_expected_value_lies_between_the_ends(values: Floats) -> None:
    found = bands(values, *range(0, 130, 13))
    told = np.isfinite(found.expected)
    assert (found.low[told] <= found.expected[told]).all()
    assert (found.expected[told] <= found.high[told]).all()
    assert (told == (found.known >= found.needed)).all()


@settings(max_examples=6, deadline=None)
@given(histories)
def test_company_and_number_of_judged_days_change_nothing(values: Floats) -> None:
    together = bands(values, *range(90, 130))
    for series in range(3):
        alone = bands(values[series : series + 1], 110)
        np.testing.assert_allclose(alone.low[0, 0], together.low[series, 20], rtol=1e-12)
        np.testing.assert_allclose(alone.high[0, 0], together.high[series, 20], rtol=1e-12)


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from([0.0, 0.01, 100.0, math.nan]))
def test_marked_days_alarm_nobody_and_teach_nothing(seed: int, factor: float) -> None:
    values = noise(seed)
    stormy = values.copy()
    stormy[:, 148:158] *= factor
    usual, found = (bands(one, *range(140, 170), marks=(FESTIVAL,)) for one in (values, stormy))
    assert [bool(marks) for marks in found.marks] == [148 <= number < 158 for number in range(140, 170)]
    assert not breaches(stormy[:, 140:170], found)[:, 8:18].any()
    np.testing.assert_array_equal(usual.low, found.low)


# -- The promise ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def alarms() -> dict[str, dict[int, float]]:
    """Measured false alarms over the chosen rate, by family; all families go through in one matrix."""
    count, every = 130, 8
    made = {name: make(name, 8, count) for name in FAMILIES}
    places = list(range(HISTORY, DAYS, every))
    values = np.vstack([one.values for one in made.values()])
    studied = study(values, first=Period(Grain.DAY, FIRST), marks=calendar())
    found: dict[str, dict[int, float]] = {name: {} for name in FAMILIES}
    judged = [FIRST + timedelta(days=place) for place in places]
    for one_in, told in zip(RATES, studied.on_terms(judged, [Terms(rate) for rate in RATES]), strict=True):
        outside_of_it = breaches(values[:, places], told) != 0
        for number, (name, one) in enumerate(made.items()):
            rows = slice(number * count, (number + 1) * count)
            counted = one.ordinary[:, places] & ~told.marked & np.isfinite(told.expected[rows])
            assert counted.sum() > 3000
            found[name][one_in] = float(outside_of_it[rows][counted].mean()) * one_in
    return found


@pytest.mark.parametrize("one_in", RATES)
@pytest.mark.parametrize("name", FAMILIES)
def test_of_normal_days_the_chosen_share_alarms(
    alarms: dict[str, dict[int, float]], name: str, one_in: int
) -> None:
    """Within half of the chosen rate: of some 4,000 days, so that chance alone moves one in 200 by a fifth."""
    assert 0.5 < alarms[name][one_in] < 1.5


@pytest.mark.parametrize("one_in", RATES)
def test_over_all_families_the_rate_is_kept_closely(alarms: dict[str, dict[int, float]], one_in: int) -> None:
    assert 0.85 < float(np.mean([rates[one_in] for rates in alarms.values()])) < 1.15


def test_three_standard_deviations_do_not_keep_one_rate() -> None:
    """What the bands are for: the same rule is far too loud on one series and too quiet on another."""
    rates = []
    for name in ("weekday", "wandering level"):
        made = make(name, 7, 60)
        alarms = z_alarms(made.values, range(HISTORY, DAYS, 11), np.ones(DAYS, dtype=np.bool_))
        rates.append(float(alarms.mean()))
    assert rates[0] * 100 < 0.8
    assert rates[1] * 100 > 1.5


@pytest.mark.parametrize("direction", [Direction.LOW, Direction.HIGH])
def test_one_direction_keeps_the_rate_too(direction: Direction) -> None:
    made = make("heavy tails (t, 3 degrees)", 8, 150)
    places = list(range(HISTORY, DAYS, 11))
    judged = [FIRST + timedelta(days=place) for place in places]
    found = study(made.values, first=Period(Grain.DAY, FIRST)).bands(judged, Terms(50, direction))
    assert 0.5 < (breaches(made.values[:, places], found) != 0).mean() * 50 < 1.5


def test_weeks_keep_the_rate() -> None:
    values = 1000 * np.exp(0.1 * np.random.default_rng(9).standard_normal((500, 160)))
    _, rates = false_alarms(
        values, np.isfinite(values), Period(Grain.WEEK, MONDAY), [], list(range(115, 160, 3))
    )
    assert 0.5 < rates[50] * 50 < 1.5
    assert 0.5 < rates[100] * 100 < 1.5


@pytest.mark.parametrize(("count", "rate"), [(50, 1 / 50), (100, 1 / 100), (200, 1 / 200), (600, 1 / 200)])
def test_a_tail_is_told_from_few(count: int, rate: float) -> None:
    """Where the largest of so few would be the whole promise; for light and for heavy tails."""
    draw = np.random.default_rng(3)
    for sizes in (draw.standard_normal((4000, count + 100)), draw.standard_t(3, (4000, count + 100))):
        far = quantile(np.abs(sizes[:, :count]), rate)
        assert 0.5 < (np.abs(sizes[:, count:]) > far[:, None]).mean() / rate < 1.5
