"""What customers say, on the spine: answers, complaints and their clocks, the metrics that people judge them by, and from
how many on a figure gets a light.

A company may have measures of its own by now: ours take the next free places, and leave alone a code that is taken.
"""

from __future__ import annotations

from typing import Any

from django.db import migrations, models

MEASURES = [
    # code, name, Chinese name
    ("responses", "Answers with a score", "推荐评分回答数"),
    ("promoters", "Promoters", "推荐者数"),
    ("passives", "Passives", "中立者数"),
    ("detractors", "Detractors", "贬损者数"),
    ("csat_responses", "Answers on satisfaction", "满意度回答数"),
    ("csat_sum", "Sum of satisfaction", "满意度评分合计"),
    ("csat_satisfied", "Satisfied answers", "满意回答数"),
    ("ces_responses", "Answers on effort", "费力度回答数"),
    ("ces_sum", "Sum of effort scores", "费力度评分合计"),
    ("survey_invitations", "Survey invitations", "问卷邀请数"),
    ("survey_invited_answers", "Invitations answered", "已回答的邀请数"),
    ("complaints", "Complaints", "投诉数"),
    ("answers_due", "First answers due", "应首次响应数"),
    ("answered_in_time", "First answers in time", "按时首次响应数"),
    ("solutions_due", "Solutions due", "应解决数"),
    ("solved_in_time", "Solutions in time", "按时解决数"),
    ("repeats", "Repeat complaints", "重复投诉数"),
]

# code, name, Chinese name, numerator, denominator, scale, unit, direction, kind, least base, help, Chinese help
METRICS: list[tuple[Any, ...]] = [
    ("nps", "NPS", "净推荐值（NPS）", {"promoters": "1", "detractors": "-1"}, "responses", 100, "ratio", "higher", "result", 30,
     "100 × (promoters, 9 and 10, − detractors, 0 to 6) ÷ answers with a score of 0 to 10; from −100 to 100. No light under"
     " 30 answers.",
     "100 ×（推荐者（9、10 分）− 贬损者（0～6 分））÷ 给出 0～10 分的回答数，取值 −100 至 100。不足 30 份回答时不亮灯。"),
    ("csat", "Satisfied customers", "满意率（CSAT）", {"csat_satisfied": "1"}, "csat_responses", 1, "percent", "higher", "result", 30,
     "Answers of 4 and 5 ÷ answers of 1 to 5. No light under 30 answers.",
     "4 分和 5 分的回答数 ÷ 给出 1～5 分的回答数。不足 30 份回答时不亮灯。"),
    ("csat_mean", "Mean satisfaction", "平均满意度", {"csat_sum": "1"}, "csat_responses", 1, "ratio", "higher", "result", 30,
     "Sum of scores ÷ answers; from 1 to 5. No light under 30 answers.",
     "评分合计 ÷ 回答数，取值 1 至 5。不足 30 份回答时不亮灯。"),
    ("ces", "Ease (CES)", "费力度（CES）", {"ces_sum": "1"}, "ces_responses", 1, "ratio", "higher", "result", 30,
     "Sum of scores ÷ answers to how easy it was; from 1, hard, to 7, easy. No light under 30 answers.",
     "“是否轻松”的评分合计 ÷ 回答数，取值 1（费力）至 7（轻松），越高越好。不足 30 份回答时不亮灯。"),
    ("response_rate", "Response rate", "问卷回收率", {"survey_invited_answers": "1"}, "survey_invitations", 1, "percent", "higher", "process", None,
     "Invitations answered ÷ invitations, by the day of the invitation.",
     "已回答的邀请数 ÷ 邀请数，按邀请当天计。"),
    ("complaints", "Complaints", "投诉数", {"complaints": "1"}, None, 1, "count", "lower", "result", None,
     "Complaints by the day they came in.",
     "按收到当天统计的投诉数。"),
    ("first_answers_in_time", "First answers in time", "首次响应及时率", {"answered_in_time": "1"}, "answers_due", 1, "percent", "higher", "process", None,
     "Complaints first answered in time ÷ those answered or out of time, by the day they came in.",
     "按时首次响应的投诉数 ÷ 已响应或已超时的投诉数，按收到当天计。"),
    ("solutions_in_time", "Solutions in time", "解决及时率", {"solved_in_time": "1"}, "solutions_due", 1, "percent", "higher", "process", None,
     "Complaints solved in time ÷ those solved or out of time, by the day they came in.",
     "按时解决的投诉数 ÷ 已解决或已超时的投诉数，按收到当天计。"),
    ("repeat_rate", "Repeat complaints", "重复投诉率", {"repeats": "1"}, "complaints", 1, "percent", "lower", "result", None,
     "Complaints that the same customer had made before for the same cause ÷ complaints.",
     "同一客户因同一根因再次提出的投诉数 ÷ 投诉数。"),
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
        Measure(code=code, slot=slot, name=name, name_zh=name_zh, unit="count", over_time="sum", shipped=True)
        for slot, (code, name, name_zh) in enumerate(new, start=last + 1)
    )
    ours = {code for code, _name, _name_zh in MEASURES if known.get(code, ("sum", 0))[0] == "sum"}
    taken = dict(Metric.objects.values_list("code", "position"))
    wanted = [
        one for one in METRICS if one[0] not in taken and {*one[3], *([one[4]] if one[4] else [])} <= ours
    ]
    Metric.objects.bulk_create(
        Metric(
            code=code, name=name, name_zh=name_zh, numerator=above, denominator={below: "1"} if below else None,
            scale=scale, unit=unit, direction=direction, kind=kind, least_base=least, help_text=help_text,
            help_text_zh=help_text_zh, position=position, shipped=True,
        )
        for position, (
            code, name, name_zh, above, below, scale, unit, direction, kind, least, help_text, help_text_zh
        ) in enumerate(wanted, start=max(taken.values(), default=0) + 1)
    )  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("kpis", "0021_measures_of_budgets")]

    operations = [
        migrations.AddField(
            model_name="metric",
            name="least_base",
            field=models.PositiveIntegerField(
                blank=True,
                help_text="Where less than this stands below the line, it has its value and no light: too few to judge by.",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="reading",
            name="few",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="Rests on less than the metric's least base: a value without a light.",
            ),
        ),
        migrations.RunPython(add, migrations.RunPython.noop),
    ]
