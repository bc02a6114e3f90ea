"""Forms of the alerts' list and of one alert."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alerts.models import LEVEL_CODES, LEVELS
from decisions.forms import HandOverForm
from organization.area_picker import AreaPicker, area_of_hers
from organization.models import Person, Scope


class NarrowForm(forms.Form):
    """Which alerts the list shows."""

    level = forms.ChoiceField(label=gettext_lazy("Level"), required=False)
    area = forms.CharField(
        label=gettext_lazy("Area"),
        required=False,
        max_length=2000,
        widget=AreaPicker(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = person
        self.fields["level"].choices = [  # type: ignore[attr-defined]
            ("", _("All levels")),
            *((LEVEL_CODES[number], name) for number, name in LEVELS),
        ]
        self.fields["area"].widget.person = person

    def clean_area(self) -> Scope | None:
        """An area that she sees, by its code or its name; nothing is said of others, not even back in the field."""
        text = self.cleaned_data["area"].strip()
        if not text or text == "company":
            return None
        try:
            return area_of_hers(self.person, text)
        except forms.ValidationError:
            self.data = {**{name: self.data.get(name) for name in self.data}, "area": ""}
            raise


class AskForm(HandOverForm):
    """A task about an alert. Empty `to`: whoever is responsible for the area."""

    title = forms.CharField(
        label=gettext_lazy("What is to be done"),
        max_length=300,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    due_on = forms.DateField(
        label=gettext_lazy("Until when"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    field_order = ("title", "to", "due_on", "token")

    def __init__(self, *args: Any, scope: Scope, today: date, **kwargs: Any) -> None:
        super().__init__(*args, scope=scope, **kwargs)
        self.today = today
        to = self.fields["to"]
        to.required = False
        to.label = _("By whom")
        to.empty_label = _("Whoever is responsible for the area")  # type: ignore[attr-defined]

    def clean_due_on(self) -> date | None:
        day: date | None = self.cleaned_data["due_on"]
        if day is not None and day < self.today:
            raise forms.ValidationError(_("This day is over."))
        return day

    def clean(self) -> dict[str, Any]:
        """What nobody can see to mend it is said above the fields, and is mended here."""
        data = super().clean() or {}
        if "token" in self.errors:
            self.data = {**{name: self.data.get(name) for name in self.data}, "token": str(uuid4())}
            self.add_error(None, _("This form was not complete. Look at it and send it again."))
        return data
