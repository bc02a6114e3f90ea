"""What somebody wishes of an allocation; it stands in the page's address."""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from channels.dividing import CENT, Mix, Wish
from channels.models import Tier
from common.periods import add_months
from kpis.amount_text import parse_amount

DEFAULTS = {
    "months": "1", "total": "", "room": "30", "mix": Mix.TOWARDS.value, "core": "70", "secondary": "20", "potential": "10",
}  # fmt: skip
PREFIX = "x-"  # of a channel's amount
HIGHEST = Decimal(10) ** 15


class AllocationForm(forms.Form):
    months = forms.ChoiceField(
        label=_("For"),
        choices=[
            ("1", _("Next month")),
            ("3", _("Next 3 months")),
            ("6", _("Next 6 months")),
            ("12", _("Next 12 months")),
        ],
    )
    total = forms.CharField(
        label=_("Total"),
        required=False,
        max_length=40,
        help_text=_("Empty: as much as today, at the same rate."),
    )
    room = forms.IntegerField(
        label=_("Each channel within ± %"),
        min_value=0,
        max_value=90,
        help_text=_("Of what it spends today. The wider, the less is known."),
    )
    mix = forms.ChoiceField(
        label=_("Shares of tiers"),
        choices=[
            (Mix.TOWARDS.value, _("No tier moves away from its share")),
            (Mix.EXACT.value, _("Every tier has its share, give or take 5 points")),
            (Mix.OFF.value, _("Do not look at tiers")),
        ],
    )
    core = forms.IntegerField(label=_("Core %"), min_value=0, max_value=100)
    secondary = forms.IntegerField(label=_("Secondary %"), min_value=0, max_value=100)
    potential = forms.IntegerField(label=_("Potential %"), min_value=0, max_value=100)

    def __init__(self, asked: Mapping[str, Any]) -> None:
        super().__init__({name: asked.get(name, value) for name, value in DEFAULTS.items()})

    def clean_total(self) -> Decimal | None:
        text: str = self.cleaned_data["total"].strip()
        if not text:
            return None
        amount = parse_amount(text)
        if amount is None or not 0 < amount < HIGHEST:
            raise forms.ValidationError(
                gettext("Enter an amount above zero, such as 1200000, 1.2M or 120万.")
            )
        return amount.quantize(CENT)

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        shares = [values.get(tier) for tier in Tier.values]
        if None not in shares and sum(share or 0 for share in shares) != 100:
            self.add_error("core", gettext("The three shares have to add up to 100%."))
        return values

    def wish(self, *, today: date) -> Wish:
        """Of a form that is valid."""
        data = self.cleaned_data
        first, last = coming(int(data["months"]), today)
        shares = {tier: data[tier] for tier in Tier.values}
        return Wish(first, last, data["total"], data["room"], Mix(data["mix"]), shares)


def coming(months: int, today: date) -> tuple[date, date]:
    """From the first day of next month on."""
    first = add_months(today.replace(day=1), 1)
    end = add_months(first, months - 1)
    return first, end.replace(day=calendar.monthrange(end.year, end.month)[1])


def amounts_asked(asked: Mapping[str, Any]) -> dict[int, Decimal]:
    """Amounts by channel, as sliders send them; what is no amount is left out."""
    found = {}
    for name, text in asked.items():
        pk = name.removeprefix(PREFIX)
        if name == pk or not (pk.isascii() and pk.isdigit() and len(pk) < 18):
            continue
        amount = parse_amount(str(text))
        if amount is not None and 0 <= amount < HIGHEST:
            found[int(pk)] = amount.quantize(CENT)
    return found
