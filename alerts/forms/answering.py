"""What people do with an alert: acknowledge it, hand it over, close it."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy

from alerts.services.episodes import LONGEST_NOTE
from decisions.forms import HandOverForm
from organization.models import Person, Scope

MORNING = time(9)
UNTIL = [
    ("", gettext_lazy("until it gets worse")),
    ("1", gettext_lazy("for an hour")),
    ("4", gettext_lazy("for four hours")),
    ("tomorrow", gettext_lazy("until tomorrow, 9:00")),
]


def _note() -> forms.CharField:
    return forms.CharField(
        label=gettext_lazy("Note"),
        required=False,
        max_length=LONGEST_NOTE,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class AcknowledgeForm(forms.Form):
    until = forms.ChoiceField(label=gettext_lazy("It stays quiet"), required=False, choices=UNTIL)
    note = _note()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "acknowledge_%s", **kwargs})

    def until_when(self, now: datetime) -> datetime | None:
        """None: until it gets worse. Tomorrow is that of whoever asks."""
        chosen = self.cleaned_data["until"]
        if chosen == "tomorrow":
            day = timezone.localtime(now).date() + timedelta(days=1)
            return datetime.combine(day, MORNING, timezone.get_current_timezone())
        return now + timedelta(hours=int(chosen)) if chosen else None


class PassOnForm(HandOverForm):
    note = _note()

    def __init__(self, *args: Any, scope: Scope, person: Person, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "hand_over_%s", "scope": scope, **kwargs})
        to = self.fields["to"]
        to.queryset = to.queryset.exclude(pk=person.pk)  # type: ignore[attr-defined]


class CloseForm(forms.Form):
    cause = forms.CharField(
        label=gettext_lazy("What it was"),
        max_length=LONGEST_NOTE,
        help_text=gettext_lazy(
            "Whoever meets the like of it later reads this. It stays quiet until the figure is clear, or gets worse."
        ),
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "close_%s", **kwargs})
