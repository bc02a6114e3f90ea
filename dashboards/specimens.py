"""Invented figures for the style guide, in both languages; demo data, so not in the message catalogue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal as D
from math import sin
from typing import Any

from django import forms
from django.utils.translation import get_language

from dashboards.pieces import Attention, Cell, CellKind, KeyFigure, LightRow, LightsTable, Progress


@dataclass(frozen=True)
class Metric:
    unit: str
    display: str = ""


MONEY, COUNT, PERCENT, RATIO = Metric("money"), Metric("count"), Metric("percent"), Metric("ratio")
ROAS = Metric("ratio", "roas")
TODAY = date(2026, 11, 22)


def pick(english: str, chinese: str) -> str:
    return chinese if (get_language() or "en").startswith("zh") else english


def key_figures() -> list[KeyFigure]:
    since = pick("on October", "较上月")

    def one(name: tuple[str, str], metric: Metric, status: str, *amounts: str, moved: str = "") -> KeyFigure:
        value, expected, target, attainment = (D(a) if a else None for a in amounts)
        return KeyFigure(
            name=pick(*name),
            metric=metric,
            status=status,
            reason="no_target" if status == "grey" else "",
            value=value,
            expected=expected,
            target=target,
            attainment=attainment,
            change=D(moved) if moved else None,
            change_since=since,
            as_of=date(2026, 11, 21),
            url="#",
        )

    return [
        one(
            ("Revenue", "销售额"),
            MONEY,
            "yellow",
            "8421300.50",
            "9012400",
            "12800000",
            "0.9344",
            moved="-0.062",
        ),
        one(("Cost", "花费"), MONEY, "green", "2034876.12", "2150000", "3000000", "1.0566", moved="0.013"),
        one(("ROAS", "投产比"), ROAS, "red", "3.1384", "4.2", "4.2", "0.7472", moved="-0.214"),
        one(("Orders", "订单数"), COUNT, "green", "18342", "17900", "25500", "1.0247", moved="0.084"),
        one(("New customers", "新客数"), COUNT, "grey", "5127", "", "", "", moved="0.021"),
        one(
            ("Conversion rate", "转化率"),
            PERCENT,
            "yellow",
            "0.02873",
            "0.031",
            "0.031",
            "0.9268",
            moved="-0.31",
        ),
    ]


CHANNELS = (
    ("Douyin live-stream", "抖音直播", "red", "1820400", "-84210", "1.82", "0.641", "-0.31"),
    ("Kuaishou live-stream", "快手直播", "red", "640200.40", "-12090", "1.95", "0.793", "-0.12"),
    ("WeChat private community", "微信私域", "yellow", "902310", "402500", "6.31", "0.921", "0.04"),
    ("Search", "搜索推广", "yellow", "1204876.55", "310700", "3.87", "0.968", "-0.02"),
    ("Tmall flagship store", "天猫旗舰店", "green", "2310400", "1020400", "5.2", "1.043", "0.11"),
    ("Dealers", "经销商", "green", "1543113.55", "880100", "7.9", "1.12", "0.06"),
    ("Home-decoration firms", "家装公司", "grey", "", "", "", "", ""),
)


def channels() -> LightsTable:
    rows: list[LightRow] = []
    for english, chinese, status, revenue, profit, roas, attainment, moved in CHANNELS:
        number = {
            k: D(v) if v else None
            for k, v in (("r", revenue), ("p", profit), ("o", roas), ("a", attainment), ("m", moved))
        }
        wave = [D(str(round(10 + 3 * sin(i / 2 + len(rows)), 2))) for i in range(14)] if revenue else []
        cells = (
            Cell(pick("Revenue", "销售额"), number["r"], CellKind.FIGURE, MONEY),
            Cell(pick("Of plan", "达成"), number["a"], CellKind.SHARE),
            Cell(pick("Gross profit", "毛利"), number["p"], CellKind.FIGURE, MONEY),
            Cell(pick("ROAS", "投产比"), number["o"], CellKind.FIGURE, ROAS),
            Cell(pick("On October", "较上月"), number["m"], CellKind.CHANGE, MONEY),
            Cell(pick("14 days", "近 14 天"), wave, CellKind.SPARK),
        )
        rows.append(LightRow(pick(english, chinese), cells, status, url="#" if revenue else ""))
    totals = ("8421300.50", "0.9344", "2517400", "3.1384", "-0.062")
    rows.append(
        LightRow(
            pick("All channels", "全部渠道"),
            (
                *(
                    Cell(cell.label, D(total), cell.kind, cell.metric)
                    for cell, total in zip(rows[0].cells, totals, strict=False)
                ),
                Cell(rows[0].cells[-1].label, [], CellKind.SPARK),
            ),
            "yellow",
            tone="total",
        )
    )
    return LightsTable(pick("Channels in November", "11 月各渠道"), pick("Channel", "渠道"), tuple(rows))


def over_time() -> dict[str, Any]:
    days = [TODAY - timedelta(days=90 - i) for i in range(90)]
    x = [day.isoformat() for day in days]
    actual = [
        round(380000 + 60000 * sin(i / 6) - 1400 * max(0, i - 60) + 25000 * sin(i * 2.4)) for i in range(90)
    ]
    year_ago = [round(340000 + 50000 * sin(i / 6 + 0.4) + 15000 * sin(i * 1.7)) for i in range(90)]
    plan = [round(375000 + 700 * i) for i in range(90)]
    return {
        "data": [
            {
                "type": "scatter",
                "x": x,
                "y": year_ago,
                "name": pick("Last year", "去年同期"),
                "meta": {"role": "last_year", "label": True},
            },
            {
                "type": "scatter",
                "x": x,
                "y": plan,
                "name": pick("Plan", "计划"),
                "meta": {"role": "plan", "label": True},
            },
            {
                "type": "scatter",
                "x": x,
                "y": actual,
                "name": pick("Actual", "实际"),
                "meta": {"role": "actual", "label": True},
            },
        ],
        "layout": {"meta": {"unit": "money"}},
    }


def by_channel() -> dict[str, Any]:
    known = [row for row in CHANNELS if row[5]][::-1]
    return {
        "data": [
            {
                "type": "bar",
                "orientation": "h",
                "x": [float(row[5]) for row in known],
                "y": [pick(row[0], row[1]) for row in known],
                "meta": {"role": "actual", "unit": "ratio"},
            }
        ],
        "layout": {"meta": {"unit": "ratio"}},
    }


def series() -> dict[str, Any]:
    months = [f"2026-{m:02}-01" for m in range(1, 12)]
    names = [pick(row[0], row[1]) for row in CHANNELS]
    data = [
        {
            "type": "scatter",
            "x": months,
            "y": [round(120000 + n * 95000 + 30000 * sin(m / 2 + n)) for m in range(11)],
            "name": names[n] if n < len(names) else pick("Others", "其他"),
            "meta": {"series": n, "label": True},
        }
        for n in range(8)
    ]
    return {"data": data, "layout": {"meta": {"unit": "money", "grain": "month"}}}


def bars() -> dict[str, Any]:
    months = [f"2026-{m:02}-01" for m in range(1, 13)]
    done = [1.02, 0.98, 1.1, 1.2, 1.16, 1.4, 1.22, 1.18, 1.1, 1.05, None, None]
    money = [None if v is None else v * 1e7 for v in done]
    ahead = [None] * 10 + [1.12e7, 1.31e7]
    plan = [1e7 * (1 + 0.03 * i) for i in range(12)]
    return {
        "data": [
            {
                "type": "bar",
                "x": months,
                "y": money,
                "name": pick("Actual", "实际"),
                "meta": {"role": "actual"},
            },
            {
                "type": "bar",
                "x": months,
                "y": ahead,
                "name": pick("Forecast", "预测"),
                "meta": {"role": "forecast"},
            },
            {
                "type": "scatter",
                "x": months,
                "y": plan,
                "name": pick("Plan", "计划"),
                "meta": {"role": "plan"},
            },
        ],
        "layout": {"barmode": "overlay", "meta": {"unit": "money", "grain": "month"}},
    }


class Form(forms.Form):
    name = forms.CharField(label="Rule", help_text="What people see in the message.")
    metric = forms.ChoiceField(label="Figure", choices=[("revenue", "Revenue"), ("roas", "ROAS")])
    under = forms.DecimalField(label="Under, in percent")
    note = forms.CharField(label="Note", required=False, widget=forms.Textarea(attrs={"rows": 2}))
    active = forms.BooleanField(label="Watch from now on", required=False)


def everything() -> dict[str, Any]:
    behind = pick("Douyin live-stream lost ¥84,210 in two weeks", "抖音直播两周亏损 ¥84,210")
    return {
        "lead": pick(
            "4 of 12 channels are behind plan; Douyin live-stream lost ¥84,210 in two weeks.",
            "12 个渠道中有 4 个落后于计划；抖音直播两周亏损 ¥84,210。",
        ),
        "figures": key_figures(),
        "attention": [
            Attention(behind, "red", pick("Open", "查看"), "#"),
            Attention(pick("East China has fallen two months in a row", "华东区连续两个月下滑"), "red", pick("Explain", "说明原因"), "#"),
            Attention(pick("Search is green on revenue, but clicks are poor", "搜索推广销售额达标，但点击质量差"), "yellow", pick("Assign", "指派"), "#"),
        ],
        "channels": channels(),
        "over_time": over_time(),
        "by_channel": by_channel(),
        "series": series(),
        "bars": bars(),
        "broken": {"data": "not a list", "layout": {}},
        "form": Form({"name": "", "metric": "roas", "under": "abc", "active": "on"}),
        "at_risk": [pick("Conversion rate", "转化率")],
        "lights": [("green", ""), ("yellow", ""), ("red", ""), ("grey", "no_data"), ("grey", "no_target")],
        "works": [
            Progress("ad_report_november.csv", "running", rows=412_300, percent=41, seconds_left=75),
            Progress("shops.xlsx", "waiting"),
            Progress("old.xls", "failed", error=pick("The file is protected by a password. Save it without one and send it again.", "文件有密码保护。请另存为无密码的文件后重新上传。")),
        ],
        "samples": [
            (D(value) if value else None, metric)
            for value, metric in (
                ("1234567", COUNT), ("999950", COUNT), ("3456", COUNT), ("0", COUNT), ("", COUNT), ("3412.5", MONEY), ("-84210", MONEY),
                ("0.3456", MONEY), ("341234567", MONEY), ("2.51256", ROAS), ("2.51256", RATIO), ("0.12345", PERCENT), ("3", Metric("days")),
            )
        ],
    }  # fmt: skip
