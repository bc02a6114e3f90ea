"""What the demo's customers answered tells the same story as its figures."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd
import pytest

from dashboards.demo import answers, orders, story
from dashboards.demo.world import FALLING_DAYS, FALLING_REGION, LOSING_CHANNEL

TODAY = date(2026, 11, 20)


@pytest.fixture(scope="module")
def told() -> story.Story:
    return story.tell(TODAY)


@pytest.fixture(scope="module")
def rows(told: story.Story) -> pd.DataFrame:
    return answers.lines(told)


def nps(scores: pd.Series[int]) -> float:
    return float(100 * ((scores >= 9).mean() - (scores <= 6).mean()))


def test_customers_who_answer_have_bought_before(told: story.Story, rows: pd.DataFrame) -> None:
    bought = orders.lines(told)
    first = bought[bought["实付金额"] > 0].groupby("会员号")["下单日期"].min()
    assert 4_000 < len(rows) < 10_000
    assert rows["答卷编号"].is_unique
    assert (rows["客户"].map(first) < rows["日期"]).all()
    assert rows["日期"].max() < TODAY


def test_the_region_whose_deliveries_fail_is_far_below_the_others(rows: pd.DataFrame) -> None:
    recent = rows[rows["日期"] >= TODAY - timedelta(days=FALLING_DAYS)]
    there = recent["地区"].str.startswith(FALLING_REGION)
    assert nps(recent[there]["推荐分"]) < nps(recent[~there]["推荐分"]) - 30
    assert recent[there]["物流配送"].mean() < recent[~there]["物流配送"].mean() - 1
    before = rows[rows["日期"] < TODAY - timedelta(days=FALLING_DAYS)]
    once = before["地区"].str.startswith(FALLING_REGION)
    assert abs(nps(before[once]["推荐分"]) - nps(before[~once]["推荐分"])) < 8


def test_live_streams_that_promise_too_much_are_below_other_channels(rows: pd.DataFrame) -> None:
    recent = rows[rows["日期"] >= TODAY - timedelta(days=answers.PROMISES_DAYS)]
    live = recent["渠道"] == LOSING_CHANNEL
    assert nps(recent[live]["推荐分"]) < nps(recent[~live]["推荐分"]) - 10
    assert recent[live]["评语"].isin(answers.PROMISE).sum() > 20


def test_the_same_day_draws_the_same_answers(told: story.Story, rows: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(answers.lines(told), rows)
