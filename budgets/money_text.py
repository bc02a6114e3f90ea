"""Amounts in the sentences that services say."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import get_language

from common.formats import exact
from organization.selectors.rates import currency_sign


class _Money:
    unit = "money"


MONEY = _Money()  # for `{{ amount|exact:money }}`


def money_text(amount: Decimal) -> str:
    """With the company's sign and two decimals, as the reader's language writes it."""
    return exact(amount, MONEY, get_language() or "", currency_sign())
