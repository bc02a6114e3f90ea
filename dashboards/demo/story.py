"""What happened in the demo company: two years of daily figures, and what had been planned.

Pure: no database, no clock, no files. The same `today` gives the same story. Figures are drawn in three steps:
what a line (campaign × place × product line) would sell by its season, how well that went (the weather of months,
the troubles), and what was counted on the day.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from common.periods import add_months
from dashboards.demo import season
from dashboards.demo.season import Floats
from dashboards.demo.world import (
    CHANNELS,
    CLOSED_DAYS,
    DIP,
    DIPPING_CHANNELS,
    DIPPING_REGION,
    FALLING_DAYS,
    FALLING_REGION,
    LOSING_CHANNEL,
    LOSING_DAYS,
    POOR_CLICKS_CHANNEL,
    POOR_CLICKS_DAYS,
    PRODUCTS,
    REGIONS,
    Campaign,
    Channel,
    Product,
    Region,
    Way,
)

SEED = 20250618
HISTORY_MONTHS = 24
RECENT_DAYS = 70  # so long things have been going as `now` says

FACT_COLUMNS = (
    "day", "channel", "campaign", "region", "product",
    "impressions", "clicks", "leads", "orders", "new_customers", "revenue", "cost",
)  # fmt: skip
PLAN_COLUMNS = ("month", "channel", "region", "product", "revenue", "orders", "new_customers", "cost")


@dataclass(frozen=True)
class Story:
    """`facts`: a row per day × campaign × place × product line, FACT_COLUMNS, ordered by day; counts that a channel
    does not know are NA. `plan`: a row per month × channel × place × product line, PLAN_COLUMNS, not rounded, from
    the first month to December of this year. Names are Chinese, places are paths such as 华东/上海/上海/徐汇店.
    """

    today: date
    facts: pd.DataFrame
    plan: pd.DataFrame


@dataclass(frozen=True)
class Place:
    """Where a line sells: the path of a store, dealer or city, and its weight among its like."""

    path: str
    region: Region
    weight: float
    opened: date


@dataclass(frozen=True)
class Line:
    campaign: Campaign
    place: Place
    product: Product
    share: float  # of its campaign


@dataclass(frozen=True)
class Expected:
    """What a channel's lines would bring on each day if all went as planned; arrays are days × lines."""

    lines: tuple[Line, ...]
    revenue: Floats
    orders: Floats
    cost: Floats


def tell(today: date) -> Story:
    """Two years up to yesterday, and the plan of these years and the rest of this one."""
    first = add_months(today, -HISTORY_MONTHS)
    count = (today - first).days
    days = [first + timedelta(days=n) for n in range((date(today.year, 12, 31) - first).days + 1)]
    facts, plans = [], []
    for channel in CHANNELS:
        expected = _expect(channel, days, today)
        plans.append(_plan_of(channel, expected, days))
        facts.append(_facts_of(channel, expected, days[:count], today))
    rows = pd.concat(facts, ignore_index=True)
    rows = rows.sort_values(["day", "channel", "campaign", "region", "product"], ignore_index=True)
    return Story(today=today, facts=rows, plan=pd.concat(plans, ignore_index=True))


def first_day(today: date) -> date:
    return add_months(today, -HISTORY_MONTHS)


def dipped_month(today: date) -> date:
    """The first day of the last month that has surely closed."""
    return add_months((today - timedelta(days=CLOSED_DAYS)).replace(day=1), -1)


# -- What would be sold -------------------------------------------------------------------------------


def _expect(channel: Channel, days: Sequence[date], today: date) -> Expected:
    lines = _lines(channel, today)
    years = np.array([(day - days[0]).days / 365.25 for day in days])
    total = (
        channel.revenue * (1 + channel.growth) ** years * season.demand(days, channel.way, channel.promotion)
    )
    running = np.array(
        [
            [
                campaign.weight if campaign.window is None or season.within(day, campaign.window) else 0.0
                for campaign in channel.campaigns
            ]
            for day in days
        ]
    )
    shares = running / running.sum(axis=1, keepdims=True)
    place = {campaign.name: n for n, campaign in enumerate(channel.campaigns)}
    of_campaign = shares[:, [place[line.campaign.name] for line in lines]]
    revenue = total[:, None] * of_campaign * np.array([line.share for line in lines])
    revenue *= np.array([[day >= line.place.opened for line in lines] for day in days])
    if channel.way is not Way.ONLINE:
        revenue *= np.array([0.0 if season.shop_is_shut(day) else 1.0 for day in days])[:, None]
    prices = np.array([line.product.price * channel.order_value for line in lines])
    pull = np.array([line.campaign.pull for line in lines])
    return Expected(
        lines=lines, revenue=revenue, orders=revenue / prices, cost=revenue / (channel.roas * pull)
    )


def _lines(channel: Channel, today: date) -> tuple[Line, ...]:
    """Online a campaign is for one product line in every second city; a shop has the two that it sells best."""
    places = _places(channel, today)
    offset = CHANNELS.index(channel)
    lines: list[Line] = []
    for number, campaign in enumerate(channel.campaigns):
        if channel.way is Way.STORE:
            pairs = [
                (place, PRODUCTS[(index + step) % len(PRODUCTS)])
                for index, place in enumerate(places)
                for step in (0, 1)
            ]
        else:
            # A campaign that runs all year shares the cities with its neighbour, so that together they reach all.
            own = [place for index, place in enumerate(places) if (index + number) % 2 == 0]
            steps = (0, 2) if channel.way is Way.TRADE else (0,)
            pairs = [
                (place, PRODUCTS[(offset + number + step) % len(PRODUCTS)]) for place in own for step in steps
            ]
        weights = [place.weight * product.share for place, product in pairs]
        lines += [
            Line(campaign, place, product, weight / sum(weights))
            for (place, product), weight in zip(pairs, weights, strict=True)
        ]
    return tuple(lines)


def _places(channel: Channel, today: date) -> list[Place]:
    places = []
    for region in REGIONS:
        for province in region.provinces:
            for city in province.cities:
                path = f"{region.name.zh}/{province.name.zh}/{city.name.zh}"
                if channel.way is not Way.STORE:
                    if city.online:
                        places.append(Place(path, region, city.online, date.min))
                    continue
                for store in city.stores:
                    if store.dealer == (channel.name.zh == "经销商"):
                        opened = today - timedelta(days=store.opened) if store.opened else date.min
                        places.append(Place(f"{path}/{store.name.zh}", region, store.weight, opened))
    return places


def _plan_of(channel: Channel, expected: Expected, days: Sequence[date]) -> pd.DataFrame:
    months, starts = pd.factorize(np.array([day.replace(day=1) for day in days]))
    begins = np.flatnonzero(np.diff(months, prepend=-1))
    frames = []
    for number, line in enumerate(expected.lines):
        frames.append(
            pd.DataFrame(
                {
                    "month": starts,
                    "channel": channel.name.zh,
                    "region": line.place.path,
                    "product": line.product.name.zh,
                    "revenue": np.add.reduceat(expected.revenue[:, number], begins),
                    "orders": np.add.reduceat(expected.orders[:, number], begins),
                    "new_customers": np.add.reduceat(expected.orders[:, number], begins) * channel.new_share,
                    "cost": np.add.reduceat(expected.cost[:, number], begins),
                }
            )
        )
    lines = pd.concat(frames, ignore_index=True)
    return lines.groupby(list(PLAN_COLUMNS[:4]), sort=False, as_index=False).sum()


# -- How it went --------------------------------------------------------------------------------------


def _random(name: str) -> np.random.Generator:
    """A stream of its own for each name: one more channel leaves the others' figures alone."""
    return np.random.default_rng([SEED, zlib.crc32(name.encode())])


def _weather(name: str, days: Sequence[date], now: float, spread: float) -> Floats:
    """Revenue ÷ plan by day: it differs from month to month, and is `now` of late."""
    draw = _random(name)
    months = {month: draw.normal(1.0, spread) for month in sorted({day.replace(day=1) for day in days})}
    since = days[-1] - timedelta(days=RECENT_DAYS)
    return np.array([now if day > since else months[day.replace(day=1)] for day in days])


def _last(days: Sequence[date], count: int) -> Floats:
    """0 before the last `count` days, then from 1/count up to 1."""
    return np.clip((np.arange(len(days)) - (len(days) - count) + 1) / count, 0, 1)


def _facts_of(channel: Channel, expected: Expected, days: Sequence[date], today: date) -> pd.DataFrame:
    zh = channel.name.zh
    draw = _random(f"facts {zh}")
    shape = (len(days), len(expected.lines))
    plan = slice(0, len(days))

    sold = _weather(zh, days, channel.now, 0.075)[:, None] * _by_region(expected.lines, days)
    sold = sold * draw.lognormal(-0.00125, 0.05, (len(days), 1)) * draw.lognormal(-0.01, 0.14, shape)
    spent = _weather(f"cost {zh}", days, 0.98, 0.04)[:, None] * draw.lognormal(-0.003, 0.08, shape)
    seen = np.ones((len(days), 1))  # impressions and clicks beside what the plan needs
    ctr = channel.ctr * draw.lognormal(-0.001, 0.05, (len(days), 1))
    if zh in DIPPING_CHANNELS:
        dipped = np.array([day.replace(day=1) == dipped_month(today) for day in days])[:, None]
        there = np.array([line.place.region.name.zh == DIPPING_REGION for line in expected.lines])
        sold = np.where(dipped & there, sold * DIP, sold)
    if zh == LOSING_CHANNEL:
        losing = (_last(days, LOSING_DAYS) > 0)[:, None]
        sold = np.where(losing, sold * 0.30, sold)
        spent = np.where(losing, spent * 1.45, spent)
        seen = np.where(losing, 1.4, seen)
    if zh == POOR_CLICKS_CHANNEL:
        poor = np.clip(_last(days, POOR_CLICKS_DAYS) * 5, 0, 1)[:, None]  # within six days
        ctr = ctr * (1 - 0.53 * poor)
        seen = 1 - 0.45 * poor

    wanted = expected.orders[plan] * sold
    orders = _whole(wanted, draw)
    prices = np.array([line.product.price * channel.order_value for line in expected.lines])
    basket = np.exp(draw.normal(0, 0.22, shape) / np.sqrt(np.maximum(orders, 1)))
    leads = orders + _whole(wanted * (channel.leads_per_order - 1) * draw.lognormal(0, 0.1, shape), draw)
    columns = {
        "leads": leads,
        "orders": orders,
        "new_customers": draw.binomial(orders.astype(np.int64), channel.new_share),
        "revenue": np.round(orders * prices * basket, 2),
        "cost": np.round(expected.cost[plan] * spent, 2),
    }
    if channel.way is Way.ONLINE:
        visits = expected.orders[plan] / channel.conversion * seen * draw.lognormal(0, 0.08, shape)
        clicks = np.maximum(_whole(visits, draw), leads)
        columns["clicks"] = clicks
        columns["impressions"] = np.maximum(_whole(clicks / ctr, draw), clicks)
    at, line = np.nonzero(expected.revenue[plan])
    frame = pd.DataFrame(
        {
            "day": np.array(days)[at],
            "channel": zh,
            "campaign": np.array([one.campaign.name.zh for one in expected.lines])[line],
            "region": np.array([one.place.path for one in expected.lines])[line],
            "product": np.array([one.product.name.zh for one in expected.lines])[line],
        }
    )
    for name in FACT_COLUMNS[5:]:
        if name not in columns:
            frame[name] = pd.array([pd.NA] * len(frame), dtype="Int64")
        elif name in ("revenue", "cost"):
            frame[name] = columns[name][at, line]
        else:
            frame[name] = pd.array(columns[name][at, line].astype(np.int64), dtype="Int64")
    return frame


def _by_region(lines: Sequence[Line], days: Sequence[date]) -> Floats:
    by_name = {}
    for region in REGIONS:
        went = _weather(region.name.zh, days, region.now, 0.04)
        if region.name.zh == FALLING_REGION:
            went = went * (1 - 0.55 * _last(days, FALLING_DAYS) ** 0.6)  # steep at first
        by_name[region.name.zh] = went
    return np.stack([by_name[line.place.region.name.zh] for line in lines], axis=1)


def _whole(amounts: Floats, draw: np.random.Generator) -> Floats:
    """Whole numbers with these means: less noise than a Poisson draw, as two years of a small shop need."""
    return np.floor(amounts + draw.random(amounts.shape))
