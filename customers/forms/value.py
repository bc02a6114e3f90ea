"""The limits that make a tier, and how far a forecast looks."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from customers.models import ValueSettings
from customers.services import ValueDraft

FIELDS = ("window_days", "new_days", "dormant_days", "high_score", "soon_days", "horizon_months")


class ValueSettingsForm(forms.Form):
    """`version` is the one that was on screen."""

    window_days = forms.IntegerField(
        label=_("Window in days"),
        min_value=30,
        max_value=1096,
        help_text=_("How often and how much somebody bought is counted within it."),
    )
    new_days = forms.IntegerField(
        label=_("New for so many days"), min_value=1, max_value=1096, help_text=_("After the first order.")
    )
    dormant_days = forms.IntegerField(
        label=_("Dormant after so many days"),
        min_value=1,
        max_value=1096,
        help_text=_("Without an order."),
    )
    high_score = forms.IntegerField(
        label=_("High value from a score of"),
        min_value=2,
        max_value=10,
        help_text=_(
            "Frequency and money, 1 to 5 each, added up. 5 means that at least four fifths of all who bought within the"
            " window have less. At least two orders are needed besides."
        ),
    )
    soon_days = forms.IntegerField(
        label=_("Days for a second order"),
        min_value=1,
        max_value=365,
        help_text=_("Who orders again within them counts as activated in the life cycle."),
    )
    horizon_months = forms.IntegerField(
        label=_("Months to look ahead"),
        min_value=1,
        max_value=60,
        help_text=_(
            "Lifetime value is what a customer brought so far, and what she is expected to bring within them."
        ),
    )
    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        window = values.get("window_days")
        for name in ("new_days", "dormant_days"):
            if window and values.get(name) and values[name] > window:
                self.add_error(
                    name, gettext("This must lie within the window of %(days)s days.") % {"days": window}
                )
        return values

    def draft(self) -> ValueDraft:
        """What the service takes."""
        return ValueDraft(**{name: self.cleaned_data[name] for name in FIELDS})


def initial_of_limits(kept: ValueSettings) -> dict[str, Any]:
    return {name: getattr(kept, name) for name in (*FIELDS, "version")}
