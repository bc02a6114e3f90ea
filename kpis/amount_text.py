"""Amounts as people type them: 1,200,000, 120万, 1.2M, ￥１２０万. Pure."""

from __future__ import annotations

import re
from decimal import Decimal, localcontext

PLACES = 6
_STEPS = {
    "": 0, "k": 3, "m": 6, "b": 9, "t": 12,
    "千": 3, "万": 4, "百万": 6, "千万": 7, "亿": 8, "十亿": 9, "万亿": 12,
}  # fmt: skip
_DIGITS = r"(?:[0-9]+|[0-9]{1,3}(?:[,' ][0-9]{3})+|[0-9]{1,4}(?:[,' ][0-9]{4})+)"
_AMOUNT = re.compile(
    rf"(?P<minus>-)?\s*[¥$€]?\s*(?P<whole>{_DIGITS})?(?:\.(?P<part>[0-9]+))?"
    r"\s*(?P<step>[kmbt]|[百千]?万|万亿|十?亿|千)?\s*元?",
    re.IGNORECASE,
)
LONGEST = 60
# Full-width forms alone: NFKC would make 102 of 10².
_PLAIN = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {
    ord("￥"): "¥", ord("\N{MINUS SIGN}"): "-", 0x3000: " ", 0xA0: " ", 0x202F: " ", 0x2009: " ",
}  # fmt: skip


def parse_amount(text: str) -> Decimal | None:
    """The number that the text says, with at most six decimals; None where it says none, or could say two.

    Commas part thousands (or, as some write in Chinese, ten thousands), never decimals: "1,2" is None.
    """
    plain = text.translate(_PLAIN).strip()
    if len(plain) > LONGEST:
        return None
    match = _AMOUNT.fullmatch(plain)
    if match is None or not (match["whole"] or match["part"]):
        return None
    step = (match["step"] or "").lower()
    if step not in _STEPS:
        return None
    digits = re.sub(r"[,' ]", "", match["whole"] or "0")
    with localcontext() as context:
        context.prec = 100
        value = Decimal(f"{digits}.{match['part'] or '0'}").scaleb(_STEPS[step])
        value = round(-value if match["minus"] else value, PLACES)
    return value.normalize() + 0 if value else Decimal(0)
