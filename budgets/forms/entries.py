"""What people type of spend and commitments."""

from __future__ import annotations

import uuid
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from budgets.services.saying import LONGEST_REFERENCE
from kpis.amount_text import parse_amount
from organization.currencies import currency_name
from organization.models import Rate
from organization.selectors.rates import company_currency

LONGEST_NOTE = 1000


class AmountField(forms.CharField):
    """1,200,000, 120万, 1.2M."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", gettext_lazy("Amount of money"))
        super().__init__(
            max_length=60,
            widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "decimal"}),
            **kwargs,
        )

    def clean(self, value: Any) -> Decimal | None:
        text = super().clean(value)
        if not text:
            return None
        number = parse_amount(text)
        if number is None:
            raise forms.ValidationError(_("This is not a number. Write 1,200,000 or 120万."))
        return number


class OnceForm(forms.Form):
    """`key` is made with the form, so that sent twice it counts once."""

    key = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["key"].initial = uuid.uuid4

    @property
    def once(self) -> str | None:
        key = self.cleaned_data.get("key")
        return f"form:{key}" if key else None


class EntryForm(OnceForm):
    """Spend, a commitment, or an invoice of one."""

    amount = AmountField()
    currency = forms.ChoiceField(label=gettext_lazy("Currency"), required=False)
    day = forms.DateField(
        label=gettext_lazy("Day"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=gettext_lazy("When it counts."),
    )
    reference = forms.CharField(
        label=gettext_lazy("Number"),
        max_length=LONGEST_REFERENCE,
        required=False,
        help_text=gettext_lazy("Of the invoice, contract or order. The same number again corrects it."),
    )
    note = forms.CharField(
        label=gettext_lazy("Note"),
        max_length=LONGEST_NOTE,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    last = forms.BooleanField(
        label=gettext_lazy("Nothing more comes: what is left of the commitment is free again"), required=False
    )
    receipt = forms.FileField(
        label=gettext_lazy("Receipt"),
        required=False,
        help_text=gettext_lazy("PDF, picture or OFD, up to 20 MB."),
    )

    def __init__(self, *args: Any, today: date, parts: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["day"].initial = today
        own = company_currency()
        others = (
            Rate.objects.filter(against=own)
            .order_by("currency")
            .values_list("currency", flat=True)
            .distinct()
        )
        language = get_language() or "en"
        self.fields["currency"].choices = [  # type: ignore[attr-defined]  # a ChoiceField
            ("", f"{own} · {currency_name(own, language)}"),
            *((code, f"{code} · {currency_name(code, language)}") for code in others),
        ]
        if not others:
            del self.fields["currency"]
        if not parts:
            del self.fields["last"]

    def values(self) -> dict[str, Any]:
        """As the services take them."""
        data = self.cleaned_data
        values = {name: data[name] for name in ("amount", "day", "reference", "note")}
        return {**values, "currency": data.get("currency", ""), "key": self.once}


class CorrectForm(OnceForm):
    amount = AmountField(
        label=gettext_lazy("Amount as it should be"), help_text=gettext_lazy("In all; 0 takes it back.")
    )
    why = forms.CharField(
        label=gettext_lazy("Why"), max_length=LONGEST_NOTE, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        """`currency`: of the entry, empty for the company's."""
        super().__init__(*args, **kwargs)
        if currency:
            self.fields["amount"].help_text = _(
                "In all, in %(code)s at the rate of its day; 0 takes it back."
            ) % {"code": currency}


class ReceiptForm(forms.Form):
    receipt = forms.FileField(
        label=gettext_lazy("Receipt"), help_text=gettext_lazy("PDF, picture or OFD, up to 20 MB.")
    )
