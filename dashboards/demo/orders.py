"""The company's own orders: what its member system knows of the channels that are connected to it, and by when.

They tell the story's orders one by one: who bought, for how much, what was given back. As many orders, new customers
and as much revenue as the channels report, less the refunds, of which platforms say nothing.
"""

from __future__ import annotations

import tempfile
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from common.periods import add_months
from customers.services import enter_margin
from dashboards.demo.season import Floats
from dashboards.demo.story import SEED, Story
from dashboards.demo.world import LOSING_CHANNEL
from ingest.models import State
from ingest.services import import_path
from organization.models import Node, Person

Ints = NDArray[np.int64]
# Channel → for how many months its orders have come in; 0 is since the story begins.
CONNECTED = {"企业微信私域": 0, "小红书": 8, LOSING_CHANNEL: 6}
BEFORE = 900  # customers of earlier years, of the channel that has always been connected
LOYAL = 0.35  # of returning orders, from a twelfth of the customers
RECENT = 420.0  # of the others: how many customers back they reach on average
REFUNDED, LATER = 0.021, 9  # of orders, within so many days
HEADINGS = ("会员号", "下单日期", "订单号", "实付金额", "渠道", "推广计划", "地区", "产品")
# Gross margin in percent, from the first day and from this year on.
MARGINS = {"生态板材": (31, 33), "护墙板": (38, 38), "地板": (34, 35), "定制柜": (42, 41)}
# Typed in by hand at the till, each with a mistake of its own.
BAD_ROWS = (
    ("", "{day}", "M0000001", "1280.00"),
    ("散客", "{day}", "M0000002", ""),
    ("散客", "2月30日", "M0000003", "660.00"),
)


def make(told: Story, *, nodes: dict[tuple[str, tuple[str, ...]], Node], person: Person) -> tuple[int, int]:
    """Enters the margins and imports the orders. Returns lines taken and refused."""
    first: date = told.facts["day"].iloc[0]
    for product, percents in MARGINS.items():
        for day, percent in zip((first, date(told.today.year, 1, 1)), percents, strict=True):
            enter_margin(
                node=nodes["product", (product,)],
                first_day=day,
                percent=Decimal(percent),
                based_on=0,
                person=person,
            )
    with tempfile.TemporaryDirectory(prefix="plumbline-demo-") as folder:
        path = Path(folder) / f"会员订单_{first:%Y%m%d}-{told.today - timedelta(days=1):%Y%m%d}.csv"
        write(told, path)
        done = import_path(path=path, preset="orders", person=person)
    if done.state != State.DONE:
        raise RuntimeError(f"{path.name} could not be imported: {done.error or done.state}")
    return done.accepted, done.rejected


def write(told: Story, path: Path) -> None:
    """A line an order, then its refunds, as the member system exports them: in GB18030."""
    rows = lines(told)
    day = f"{told.today - timedelta(days=1)}"
    bad = pd.DataFrame(
        [
            [*(cell.replace("{day}", day) for cell in row), "企业微信私域", "会员日", "", ""]
            for row in BAD_ROWS
        ],
        columns=list(HEADINGS),
    )
    rows["实付金额"] = [f"{amount:.2f}" for amount in rows["实付金额"]]
    pd.concat([rows, bad]).to_csv(path, index=False, encoding="gb18030")


def lines(told: Story) -> pd.DataFrame:
    """Every order and refund up to yesterday, ordered by day; columns HEADINGS, amounts in yuan."""
    frames = [_of_channel(told, name, months) for name, months in CONNECTED.items()]
    rows = pd.concat(frames, ignore_index=True)
    return rows.sort_values(["下单日期", "订单号", "实付金额"], ignore_index=True)


def _of_channel(told: Story, name: str, months: int) -> pd.DataFrame:
    turn = list(CONNECTED).index(name)
    draw = np.random.default_rng([SEED, 6, turn])
    facts = told.facts[(told.facts["channel"] == name) & (told.facts["orders"] > 0)]
    if months:
        facts = facts[facts["day"] >= add_months(told.today, -months)]
    count = facts["orders"].to_numpy(dtype=np.int64)
    new = facts["new_customers"].to_numpy(dtype=np.int64)
    fact = np.repeat(np.arange(len(facts)), count)
    within = np.arange(len(fact)) - np.repeat(np.cumsum(count) - count, count)
    customer = _customers(draw, new[fact] > within, before=BEFORE if not months else BEFORE // 3)
    amount = _amounts(draw, facts["revenue"].to_numpy(dtype=float), fact, count)
    orders = pd.DataFrame(
        {
            "会员号": [f"{'WXD'[turn]}{number:06d}" for number in customer],
            "下单日期": facts["day"].to_numpy()[fact],
            "订单号": [f"{'WXD'[turn]}{told.today.year}{number:07d}" for number in range(len(fact))],
            "实付金额": amount,
            "渠道": name,
            "推广计划": facts["campaign"].to_numpy()[fact],
            "地区": facts["region"].to_numpy()[fact],
            "产品": facts["product"].to_numpy()[fact],
        }
    )
    given_back = orders[draw.random(len(orders)) < REFUNDED].copy()
    wait = draw.integers(1, LATER + 1, len(given_back))
    given_back["下单日期"] = [
        day + timedelta(days=int(days)) for day, days in zip(given_back["下单日期"], wait, strict=True)
    ]
    part = np.where(draw.random(len(given_back)) < 0.7, 1.0, 0.4)
    given_back["实付金额"] = -np.round(given_back["实付金额"] * part, 2)
    return pd.concat([orders, given_back[given_back["下单日期"] < told.today]])


def _customers(draw: np.random.Generator, is_new: NDArray[np.bool_], *, before: int) -> Ints:
    """A number for the customer of each order, in the order of time: the next one, or one who has bought before.

    Some come back for years, most soon or never: that is what cohorts and lifetimes are to be seen by.
    """
    so_far = before + np.cumsum(is_new) - is_new  # customers before each order
    recent = so_far - 1 - np.floor(draw.exponential(RECENT, len(is_new))).astype(np.int64)
    loyal = np.floor(draw.random(len(is_new)) * (so_far // 12)).astype(np.int64) * 12
    returning = np.where((draw.random(len(is_new)) < LOYAL) | (recent < 0), loyal, recent)
    numbers: Ints = np.where(is_new, so_far, returning)
    return numbers


def _amounts(
    draw: np.random.Generator, revenue: np.ndarray, fact: np.ndarray, count: np.ndarray
) -> np.ndarray:
    """The revenue of each fact over its orders, to the cent."""
    weight = draw.lognormal(0, 0.45, len(fact))
    cents = np.round(revenue * 100).astype(np.int64)
    share = np.floor(cents[fact] * weight / np.bincount(fact, weight)[fact]).astype(np.int64)
    last = np.cumsum(count) - 1
    share[last] += cents - np.bincount(fact, share).astype(np.int64)
    yuan: Floats = share / 100
    return yuan
