"""A margin as it is typed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from kpis.forms.targets import read_amount
from kpis.models import Unit
from organization.area_picker import PickedAreaField
from organization.models import Dimension, Node


class MarginForm(forms.Form):
    """`node` is the product line or channel, `number` the percent; `version` is the one that was on screen."""

    area = PickedAreaField(label=gettext_lazy("Product line or channel"))
    percent = forms.CharField(
        label=gettext_lazy("Gross margin"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy("Of revenue, such as 35%."),
    )
    first_day = forms.DateField(
        label=pgettext_lazy("day", "From"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    version = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["first_day"].initial = date(timezone.localdate().year, 1, 1)

    def clean_first_day(self) -> date:
        day: date = self.cleaned_data["first_day"]
        if not 1990 <= day.year <= 2100:
            raise forms.ValidationError(_("Choose a day between 1990 and 2100."))
        return day

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        nodes: dict[str, Node] | None = data.get("area")
        if nodes is not None:
            data["node"] = next(iter(nodes.values()), None)
            if len(nodes) != 1 or set(nodes) - {Dimension.PRODUCT, Dimension.CHANNEL}:
                self.add_error("area", _("Choose one product line or one channel."))
        text = data.get("percent")
        if text:
            number = read_amount(text, Unit.PERCENT)
            if number is None or not number.is_finite():
                self.add_error("percent", _("This is not a number."))
            elif not Decimal(-10) <= number <= 1:
                self.add_error("percent", _("A margin is at most 100% of revenue, and not below −1,000%."))
            else:
                data["number"] = number * 100
        return data
