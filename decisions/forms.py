"""Forms of this floor's own pages."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from decisions.clocks import HOURS_A_DAY
from decisions.kinds import kinds
from decisions.models.approvals import APPROVERS
from decisions.selectors.approvals import colleagues, who_sees
from decisions.services.proposals import HIGHEST, LONGEST_TEXT
from organization.area_picker import AreaPicker, area_of_hers
from organization.models import Person, Scope

DUTY = "duty"


class NoteForm(forms.Form):
    """A text beside a decision; whether one is needed, the service says."""

    note = forms.CharField(
        label=gettext_lazy("Note"),
        required=False,
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class BandForm(forms.Form):
    """One approval of a kind's ladder."""

    kind = forms.ChoiceField(label=gettext_lazy("What"))
    up_to = forms.DecimalField(
        label=gettext_lazy("Up to the amount"),
        required=False,
        min_value=Decimal("0.01"),
        max_value=HIGHEST,
        max_digits=20,
        decimal_places=4,
        help_text=gettext_lazy("Empty for everything above, and for what has no amount."),
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
        localize=False,
    )
    who = forms.ChoiceField(label=gettext_lazy("Approved by"))
    duty = forms.CharField(
        label=gettext_lazy("Duty"),
        required=False,
        max_length=50,
        help_text=gettext_lazy("Such as director. Who has it where is said on each person's page."),
        widget=forms.TextInput(attrs={"list": "duties-known", "autocomplete": "off"}),
    )
    time = forms.IntegerField(label=gettext_lazy("Time"), min_value=1, max_value=60, initial=1)
    unit = forms.ChoiceField(
        label=gettext_lazy("Counted in"),
        choices=[("days", gettext_lazy("working days")), ("hours", gettext_lazy("working hours"))],
    )
    urgent_hours = forms.IntegerField(
        label=gettext_lazy("Hours in an emergency"),
        min_value=1,
        max_value=240,
        initial=2,
        help_text=gettext_lazy("By day and night."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(kind.code, str(kind.label)) for kind in kinds() if kind.on_decided is not None]
        self.fields["kind"].choices = sorted(choices, key=lambda one: one[1])  # type: ignore[attr-defined]
        self.fields["who"].choices = [*APPROVERS, (DUTY, _("Whoever has a duty"))]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("who") == DUTY and not data.get("duty", "").strip() and "duty" not in self.errors:
            self.add_error("duty", _("Name the duty."))
        return data

    def values(self) -> dict[str, Any]:
        """What the service takes."""
        data = self.cleaned_data
        by_duty = data["who"] == DUTY
        return {
            "kind": data["kind"],
            "up_to": data["up_to"],
            "role": "" if by_duty else data["who"],
            "duty": data["duty"] if by_duty else "",
            "working_hours": data["time"] * (HOURS_A_DAY if data["unit"] == "days" else 1),
            "urgent_hours": data["urgent_hours"],
        }


class _PeopleField(forms.ModelChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, obj: Any) -> str:
        return str(obj.label)


class _AllOfHersPicker(AreaPicker):
    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        context["widget"]["nothing_chosen"] = _("All that is yours")
        return context


class AwayForm(forms.Form):
    """Who decides in her place, and when."""

    to = _PeopleField(
        label=gettext_lazy("Who decides in your place"),
        queryset=Person.objects.none(),
        empty_label=gettext_lazy("Choose somebody"),
    )
    first_day = forms.DateField(
        label=gettext_lazy("From"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    last_day = forms.DateField(
        label=gettext_lazy("To"),
        help_text=gettext_lazy("That day included."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    area = forms.CharField(
        label=gettext_lazy("For this area"),
        required=False,
        max_length=2000,
        widget=_AllOfHersPicker(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = person
        self.fields["to"].queryset = colleagues(person)  # type: ignore[attr-defined]
        self.fields["area"].widget.person = person

    def clean_area(self) -> Scope | None:
        """An area that she sees, by its code or its name; of others nothing is said, not even back in the field."""
        text = self.cleaned_data["area"].strip()
        if not text:
            return None
        try:
            return area_of_hers(self.person, text)
        except forms.ValidationError:
            self.data = {**{name: self.data.get(name) for name in self.data}, "area": ""}
            raise


class HandOverForm(forms.Form):
    to = _PeopleField(
        label=gettext_lazy("To whom"),
        queryset=Person.objects.none(),
        empty_label=gettext_lazy("Choose somebody"),
    )

    def __init__(self, *args: Any, scope: Scope, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = who_sees(scope)  # type: ignore[attr-defined]
