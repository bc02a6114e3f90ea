"""The story as files, as a marketing department has them: the same columns, but not the same habits."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pandas as pd
from openpyxl import Workbook

from common.periods import add_months
from dashboards.demo.story import FACT_COLUMNS, Story
from dashboards.demo.world import CHANNELS, PRODUCTS, Way, region_paths

HEADINGS = (
    "日期", "渠道", "推广计划", "地区", "产品", "曝光量", "点击量", "线索数", "订单数", "新客数", "成交额", "花费",
)  # fmt: skip
ENGLISH_HEADINGS = (
    "Date", "Channel", "Campaign", "Region", "Product",
    "Impressions", "Clicks", "Leads", "Orders", "New customers", "Revenue", "Cost",
)  # fmt: skip

# What somebody typed into the stores' file on a bad day; each row is refused for its own reason.
BAD_ROWS = (
    ("", "自营门店", "门店日常", "华东/浙江/杭州/西湖店", "地板", "", "", "6", "2", "1", "¥15,200.00", "¥980.00"),
    ("{day}", "自营门店", "门店日常", "华东/上海/上海/徐汇店", "护墙板", "", "", "4", "1", "1", "¥5,800.00", "¥-420.00"),
    ("{day}", "经销商", "日常订货", "西南/四川/成都/郫都经销商", "生态板材", "", "", "3", "1", "0", "待确认", "¥260.00"),
    ("{day}", "抖音直播", "达人专场", "华北/北京/北京", "定制柜", "300", "3,000", "9", "2", "2", "¥4,320.00", "¥1,750.00"),
)  # fmt: skip


def write(story: Story, folder: Path) -> list[Path]:
    """Writes the files in the order in which they came in; together they hold every fact once.

    A UTF-8 CSV of all but the last two months; then the last two: the online channels with a byte order mark, the
    stores in GB18030 with ¥, commas and four rows in error, the partners as a workbook with English headings.
    """
    cut = add_months(story.today, -1)
    ways = {channel.name.zh: channel.way for channel in CHANNELS}
    way = story.facts["channel"].map(ways)
    recent = story.facts["day"] >= cut
    yesterday = story.today - timedelta(days=1)
    first: date = story.facts["day"].iloc[0]
    since = f"{cut:%Y%m%d}-{yesterday:%Y%m%d}"
    history = folder / f"渠道日报_{first:%Y%m%d}-{cut - timedelta(days=1):%Y%m%d}.csv"
    online = folder / f"线上渠道_{since}.csv"
    stores = folder / f"门店与经销商_{since}.csv"
    partners = folder / f"Partners_{since}.xlsx"
    _plain(story.facts[~recent], history, "utf-8")
    _plain(story.facts[recent & (way == Way.ONLINE)], online, "utf-8-sig")
    _typed(story.facts[recent & (way == Way.STORE)], stores, yesterday)
    _workbook(story.facts[recent & (way == Way.TRADE)], partners)
    return [history, online, stores, partners]


def _plain(facts: pd.DataFrame, path: Path, encoding: str) -> None:
    facts.to_csv(path, index=False, header=list(HEADINGS), encoding=encoding, float_format="%.2f")


def _typed(facts: pd.DataFrame, path: Path, yesterday: date) -> None:
    """Dates such as 2025年8月1日, amounts such as ¥12,345.60."""
    rows = facts.copy()
    rows["day"] = [_in_words(day) for day in rows["day"]]
    for column in ("revenue", "cost"):
        rows[column] = [f"¥{amount:,.2f}" for amount in rows[column]]
    day = _in_words(yesterday)
    bad = pd.DataFrame(
        [[cell.replace("{day}", day) for cell in row] for row in BAD_ROWS], columns=FACT_COLUMNS
    )
    rows = pd.concat([rows.astype(object).fillna(""), bad])
    rows.to_csv(path, index=False, header=list(HEADINGS), encoding="gb18030")


def _in_words(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _workbook(facts: pd.DataFrame, path: Path) -> None:
    """In English from the headings to the names, as an agency would send it."""
    rows = facts.copy()
    for column, names in (
        ("channel", {channel.name.zh: channel.name.en for channel in CHANNELS}),
        ("campaign", {one.name.zh: one.name.en for channel in CHANNELS for one in channel.campaigns}),
        (
            "region",
            {"/".join(n.zh for n in names): "/".join(n.en for n in names) for names in region_paths()},
        ),
        ("product", {product.name.zh: product.name.en for product in PRODUCTS}),
    ):
        rows[column] = rows[column].map(names)
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Daily")
    sheet.append(list(ENGLISH_HEADINGS))
    for row in rows.astype(object).where(rows.notna(), None).itertuples(index=False):
        sheet.append(list(row))
    book.save(path)
