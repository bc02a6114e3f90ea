"""What a comment complains about, by words that say so plainly; who handles it may know better. Pure."""

from __future__ import annotations

from collections.abc import Collection

OTHER = "other"
# Of the categories that ship, by code. Lower case.
WORDS: dict[str, tuple[str, ...]] = {
    "quality": (
        "broken", "broke", "defect", "faulty", "quality", "damaged", "stopped working", "leak",
        "质量", "坏了", "破损", "故障", "瑕疵", "漏", "做工", "用不了",
    ),
    "delivery": (
        "delivery", "deliver", "shipping", "shipment", "parcel", "courier", "arrived late", "package",
        "物流", "快递", "发货", "配送", "送货", "包裹", "签收",
    ),
    "service": (
        "service", "rude", "staff", "support", "nobody answers", "hotline", "unfriendly",
        "客服", "态度", "服务", "敷衍", "没人理", "不耐烦",
    ),
    "price": (
        "price", "expensive", "bill", "invoice", "charged", "refund", "overcharged",
        "价格", "太贵", "发票", "扣费", "退款", "收费", "差价",
    ),
    "promise": (
        "advertised", "advertisement", "promised", "misleading", "not as described", "false",
        "宣传", "虚假", "不符", "描述", "误导", "承诺",
    ),
}  # fmt: skip


def category_of(text: str, known: Collection[str]) -> str:
    """The code of the category that most words speak for, the first named of equals; `other` where none does."""
    plain = text.casefold()
    said = {code: sum(word in plain for word in words) for code, words in WORDS.items() if code in known}
    best = max(said, key=lambda code: said[code], default=OTHER)
    return best if said.get(best) else OTHER
