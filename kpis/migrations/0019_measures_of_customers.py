"""What customers, content and response curves say, and the metrics that people judge it by (docs/formulas: each help text).

A company may have measures of its own by now: ours take the next free places, and leave alone a code that is taken.
"""

from __future__ import annotations

from typing import Any

from django.db import migrations

MEASURES = [
    # code, name, Chinese name, unit, over time
    ("interactions", "Interactions", "互动量", "count", "sum"),
    ("repeat_orders", "Repeat orders", "复购订单数", "count", "sum"),
    ("refunds", "Refunds", "退款额", "money", "sum"),
    ("customers", "Customers in twelve months", "近十二个月客户数", "count", "computed"),
    ("repeat_customers", "Customers with two orders or more", "复购客户数", "count", "computed"),
    ("active_customers", "Customers who bought", "成交客户数", "count", "computed"),
    ("customers_before", "Customers of the period before", "上期成交客户数", "count", "computed"),
    ("retained_customers", "Customers who came back", "留存客户数", "count", "computed"),
    ("acquired_customers", "First-time customers", "首单客户数", "count", "computed"),
    ("ltv_of_acquired", "Lifetime value of first-time customers", "首单客户终身价值", "money", "computed"),
    ("margin_of_acquired", "Monthly margin of first-time customers", "首单客户月均毛利", "money", "computed"),
    # What these are held against, so that a company of whose channels some know their customers is not told a third.
    ("known_orders", "Orders of known customers", "已识别客户的订单数", "count", "sum"),
    ("margined_revenue", "Revenue of known margin", "已知毛利率的成交额", "money", "sum"),
    ("revenue_of_customers", "Revenue of known customers", "已识别客户的成交额", "money", "computed"),
    (
        "ltv_against_cost",
        "Lifetime value where all cost is covered",
        "与花费同口径的终身价值",
        "money",
        "computed",
    ),
    (
        "margin_against_cost",
        "Monthly margin where all cost is covered",
        "与花费同口径的月均毛利",
        "money",
        "computed",
    ),
    ("marginal_revenue", "Revenue of the next 1% of spend", "再投 1% 花费的成交额", "money", "computed"),
    ("marginal_cost", "The next 1% of spend", "再投 1% 的花费", "money", "computed"),
]

# code, name, Chinese name, numerator, denominator, unit, direction, kind, help, Chinese help
METRICS: list[tuple[Any, ...]] = [
    ("gross_profit", "Gross profit", "毛利", "gross_profit", None, "money", "higher", "result",
     "Sum of gross profit.", "毛利合计。"),
    ("gross_margin", "Gross margin", "毛利率", "gross_profit", "margined_revenue", "percent", "higher", "result",
     "Gross profit ÷ the revenue whose margin is known.", "毛利 ÷ 已知毛利率的成交额。"),
    ("interaction_rate", "Interaction rate", "互动率", "interactions", "impressions", "percent", "higher", "process",
     "Interactions ÷ impressions.", "互动量 ÷ 曝光量。"),
    ("repeat_share", "Share of repeat orders", "复购订单占比", "repeat_orders", "known_orders", "percent", "higher", "result",
     "Orders of customers who had bought before ÷ orders of known customers.", "老客户的订单数 ÷ 已识别客户的订单数。"),
    ("repurchase_rate", "Repurchase rate", "复购率", "repeat_customers", "customers", "percent", "higher", "result",
     "Customers with two orders or more ÷ customers with one or more, in the twelve months to the period's end.",
     "截至期末的十二个月内，下单两次及以上的客户数 ÷ 下单的客户数。"),
    ("retention", "Retention", "留存率", "retained_customers", "customers_before", "percent", "higher", "result",
     "Customers of the period before who bought again in this one ÷ customers of the period before.",
     "上期成交客户中本期再次下单的人数 ÷ 上期成交客户数。"),
    ("arpu", "Revenue per customer", "客均成交额", "revenue_of_customers", "active_customers", "money", "higher", "result",
     "Revenue of known customers ÷ those of them who bought in the period.", "已识别客户的成交额 ÷ 其中本期成交的客户数。"),
    ("ltv", "Lifetime value", "客户终身价值", "ltv_of_acquired", "acquired_customers", "money", "higher", "result",
     "What a first-time customer of the period is worth: predicted by BG/NBD and Gamma-Gamma (Fader, Hardie, Lee 2005)"
     " where there is enough data, else what she has brought so far.",
     "本期首单客户的人均价值：数据足够时按 BG/NBD 与 Gamma-Gamma 模型预测（Fader、Hardie、Lee，2005），否则按至今的实际贡献。"),
    ("ltv_cac", "LTV:CAC", "LTV:CAC", "ltv_against_cost", "cost", "ratio", "higher", "result",
     "Lifetime value of the period's first-time customers ÷ marketing cost of the period. Under 1 loses, 3 is healthy."
     " Of a channel whose orders name customers; of the whole where every channel that costs does.",
     "本期首单客户的终身价值 ÷ 本期营销花费。低于 1 亏损，3 为健康。仅限订单可识别客户的渠道；有花费的渠道全部可识别时，才有整体数值。"),
    ("payback_months", "Payback in months", "回本月数", "cost", "margin_against_cost", "ratio", "lower", "result",
     "Marketing cost of the period ÷ monthly margin of the customers it won.",
     "本期营销花费 ÷ 所获客户的月均毛利。"),
    ("marginal_roas", "Marginal ROAS", "边际投产比", "marginal_revenue", "marginal_cost", "ratio", "higher", "result",
     "Revenue of the next 1% of spend ÷ that spend, by the channel's response curve. High ROAS with a low marginal one"
     " means saturated.",
     "按渠道响应曲线，再投 1% 花费带来的成交额 ÷ 这部分花费。投产比高而边际投产比低，说明渠道已饱和。"),
]  # fmt: skip


def add(apps: Any, schema_editor: Any) -> None:
    Measure, Metric = apps.get_model("kpis", "Measure"), apps.get_model("kpis", "Metric")
    known = {
        code: (over_time, slot)
        for code, over_time, slot in Measure.objects.values_list("code", "over_time", "slot")
    }
    last = max((slot for _over_time, slot in known.values()), default=0)
    new = [one for one in MEASURES if one[0] not in known]
    Measure.objects.bulk_create(
        Measure(
            code=code, slot=slot, name=name, name_zh=name_zh, unit=unit, over_time=over_time, shipped=True
        )
        for slot, (code, name, name_zh, unit, over_time) in enumerate(new, start=last + 1)
    )
    ours = {one[0] for one in MEASURES if known.get(one[0], (one[4], 0))[0] == one[4]}
    ours |= {"impressions", "orders", "revenue", "cost", "gross_profit"}
    taken = dict(Metric.objects.values_list("code", "position"))
    wanted = [one for one in METRICS if one[0] not in taken and {one[3], one[4] or one[3]} <= ours]
    Metric.objects.bulk_create(
        Metric(
            code=code, name=name, name_zh=name_zh, numerator={above: "1"}, denominator={below: "1"} if below else None,
            unit=unit, direction=direction, kind=kind, help_text=help_text, help_text_zh=help_text_zh,
            position=position, shipped=True,
        )
        for position, (code, name, name_zh, above, below, unit, direction, kind, help_text, help_text_zh) in enumerate(
            wanted, start=max(taken.values(), default=0) + 1
        )
    )  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("kpis", "0018_published_amounts")]

    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
