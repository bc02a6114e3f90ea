from __future__ import annotations

import time
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpis.forecasting import (
    EventDays,
    Forecast,
    TooLittle,
    accuracy,
    back_test,
    fit,
    forecast_total,
    last_months,
    outliers,
)
from tests.kpis.series import (
    SHOP_WEEK,
    calendar,
    days_from,
    days_of,
    made,
    shipped,
    spread_over_weeks,
    with_order,
)

BEGIN, END = date(2023, 1, 1), date(2025, 12, 31)
JANUARY = days_from(date(2026, 1, 1), date(2026, 1, 31))
some = settings(max_examples=15, deadline=None)


def told(
    history: pd.Series[float], days: list[date] = JANUARY, events: list[EventDays] | None = None
) -> Forecast:
    answer = forecast_total(history, days, events or [])
    assert isinstance(answer, Forecast), answer
    return answer


# What goes in


@given(times=st.floats(1e-3, 1e9), seed=st.integers(0, 5))
@some
def test_amounts_in_another_currency_are_forecast_alike(times: float, seed: int) -> None:
    history = made(BEGIN, END, growth=0.1, week=SHOP_WEEK, season=0.2, noise=0.3, seed=seed)
    one, other = told(history), told(history * times)
    assert other.mean == pytest.approx(one.mean * times, rel=1e-4)
    assert other.percentiles == pytest.approx([value * times for value in one.percentiles], rel=1e-3)


@given(seed=st.integers(0, 1000))
@some
def test_the_order_of_rows_does_not_matter_and_twice_is_once(seed: int) -> None:
    history = made(date(2025, 1, 1), END, week=SHOP_WEEK, noise=0.3, seed=seed)
    shuffled = history.sample(frac=1, random_state=seed)
    assert told(history) == told(shuffled) == told(history)


@given(
    amounts=st.lists(
        st.one_of(st.none(), st.floats(0, 1e12), st.just(0.0), st.integers(0, 3).map(float)),
        min_size=60,
        max_size=400,
    ),
    wait=st.integers(0, 100),
    length=st.integers(1, 366),
)
@settings(max_examples=40, deadline=None)
def test_any_history_gives_a_forecast_in_order_or_says_what_it_lacks(
    amounts: list[float | None], wait: int, length: int
) -> None:
    index = pd.date_range("2025-01-01", periods=len(amounts))
    history = pd.Series([np.nan if one is None else one for one in amounts], index=index)
    first = date(2025, 1, 1) + timedelta(days=len(amounts) + wait)
    answer = forecast_total(
        history, days_from(first, first + timedelta(days=length - 1)), calendar(2025, 2026)
    )
    if isinstance(answer, TooLittle):
        assert answer.known < answer.needed
        return
    assert np.isfinite([answer.mean, *answer.percentiles]).all()
    assert 0 <= answer.low <= answer.mean * (1 + 1e-9)
    assert answer.mean <= answer.high * (1 + 1e-9)
    assert list(answer.percentiles) == sorted(answer.percentiles)
    assert sum(day.mean for day in answer.days) == pytest.approx(answer.mean)
    last = answer.days[-1]
    assert (last.total_mean, last.total_low, last.total_high) == pytest.approx(
        (answer.mean, answer.low, answer.high)
    )


@pytest.mark.parametrize(
    ("amounts", "answer"),
    [
        ([], TooLittle("empty", 56, 0)),
        ([np.nan] * 400, TooLittle("empty", 56, 0)),
        ([5.0] * 3, TooLittle("short", 56, 3)),
        ([5.0] * 55, TooLittle("short", 56, 49)),
        ([7.0, *[np.nan] * 200, 9.0, *[np.nan] * 200, 8.0], TooLittle("short", 56, 14)),
    ],
)
def test_too_little_is_said_with_what_it_takes(amounts: list[float], answer: TooLittle) -> None:
    history = pd.Series(amounts, index=pd.date_range("2025-01-01", periods=len(amounts)), dtype=float)
    first = date(2027, 1, 1)
    assert forecast_total(history, [first]) == answer
    assert outliers(history) == []


def test_what_never_moved_is_sure() -> None:
    quiet = told(made(BEGIN, END, level=50))
    assert (quiet.mean, quiet.low, quiet.high) == pytest.approx((1550, 1550, 1550), rel=0.03)
    nothing = told(made(BEGIN, END, level=0))
    assert (nothing.mean, nothing.low, nothing.high) == (0, 0, 0)
    assert (nothing.chance(0), nothing.chance(1), nothing.chance(1, "lower")) == (1, 0, 1)


def test_what_cannot_be_a_history_is_refused() -> None:
    history = made(BEGIN, END)
    with pytest.raises(ValueError, match="known already"):
        forecast_total(history, [END])
    with pytest.raises(ValueError, match="follow each other"):
        forecast_total(history, [JANUARY[0], JANUARY[2]])
    with pytest.raises(ValueError, match="twice"):
        forecast_total(pd.concat([history, history[-1:]]), JANUARY)
    with pytest.raises(ValueError, match="finite"):
        forecast_total(history.replace(history.iloc[5], np.inf), JANUARY)


def test_amounts_may_be_decimals_by_plain_dates() -> None:
    days = days_from(date(2025, 9, 1), END)
    amounts: list[Decimal | None] = [Decimal(10)] * len(days)
    amounts[50:60] = [None] * 10
    history: pd.Series[float] = pd.Series(amounts, index=days, dtype=object)
    assert told(history).mean == pytest.approx(310)


# What it knows


def test_weekends_are_told_from_weekdays() -> None:
    by_day = {day.day: day.mean for day in told(made(BEGIN, END, week=SHOP_WEEK, noise=0.1)).days}
    assert by_day[date(2026, 1, 3)] / by_day[date(2026, 1, 5)] == pytest.approx(1.25 / 0.8, rel=0.05)


def test_a_shop_shut_on_sundays_is_not_expected_to_sell_on_them() -> None:
    open_days = made(BEGIN, END, noise=0.1)
    open_days = open_days[days_of(open_days).day_of_week != 6]
    january = told(open_days)
    assert january.mean == pytest.approx(27 * 1000, rel=0.03)
    assert january.days[3].mean < 20


def test_a_gap_of_weeks_is_not_a_time_without_sales() -> None:
    history = made(BEGIN, END, noise=0.1)
    holed = history.where((history.index < "2025-09-01") | (history.index > "2025-10-15"))
    assert told(holed).mean == pytest.approx(31_000, rel=0.03)


def test_a_season_is_learnt_where_years_agree_and_not_from_noise() -> None:
    year = days_from(date(2026, 1, 1), date(2026, 12, 31))
    seasonal = told(made(BEGIN, END, season=0.4, noise=0.2), year)
    months = pd.Series({pd.Timestamp(day.day): day.mean for day in seasonal.days}).resample("MS").sum()
    assert pd.Timestamp(str(months.idxmax())).month in {3, 4}
    assert months.max() / months.min() == pytest.approx(1.4 / 0.6, rel=0.15)
    noisy = told(made(BEGIN, END, noise=0.8, seed=3), year)
    flat = pd.Series({pd.Timestamp(day.day): day.mean for day in noisy.days}).resample("MS").mean()
    assert flat.max() / flat.min() < 1.15


def test_growth_goes_on_but_fades() -> None:
    year = days_from(date(2026, 1, 1), date(2026, 12, 31))
    history = made(BEGIN, END, growth=0.3, noise=0.1)
    last = history.loc["2025-01-01":].sum()
    assert 1.15 < told(history, year).mean / last < 1.3


def test_the_spring_festival_is_expected_on_its_new_days() -> None:
    events = calendar(2022, 2023, 2024, 2025, 2026)
    history = made(
        date(2022, 1, 1),
        END,
        noise=0.1,
        events=events,
        factors={"spring-festival": 0.2, "double-11": 2.5},
    )
    days = days_from(date(2026, 1, 1), date(2026, 3, 10))
    by_day = {day.day: day.mean for day in told(history, days, events).days}
    festival = days_from(
        date(2026, 2, 16), date(2026, 2, 23)
    )  # it was 28 January to 4 February the year before
    assert 120 < min(by_day[day] for day in festival) < max(by_day[day] for day in festival) < 300
    assert min(by_day[day] for day in days if day not in festival) > 800
    december = told(history["2022":"2025-10-31"], days_from(date(2025, 11, 1), date(2025, 11, 30)), events)
    assert december.mean == pytest.approx(11 * 2500 + 19 * 1000, rel=0.06)


def test_sources_of_weeks_and_months_are_read_in_their_own_pieces() -> None:
    daily = made(date(2023, 1, 2), date(2025, 12, 28), week=SHOP_WEEK, noise=0.3, growth=0.1)
    weekly = spread_over_weeks(daily)
    assert fit(weekly).history.coarse  # type: ignore[union-attr]
    one, other = told(daily), told(weekly)
    assert one.mean == pytest.approx(other.mean, rel=0.05)
    months = daily.groupby(days_of(daily).to_period("M")).transform("mean")
    monthly = fit(months["2023-02":"2025-11"])
    assert not isinstance(monthly, TooLittle)
    assert len(monthly.blocks) == 34
    assert monthly.total(JANUARY).mean == pytest.approx(one.mean, rel=0.05)


def test_profits_may_be_losses() -> None:
    noise = np.random.default_rng(1).standard_normal(1096)
    profit = pd.Series(20 + 100 * noise, index=pd.date_range(BEGIN, END))
    january = told(profit)
    assert january.low < 0 < january.high
    assert january.low < january.mean < january.high
    losses = told(-made(BEGIN, END, noise=0.1))
    assert losses.mean == pytest.approx(-31_000, rel=0.05)
    assert losses.low < losses.mean < losses.high


# One-offs


@given(day=st.integers(0, 1095), seed=st.integers(0, 20))
@some
def test_a_one_off_order_does_not_move_the_forecast(day: int, seed: int) -> None:
    events = calendar(2023, 2024, 2025, 2026)
    history = made(
        BEGIN, END, week=SHOP_WEEK, season=0.2, noise=0.2, events=events, factors={"618": 1.5}, seed=seed
    )
    when = BEGIN + timedelta(days=day)
    ordered = with_order(history, when, 20)
    found = outliers(ordered, events)
    assert when in [one.first_day for one in found]
    assert told(ordered, JANUARY, events).mean == pytest.approx(told(history, JANUARY, events).mean, rel=0.04)


def test_an_outlier_says_what_came_and_what_was_expected() -> None:
    history = with_order(made(BEGIN, END, noise=0.03), date(2025, 3, 5), 20)
    (found,) = outliers(history)
    assert (found.first_day, found.last_day) == (date(2025, 3, 5), date(2025, 3, 5))
    assert found.amount == history["2025-03-05"]
    assert found.expected == pytest.approx(1000, rel=0.1)
    weekly = spread_over_weeks(made(BEGIN, END, noise=0.03))
    weekly["2025-03-03":"2025-03-09"] *= 5
    (found,) = outliers(weekly)
    assert (found.first_day, found.last_day) == (date(2025, 3, 3), date(2025, 3, 9))
    assert found.amount == pytest.approx(35_000, rel=0.2)


def test_big_orders_that_come_every_month_are_business() -> None:
    history = made(BEGIN, END, noise=0.03)
    history[days_of(history).day == 28] *= 15
    assert outliers(history) == []
    assert told(history).mean == pytest.approx(30_000 + 15_000, rel=0.08)


def test_a_new_level_is_not_a_row_of_outliers() -> None:
    history = made(BEGIN, END, noise=0.03)
    history["2025-08-01":] *= 2
    assert outliers(history) == []
    assert told(history).mean == pytest.approx(62_000, rel=0.1)


# What comes out


def test_the_chance_falls_as_the_target_rises() -> None:
    january = told(made(BEGIN, END, noise=0.4))
    assert january.chance(january.low) == pytest.approx(0.9)
    assert january.chance(january.high) == pytest.approx(0.1)
    assert january.chance(january.high, "lower") == pytest.approx(0.9)
    targets = np.linspace(0, 2 * january.mean, 200)
    chances = [january.chance(target) for target in targets]
    assert chances == sorted(chances, reverse=True)
    assert (chances[0], chances[-1]) == pytest.approx((0.99, 0.01))
    for target in targets:
        assert january.chance(target) + january.chance(target, "lower") == pytest.approx(1)


def test_days_that_are_over_shift_the_whole_forecast() -> None:
    rest = told(made(BEGIN, END, noise=0.4))
    month = rest.plus(5000.0)
    assert (month.mean, month.low, month.high) == (rest.mean + 5000, rest.low + 5000, rest.high + 5000)
    assert month.chance(5000 + rest.high) == pytest.approx(rest.chance(rest.high))
    assert month.days[0].mean == rest.days[0].mean
    assert month.days[0].total_mean == pytest.approx(rest.days[0].mean + 5000)


def test_the_farther_ahead_the_wider() -> None:
    fitted = fit(made(BEGIN, END, growth=0.1, noise=0.3))
    assert not isinstance(fitted, TooLittle)

    def width(first: date, last: date) -> float:
        answer = fitted.total(days_from(first, last))
        return (answer.high - answer.low) / answer.mean

    assert width(date(2026, 1, 1), date(2026, 1, 1)) > width(date(2026, 1, 1), date(2026, 1, 31))
    assert width(date(2026, 1, 1), date(2026, 1, 31)) < width(date(2027, 1, 1), date(2027, 1, 31))


# How good it is


def test_a_trial_never_looks_ahead() -> None:
    history = made(BEGIN, END, season=0.2, noise=0.3)
    spans = last_months(date(2025, 9, 30), 3)
    assert spans == [
        (date(2025, 7, 1), date(2025, 7, 31)),
        (date(2025, 8, 1), date(2025, 8, 31)),
        (date(2025, 9, 1), date(2025, 9, 30)),
    ]
    otherwise = history.copy()
    otherwise["2025-09-01":] *= 7
    one, other = back_test(history, spans), back_test(otherwise, spans)
    assert one[:2] == other[:2]
    assert replace(one[2], actual=0) == replace(other[2], actual=0)
    assert other[2].actual == pytest.approx(7 * one[2].actual)
    # A week that was not over by then had not been published.
    weekly = spread_over_weeks(history)
    (trial,) = back_test(weekly, [(date(2025, 8, 1), date(2025, 8, 31))])
    wednesday = weekly.copy()
    wednesday["2025-07-28":"2025-07-31"] = 9e9
    wednesday["2025-08-01":"2025-08-03"] = 9e9
    (again,) = back_test(wednesday, [(date(2025, 8, 1), date(2025, 8, 31))])
    assert again.mean == trial.mean


def test_a_trial_that_cannot_be_made_is_left_out() -> None:
    history = made(date(2025, 1, 1), END)
    spans = [
        (date(2024, 1, 1), date(2024, 1, 31)),  # before it
        (date(2025, 1, 1), date(2025, 1, 31)),  # nothing before
        (date(2025, 2, 1), date(2025, 2, 28)),  # too little before
        (date(2025, 12, 1), date(2026, 1, 31)),  # not over
        (date(2025, 12, 1), date(2025, 12, 31)),
    ]
    (trial,) = back_test(history, spans)
    assert (trial.origin, trial.naive, trial.held) == (date(2025, 11, 30), None, True)
    assert accuracy([trial]).error_naive is None
    assert accuracy([]).held is None


def test_last_months_end_where_the_days_do() -> None:
    assert last_months(date(2025, 2, 28), 1) == [(date(2025, 2, 1), date(2025, 2, 28))]
    assert last_months(date(2025, 2, 27), 1) == [(date(2025, 1, 1), date(2025, 1, 31))]
    assert last_months(date(2025, 1, 15), 1, months=3) == [(date(2024, 10, 1), date(2024, 12, 31))]


def test_on_the_shipped_data_eight_of_ten_intervals_hold_and_last_year_is_beaten() -> None:
    trials = []
    for history in shipped().values():
        trials += back_test(history, last_months(history.index[-1].date(), 12))
    found = accuracy(trials)
    assert (found.trials, found.compared) == (240, 240)
    assert found.held is not None
    assert 0.7 <= found.held <= 0.9
    assert found.error_compared is not None
    assert found.error_naive is not None
    assert found.error_compared < 0.85 * found.error_naive


def test_intervals_hold_on_growing_seasonal_eventful_days() -> None:
    events = calendar(2022, 2023, 2024, 2025)
    trials = []
    for seed in range(8):
        history = made(
            date(2022, 1, 1), END, growth=0.15, week=SHOP_WEEK, season=0.25, noise=0.35, events=events,
            factors={"spring-festival": 0.5, "618": 1.4, "double-11": 1.8}, seed=seed,
        )  # fmt: skip
        trials += back_test(history, last_months(END, 12)[seed % 2 :: 2], events)
    found = accuracy(trials)
    assert found.held is not None
    assert 0.65 <= found.held <= 0.95
    assert found.error is not None
    assert found.error_naive is not None
    assert found.error < 0.6 * found.error_naive


def test_a_hundred_forecasts_of_three_years_take_little() -> None:
    events = calendar(2023, 2024, 2025, 2026)
    histories = [made(BEGIN, END, week=SHOP_WEEK, season=0.2, noise=0.3, seed=seed) for seed in range(5)]
    told(histories[0])  # what is imported once
    began = time.process_time()
    for turn in range(100):
        told(histories[turn % 5], JANUARY, events)
    assert time.process_time() - began < 12  # a thousand in 60 s on two cores
