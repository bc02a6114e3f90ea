"""When and by which ways somebody wants to hear."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from alerts.forms.rules import ways_set_up
from alerts.models import WAYS, Digest, Listening
from alerts.services.listening import DEFAULT_TIME, Wishes
from organization.models import Person

_WAYS = ("watch_ways", "warning_ways", "critical_ways")


def _time(label: Any, **more: Any) -> forms.TimeField:
    return forms.TimeField(
        label=label, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"), required=False, **more
    )


def _ways(label: Any, **more: Any) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label, choices=WAYS, widget=forms.CheckboxSelectMultiple, required=False, **more
    )


class ListeningForm(forms.Form):
    quiet_from = _time(_("Quiet from"))
    quiet_until = _time(_("until"))
    quiet_on_days_off = forms.BooleanField(label=_("All day on days off, too"), required=False)
    watch_ways = _ways(_("Watch"))
    warning_ways = _ways(_("Warning"))
    critical_ways = _ways(_("Critical"))
    digest = forms.ChoiceField(label=_("Digest"), choices=Digest.choices)
    digest_at = _time(_("at"))
    digest_weekday = forms.TypedChoiceField(
        label=_("Weekday"), coerce=int, choices=list(WEEKDAYS.items()), required=False
    )
    digest_when_empty = forms.BooleanField(label=_("Also when there is nothing to say"), required=False)

    def __init__(self, *args: Any, person: Person, known: Listening | None, **kwargs: Any) -> None:
        row = known or Listening()
        initial = {name: getattr(row, name) for name in self.base_fields}
        if not person.phone_verified_at:  # as it is for who has chosen nothing
            for name in _WAYS:
                initial[name] = [way for way in initial[name] if way != "sms"]
        super().__init__(*args, **{**kwargs, "initial": initial})
        usable = {way for way, _name in ways_set_up()} | {"app"}
        for name in _WAYS:
            # What she has chosen is shown, though the server's gateway may be gone meanwhile.
            chosen = set(initial[name]) if known else set()
            self.fields[name].choices = [(way, name_of) for way, name_of in WAYS if way in usable | chosen]  # type: ignore[attr-defined]

    def wishes(self) -> Wishes:
        data = self.cleaned_data
        weekday = data["digest_weekday"]
        return Wishes(
            quiet_from=data["quiet_from"],
            quiet_until=data["quiet_until"],
            quiet_on_days_off=data["quiet_on_days_off"],
            watch_ways=tuple(data["watch_ways"]),
            warning_ways=tuple(data["warning_ways"]),
            critical_ways=tuple(data["critical_ways"]),
            digest=data["digest"],
            digest_at=data["digest_at"] or DEFAULT_TIME,
            digest_weekday=weekday if isinstance(weekday, int) else 4,
            digest_when_empty=data["digest_when_empty"],
        )
