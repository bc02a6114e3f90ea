"""Files of what lines spent and committed: a line an invoice or contract."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from ingest.layouts import Amount, Emission, Layout, Preset, normal

CODE = "spend"  # of the preset
SOURCE = "budget-spend"  # of the usual source
SINK = "budgets.spend"
NEEDED = ("day", "budget", "line", "kind", "amount")
NAMES: dict[str, str] = {
    "day": "date day invoice_date paid_on booked_on 日期 发生日期 入账日期 发票日期 付款日期",
    "budget": "budget budget_name 预算 预算名称 所属预算",
    "line": "line budget_line line_name 预算项 预算科目 科目 预算行 项目 预算项目",
    "kind": "kind type 类型 种类 性质",
    "amount": "amount sum total 金额 含税金额 发生金额",
    "reference": "reference number invoice invoice_no contract contract_no po 编号 单号 发票号 发票号码 合同号 合同编号 订单号 凭证号",
    "currency": "currency 币种 货币",
    "note": "note comment description 备注 说明 摘要",
}
SPEND = "spend spent expense cost invoice 支出 花费 费用 实际支出 已支出 发票"
COMMITMENT = (
    "commitment committed commit contract po purchase_order order 承诺 合同 订单 采购订单 已签约 已承诺 占用"
)
_ROLES = {normal(name): role for role, names in NAMES.items() for name in names.split()}


def spend(headings: Sequence[str]) -> Layout | None:
    """None where one of the needed columns is missing."""
    found: dict[str, int] = {}
    for column, heading in enumerate(headings):
        role = _ROLES.get(normal(heading))
        if role is not None:
            found.setdefault(role, column)
    if not all(role in found for role in NEEDED):
        return None
    texts = ("budget", "line", "kind", "reference", "note")
    return Layout(
        CODE, SOURCE, "Spend of budgets", found["day"], (Emission({"cost": Amount(found["amount"])}),), sink=SINK,
        texts={role: found[role] for role in texts if role in found}, publishes=(),
        currency_column=found.get("currency"),
    )  # fmt: skip


PRESET = Preset(
    CODE,
    spend,
    label=_("Spend and commitments of budgets"),
    source=_("Spend and commitments of budgets"),
    source_code=SOURCE,
    shown=tuple(f"{names.split()[0]} ({', '.join(names.split()[1:4])} …)" for names in NAMES.values()),
    needs=_(
        "A file of spend has a date, a budget, a line of it, a kind (spend or commitment) and an amount. Name the columns"
        " for example date, budget, line, kind, amount, reference."
    ),
)
