"""Whom the demo company's customers met before they ordered online: a sample of half a year, from the story's orders.

Pictures and notes open, search and shops close; the live-stream closes what it opened itself, and is looked at a great
deal by people who buy nothing. So models disagree about it as they would in life.
"""

from __future__ import annotations

import tempfile
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd

from channels.attribution import Model
from channels.services.attribution_settings import SettingsDraft, keep_settings
from common.periods import add_months
from dashboards.demo.story import SEED, Story
from dashboards.demo.world import CHANNELS, Way
from ingest.models import State
from ingest.services import import_path
from organization.models import Person
from organization.services.jobs import work_next_job

MONTHS = 6
ORDERS, FAILED = 5000, 11_000  # paths
HEADINGS = ("客户", "触点时间", "渠道", "推广计划", "是否转化", "转化金额")
OPENS = {
    "抖音短视频": 0.27,
    "小红书": 0.27,
    "抖音直播": 0.16,
    "百度搜索": 0.12,
    "企业微信私域": 0.1,
    "社区团购": 0.08,
}
LENGTHS = (0.33, 0.27, 0.19, 0.13, 0.08)  # of paths that ended in an order: 1 to 5 touches
FAILED_LENGTHS = (0.56, 0.25, 0.12, 0.05, 0.02)
APART_HOURS = 34.0  # between touches, on average
PUBLISHED = (Model.LINEAR, Model.MARKOV)


def make(told: Story, *, person: Person, now: datetime) -> int:
    """Imports the touches, sets what is published and has conversions divided. Returns how many touches there are."""
    with tempfile.TemporaryDirectory(prefix="plumbline-demo-") as folder:
        path = Path(folder) / f"触点明细_{add_months(told.today, -MONTHS):%Y%m}-{told.today:%Y%m}.csv"
        touches_of(told).to_csv(path, index=False, header=list(HEADINGS), encoding="utf-8-sig")
        done = import_path(path=path, preset="touches", person=person)
    if done.state != State.DONE:
        raise RuntimeError(f"{path.name} could not be imported: {done.error or done.state}")
    draft = SettingsDraft(
        shown=[model for model in Model if model is not Model.LAST_NON_DIRECT],
        published=PUBLISHED,
        half_life_hours=Decimal(168),
        order=1,
        look_back_days=90,
    )
    keep_settings(draft=draft, based_on=0, person=person, now=now)
    while work_next_job():
        pass
    return done.accepted


def touches_of(told: Story) -> pd.DataFrame:
    """A row a touch, with the columns of HEADINGS, ordered by time."""
    draw = np.random.default_rng(SEED + 6)
    online = {channel.name.zh for channel in CHANNELS if channel.way == Way.ONLINE}
    since: date = add_months(told.today, -MONTHS)
    facts = told.facts[(told.facts["day"] >= since) & told.facts["channel"].isin(online)]
    bought = _ends(facts, "orders", ORDERS, draw)
    failed = _ends(facts, "clicks", FAILED, draw)
    paths = pd.concat(
        [_paths(bought, LENGTHS, draw, converts=True), _paths(failed, FAILED_LENGTHS, draw, converts=False)]
    )
    paths["customer"] = "M" + (100_000 + paths["path"] + np.where(paths["ended"], 0, ORDERS)).astype(str)
    paths = paths.sort_values(["moment", "customer"], ignore_index=True)
    return paths[["customer", "moment", "channel", "campaign", "converted", "value"]]


def _ends(facts: pd.DataFrame, count: str, many: int, draw: np.random.Generator) -> pd.DataFrame:
    """So many rows of the story, each as often as its count says."""
    weights = facts[count].astype(float).fillna(0.0).to_numpy()
    places = draw.choice(len(facts), many, p=weights / weights.sum())
    return facts.iloc[places]


def _paths(
    ends: pd.DataFrame, lengths: tuple[float, ...], draw: np.random.Generator, *, converts: bool
) -> pd.DataFrame:
    many = len(ends)
    length = draw.choice(len(lengths), many, p=lengths) + 1
    # Whoever buys from a live-stream seldom met anything else before.
    impulse = (ends["channel"].to_numpy() == "抖音直播") & (draw.random(many) < 0.6)
    length[impulse] = 1
    path = np.repeat(np.arange(many), length)
    last = np.cumsum(length) - 1
    ended = np.zeros(len(path), dtype=np.bool_)
    ended[last] = True
    channel = draw.choice(list(OPENS), len(path), p=np.array(list(OPENS.values()))).astype(object)
    always = {one.name.zh: next(c.name.zh for c in one.campaigns if c.window is None) for one in CHANNELS}
    campaign = np.array([always[name] for name in channel], dtype=object)
    channel[last], campaign[last] = ends["channel"].to_numpy(), ends["campaign"].to_numpy()
    gaps = np.where(ended, 0.0, draw.exponential(APART_HOURS, len(path)) + 0.2)
    back = np.cumsum(gaps[::-1])[::-1]
    back -= np.repeat(np.append(back[np.cumsum(length)[:-1]], 0.0), length)
    at = draw.integers(9 * 60, 23 * 60, many)
    whole = [
        datetime.combine(day, datetime.min.time()) + timedelta(minutes=int(minute))
        for day, minute in zip(ends["day"], at, strict=True)
    ]
    moment = pd.to_datetime(pd.Series(whole)).to_numpy()[path] - (back * 3600).astype("timedelta64[s]")
    orders = ends["orders"].astype(float).fillna(0.0).to_numpy()
    each = np.divide(ends["revenue"].astype(float).to_numpy(), orders, out=np.zeros(many), where=orders > 0)
    converted = ended & converts
    return pd.DataFrame(
        {
            "path": path,
            "ended": np.full(len(path), converts),
            "moment": pd.Series(moment).dt.strftime("%Y-%m-%d %H:%M:%S").to_numpy(),
            "channel": channel,
            "campaign": campaign,
            "converted": np.where(converted, "是", "否"),
            "value": np.where(converted, np.round(each[path], 2), 0.0),
        }
    )
