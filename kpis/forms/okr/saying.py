"""What is said of key results: every week, and at the end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kpis.forms.metrics import NumberField
from kpis.models.okr import How, KeyResult


class CheckInForm(forms.Form):
    """Of one key result; there are several on a page, so ids carry the key result's."""

    value = NumberField(label=gettext_lazy("It stands at"), required=False, in_unit=True)
    confidence = forms.IntegerField(
        label=gettext_lazy("Confidence, 0 to 10"),
        min_value=0,
        max_value=10,
        error_messages={
            "min_value": gettext_lazy("Confidence goes from 0 to 10."),
            "max_value": gettext_lazy("Confidence goes from 0 to 10."),
            "invalid": gettext_lazy("Confidence goes from 0 to 10."),
        },
    )
    note = forms.CharField(
        label=gettext_lazy("Note"), required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, key_result: KeyResult, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "auto_id": f"id_{key_result.pk}_%s"})
        self.key_result = key_result
        if key_result.how != How.MANUAL:
            del self.fields["value"]
            return
        self.fields["value"].required = True
        self.fields["value"].error_messages["required"] = _("Say where it stands now.")

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if "value" in self.fields and "value" in values:
            field: Any = self.fields["value"]
            try:
                values["value"] = field.number(values["value"], self.key_result.unit)
            except forms.ValidationError as error:
                self.add_error("value", error)
        return values


class ClosingForm(forms.Form):
    """A word on all of it, and on each key result."""

    comment = forms.CharField(
        label=gettext_lazy("What we learnt"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    revision = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(self, *args: Any, key_results: Sequence[KeyResult], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ids = [one.pk for one in key_results]
        for pk in self.ids:
            self.fields[f"comment-{pk}"] = forms.CharField(
                label=gettext_lazy("Comment"), required=False, max_length=1000
            )

    @property
    def comments(self) -> dict[int, str]:
        return {pk: self.cleaned_data[f"comment-{pk}"] for pk in self.ids}

    def field_of(self, pk: int) -> forms.BoundField:
        return self[f"comment-{pk}"]
