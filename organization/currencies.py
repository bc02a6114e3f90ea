"""Currencies of the world, by their ISO codes; and the foreign rates that people paste."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache

from babel import Locale
from babel.core import get_global
from babel.numbers import get_currency_precision, get_currency_symbol

MOST_LINES = 5000
RATE_DIGITS, RATE_PLACES = 20, 10
_DAY = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")
_BETWEEN = re.compile(r"\s*[,;\t，；]\s*|\s{2,}")


@cache
def currencies() -> Mapping[str, str]:
    """Every currency in use: code → English name, in the order of the codes."""
    names = Locale.parse("en").currencies
    codes = {
        code
        for told in get_global("territory_currencies").values()
        for code, _start, end, tender in told
        if end is None and tender
    }
    return {code: names[code] for code in sorted(codes) if code in names}


def currency_name(code: str, language: str) -> str:
    """In the reader's language: US Dollar, 美元."""
    locale = Locale.parse("zh_Hans" if language.startswith("zh") else "en")
    return str(locale.currencies.get(code, code))


@cache
def sign_of(currency: str) -> str:
    """The shortest sign in use: ¥ for CNY, not CN¥. What is no sign but letters keeps apart from the digits."""
    signs = [get_currency_symbol(currency, locale) for locale in ("en", "zh_Hans")]
    sign = min(signs, key=len)
    return f"{sign}\N{NO-BREAK SPACE}" if sign[-1:].isalpha() else sign


@cache
def smallest_unit(currency: str) -> Decimal:
    """What amounts are counted in: 0.01 for CNY, 1 for JPY (CLDR's digits; where it knows nothing, 0.01)."""
    return Decimal(1).scaleb(-get_currency_precision(currency))


@dataclass(frozen=True)
class RateEntry:
    """One unit of `currency` is worth `rate` from `first_day` on."""

    currency: str
    first_day: date
    rate: Decimal


def parse_rates(text: str) -> tuple[list[RateEntry], list[tuple[int, str]]]:
    """Lines such as `USD, 2025-08-01, 7.1`; the entries, and the lines (number, text) that are none.

    A first line without any figure is taken for headings.
    """
    entries: list[RateEntry] = []
    odd: list[tuple[int, str]] = []
    lines = [unicodedata.normalize("NFKC", line).strip().lstrip("\ufeff") for line in text.splitlines()]
    for number, line in enumerate(lines, start=1):
        if not line:
            continue
        entry = _entry([cell.strip().strip("\"'") for cell in _BETWEEN.split(line)])
        if entry is not None:
            entries.append(entry)
        elif entries or odd or re.search(r"\d", line):
            odd.append((number, line[:80]))
    return entries, odd


def _entry(cells: list[str]) -> RateEntry | None:
    if len(cells) != 3:
        return None
    code, day, rate = cells[0].upper(), parse_rate_day(cells[1]), parse_rate(cells[2])
    if code not in currencies() or day is None or rate is None:
        return None
    return RateEntry(code, day, rate)


def parse_rate_day(text: str) -> date | None:
    found = _DAY.fullmatch(text) or re.fullmatch(r"(\d{4})(\d{2})(\d{2})", text)
    try:
        return date(*(int(part) for part in found.groups())) if found else None
    except ValueError:
        return None


def parse_rate(text: str) -> Decimal | None:
    """A plain number above zero, kept to ten places."""
    if not re.fullmatch(r"\d{1,9}(\.\d{1,12})?", text):
        return None
    try:
        rate = Decimal(text).quantize(Decimal(1).scaleb(-RATE_PLACES))
    except InvalidOperation:
        return None
    return rate if rate > 0 else None
