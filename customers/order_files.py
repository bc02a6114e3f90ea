"""Which columns of a file of orders mean what: headings in English and Chinese. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _

from ingest.errors import FileRefused
from ingest.layouts import NAMES, Amount, Emission, Layout, Name, normal

PRESET = "orders"
SOURCE = "own-orders"
SINK = "customers"
# What the orders of a day say of their channel, region and product line.
PUBLISHED = (
    "orders",
    "revenue",
    "refunds",
    "new_customers",
    "repeat_orders",
    "known_orders",
    "gross_profit",
    "margined_revenue",
)

# Where several headings of a role stand in a file, the first named here holds: an order counts on the day it was paid.
_HEADINGS: dict[str, str] = {
    "customer": "customer customer_id customer_key customer_no user user_id userid uid member member_id member_no buyer"
    " buyer_id client client_id 客户 客户编号 客户号 客户id 客户标识 会员 会员号 会员编号 会员id 会员卡号 用户 用户id 用户编号 用户标识"
    " 买家 买家id 买家昵称 openid unionid",
    "contact": "contact phone mobile telephone tel email e_mail 手机号 手机 手机号码 电话 联系电话 联系方式 邮箱",
    "day": f"paid_at payment_date pay_time 付款时间 支付时间 付款日期 支付日期 成交时间 成交日期 {NAMES['day']} order_date ordered_at"
    " order_time purchase_date created_at transaction_date 下单日期 下单时间 订单日期 订单时间 交易日期 交易时间 创建时间",
    "amount": "paid_amount 实付金额 实付 实际付款 买家实付 支付金额 付款金额 amount order_amount total total_amount order_total"
    f" price 金额 订单金额 订单总额 总金额 合计金额 {NAMES['revenue']}",
    "refund": "refund refunds refund_amount refunded 退款 退款金额 退款额",
    "order": "order order_id order_no order_number orderid order_code transaction_id 订单号 订单编号 订单id 订单 单号 交易号"
    " 交易编号 流水号",
    "currency": "currency currency_code 币种 货币 币别 结算币种",
    **{
        role: NAMES[role]
        for role in ("channel", "campaign", "content", "region", "province", "city", "store", "product")
    },
}
_ROLES = {
    normal(name): (role, turn) for role, names in _HEADINGS.items() for turn, name in enumerate(names.split())
}
# A file of touches is about customers and days too, and may say what a conversion was worth.
_TOUCHES = {normal(name) for name in ("converted", "conversion", "是否转化", "转化")}
# And so is one of survey answers, whose drivers may be called price.
_SCORES = {
    normal(name) for name in ("nps", "nps_score", "推荐分", "推荐评分", "csat", "满意度", "ces", "费力度")
}
_SCORE, _COMMENT = {"score", "评分"}, {"comment", "评语", "意见", "评论", "评价"}


def orders(headings: Sequence[str]) -> Layout | None:
    """A line an order, or a line of an order: customer, day and amount, and where it came from."""
    at = _columns(headings)
    if "customer" not in at and "contact" in at:
        at["customer"] = at.pop(
            "contact"
        )  # known by her telephone number alone, which is then kept as a hash only
    said = {normal(one) for one in headings}
    if said & (_TOUCHES | _SCORES) or (said & _SCORE and said & _COMMENT):
        return None
    if not {"customer", "day", "amount"} <= set(at):
        return None
    if "channel" not in at and {"campaign", "content"} & set(at):
        raise FileRefused(
            _("This file names campaigns but no channel. Add a column “channel” and send it again.")
        )
    amounts = {"revenue": Amount(at["amount"])}
    if "refund" in at:
        amounts["refunds"] = Amount(at["refund"])
    emission = Emission(
        amounts,
        channel=_name(at, "channel", "campaign", "content"),
        region=_name(at, "region", "province", "city", "store"),
        product=_name(at, "product"),
        constants={"orders": 1},
    )
    return Layout(
        PRESET, SOURCE, "Own orders", at["day"], (emission,), sink=SINK,
        currency_column=at.get("currency"), texts={role: at[role] for role in ("customer", "order", "contact") if role in at},
        signed=frozenset({"revenue", "refunds"}), publishes=PUBLISHED, whole=True,
    )  # fmt: skip


def _columns(headings: Sequence[str]) -> dict[str, int]:
    """Column by role. A heading that is said twice, letter for letter, counts where it stands first."""
    best: dict[str, tuple[int, int]] = {}
    for column, heading in enumerate(headings):
        found = _ROLES.get(normal(heading))
        if found is not None:
            role, turn = found
            best[role] = min(best.get(role, (turn, column)), (turn, column))
    return {role: column for role, (_turn, column) in best.items()}


def _name(at: Mapping[str, int], *roles: str) -> Name:
    return Name(tuple(at[role] for role in roles if role in at))
