"""Guesses at what the columns of a file are, from their headings and what stands below them. Pure; people decide."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence

from ingest.cleaning import parse_day
from ingest.columns import MEASURE, ONCE, Column
from ingest.layouts import NAMES, headings_of, normal
from ingest.money import currency_of

Head = Sequence[tuple[int, list[str]]]
SAMPLE_ROWS = 20
_UNITS = {"万元": 10000, "万": 10000, "千元": 1000, "千": 1000, "k": 1000}
_UNIT = re.compile(r"[(\[【/]\s*([^()\[\]【】/]{1,8})\s*[)\]】]?$")
_AMOUNT = re.compile(r"[-+(]?\s*(?:[A-Z]{3}\s?|[¥$€£])?\s*[\d.,\s]*\d[\d.,]*\s*[%万亿元)]?", re.IGNORECASE)
_CURRENCY = re.compile(r"[A-Z]{3}")
_KEY = re.compile(r"(^|[_\s])(id|no|number|code)$|编号|单号|流水号|编码|id$")
# Names that are likely enough for a guess, but not for going in unasked.
_MORE_NAMES = {
    "impressions": "展示次数 展现次数 播放量 播放次数 views",
    "campaign": "广告组 广告组名称 推广单元 单元名称 adgroup ad_group adset ad_set",
    "leads": "表单提交数 咨询量 留资量 私信数",
    "orders": "支付订单数 成交笔数 purchases conversions 转化量",
    "revenue": "支付金额 成交总额 turnover income purchase_value",
    "cost": "消耗金额 花费金额 总花费 总消耗 推广消耗 expense amount_spent",
    "new_customers": "新用户数 新增用户",
}
_RATIO = re.compile(r"率|均|单价|占比|比例|roi|roas|ctr|cvr|cp[acmlo]|rate|average|avg|percent|per(?!form)")
_CURRENCY_NAMES = {"currency", "currencycode", "币种", "货币", "币别", "结算币种"}


def looks_like_amount(text: str) -> bool:
    return bool(_AMOUNT.fullmatch(unicodedata.normalize("NFKC", text).strip()))


def head_line(head: Head) -> int:
    """The line that most looks like headings: many known names, few figures, as wide as what stands below it."""
    known = known_names({})

    def worth(position: int) -> tuple[int, int]:
        cells = [cell.strip() for cell in headings_of(head[position][1])]
        told = [cell for cell in cells if cell]
        figures = sum(looks_like_amount(cell) or parse_day(cell) is not None for cell in told)
        names = sum(normal(cell) in known for cell in told)
        below = max((len(headings_of(row)) for _line, row in head[position + 1 : position + 4]), default=0)
        return names * 3 + len(set(told)) - 3 * figures - abs(below - len(cells)), -position

    return head[max(range(len(head)), key=worth)][0]


def rows_at(head: Head, line: int) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """The headings on this line, and the first rows below it. Raises KeyError where there is no such line."""
    for position, (number, row) in enumerate(head):
        if number == line:
            return headings_of(row), list(head[position + 1 : position + 1 + SAMPLE_ROWS])
    raise KeyError(line)


def known_names(measures: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Role by normal heading: the names that ship, and those of measures that users made (code → names)."""
    roles = {}
    for role, names in NAMES.items():
        for name in names.split():
            roles[normal(name)] = role if role in ONCE else MEASURE + role
    for role, names in _MORE_NAMES.items():
        for name in names.split():
            roles[normal(name)] = role if role in ONCE else MEASURE + role
    for code, own in measures.items():
        for text in (code, *own):
            if text:
                roles.setdefault(normal(text), MEASURE + code)
    return roles | dict.fromkeys(_CURRENCY_NAMES, "currency")


def guess(
    headings: Sequence[str], rows: Sequence[Sequence[str]], *, measures: Mapping[str, Sequence[str]]
) -> tuple[Column, ...]:
    """A role a column, none of them twice. Exact names first, then names within the heading, then contents."""
    known = known_names(measures)
    contents = [[row[number].strip() for row in rows if number < len(row)] for number in range(len(headings))]
    told = [[cell for cell in cells if cell] for cells in contents]
    dated = [_most(cells, lambda cell: parse_day(cell) is not None) for cells in told]
    counted = [_most(cells, looks_like_amount) for cells in told]
    roles: dict[int, tuple[str, int]] = {}
    used: set[str] = set()

    def take(number: int, role: str, factor: int = 1) -> None:
        if number not in roles and (role == "key" or role not in used) and (told[number] or not rows):
            roles[number] = (role, factor if role.startswith(MEASURE) else 1)
            used.add(role)

    for number, heading in enumerate(headings):
        role = known.get(normal(heading), "")
        if role and (role != "day" or dated[number] or not rows):
            take(number, role)
    for number, heading in enumerate(headings):
        if _is_key(heading):
            continue
        name, factor = _without_unit(heading)
        role = known.get(normal(name), "") or _within(name, known)
        if role.startswith(MEASURE) and counted[number]:
            take(number, role, factor)
        elif role and not role.startswith(MEASURE) and not counted[number]:
            take(number, role)
    for number in range(len(headings)):
        if dated[number]:
            take(number, "day")
    for number, heading in enumerate(headings):
        if _is_key(heading):
            take(number, "key")
        elif _most(told[number], lambda cell: bool(_CURRENCY.fullmatch(cell))):
            take(number, "currency")
    return tuple(Column(heading, *roles.get(number, ("", 1))) for number, heading in enumerate(headings))


def guess_currency(columns: Sequence[Column]) -> str:
    """The one currency that the headings of amounts name, as 成交金额(美元) does; empty where they name none or two."""
    named = set()
    for column in columns:
        unit = _UNIT.search(unicodedata.normalize("NFKC", column.heading).strip())
        if column.measure and unit is not None:
            named.add(currency_of(unit[1]) or ("CNY" if unit[1].strip() in {"万元", "千元"} else ""))
    named.discard("")
    return named.pop() if len(named) == 1 else ""


def _most(cells: Sequence[str], fitting: object) -> bool:
    assert callable(fitting)
    return bool(cells) and sum(map(fitting, cells)) * 5 >= len(cells) * 4


def _is_key(heading: str) -> bool:
    return bool(_KEY.search(unicodedata.normalize("NFKC", heading).strip().lower()))


def _without_unit(heading: str) -> tuple[str, int]:
    """`消耗（万元）` → 消耗, 10000."""
    text = unicodedata.normalize("NFKC", heading).strip()
    unit = _UNIT.search(text)
    if unit is None:
        return text, 1
    return text[: unit.start()], _UNITS.get(unit[1].strip().lower(), 1)


def _within(heading: str, known: Mapping[str, str]) -> str:
    """The role of a known name that stands within the heading, best at its end: total_spend, 消耗金额, 线索成本."""
    text = normal(heading)
    if _RATIO.search(text):
        return ""
    names = [name for name in known if name in text and len(name) >= (4 if name.isascii() else 2)]
    return known[max(names, key=lambda name: (text.endswith(name), len(name)))] if names else ""
