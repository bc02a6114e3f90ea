"""Invented figures of the last days, as a file that can be imported like any other. Pure: the same day, the same file.

A small company with a rise over the weeks, quieter weekends, and one channel that slips in the last two weeks, so that
there is something to see.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import date, timedelta

DAYS = 60
HEADINGS = (
    "Date", "Channel", "Campaign", "Region", "Product",
    "Impressions", "Clicks", "Leads", "Orders", "New customers", "Revenue", "Cost",
)  # fmt: skip
HEADINGS_ZH = (
    "日期", "渠道", "推广计划", "地区", "产品", "曝光量", "点击量", "线索数", "订单数", "新客数", "成交额", "花费",
)  # fmt: skip


@dataclass(frozen=True)
class _Line:
    """What a channel brings on an ordinary day: clicks of 1,000 impressions, orders of 1,000 clicks, amounts a piece."""

    channel: tuple[str, str]
    campaign: tuple[str, str]
    impressions: int
    clicks: int
    orders: int
    price: int
    cost_of_click: float
    slips: bool = False


CHANNELS = (
    _Line(("Sample search", "示例搜索"), ("Sample brand words", "示例品牌词"), 9000, 42, 55, 320, 2.1),
    _Line(
        ("Sample live stream", "示例直播"),
        ("Sample evening show", "示例晚间专场"),
        22000,
        31,
        30,
        180,
        1.3,
        True,
    ),
    _Line(
        ("Sample social posts", "示例内容种草"),
        ("Sample autumn series", "示例系列内容"),
        14000,
        24,
        26,
        240,
        0.9,
    ),
    _Line(("Sample stores", "示例门店"), ("Sample store days", "示例门店活动"), 2600, 60, 140, 520, 4.4),
)
REGIONS = ((("Sample north", "示例北区"), 0.42), (("Sample south", "示例南区"), 0.58))
PRODUCTS = ((("Sample standard", "示例标准款"), 0.65), (("Sample premium", "示例升级款"), 0.35))
WEEKDAYS = (1.0, 1.02, 1.04, 1.06, 1.1, 0.86, 0.82)
SLIPPED = 14  # days


def sample_csv(today: date, *, chinese: bool) -> str:
    """The DAYS before today; every name says that it is a sample."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(HEADINGS_ZH if chinese else HEADINGS)
    which = 1 if chinese else 0
    for back in range(DAYS, 0, -1):
        day = today - timedelta(days=back)
        for line in CHANNELS:
            for region, of_region in REGIONS:
                for product, of_product in PRODUCTS:
                    # Neither a straight line nor drawn by lot: the same file whenever it is asked for on one day.
                    swing = 1 + ((day.toordinal() * 7 + len(line.channel[0]) * 13) % 11 - 5) / 60
                    size = (
                        of_region * of_product * WEEKDAYS[day.weekday()] * (1 + (DAYS - back) / 400) * swing
                    )
                    impressions = round(line.impressions * size)
                    clicks = round(impressions * line.clicks / 1000)
                    slip = 0.55 if line.slips and back <= SLIPPED else 1.0
                    orders = round(clicks * line.orders / 1000 * slip)
                    price = line.price * (1.25 if product is PRODUCTS[1][0] else 0.9)
                    writer.writerow(
                        (
                            day.isoformat(), line.channel[which], line.campaign[which], region[which], product[which],
                            impressions, clicks, round(clicks * 0.14), orders, round(orders * 0.6),
                            f"{orders * price:.2f}", f"{clicks * line.cost_of_click:.2f}",
                        )
                    )  # fmt: skip
    return out.getvalue()
