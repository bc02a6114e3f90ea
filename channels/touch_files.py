"""Files of touches: who met which channel when, and where she converted; a line a touch.

A line that converted is a touch and the conversion at once; where it names no channel, it is a conversion alone.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from ingest.layouts import Amount, Emission, Layout, Name, Preset, normal

SOURCE = "touches"  # the code of the usual source, of the sink and of the preset
NEEDED = ("key", "time", "channel", "converted")
NAMES: dict[str, str] = {
    "key": "key customer customer_key customer_id user user_id visitor visitor_id cookie cookie_id openid unionid uid"
    " member_id 客户 客户号 客户编号 客户id 用户 用户id 用户编号 会员 会员号 会员id 访客 访客id 手机号",
    "time": "time timestamp datetime touched_at event_time at 时间 触点时间 接触时间 触达时间 访问时间 发生时间 事件时间",
    "day": "date day 日期 触点日期",
    "channel": "channel touchpoint platform 渠道 渠道名称 触点 触点渠道 平台",
    "campaign": "campaign campaign_name 活动 活动名称 计划 推广计划 计划名称 广告计划",
    "converted": "converted conversion conversions is_conversion 转化 是否转化 已转化 转化数 是否成交",
    "value": "value conversion_value revenue amount 价值 转化价值 转化金额 金额 成交金额 订单金额",
    "currency": "currency 币种 货币",
}
_ROLES = {normal(name): role for role, names in NAMES.items() for name in names.split()}


def touches(headings: Sequence[str]) -> Layout | None:
    """None where one of the needed columns is missing. The day may stand beside the time or be part of it."""
    found: dict[str, int] = {}
    for column, heading in enumerate(headings):
        role = _ROLES.get(normal(heading))
        if role is not None:
            found.setdefault(role, column)
    if "time" not in found and "day" in found:
        found["time"] = found["day"]
    if not all(role in found for role in NEEDED):
        return None
    channel = tuple(found[role] for role in ("channel", "campaign") if role in found)
    amounts = {"revenue": Amount(found["value"])} if "value" in found else {}
    return Layout(
        "touches", SOURCE, "Touches", found.get("day", found["time"]), (Emission(amounts, Name(channel)),),
        sink=SOURCE, texts={role: found[role] for role in ("key", "time", "converted")}, publishes=(),
        currency_column=found.get("currency") if amounts else None,
    )  # fmt: skip


PRESET = Preset(
    "touches",
    touches,
    label=_("Touches of customers"),
    source=_("Touches of customers"),
    source_code=SOURCE,
    shown=tuple(f"{names.split()[0]} ({', '.join(names.split()[1:4])} …)" for names in NAMES.values()),
    needs=_(
        "A file of touches has a customer, a time, a channel, and whether she converted. Name the columns for example key,"
        " time, channel, campaign, converted, value."
    ),
)
