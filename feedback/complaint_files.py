"""Which columns of a file of complaints mean what: headings in English and Chinese. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext_lazy

from ingest.layouts import NAMES, Emission, Layout, Name, Preset, normal

CODE = "complaint"  # of the preset
SOURCE = "complaint-files"
SINK = "feedback.complaints"
# Where several headings of a role stand in a file, the first named here holds.
_HEADINGS: dict[str, str] = {
    "day": f"received_on received_at complaint_date 投诉日期 投诉时间 受理日期 受理时间 来电时间 反馈时间 {NAMES['day']}",
    "text": "complaint complaint_text text details 投诉内容 投诉描述 投诉 投诉事由 问题描述 客诉内容 内容描述",
    "category": "category complaint_category complaint_type 投诉类别 投诉类型 投诉分类 问题类型 问题分类",
    "severity": "severity priority urgency 严重程度 严重度 优先级 紧急程度",
    "customer": "customer customer_id customer_key customer_no user user_id member member_id member_no 客户 客户编号 客户号"
    " 客户id 会员 会员号 会员编号 用户 用户id",
    "contact": "contact phone mobile telephone tel email e_mail 手机号 手机 手机号码 电话 联系电话 联系方式 邮箱",
    "segment": "segment customer_segment customer_type 客户类型 客户分类 客群",
    "number": "number complaint_no complaint_number complaint_id ticket ticket_no ticket_id case_no 投诉编号 投诉单号 工单号"
    " 工单编号 单号 编号",
    "channel": NAMES["channel"],
    "region": NAMES["region"],
    "province": NAMES["province"],
    "city": NAMES["city"],
    "store": NAMES["store"],
    "product": NAMES["product"],
}
_ROLES = {
    normal(name): (role, turn) for role, names in _HEADINGS.items() for turn, name in enumerate(names.split())
}
_TEXTS = ("text", "category", "severity", "customer", "contact", "segment", "number")
SEVERITIES = {
    1: "low 1 低 轻微 不紧急",
    2: "normal 2 medium middle 一般 中 普通 正常",
    3: "high 3 高 较高 紧急 重要",
    4: "critical 4 urgent 严重 特急 非常紧急 重大",
}


def complaint(headings: Sequence[str]) -> Layout | None:
    """A line a complaint: a day, what it is about in words, and whatever else is known of it."""
    best: dict[str, tuple[int, int]] = {}
    for column, heading in enumerate(headings):
        found = _ROLES.get(normal(heading))
        if found is not None:
            role, turn = found
            best[role] = min(best.get(role, (turn, column)), (turn, column))
    at = {role: column for role, (_turn, column) in best.items()}
    if not {"day", "text"} <= set(at):
        return None
    emission = Emission(
        {},
        channel=_name(at, "channel"),
        region=_name(at, "region", "province", "city", "store"),
        product=_name(at, "product"),
        constants={"complaints": 1},
    )
    return Layout(
        CODE, SOURCE, "Files of complaints", at["day"], (emission,), sink=SINK,
        texts={role: at[role] for role in _TEXTS if role in at}, publishes=(), whole="number" not in at,
    )  # fmt: skip


def _name(at: dict[str, int], *roles: str) -> Name:
    return Name(tuple(at[role] for role in roles if role in at))


PRESET = Preset(
    CODE,
    complaint,
    label=gettext_lazy("Complaints: a line a complaint, with date and text"),
    source=gettext_lazy("Complaints"),
    source_code=SOURCE,
    whole=True,
    shown=(
        "date (日期)",
        "complaint (投诉内容)",
        "category (投诉类别)",
        "severity (严重程度)",
        "customer (客户)",
        "contact (联系方式)",
        "channel",
        "region",
        "product",
        "number (投诉编号)",
    ),
    needs=gettext_lazy(
        "No line of headings with a date and a complaint was found. Name the columns for example date, customer, channel,"
        " region, product, category, severity, complaint, number, contact."
    ),
)
