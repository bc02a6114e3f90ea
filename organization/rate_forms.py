"""Forms of the page of exchange rates."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from common.listing import listed
from organization.currencies import MOST_LINES, RateEntry, currencies, currency_name, parse_rate, parse_rates


class RateForm(forms.Form):
    """One rate; `own` is the company's currency."""

    currency = forms.ChoiceField(label=gettext_lazy("Currency"))
    first_day = forms.DateField(
        label=gettext_lazy("Valid from"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    rate = forms.CharField(
        label=gettext_lazy("Rate"),
        max_length=24,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "placeholder": "7.1"}),
    )

    def __init__(self, *args: Any, own: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["currency"].choices = [  # type: ignore[attr-defined]  # a ChoiceField
            (code, f"{code} · {currency_name(code, get_language() or 'en')}")
            for code in currencies()
            if code != own
        ]
        self.fields["currency"].initial = "CNY" if own == "USD" else "USD"
        self.fields["rate"].label = _("One unit of it in %(own)s") % {"own": own}

    def clean_rate(self) -> Any:
        rate = parse_rate(self.cleaned_data["rate"].strip())
        if rate is None:
            raise forms.ValidationError(_("Write a plain number above zero, such as 7.1."))
        return rate

    def entries(self) -> list[RateEntry]:
        return [RateEntry(**self.cleaned_data)]


class RatesForm(forms.Form):
    """Several rates at once, pasted or typed."""

    text = forms.CharField(
        label=gettext_lazy("Currency, day, rate: a line each"),
        max_length=400_000,
        widget=forms.Textarea(
            attrs={"rows": 6, "placeholder": "USD, 2025-08-01, 7.1", "spellcheck": "false"}
        ),
        help_text=gettext_lazy(
            "From a table of yours: with commas, semicolons or tabs between. A rate that is there already is corrected."
        ),
    )

    def clean_text(self) -> list[RateEntry]:
        text: str = self.cleaned_data["text"]
        entries, odd = parse_rates(text)
        if odd:
            raise forms.ValidationError(
                ngettext(
                    "Line %(lines)s is not a rate: “%(first)s”. Write USD, 2025-08-01, 7.1. Nothing was changed.",
                    "Lines %(lines)s are not rates; the first says “%(first)s”. Write USD, 2025-08-01, 7.1."
                    " Nothing was changed.",
                    len(odd),
                )
                % {"lines": listed(line for line, _text in odd[:10]), "first": odd[0][1]}
            )
        if not entries:
            raise forms.ValidationError(_("There is no rate in it. Write USD, 2025-08-01, 7.1."))
        if len(entries) > MOST_LINES:
            raise forms.ValidationError(
                _("These are more than %(most)s lines. Send them in parts.") % {"most": MOST_LINES}
            )
        return entries

    def entries(self) -> list[RateEntry]:
        entries: list[RateEntry] = self.cleaned_data["text"]
        return entries
