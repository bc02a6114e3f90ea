"""The demo company's figures: the troubles are in them, the rest is believable, and the same day tells the same story."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

import holidays
import pandas as pd
import pytest

from dashboards.demo import season
from dashboards.demo.story import FACT_COLUMNS, Story, dipped_month, first_day, tell
from dashboards.demo.world import (
    CHANNELS,
    DIPPING_CHANNELS,
    DIPPING_REGION,
    FALLING_REGION,
    LOSING_CHANNEL,
    LOSING_DAYS,
    POOR_CLICKS_CHANNEL,
    REGIONS,
    Way,
)

# A plain day, the first of a year, the end of a month after a 29th of February, the week after a Spring Festival.
DAYS = [date(2026, 11, 22), date(2027, 1, 1), date(2028, 3, 1), date(2026, 2, 25)]
each_day = pytest.mark.parametrize("today", DAYS, ids=str)


@cache
def story(today: date) -> Story:
    return tell(today)


def between(today: date, first: int, last: int) -> pd.DataFrame:
    """Facts from `first` days before today to `last` days before, both included."""
    facts = story(today).facts
    return facts[
        (facts["day"] >= today - timedelta(days=first)) & (facts["day"] <= today - timedelta(days=last))
    ]


def attainment(today: date, key: str, name: str) -> float:
    """Revenue ÷ plan of a channel or top region over its last three whole months and the one now begun."""
    facts, plan = story(today).facts, story(today).plan
    whole = today.replace(day=1)
    since = (whole - timedelta(days=20)).replace(day=1)
    values = []
    for frame, column in ((facts, "day"), (plan, "month")):
        mine = frame[key] == name if key == "channel" else frame["region"].str.startswith(f"{name}/")
        values.append(frame[mine & (frame[column] >= since) & (frame[column] < whole)]["revenue"].sum())
    return float(values[0] / values[1])


@each_day
def test_the_same_day_tells_the_same_story(today: date) -> None:
    again = tell(today)
    pd.testing.assert_frame_equal(again.facts, story(today).facts)
    pd.testing.assert_frame_equal(again.plan, story(today).plan)


@each_day
def test_facts_reach_from_two_years_ago_to_yesterday_in_a_size_that_imports_in_seconds(today: date) -> None:
    facts = story(today).facts
    assert tuple(facts.columns) == FACT_COLUMNS
    assert facts["day"].min() == first_day(today)
    assert facts["day"].max() == today - timedelta(days=1)
    assert set(facts["day"]) == {
        first_day(today) + timedelta(days=n) for n in range((today - first_day(today)).days)
    }
    assert 120_000 <= len(facts) <= 200_000
    assert not facts.duplicated(["day", "channel", "campaign", "region", "product"]).any()


def test_there_are_twelve_channels_with_three_to_five_campaigns_and_forty_stores_in_five_regions() -> None:
    assert len(CHANNELS) == 12
    assert all(3 <= len(channel.campaigns) <= 5 for channel in CHANNELS)
    stores = [
        store
        for region in REGIONS
        for province in region.provinces
        for city in province.cities
        for store in city.stores
    ]
    assert len(REGIONS) == 5
    assert 36 <= len(stores) <= 44
    assert {channel.name.zh for channel in CHANNELS} == set(story(DAYS[0]).facts["channel"])


@each_day
def test_no_row_breaks_a_rule_of_the_import(today: date) -> None:
    facts = story(today).facts
    assert (facts["cost"] > 0).all()
    assert (facts["revenue"] >= 0).all()
    assert (facts["new_customers"] <= facts["orders"]).all()
    assert (facts["orders"] <= facts["leads"]).all()
    online = facts[facts["clicks"].notna()]
    assert (online["clicks"] <= online["impressions"]).all()
    assert (online["leads"] <= online["clicks"]).all()


def test_stores_and_partners_count_no_clicks_which_is_not_zero() -> None:
    facts = story(DAYS[0]).facts
    for channel in CHANNELS:
        mine = facts[facts["channel"] == channel.name.zh]
        assert mine["clicks"].notna().all() if channel.way is Way.ONLINE else mine["clicks"].isna().all()
        assert mine["impressions"].notna().equals(mine["clicks"].notna())


@each_day
def test_live_stream_loses_money_on_each_of_the_last_fourteen_days_and_earned_it_before(today: date) -> None:
    facts = between(today, 60, 1)
    mine = facts[facts["channel"] == LOSING_CHANNEL].groupby("day")[["revenue", "cost"]].sum()
    roas = mine["revenue"] / mine["cost"]
    late = roas.index >= today - timedelta(days=LOSING_DAYS)
    assert late.sum() == LOSING_DAYS
    assert (roas[late] < 0.8).all()
    assert roas[~late].mean() > 2
    lost = (mine["cost"] - mine["revenue"])[late].sum()
    assert 50_000 < lost < 600_000


@each_day
def test_the_southwest_falls_month_by_month_while_the_others_hold(today: date) -> None:
    """Its share of all revenue, so that neither season nor festival hides or makes the fall."""

    def share(first: int, last: int) -> float:
        facts = between(today, first, last)
        mine = facts["region"].str.startswith(f"{FALLING_REGION}/")
        return float(facts[mine]["revenue"].sum() / facts["revenue"].sum())

    before, month_ago, now = share(122, 62), share(60, 31), share(30, 1)
    assert month_ago < 0.9 * before
    assert now < 0.85 * month_ago


def test_the_southwest_falls_in_yuan_too_where_the_season_is_even() -> None:
    def revenue(first: int, last: int) -> float:
        facts = between(DAYS[0], first, last)
        return float(facts[facts["region"].str.startswith(f"{FALLING_REGION}/")]["revenue"].sum())

    assert revenue(90, 61) > revenue(60, 31) > revenue(30, 1)


@each_day
def test_xiaohongshu_sells_to_plan_on_half_the_clicks(today: date) -> None:
    def rate(first: int, last: int) -> float:
        facts = between(today, first, last)
        mine = facts[facts["channel"] == POOR_CLICKS_CHANNEL]
        return float(mine["clicks"].sum() / mine["impressions"].sum())

    assert rate(24, 1) < 0.55 * rate(90, 32)
    assert attainment(today, "channel", POOR_CLICKS_CHANNEL) > 1


@each_day
def test_in_the_last_closed_month_three_channels_of_the_east_were_more_than_a_fifth_under_plan(
    today: date,
) -> None:
    month, facts, plan = dipped_month(today), story(today).facts, story(today).plan
    assert month <= today.replace(day=1) - timedelta(days=28)
    at = facts["day"].map(lambda day: day.replace(day=1)) == month
    for channel in DIPPING_CHANNELS:
        got, due = (
            rows[when & (rows["channel"] == channel) & rows["region"].str.startswith(DIPPING_REGION)][
                "revenue"
            ].sum()
            for rows, when in ((facts, at), (plan, plan["month"] == month))
        )
        assert got < due * 0.8, channel


@each_day
def test_a_few_channels_are_behind_and_most_are_not(today: date) -> None:
    """Of the last whole month: the live stream's two weeks may lie after it."""
    behind = {c.name.zh for c in CHANNELS if attainment(today, "channel", c.name.zh) < 0.97}
    assert {"社区团购", "经销商"} <= behind
    assert len(behind - {LOSING_CHANNEL}) <= 4


@each_day
def test_the_whole_company_earns_what_a_firm_of_its_size_does(today: date) -> None:
    year = between(today, 365, 1)
    assert 400e6 < year["revenue"].sum() < 900e6
    assert 6 < year["revenue"].sum() / year["cost"].sum() < 12
    assert 0.85 < year["revenue"].sum() / between(today, 730, 366)["revenue"].sum() / 1.08 < 1.15


def test_eleven_eleven_stands_out_and_shops_are_shut_at_spring_festival() -> None:
    facts = story(date(2026, 11, 22)).facts
    tmall = facts[facts["channel"] == "天猫旗舰店"].groupby("day")["revenue"].sum()
    assert tmall[date(2025, 11, 11)] > 2 * tmall[date(2025, 11, 20)]
    festival = facts[facts["day"] == date(2026, 2, 17)]
    assert set(festival["channel"]) == {channel.name.zh for channel in CHANNELS if channel.way is Way.ONLINE}


def test_a_new_store_has_no_figures_before_it_opened() -> None:
    facts = story(DAYS[0]).facts
    mine = facts[facts["region"].str.endswith("/宝山店")]
    assert mine["day"].min() == DAYS[0] - timedelta(days=190)


@pytest.mark.parametrize("year", sorted(season.SPRING_FESTIVALS))
def test_the_spring_festivals_are_those_of_the_calendar(year: int) -> None:
    days = [
        day
        for day, name in holidays.country_holidays("CN", years=year, language="zh_CN").items()
        if "春节" in name
    ]
    assert season.SPRING_FESTIVALS[year] in days


def test_one_more_channel_would_leave_the_others_alone() -> None:
    """Streams of chance are by name, not by order."""
    from dashboards.demo.story import _random

    first = _random("facts 抖音直播").random(3)
    _random("facts another").random(100)
    assert (first == _random("facts 抖音直播").random(3)).all()
