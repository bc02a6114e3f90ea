"""The measures and metrics that every company starts with. Formulas and their sources: see each help text."""

from __future__ import annotations

from typing import Any

from django.db import migrations

MEASURES = [
    # slot, code, name, Chinese name, unit, may be negative
    (1, "impressions", "Impressions", "曝光量", "count", False),
    (2, "clicks", "Clicks", "点击量", "count", False),
    (3, "leads", "Leads", "线索数", "count", False),
    (4, "orders", "Orders", "订单数", "count", False),
    (5, "new_customers", "New customers", "新客数", "count", False),
    (6, "revenue", "Revenue", "成交额", "money", True),
    (7, "cost", "Cost", "花费", "money", False),
    (8, "qualified_leads", "Qualified leads", "有效线索数", "count", False),
    (9, "gross_profit", "Gross profit", "毛利", "money", True),
]

# code, name, Chinese name, numerator, denominator, scale, unit, direction, kind, help, Chinese help
METRICS: list[tuple[Any, ...]] = [
    ("revenue", "Revenue", "成交额", {"revenue": "1"}, None, 1, "money", "higher", "result",
     "Sum of revenue.", "成交额合计。"),
    ("orders", "Orders", "订单数", {"orders": "1"}, None, 1, "count", "higher", "result",
     "Sum of orders.", "订单数合计。"),
    ("new_customers", "New customers", "新客数", {"new_customers": "1"}, None, 1, "count", "higher", "result",
     "Sum of new customers.", "新客数合计。"),
    ("cost", "Cost", "花费", {"cost": "1"}, None, 1, "money", "lower", "result",
     "Sum of marketing cost.", "营销花费合计。"),
    ("roas", "ROAS", "投产比", {"revenue": "1"}, {"cost": "1"}, 1, "ratio", "higher", "result",
     "Revenue ÷ cost.", "成交额 ÷ 花费，即计划里常写的“ROI 1:5”。"),
    ("roi", "ROI", "投资回报率", {"revenue": "1", "cost": "-1"}, {"cost": "1"}, 1, "percent", "higher", "result",
     "(Revenue − cost) ÷ cost.", "（成交额 − 花费）÷ 花费。"),
    ("cac", "CAC", "获客成本", {"cost": "1"}, {"new_customers": "1"}, 1, "money", "lower", "result",
     "Sales and marketing cost ÷ new customers.", "营销花费 ÷ 新客数。"),
    ("cpa", "CPA", "每单成本", {"cost": "1"}, {"orders": "1"}, 1, "money", "lower", "result",
     "Cost ÷ orders.", "花费 ÷ 订单数。"),
    ("order_value", "Order value", "客单价", {"revenue": "1"}, {"orders": "1"}, 1, "money", "higher", "result",
     "Revenue ÷ orders.", "成交额 ÷ 订单数。"),
    ("conversion_rate", "Conversion rate", "转化率", {"orders": "1"}, {"clicks": "1"}, 1, "percent", "higher", "process",
     "Orders ÷ clicks.", "订单数 ÷ 点击量。"),
    ("leads", "Leads", "线索数", {"leads": "1"}, None, 1, "count", "higher", "process",
     "Sum of leads.", "线索数合计。"),
    ("cpl", "CPL", "线索成本", {"cost": "1"}, {"leads": "1"}, 1, "money", "lower", "process",
     "Cost ÷ leads.", "花费 ÷ 线索数。"),
    ("clicks", "Clicks", "点击量", {"clicks": "1"}, None, 1, "count", "higher", "process",
     "Sum of clicks.", "点击量合计。"),
    ("ctr", "CTR", "点击率", {"clicks": "1"}, {"impressions": "1"}, 1, "percent", "higher", "process",
     "Clicks ÷ impressions.", "点击量 ÷ 曝光量。"),
    ("cpc", "CPC", "点击成本", {"cost": "1"}, {"clicks": "1"}, 1, "money", "lower", "process",
     "Cost ÷ clicks.", "花费 ÷ 点击量。"),
    ("impressions", "Impressions", "曝光量", {"impressions": "1"}, None, 1, "count", "higher", "process",
     "Sum of impressions.", "曝光量合计。"),
    ("cpm", "CPM", "千次曝光成本", {"cost": "1"}, {"impressions": "1"}, 1000, "money", "lower", "process",
     "1000 × cost ÷ impressions.", "1000 × 花费 ÷ 曝光量。"),
]  # fmt: skip


def add(apps: Any, schema_editor: Any) -> None:
    Measure = apps.get_model("kpis", "Measure")
    Metric = apps.get_model("kpis", "Metric")
    Measure.objects.bulk_create(
        Measure(slot=slot, code=code, name=name, name_zh=name_zh, unit=unit, signed=signed)
        for slot, code, name, name_zh, unit, signed in MEASURES
    )
    names = ("code", "name", "name_zh", "numerator", "denominator", "scale", "unit", "direction", "kind")
    Metric.objects.bulk_create(
        Metric(
            position=position, help_text=row[9], help_text_zh=row[10], **dict(zip(names, row, strict=False))
        )
        for position, row in enumerate(METRICS)
    )


class Migration(migrations.Migration):
    dependencies = [("kpis", "0001_initial")]
    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
