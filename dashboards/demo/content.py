"""Content of the demo company: pieces with tags and what came of them, how the brand is spoken of, and what counts as good.

Factory tours and makeovers work, whatever was tried besides; three videos with a cat were lucky. The platform that knows
the pieces reports beside the one whose ad figures count for the channel.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import numpy as np

from channels.services.content import PieceDraft, tag_pieces
from channels.services.sides import SideLine, keep_sides
from channels.three_sides import Side
from common.periods import Grain, Period, add_months
from dashboards.demo.story import SEED
from dashboards.demo.world import PRODUCTS, Name
from ingest.models import State
from ingest.services.send import send_rows
from kpis.models import Metric
from kpis.services import TargetEntry, ensure_source, set_targets
from organization.models import Node, Person, Scope
from organization.services import make_node, rename_node

Nodes = Mapping[tuple[str, tuple[str, ...]], Node]
SOURCES = (("content-platforms", "内容后台"), ("brand-monitor", "品牌监测"))
AFTER_ALL = 200  # what platforms say of pieces counts only where nobody else says it
LIFE = 30  # days for which a piece is shown
STEPS = ("impressions", "interactions", "orders", "repeat_orders")
BRAND_MONTHS = 12


@dataclass(frozen=True)
class Scene:
    """`pull`: interactions per impression; `sells`: orders per interaction."""

    tag: str
    name: Name
    pull: float
    sells: float


SCENES = (
    Scene("工厂探访", Name("工厂探访", "Factory tour"), 0.066, 0.008),
    Scene("旧房改造", Name("旧房改造", "Home makeover"), 0.054, 0.011),
    Scene("材料对比", Name("材料对比", "Boards compared"), 0.046, 0.014),
    Scene("样板间", Name("样板间", "Show flat"), 0.034, 0.009),
    Scene("直播切片", Name("直播切片", "Live clips"), 0.027, 0.006),
)
CATS = Scene("萌宠出镜", Name("萌宠出镜", "With a cat"), 0.1, 0.002)
AUDIENCES = ("新婚夫妇", "二胎家庭", "老房业主", "设计师")
# Campaign → how many pieces of it, their format and how many impressions one gets.
CAMPAIGNS: tuple[tuple[tuple[str, str], int, str, float], ...] = (
    (("抖音短视频", "旧房改造系列"), 20, "video", 60_000),
    (("抖音短视频", "板材知识科普"), 15, "video", 45_000),
    (("小红书", "设计师笔记"), 20, "image", 25_000),
    (("小红书", "素人测评"), 15, "image", 18_000),
)
LUCKY = 3
# What the brand's watcher says by month: searches of the brand, mentions, and how many of them are kind and unkind.
BRANDS: tuple[tuple[str, int, int, float, float], ...] = (
    ("抖音短视频", 9_000, 2_400, 0.68, 0.07),
    ("小红书", 7_500, 3_100, 0.72, 0.06),
    ("抖音直播", 8_200, 2_900, 0.41, 0.28),
    ("百度搜索", 26_000, 800, 0.5, 0.12),
)
# What the management calls good; None is the target.
GOOD: tuple[tuple[Side, str, str, str | None], ...] = (
    (Side.FINANCIAL, "roas", "70", "4"),
    (Side.FINANCIAL, "ltv_cac", "30", "3"),
    (Side.STRATEGIC, "new_customer_share", "60", "0.65"),
    (Side.STRATEGIC, "market_share", "40", None),
    (Side.BRAND, "brand_searches", "50", None),
    (Side.BRAND, "sentiment", "50", "0.5"),
)
WEIGHTS = {Side.FINANCIAL: Decimal(50), Side.STRATEGIC: Decimal(30), Side.BRAND: Decimal(20)}


def make(*, nodes: Nodes, scopes: Mapping[str, Scope], staff: Mapping[str, Person], today: date) -> int:
    """Makes the pieces, tags them, sends their figures and the brand's; returns how many pieces there are."""
    for code, name in SOURCES:
        ensure_source(code=code, name=name, facts="channels", rank=AFTER_ALL)
    drafts: list[PieceDraft] = []
    rows: list[dict[str, Any]] = []
    for draft, own in _pieces(nodes, today):
        drafts.append(draft)
        rows += own
    tag_pieces(drafts=drafts, person=staff["manager"])
    _send("content-platforms", rows, staff["admin"])
    _send("brand-monitor", list(_brand_rows(today)), staff["admin"])
    _aim(scopes, today, staff["manager"])
    metrics = {metric.code: metric for metric in Metric.objects.filter(code__in=[row[1] for row in GOOD])}
    lines = [
        SideLine(side, metrics[code], Decimal(weight), None if good is None else Decimal(good))
        for side, code, weight, good in GOOD
        if code in metrics
    ]
    keep_sides(weights=WEIGHTS, lines=lines, based_on=0, person=staff["manager"])
    return len(drafts)


def _pieces(nodes: Nodes, today: date) -> Iterator[tuple[PieceDraft, list[dict[str, Any]]]]:
    draw = np.random.default_rng([SEED, 10])
    for number, (path, count, form, seen) in enumerate(CAMPAIGNS):
        for place in range(count):
            scene = SCENES[(place * 3 + number) % len(SCENES)]
            published = today - timedelta(days=int(LIFE + 5 + (place + 0.5) * 300 / count))
            yield _piece(nodes, path, scene, place, form, seen, published, today, draw)
    for place in range(LUCKY):
        published = today - timedelta(days=40 + 9 * place)
        yield _piece(nodes, CAMPAIGNS[0][0], CATS, 90 + place, "video", 9_000, published, today, draw)


def _piece(
    nodes: Nodes,
    path: tuple[str, str],
    scene: Scene,
    place: int,
    form: str,
    seen: float,
    published: date,
    today: date,
    draw: np.random.Generator,
) -> tuple[PieceDraft, list[dict[str, Any]]]:
    product = PRODUCTS[place % len(PRODUCTS)].name
    zh, en = f"{scene.name.zh}·{product.zh} {place + 1}", f"{scene.name.en}: {product.en} {place + 1}"
    made = make_node(dimension="channel", name=zh, parent=nodes["channel", path], person=None)
    made = rename_node(node=made, name=en, name_zh=zh, person=None)
    draft = PieceDraft(
        made, form, "", published, [scene.tag], [AUDIENCES[(place // 2) % len(AUDIENCES)]], [product.zh]
    )
    fading = np.exp(-np.arange(LIFE) / 6)
    impressions = draw.poisson(seen * draw.lognormal(0, 0.6) * fading / fading.sum())
    interactions = draw.binomial(impressions, min(0.5, scene.pull * draw.lognormal(0, 0.22)))
    orders = draw.binomial(interactions, scene.sells * draw.lognormal(0, 0.2))
    repeats = draw.binomial(orders, 0.22)
    rows = [
        {
            "day": str(published + timedelta(days=day)),
            "channel": path[0],
            "campaign": path[1],
            "content": zh,
            "impressions": str(impressions[day]),
            "interactions": str(interactions[day]),
            "orders": str(orders[day]),
            "repeat_orders": str(repeats[day]),
        }
        for day in range(LIFE)
    ]
    # Nobody looks at it any more, and the platform says so: what reports no longer holds back what others say.
    rows.append({**rows[-1], **dict.fromkeys(STEPS, "0"), "day": str(today - timedelta(days=1))})
    return draft, rows


def _brand_rows(today: date) -> Iterator[dict[str, Any]]:
    """A line a week: on its Sunday, of the week that goes on on the day before today."""
    draw = np.random.default_rng([SEED, 11])
    monday = today - timedelta(days=today.weekday() + 7 * 52)
    while monday < today:
        for channel, searches, mentions, kind, unkind in BRANDS:
            said = int(draw.poisson(mentions / 4.3))
            yield {
                "day": str(min(monday + timedelta(days=6), today - timedelta(days=1))),
                "channel": channel,
                "brand_searches": str(draw.poisson(searches / 4.3)),
                "mentions": str(said),
                "positive_mentions": str(draw.binomial(said, kind)),
                "negative_mentions": str(draw.binomial(said, unkind)),
            }
        monday += timedelta(days=7)


def _send(source: str, rows: list[dict[str, Any]], person: Person) -> None:
    done = send_rows(source=source, rows=rows, once=None, person=person)
    if done.state != State.DONE or done.rejected:
        raise RuntimeError(f"{source}: {done.error or done.state}, {done.rejected} rejected")


def _aim(scopes: Mapping[str, Scope], today: date, person: Person) -> None:
    """A target of brand searches for each month and channel, a tenth below what is usual."""
    metric = Metric.objects.get(code="brand_searches")
    # Quarters have a target once each of their months has one.
    months = [add_months(today.replace(day=1), step) for step in range(-BRAND_MONTHS, 3)]
    entries = [
        TargetEntry(
            metric,
            scopes[f"channel:{channel}"],
            Period(Grain.MONTH, month),
            Decimal(round(searches * 0.9, -2)),
        )
        for channel, searches, *_rest in BRANDS
        for month in months
    ]
    set_targets(entries=entries, person=person)
