"""What others in the trade reach, as it is typed."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kpis.forms.targets import read_amount
from kpis.models import Metric, Unit
from kpis.services.benchmarks import LIMIT
from organization.area_picker import PickedAreaField


class MetricChoice(forms.ModelChoiceField):  # type: ignore[type-arg]  # not subscriptable at run time
    def label_from_instance(self, obj: Any) -> str:
        return str(obj.label)


class BenchmarkForm(forms.Form):
    """`number` is the value as it is kept: a growth or a percentage as a fraction."""

    metric = MetricChoice(label=gettext_lazy("Figure"), queryset=Metric.objects.none())
    area = PickedAreaField(required=False)
    value = forms.CharField(
        label=gettext_lazy("Benchmark"),
        max_length=60,
        help_text=gettext_lazy(
            "Of a return or rate its value; of what adds up the growth on last year, such as 12%."
        ),
    )
    source = forms.CharField(label=gettext_lazy("Who says so"), max_length=200)
    first_day = forms.DateField(
        label=gettext_lazy("From"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["metric"].queryset = Metric.objects.in_use()  # type: ignore[attr-defined]
        self.fields["first_day"].initial = date(timezone.localdate().year, 1, 1)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        metric, text = data.get("metric"), data.get("value")
        if metric is None or text is None:
            return data
        number = read_amount(text, Unit.PERCENT if metric.additive else metric.unit)
        if number is None:
            self.add_error("value", _("This is not a number."))
        elif abs(number) >= LIMIT:
            self.add_error("value", _("This number is too large."))
        else:
            data["number"] = number
        return data
