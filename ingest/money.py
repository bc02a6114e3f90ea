"""Foreign money in files: which currency a text means, and what it was worth on a day."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache

from babel import Locale

from organization.currencies import currencies
from organization.selectors.rates import RateTable, company_currency, rate_table

_OTHER_NAMES = {
    "RMB": "CNY", "人民币元": "CNY", "元": "CNY", "美金": "USD", "US$": "USD", "HK$": "HKD", "港元": "HKD",
    "港币": "HKD", "€": "EUR", "£": "GBP", "日币": "JPY", "台币": "TWD", "韩币": "KRW", "新币": "SGD",
}  # fmt: skip


@dataclass(frozen=True)
class Worth:
    """What a line's money is worth. `currency` is empty where it is the company's own; then the rate is 1."""

    currency: str = ""
    rate: Decimal | None = None
    problem: dict[str, str] | None = None


@dataclass(frozen=True)
class Money:
    """The company's currency and all rates to it, as they stand."""

    own: str
    rates: RateTable = field(repr=False)

    @classmethod
    def now(cls) -> Money:
        own = company_currency()
        return cls(own, rate_table(against=own))

    def worth(self, text: str, day: date | None) -> Worth:
        """The rate for a cell of the currency column (or a code) on a day."""
        if not text.strip():
            return Worth(problem={"code": "currency-missing"})
        code = currency_of(text)
        if not code:
            return Worth(problem={"code": "bad-currency", "text": text.strip()[:80]})
        if code == self.own:
            return Worth(rate=Decimal(1))
        if day is None:
            return Worth(code)  # rejected for its day
        rate = self.rates.on(code, day)
        if rate is None:
            return Worth(
                code, problem={"code": "no-rate", "currency": code, "own": self.own, "day": f"{day}"}
            )
        return Worth(code, rate)


@cache
def _names() -> Mapping[str, str]:
    names = dict(_OTHER_NAMES)
    for locale in (Locale.parse("en"), Locale.parse("zh_Hans")):
        for code in currencies():
            names.setdefault(_plain(locale.currencies.get(code, code)), code)
    return names | {code: code for code in currencies()}


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().upper()


def currency_of(text: str) -> str:
    """`usd`, `美元`, `US Dollar` → USD; empty where it is no currency, or could be several (`$`)."""
    return _names().get(_plain(text), "")
