from __future__ import annotations

from datetime import date
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpis.forecasting import TooLittle
from kpis.suggesting import Suggestion, suggest_year
from tests.kpis.series import SHOP_WEEK, calendar, made, with_order

BEGIN, END = date(2022, 1, 1), date(2025, 12, 31)
YEAR = date(2026, 1, 1), date(2026, 12, 31)
EVENTS = calendar(2022, 2023, 2024, 2025, 2026)


def history(seed: int = 0, growth: float = 0.12, last: date = END) -> pd.Series[float]:
    return made(
        BEGIN, last, growth=growth, week=SHOP_WEEK, season=0.3, noise=0.2, events=EVENTS,
        factors={"spring-festival": 0.4, "double-11": 2.0}, seed=seed,
    )  # fmt: skip


def suggested(amounts: pd.Series[float], **more: object) -> Suggestion:
    answer = suggest_year(amounts, *YEAR, events=EVENTS, **more)  # type: ignore[arg-type]
    assert isinstance(answer, Suggestion), answer
    return answer


def test_a_director_gets_growth_season_and_a_range() -> None:
    answer = suggested(history())
    assert [(year.first_day.year, year.complete) for year in answer.years] == [
        (2022, True), (2023, True), (2024, True), (2025, True),
    ]  # fmt: skip
    assert answer.years[0].growth is None
    assert answer.growth == pytest.approx(0.12, abs=0.03)
    assert answer.best is not None
    assert answer.best.growth == max(year.growth for year in answer.years if year.growth is not None)
    last = answer.years[-1].usual
    assert last < answer.forecast.mean < 1.2 * last
    assert answer.forecast.low < answer.forecast.mean < answer.forecast.high
    assert answer.known == 0
    assert [month.first_day for month in answer.months] == [date(2026, month, 1) for month in range(1, 13)]
    assert sum(month.share for month in answer.months) == pytest.approx(1)
    by_month = {month.first_day.month: month.share for month in answer.months}
    assert by_month[4] > by_month[8]
    assert by_month[11] > by_month[10]  # 11.11


def test_three_proposals_get_harder_and_say_what_they_assume() -> None:
    answer = suggested(history())
    steady, ambitious, stretch = answer.proposals
    assert (steady.kind, ambitious.kind, stretch.kind) == ("steady", "ambitious", "stretch")
    assert steady.total < ambitious.total < stretch.total
    assert (steady.chance, ambitious.chance, stretch.chance) == pytest.approx((0.5, 0.25, 0.1), abs=0.02)
    assert steady.assumes == "growth_goes_on"
    assert stretch.assumes == "better_than_ever"
    assert steady.growth == pytest.approx(float(steady.total) / answer.years[-1].usual - 1)
    assert steady.total == Decimal(f"{float(steady.total):.3e}")


def test_what_should_be_low_is_proposed_downwards() -> None:
    steady, ambitious, stretch = suggested(history(growth=-0.05), direction="lower").proposals
    assert steady.total > ambitious.total > stretch.total
    assert (steady.chance, ambitious.chance, stretch.chance) == pytest.approx((0.5, 0.25, 0.1), abs=0.02)
    assert stretch.assumes == "better_than_ever"


def test_a_one_off_order_is_marked_and_set_aside() -> None:
    plain, ordered = history(), with_order(history(), date(2025, 8, 6), 60)
    one, other = suggested(plain), suggested(ordered)
    assert date(2025, 8, 6) in [found.first_day for found in other.outliers]
    assert other.years[-1].total > 1.05 * one.years[-1].total
    assert other.years[-1].usual == pytest.approx(one.years[-1].usual, rel=0.01)
    assert other.forecast.mean == pytest.approx(one.forecast.mean, rel=0.02)
    assert other.growth == pytest.approx(one.growth, abs=0.01)


def test_parts_add_up_to_the_whole_with_what_nobody_split() -> None:
    panels, boards, other = history(1, growth=0.3), 4 * history(2, growth=0.0), 0.5 * history(3)
    answer = suggested(panels + boards + other, parts={"panels": panels, "boards": boards})
    assert [part.code for part in answer.parts] == ["boards", "panels", None]
    assert sum(part.expected for part in answer.parts) == pytest.approx(answer.forecast.mean)
    assert sum(part.share for part in answer.parts) == pytest.approx(1)
    assert sum(part.last for part in answer.parts) == pytest.approx(answer.years[-1].usual)
    growth = answer.forecast.mean / answer.years[-1].usual - 1
    assert sum(part.contribution or 0 for part in answer.parts) == pytest.approx(growth)
    boards_part, panels_part, _rest = answer.parts
    assert panels_part.growth is not None
    assert boards_part.growth is not None
    assert panels_part.growth > boards_part.growth + 0.1
    new = made(date(2025, 12, 1), END)
    young = suggested(panels + boards + other, parts={"panels": panels, "new": new})
    assert "new" in [part.code for part in young.parts]
    assert sum(part.expected for part in young.parts) == pytest.approx(young.forecast.mean)


def test_a_year_begun_counts_what_it_has_brought() -> None:
    longer = history(last=date(2026, 5, 31))
    answer = suggested(longer)
    assert answer.known == pytest.approx(longer.loc["2026-01-01":].sum())
    assert answer.forecast.low > answer.known
    assert sum(month.mean for month in answer.months) == pytest.approx(answer.forecast.mean)
    assert answer.forecast.high - answer.forecast.low < (
        lambda whole: whole.forecast.high - whole.forecast.low
    )(suggested(history()))
    ahead = suggested(history(last=date(2025, 10, 31)))
    assert not ahead.years[-1].complete
    assert ahead.years[-1].usual == pytest.approx(history().loc["2025-01-01":].sum(), rel=0.05)
    with pytest.raises(ValueError, match="over"):
        suggest_year(history(last=date(2026, 12, 31)), *YEAR)


def test_a_year_may_begin_in_april() -> None:
    answer = suggest_year(history(last=date(2026, 3, 31)), date(2026, 4, 1), date(2027, 3, 31), events=EVENTS)
    assert isinstance(answer, Suggestion)
    assert [year.first_day for year in answer.years] == [
        date(year, 4, 1) for year in (2022, 2023, 2024, 2025)
    ]
    assert answer.months[0].first_day == date(2026, 4, 1)
    assert len(answer.months) == 12


def test_earlier_years_show_how_far_off_it_would_have_been() -> None:
    answer = suggested(history())
    assert [trial.first_day.year for trial in answer.trials] == [2023, 2024, 2025]
    assert [trial.origin for trial in answer.trials] == [
        date(2022, 12, 31), date(2023, 12, 31), date(2024, 12, 31),
    ]  # fmt: skip
    last = answer.trials[-1]
    assert last.actual == pytest.approx(answer.years[-1].total)
    assert last.naive == pytest.approx(answer.years[-2].total)
    assert abs(last.mean / last.actual - 1) < 0.1


@pytest.mark.parametrize(
    ("first", "reason", "known"), [(date(2024, 6, 1), "short", 579), (date(2025, 12, 1), "short", 28)]
)
def test_under_two_years_it_says_what_it_would_need(first: date, reason: str, known: int) -> None:
    assert suggest_year(made(first, END), *YEAR) == TooLittle(reason, 730, known)  # type: ignore[arg-type]
    assert suggest_year(made(BEGIN, END)[:0], *YEAR) == TooLittle("empty", 730, 0)


@given(times=st.sampled_from([0.01, 1.0, 1e6]), seed=st.integers(0, 50), swing=st.floats(0, 1))
@settings(max_examples=8, deadline=None)
def test_whatever_came_proposals_keep_their_order(times: float, seed: int, swing: float) -> None:
    noise = np.random.default_rng(seed)
    amounts = np.maximum(0, 1000 + 1000 * swing * noise.standard_normal(1096)) * times
    answer = suggest_year(pd.Series(amounts, index=pd.date_range("2023-01-01", periods=1096)), *YEAR)
    assert isinstance(answer, Suggestion)
    totals = [one.total for one in answer.proposals]
    assert totals == sorted(totals)
    assert sum(month.mean for month in answer.months) == pytest.approx(answer.forecast.mean)


def test_years_without_anything_suggest_nothing_more() -> None:
    answer = suggest_year(made(BEGIN, END, level=0), *YEAR)
    assert isinstance(answer, Suggestion)
    assert answer.growth is None
    assert [one.total for one in answer.proposals] == [0, 0, 0]
    assert {one.assumes for one in answer.proposals} == {"unknown"}
