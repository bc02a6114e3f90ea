"""What the address of a comparison asks for. Pure: periods in, periods or what is wrong with them out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from dashboards.spans import Span, parse


class Wrong(StrEnum):
    NO_PERIOD = "no period"
    NO_AREA = "no area"
    FUTURE = "future"
    UNLIKE = "unlike"  # of different lengths
    MIXED = "mixed"  # a time and an area
    SAME = "same"
    ONE = "one"  # one side is missing


@dataclass(frozen=True)
class Times:
    """`about` is the text that is wrong."""

    left: Span | None = None
    right: Span | None = None
    wrong: Wrong | None = None
    about: str = ""


def is_area(text: str) -> bool:
    return ":" in text or text == "company"


def times_of(left: str, right: str, *, today: date, fiscal_start: int) -> Times:
    """Two periods of one length, both begun. Neither: none, and nothing wrong."""
    if not left and not right:
        return Times()
    newest = today - timedelta(days=1)
    found: list[Span | None] = []
    for text in (left, right):
        period = parse(text, newest=newest, fiscal_start=fiscal_start) if text else None
        if text and period is None:
            return Times(wrong=Wrong.NO_PERIOD, about=text)
        if period is not None and period.start > newest:
            return Times(wrong=Wrong.FUTURE, about=text)
        found.append(period)
    one, other = found
    if one is None or other is None:
        known = one or other
        assert known is not None  # one of the texts is a period
        return Times(known, known.last_year())
    if str(one.grain) != str(other.grain):
        return Times(wrong=Wrong.UNLIKE, about=right)
    if (one.start, one.end) == (other.start, other.end):
        return Times(wrong=Wrong.SAME, about=right)
    return Times(one, other)
