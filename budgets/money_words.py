"""Amounts of money in sentences, in the reader's language and the company's currency."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import get_language

from common import formats
from organization.selectors.rates import currency_sign


@dataclass(frozen=True)
class Money:
    """What templates and formats ask of a metric, where there is only an amount of money."""

    unit: str = "money"
    display: str = ""
    code: str = ""


MONEY = Money()


def money_text(amount: Decimal) -> str:
    return formats.exact(amount, MONEY, get_language() or "en", currency_sign())
