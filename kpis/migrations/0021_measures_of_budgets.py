"""What budgets say of their lines, of themselves and of the company, and the metrics that people judge it by.

A company may have measures of its own by now: ours take the next free places, and leave alone a code that is taken.
"""

from __future__ import annotations

from typing import Any

from django.db import migrations

MEASURES = [
    # code, name, Chinese name, unit, over time
    ("planned", "Planned", "预算计划额", "money", "computed"),
    ("committed", "Committed", "已承诺金额", "money", "computed"),
    ("spent", "Spent", "已支出金额", "money", "computed"),
    # To date: from the budget's start to the end of the month, or to now.
    ("budget_total", "Budget", "预算总额", "money", "computed"),
    ("budget_used", "Budget used", "预算已用额", "money", "computed"),
    ("budget_spent", "Budget spent", "预算已支出额", "money", "computed"),
    ("budget_expected", "Spend expected by now", "截至目前应支出额", "money", "computed"),
    ("budget_conversions", "Conversions brought", "预算带来的转化数", "count", "computed"),
    ("budget_conversions_expected", "Conversions expected", "预算预期转化数", "count", "computed"),
]

# code, name, Chinese name, numerator, denominator, unit, direction, kind, help, Chinese help
METRICS: list[tuple[Any, ...]] = [
    ("budget_use", "Share of budget used", "预算使用率", {"budget_used": "1"}, "budget_total", "percent", "lower", "process",
     "(Spent + committed) ÷ the budget, from its start to the end of the month or to now.",
     "（已支出 + 已承诺）÷ 预算总额，自预算开始累计至月末或当前。"),
    ("budget_variance", "Spend against expected", "支出偏差率", {"budget_spent": "1", "budget_expected": "-1"},
     "budget_expected", "percent", "lower", "process",
     "Spent ÷ what the plan expects by now − 1. The plan's months are divided by days.",
     "已支出 ÷ 计划截至目前应支出额 − 1。每月计划按天均摊。"),
    ("budget_day", "Spent of the period's plan", "当期支出占计划比", {"spent": "1"}, "planned", "percent", "lower", "process",
     "Spent in the period ÷ planned for it; of a day, its share of the month's plan.",
     "当期支出 ÷ 当期计划；单日计划为当月计划按天均摊的份额。"),
    ("budget_over", "Spent of budget", "预算支出率", {"budget_spent": "1"}, "budget_total", "percent", "lower", "process",
     "Spent ÷ the budget, from its start to the end of the month or to now. Over 100% is over the plan.",
     "已支出 ÷ 预算总额，自预算开始累计至月末或当前。超过 100% 即超支。"),
    ("budget_conversions_share", "Share of expected conversions", "预期转化完成率", {"budget_conversions": "1"},
     "budget_conversions_expected", "percent", "higher", "result",
     "Conversions of the line's channel since the budget's start ÷ those expected of the whole line. Said once most of"
     " the budget is used (80% as shipped).",
     "预算开始以来所属渠道的转化数 ÷ 整个预算项的预期转化数。预算使用达到提醒线（默认 80%）后才给出。"),
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
    taken = dict(Metric.objects.values_list("code", "position"))
    wanted = [one for one in METRICS if one[0] not in taken and {*one[3], one[4]} <= ours]
    Metric.objects.bulk_create(
        Metric(
            code=code, name=name, name_zh=name_zh, numerator=above, denominator={below: "1"},
            unit=unit, direction=direction, kind=kind, help_text=help_text, help_text_zh=help_text_zh,
            position=position, shipped=True,
        )
        for position, (code, name, name_zh, above, below, unit, direction, kind, help_text, help_text_zh) in enumerate(
            wanted, start=max(taken.values(), default=0) + 1
        )
    )  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("kpis", "0020_measures_of_brands")]

    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
