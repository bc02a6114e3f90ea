"""What an investment does for strategy and brand, so that it can be judged on more than its direct return.

A company may have measures of its own by now: ours take the next free places, and leave alone a code that is taken.
"""

from __future__ import annotations

from typing import Any

from django.db import migrations

MEASURES = [
    # code, name, Chinese name, unit, over time
    ("market_share", "Market share", "市场份额", "percent", "last"),
    ("brand_searches", "Brand searches", "品牌搜索量", "count", "sum"),
    ("mentions", "Mentions", "提及量", "count", "sum"),
    ("positive_mentions", "Positive mentions", "正面提及量", "count", "sum"),
    ("negative_mentions", "Negative mentions", "负面提及量", "count", "sum"),
]

# code, name, Chinese name, numerator, denominator, unit, stock, help, Chinese help
METRICS: list[tuple[Any, ...]] = [
    ("new_customer_share", "Share of new customers", "新客占比", {"new_customers": "1"}, {"orders": "1"},
     "percent", False, "New customers ÷ orders.", "新客数 ÷ 订单数。"),
    ("market_share", "Market share", "市场份额", {"market_share": "1"}, None, "percent", True,
     "As somebody measured it last.", "以最近一次测得的数值为准。"),
    ("brand_searches", "Brand searches", "品牌搜索量", {"brand_searches": "1"}, None, "count", False,
     "Searches for the brand's own name.", "搜索品牌自身名称的次数。"),
    ("sentiment", "Net sentiment", "净情感度", {"positive_mentions": "1", "negative_mentions": "-1"},
     {"mentions": "1"}, "percent", False,
     "(Positive − negative mentions) ÷ all mentions, neutral ones with them.",
     "（正面提及量 − 负面提及量）÷ 全部提及量（含中性）。"),
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
    ours |= {"new_customers", "orders"}
    taken = dict(Metric.objects.values_list("code", "position"))
    wanted = [one for one in METRICS if one[0] not in taken and {*one[3], *(one[4] or ())} <= ours]
    Metric.objects.bulk_create(
        Metric(
            code=code, name=name, name_zh=name_zh, numerator=above, denominator=below, unit=unit, direction="higher",
            kind="result", stock=stock, help_text=help_text, help_text_zh=help_text_zh, position=position, shipped=True,
        )
        for position, (code, name, name_zh, above, below, unit, stock, help_text, help_text_zh) in enumerate(
            wanted, start=max(taken.values(), default=0) + 1
        )
    )  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("kpis", "0019_measures_of_customers")]

    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
