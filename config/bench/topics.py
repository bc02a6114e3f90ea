"""How long topics of 100,000 comments take, from comments in the database to what the pages read; and again, where nothing
or little is new."""

from __future__ import annotations

import random
import time
from contextlib import closing
from datetime import date, timedelta

import psycopg2
import redis

from config.bench.imports import manage
from config.bench.pages import PASSWORD, Reader
from config.bench.running import Site, head, row

COMMENTS = 100_000
LAST = date(2026, 10, 31)
DAYS = 700
AT_MOST = 60.0
PAGE_AT_MOST = "0.15 s"
TURNS = 11

# A small grammar: what it is about, how it was, what followed.
CHINESE = (
    (
        "这次的快递", "物流", "客服小姐姐", "包装盒", "商品质量", "小程序", "退货流程", "优惠券", "直播间的描述", "门店导购",
        "价格", "配送员", "说明书", "会员积分", "售后", "发货速度", "图片色差", "库存", "安装师傅", "付款页面",
    ),
    (
        "非常慢", "态度很好", "不太满意", "有点贵", "破损严重", "跟宣传的不一样", "经常闪退", "特别耐心", "一直没有处理",
        "比上次好多了", "性价比很高", "压坏了一个角", "等了整整三天", "完全不能用", "还算可以", "让人失望",
    ),
    (
        "，希望尽快改进", "，下次还会再来购买", "，打电话也没人接", "，已经申请退款了", "，送货上门很方便", "，孩子很喜欢",
        "，用了一周就坏了", "，朋友推荐来的", "，双11活动规则太复杂", "，整体体验还不错", "，麻烦核实一下订单",
    ),
)  # fmt: skip
ENGLISH = (
    (
        "The delivery", "Shipping", "The courier", "Customer service", "The box", "Product quality", "The app",
        "The refund", "My coupon", "The price", "The manual", "The website", "Their support agent", "The packaging",
    ),
    (
        " was late", " arrived damaged", " was rude", " is too expensive", " was not as described", " keeps crashing",
        " took two weeks", " was friendly", " is great value for money", " broke after a day", " was out of stock",
    ),
    (
        ", very unhappy", " but I got help", ", never again", ", would buy again", " and nobody answered",
        ", asked for a return", " for the second time", ", thank you", " at checkout", ", otherwise fine",
    ),
)  # fmt: skip


def comments(count: int = COMMENTS) -> list[str]:
    """Half Chinese, half English, in turn, of 20 to 60 letters; the same ones each time."""
    draw = random.Random(8)  # noqa: S311  (no secret)
    return [_comment(draw, CHINESE if at % 2 else ENGLISH, "。" if at % 2 else ".") for at in range(count)]


def _comment(draw: random.Random, grammar: tuple[tuple[str, ...], ...], stop: str) -> str:
    text = ""
    while len(text) < 20:
        text += "".join(draw.choice(part) for part in grammar) + stop
    return text[:60]


def measure(url: str) -> None:
    head(f"Topics of {COMMENTS:,} comments, half Chinese, half English")
    manage(url, "migrate", "--verbosity", "0")
    manage(url, "shell", "--verbosity", "0", "-c", f"from config.bench.topics import fill; fill({COMMENTS})")
    _job(url, "the whole job, from comments to what pages read", f"{AT_MOST:.0f} s")
    _job(url, "again, nothing new")
    manage(url, "shell", "--verbosity", "0", "-c", "from config.bench.topics import touch; touch()")
    _job(url, "again, one comment more")


def measure_pages(site: Site) -> None:
    """On a running site, with the comments and what was counted of them."""
    reader = Reader(site, "reader")
    cache = redis.Redis.from_url(site.redis_url)

    def uncached(path: str) -> float:
        for _ in range(4):
            reader.get(path)  # every process has compiled its templates
        taken = []
        for _ in range(TURNS):
            cache.flushdb()
            began = time.monotonic()
            status, _etag, body = reader.get(path)
            taken.append(time.monotonic() - began)
            assert status == 200, status
            assert b"<h1" in body
        return sorted(taken)[TURNS // 2]

    with closing(psycopg2.connect(site.database_url)) as db, db.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT id FROM feedback_topic WHERE name = 'Delivery'),"
            " (SELECT id FROM feedback_keyword ORDER BY comments DESC LIMIT 1)"
        )
        topic, keyword = cursor.fetchone() or (0, 0)
    row("topics, nothing cached", uncached("/feedback/topics/"), "", None, PAGE_AT_MOST)
    row("topics over a year", uncached("/feedback/topics/?months=12"), "", None, PAGE_AT_MOST)
    row("one topic", uncached(f"/feedback/topics/{topic}/"), "", None, PAGE_AT_MOST)
    row("one keyword", uncached(f"/feedback/keywords/{keyword}/"), "", None, PAGE_AT_MOST)


def _job(url: str, what: str, bound: str = "") -> None:
    began = time.monotonic()
    manage(url, "shell", "--verbosity", "0", "-c", JOB)
    row(what, time.monotonic() - began, "with the start of a process", None, bound)


JOB = """
from datetime import datetime, UTC
from django.utils import timezone
from feedback.models import TopicRun
from feedback.services.topics import read_anew
from organization.services.jobs import work_next_job
read_anew(person=None, now=timezone.now())
while work_next_job(): pass
assert TopicRun.objects.get().comments >= 100_000
"""


def fill(count: int = COMMENTS) -> None:
    """Answers with comments, over 20 channels, 40 regions, 8 product lines and 4 customer types."""
    from feedback.models import Answer
    from organization.models import Node, Scope
    from organization.services import grant_role, make_node, make_person

    reader = make_person(username="reader", password=PASSWORD, person=None)
    grant_role(whom=reader, role="manager", scope=Scope.objects.get(key="company"), person=None)

    def places(dimension: str, most: int) -> list[int]:
        for at in range(most):
            make_node(dimension=dimension, name=f"{dimension} {at}")
        return list(Node.objects.filter(dimension=dimension).values_list("pk", flat=True)[:most])

    draw = random.Random(9)  # noqa: S311  (no secret)
    channels, regions, products = places("channel", 20), places("region", 40), places("product", 8)
    rows = [
        Answer(
            day=LAST - timedelta(days=draw.randrange(DAYS)),
            source_id=1,
            detail=at,
            channel_id=draw.choice(channels),
            region_id=draw.choice(regions),
            product_id=draw.choice(products),
            segment=draw.choice(("", "new", "returning", "member")),
            nps=min(10, max(0, round(draw.gauss(7, 2.5)))),
            comment=text,
            origin="file",
        )
        for at, text in enumerate(comments(count))
    ]
    Answer.objects.bulk_create(rows, batch_size=5000)


def touch() -> None:
    from feedback.models import Answer

    Answer.objects.create(
        day=LAST, source_id=1, detail=-1, nps=3, comment="The delivery was late again.", origin="file"
    )
