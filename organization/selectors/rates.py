"""The company's currency and its sign, and what foreign money was worth."""

from __future__ import annotations

import hashlib
import time
from bisect import bisect_right
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.core.paginator import Page, Paginator

from organization.currencies import sign_of
from organization.models import Company, Rate

RATES_A_PAGE = 100
_KEPT_FOR = 5.0  # seconds that a process may go on with what it knows
_known: tuple[float, str] | None = None


def company_currency() -> str:
    """The ISO code of the company's own money, as it stands."""
    return Company.objects.values_list("currency", flat=True).get(pk=1)


def currency_sign() -> str:
    """What stands before amounts on every page. Asked hundreds of times a page, so kept for a moment."""
    known = _known  # another thread may forget it at any moment
    if known is not None and time.monotonic() - known[0] <= _KEPT_FOR:
        return sign_of(known[1])
    currency = company_currency()
    remember_currency(currency)
    return sign_of(currency)


def remember_currency(currency: str) -> None:
    """For whoever has just read it with something else: her page need not ask again."""
    global _known
    _known = (time.monotonic(), currency)


def forget_currency() -> None:
    """What is shown from now on is asked for anew, in this process at once and in others after a moment."""
    global _known
    _known = None


@dataclass(frozen=True)
class RateTable:
    """All rates to one currency, in order, by the currency that they are of."""

    against: str
    days: dict[str, list[date]]
    rates: dict[str, list[Decimal]]

    def on(self, currency: str, day: date) -> Decimal | None:
        """The rate that held on this day; None where none had begun."""
        at = bisect_right(self.days.get(currency, []), day)
        return self.rates[currency][at - 1] if at else None

    def digest(self, currency: str = "") -> str:
        """Changes whenever a rate (of this currency, or any) does."""
        told = [
            (code, f"{day}", f"{rate.normalize():f}")
            for code in sorted(self.days)
            if currency in {"", code}
            for day, rate in zip(self.days[code], self.rates[code], strict=True)
        ]
        return hashlib.sha256(repr((self.against, told)).encode()).hexdigest()[:16]


def rate_table(*, against: str) -> RateTable:
    table = RateTable(against, {}, {})
    rows = Rate.objects.filter(against=against).order_by("currency", "first_day")
    for currency, day, rate in rows.values_list("currency", "first_day", "rate"):
        table.days.setdefault(currency, []).append(day)
        table.rates.setdefault(currency, []).append(rate)
    return table


def rates_page(number: str | int | None = 1) -> Page[Rate]:
    """The rates to the company's currency, the newest of each currency first."""
    found = Rate.objects.filter(against=company_currency()).select_related("changed_by")
    return Paginator(found.order_by("currency", "-first_day"), RATES_A_PAGE).get_page(number)
