"""Forms of the calendar's events. What may be is the services' to say; forms only read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from organization.models import EventKind
from organization.selectors.calendar import KnownEvent
from organization.services.events import EventDraft


def _day(label: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))


class EventForm(forms.Form):
    """An event that other years have too, or a new one; `known` by their codes."""

    code = forms.ChoiceField(
        label=gettext_lazy("Event"),
        required=False,
        help_text=gettext_lazy("Choose one that other years have, so that its days are laid on theirs."),
    )
    name = forms.CharField(label=gettext_lazy("Name, if it is new"), max_length=100, required=False)
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind, if it is new"), choices=EventKind.choices, required=False
    )
    first_day = _day(gettext_lazy("From"))
    last_day = _day(gettext_lazy("To"))

    def __init__(self, *args: Any, known: Mapping[str, KnownEvent], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known = known
        self.fields["code"].choices = [  # type: ignore[attr-defined]  # a ChoiceField
            ("", _("A new event")),
            *((code, one.label) for code, one in known.items()),
        ]

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if not values.get("code") and not (values.get("name") or "").strip() and "code" not in self.errors:
            self.add_error("name", _("Give the new event a name, or choose one from the list."))
        return values

    def draft(self) -> EventDraft:
        values = self.cleaned_data
        known = self.known.get(values["code"])
        return EventDraft(
            code=values["code"],
            name=known.name if known else values["name"].strip(),
            kind=EventKind(known.kind if known else values["kind"] or EventKind.PROMOTION),
            first_day=values["first_day"],
            last_day=values["last_day"],
        )


class EventDaysForm(forms.Form):
    """An event of one year; which event it is stays."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=100)
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=EventKind.choices)
    first_day = _day(gettext_lazy("From"))
    last_day = _day(gettext_lazy("To"))
    revision = forms.IntegerField(min_value=1, widget=forms.HiddenInput)

    def draft(self) -> EventDraft:
        values = {name: value for name, value in self.cleaned_data.items() if name != "revision"}
        return EventDraft(**{**values, "kind": EventKind(values["kind"])})
