"""Days as people and programs write them."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, timedelta

_EXCEL_EPOCH = date(1899, 12, 30)
_YMD = re.compile(
    r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?(?:[T\s]\s*\d{1,2}:\d{2}.{0,20})?"
)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_SERIAL = re.compile(r"(\d{5})(?:\.\d+)?")
FIRST_YEAR, LAST_YEAR = 1990, 2100


def parse_day(text: str) -> date | None:
    """`2025-08-01`, `2025/8/1`, `2025年8月1日`, `20250801`, an Excel serial, full-width digits, with or without a time.

    None where the text is no day, where it could be two (`01/08/2025`), or where the year is not 1990 to 2100.
    """
    plain = unicodedata.normalize("NFKC", text).strip().strip("'\"")
    if match := _YMD.fullmatch(plain) or _COMPACT.fullmatch(plain):
        try:
            day = date(*(int(part) for part in match.groups()))
        except ValueError:
            return None
    elif match := _SERIAL.fullmatch(plain):
        day = _EXCEL_EPOCH + timedelta(days=int(match[1]))
    else:
        return None
    return day if FIRST_YEAR <= day.year <= LAST_YEAR else None
