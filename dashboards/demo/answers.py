"""What the demo company's customers answered when they were asked after a purchase. Pure, as the story is.

Their troubles are the company's: deliveries in the region that falls behind, and promises of live-streams that were not
kept. What drives the score is drawn first (five ratings), then the score from it, then the words.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from dashboards.demo import orders
from dashboards.demo.season import Floats
from dashboards.demo.story import SEED, Story
from dashboards.demo.world import FALLING_DAYS, FALLING_REGION, LOSING_CHANNEL

ANSWERED = 0.13  # of orders
ASKED_AFTER = (5, 16)  # days
COMMENTED = 0.55
TYPES = (("业主", 0.72), ("设计师", 0.17), ("工程客户", 0.11))
# Driver → its usual mean, and how far the score goes with a point of it.
DRIVERS: dict[str, tuple[float, float]] = {
    "产品质量": (4.35, 1.15),
    "性价比": (3.9, 0.55),
    "物流配送": (4.1, 0.95),
    "服务": (4.25, 0.6),
    "使用便捷": (4.15, 0.2),
}
HEADINGS = (
    "答卷编号", "日期", "客户", "渠道", "推广计划", "地区", "产品", "客户类型", "推荐分", "满意度", *DRIVERS, "评语",
)  # fmt: skip
DELIVERY_FELL, PROMISES_FELL = 1.7, 1.1  # points of the driver
PROMISES_DAYS = 75
# What people write of a driver that they rate low, and high.
WORDS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "产品质量": (
        ("板材边角有磕碰，封边开胶了", "色差明显，和样板不一样", "地板起翘，质量不如以前", "The edges were chipped when it arrived"),
        ("板材很环保，没有味道", "做工扎实，质量很好", "花色好看，邻居都来问", "Solid boards, very good quality"),
    ),
    "性价比": (
        ("价格偏贵，同款别家便宜", "活动前涨价，优惠不实在", "Too expensive for what it is"),
        ("价格实惠，性价比高", "赶上活动，优惠力度大", "Good value for the price"),
    ),
    "物流配送": (
        ("物流太慢，等了三周才送到", "送货只送到楼下，还要自己搬", "约好的配送时间改了两次", "Delivery was two weeks late"),
        ("物流很快，师傅送货上门", "配送准时，包装严实", "Fast delivery, well packed"),
    ),
    "服务": (
        ("客服回复慢，推来推去", "安装师傅态度一般，量尺量错了", "Nobody called me back for days"),
        ("客服耐心，安装师傅专业", "售后跟进及时，点赞", "Friendly staff, quick answers"),
    ),
    "使用便捷": (
        ("小程序下单流程复杂，找不到订单", "The app is confusing"),
        ("下单方便，进度随时能查", "Ordering was easy"),
    ),
}  # fmt: skip
PROMISE = ("和直播间说的不一样，赠品没收到", "主播说包安装，实际要另付费", "实物与直播展示差距大")
# Typed in by hand from paper forms, each with a mistake of its own.
BAD_ROWS = (("P-01", "11"), ("P-02", "很好"))


def write(told: Story, path: Path) -> None:
    """A line an answer, as the survey's tool exports them: UTF-8 with a byte order mark."""
    rows = lines(told)
    day = f"{told.today - timedelta(days=1)}"
    bad = pd.DataFrame(
        [
            [number, day, "", "自营门店", "", "", "", "业主", score, *[""] * 6, ""]
            for number, score in BAD_ROWS
        ],
        columns=list(HEADINGS),
    )
    pd.concat([rows.astype(object), bad]).to_csv(path, index=False, encoding="utf-8-sig")


def lines(told: Story) -> pd.DataFrame:
    """Every answer up to yesterday, ordered by day; columns HEADINGS."""
    draw = np.random.default_rng([SEED, 8])
    bought = orders.lines(told)
    bought = bought[bought["实付金额"] > 0].sample(
        frac=ANSWERED, random_state=np.random.default_rng([SEED, 9])
    )
    wait = draw.integers(*ASKED_AFTER, len(bought))
    day = np.array(
        [one + timedelta(days=int(days)) for one, days in zip(bought["下单日期"], wait, strict=True)]
    )
    kept = day < told.today
    bought, day = bought[kept].reset_index(drop=True), day[kept]
    count = len(bought)
    kind = draw.choice([name for name, _share in TYPES], count, p=[share for _name, share in TYPES])
    late = (bought["地区"].str.startswith(FALLING_REGION) & _since(day, told.today, FALLING_DAYS)).to_numpy()
    broken = ((bought["渠道"] == LOSING_CHANNEL) & _since(day, told.today, PROMISES_DAYS)).to_numpy()
    ratings = {}
    mood = draw.normal(0, 0.45, count)  # whoever is content is so with most things
    for driver, (mean, _weight) in DRIVERS.items():
        fell = (
            DELIVERY_FELL * late
            if driver == "物流配送"
            else PROMISES_FELL * broken
            if driver == "性价比"
            else 0.0
        )
        ratings[driver] = np.clip(np.rint(mean + mood + draw.normal(0, 0.75, count) - fell), 1, 5).astype(int)
    score = np.clip(
        np.rint(_score(ratings) + 0.3 * (kind == "设计师") + draw.normal(0, 1.0, count)), 0, 10
    ).astype(int)
    return pd.DataFrame(
        {
            "答卷编号": [f"S{told.today.year}{number:06d}" for number in range(count)],
            "日期": day,
            "客户": bought["会员号"],
            "渠道": bought["渠道"],
            "推广计划": bought["推广计划"],
            "地区": bought["地区"],
            "产品": bought["产品"],
            "客户类型": kind,
            "推荐分": score,
            "满意度": np.clip(np.rint(score / 2), 1, 5).astype(int),
            **ratings,
            "评语": _comments(draw, ratings, broken),
        }
    ).sort_values(["日期", "答卷编号"], ignore_index=True)


def _since(day: np.ndarray, today: date, days: int) -> np.ndarray:
    return np.array([one >= today - timedelta(days=days) for one in day])


def _score(ratings: dict[str, np.ndarray]) -> Floats:
    """Around 8.8 for ratings as they usually are."""
    moved = sum(weight * (ratings[driver] - mean) for driver, (mean, weight) in DRIVERS.items())
    score: Floats = 8.8 + np.asarray(moved)
    return score


def _comments(draw: np.random.Generator, ratings: dict[str, np.ndarray], broken: np.ndarray) -> list[str]:
    """About what stood out most, in some answers about a second thing too; many say nothing."""
    names = list(DRIVERS)
    apart = np.stack([ratings[name] - DRIVERS[name][0] for name in names], axis=1) + draw.normal(
        0, 0.2, (len(broken), 5)
    )
    order = np.argsort(-np.abs(apart), axis=1)
    says, second = draw.random(len(broken)) < COMMENTED, draw.random(len(broken)) < 0.3
    found = []
    for row, (first, next_one) in enumerate(order[:, :2]):
        if not says[row]:
            found.append("")
            continue
        said = [_phrase(draw, names[first], apart[row, first] < 0)]
        if broken[row] and draw.random() < 0.6:
            said = [str(draw.choice(PROMISE))]
        if second[row]:
            said.append(_phrase(draw, names[next_one], apart[row, next_one] < 0))
        found.append("；".join(said) if not said[0].isascii() else ". ".join(said))
    return found


def _phrase(draw: np.random.Generator, driver: str, low: bool) -> str:
    return str(draw.choice(WORDS[driver][0 if low else 1]))
