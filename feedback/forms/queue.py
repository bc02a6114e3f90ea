"""Which complaints the queue shows."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from feedback.forms.areas import NarrowingForm
from feedback.models import Category, Severity
from feedback.selectors.queue import Asked, View, assignees
from organization.models import Person


class QueueForm(NarrowingForm):
    """`?view=open&q=parcel&category=delivery&severity=3&assignee=7&area=region:x`; what cannot be read is left out."""

    view = forms.ChoiceField(
        choices=[(view, view) for view in View], required=False, widget=forms.HiddenInput
    )
    q = forms.CharField(
        label=gettext_lazy("Words or number"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )
    category = forms.ModelChoiceField(
        label=gettext_lazy("Category"),
        queryset=Category.objects.none(),
        to_field_name="code",
        required=False,
        empty_label=gettext_lazy("All"),
    )
    severity = forms.TypedChoiceField(
        label=gettext_lazy("Severity"), coerce=int, required=False, empty_value=None
    )
    assignee = forms.TypedChoiceField(
        label=gettext_lazy("Assigned to"), coerce=int, required=False, empty_value=None
    )
    cause = forms.IntegerField(required=False, min_value=1, max_value=2**62, widget=forms.HiddenInput)

    field_order = ("view", "q", "category", "severity", "assignee", "area", "cause")

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        super().__init__(*args, person=person, **kwargs)
        everybody = {one.pk: one for one in assignees(person)}
        self.people = everybody
        fields: dict[str, Any] = self.fields
        fields["category"].queryset = Category.objects.all()
        fields["category"].label_from_instance = lambda one: one.label
        levels = sorted(Severity.choices, reverse=True)
        fields["severity"].choices = [("", _("All")), *levels]
        fields["assignee"].choices = [
            ("", _("Everybody")),
            *((pk, one.label) for pk, one in everybody.items()),
        ]

    def asked(self, after: str = "") -> Asked:
        data = self.cleaned()
        return Asked(
            view=View(data.get("view") or View.MINE),
            words=data.get("q", "").replace("\0", " ").strip(),
            category=data.get("category"),
            severity=data.get("severity"),
            assignee=self.people.get(data.get("assignee") or 0),
            area=data.get("area"),
            cause=data.get("cause"),
            after=after[:100],
        )
