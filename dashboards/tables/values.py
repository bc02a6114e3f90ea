"""What stands in a cell: a number with its unit, a day, or a text. Pure.

A number is read from what the page carries beside it (`<data value>`), else from its text where that is written in full;
"1.2M" without more stays a text, since it is not exact.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from common.formats import MINUS, MONTHS_EN, NO_VALUE
from common.listing import listed
from dashboards.tables.markup import Element

PERCENT, POINTS, DAYS, TIMES = "%", "pp", "days", "1:"
_UNITS = {"%": PERCENT, "pp": POINTS, "个百分点": POINTS, "day": DAYS, "days": DAYS, "天": DAYS}
_NUMBER = re.compile(
    rf"(?P<sign>[+{MINUS}-]?)(?P<before>\D{{0,4}}?)(?P<digits>\d{{1,3}}(?:,\d{{3}})+|\d+)(?P<decimals>\.\d+)?"
    r"\s?(?P<after>%|pp|个百分点|days?|天)?"
)
_DAY_EN = re.compile(r"(\d{1,2}) ([A-Z][a-z]{2}) (\d{4})")
_DAY_ZH = re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日")
_LIGHTS = frozenset({"light", "at-risk", "cell-own-light", "estimated", "row-detail"})
_BESIDE = _LIGHTS | {"change"}  # where the change is not all that the cell says


@dataclass(frozen=True)
class Seen:
    """`value` of a percentage is a fraction. `note` is what stands beside it: a light's word, "estimated"."""

    text: str = ""
    value: Decimal | date | None = None
    unit: str = ""
    note: str = ""

    @property
    def number(self) -> Decimal | None:
        return self.value if isinstance(self.value, Decimal) else None


def seen(cell: Element, *, currency: str) -> Seen:
    """`currency` is the sign that amounts of money carry."""
    beside = _BESIDE if cell.text(without=_BESIDE) else _LIGHTS
    said = cell.text(without=beside)
    notes = [one.text() for one in _outermost(cell, beside)]
    whole = cell.text()
    carried = [one for one in cell.all(tag="data") if "value" in one.attributes]
    number: Decimal | None = None
    unit = ""
    if len(carried) == 1 and carried[0].text() == said:
        unit = unit_of(said, currency)
        try:
            number = Decimal(carried[0].attributes["value"])
        except InvalidOperation:
            number = None
    if number is None:
        for text in (said, *_titles(cell, said, beside)):
            found = number_of(text, currency)
            if found is not None:
                number, unit = found
                break
    if number is not None:
        return Seen(said, number, unit, listed(notes))
    day = day_of(said)
    if day is not None:
        return Seen(said, day, "", listed(notes))
    if said in ("", NO_VALUE) and not notes:
        return Seen("")
    return Seen("" if said == NO_VALUE else said, note=listed(notes)) if said else Seen(whole)


def _outermost(cell: Element, beside: frozenset[str]) -> Iterator[Element]:
    for one in cell.walk():
        if one.classes & beside and not any(above.classes & beside for above in one.up()):
            yield one


def _titles(cell: Element, said: str, beside: frozenset[str]) -> Iterator[str]:
    """The exact figure beside a short one, as hovering shows it."""
    return (
        one.attributes["title"]
        for one in cell.walk()
        if "title" in one.attributes and one.text(without=beside) == said
    )


def unit_of(text: str, currency: str) -> str:
    if text.endswith(("pp", "个百分点")):
        return POINTS
    if text.endswith("%"):
        return PERCENT
    if text.endswith(("day", "days", "天")):
        return DAYS
    if text.startswith("1:"):
        return TIMES
    return currency if text.lstrip(f"+-{MINUS}").startswith(currency) else ""


def number_of(text: str, currency: str) -> tuple[Decimal, str] | None:
    """`−¥1,234.50` → (-1234.50, "¥"); a percentage as a fraction. None for whatever is more, or less, than a number."""
    match = _NUMBER.fullmatch(text)
    if match is None or match["before"] not in ("", currency):
        return None
    value = Decimal(match["digits"].replace(",", "") + (match["decimals"] or ""))
    value = -value if match["sign"] in ("-", MINUS) else value
    unit = _UNITS[match["after"]] if match["after"] else match["before"]
    if len(match["digits"]) > 1 and match["digits"].startswith("0"):
        return None  # a code
    return (value / 100 if unit == PERCENT else value), unit


def day_of(text: str) -> date | None:
    try:
        if match := _DAY_EN.fullmatch(text):
            return date(int(match[3]), MONTHS_EN.index(match[2]) + 1, int(match[1]))
        if match := _DAY_ZH.fullmatch(text):
            return date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return None
    return None
