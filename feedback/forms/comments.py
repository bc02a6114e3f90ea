"""What a list of comments is narrowed to."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from feedback.forms.scores import LONGEST, NONE
from feedback.selectors.comments import GROUPS, Wanted
from organization.area_picker import AreaPicker, area_of_hers
from organization.gate import Action, get_scope_or_404
from organization.models import Person, Scope

WORDS = 100  # letters
GROUP_NAMES = [
    ("", gettext_lazy("Any score")),
    ("promoters", gettext_lazy("Promoters (9 and 10)")),
    ("passives", gettext_lazy("Passives (7 and 8)")),
    ("detractors", gettext_lazy("Detractors (0 to 6)")),
    ("unscored", gettext_lazy("Without a score of 0 to 10")),
]


class CommentsForm(forms.Form):
    q = forms.CharField(
        label=gettext_lazy("Contains"),
        required=False,
        max_length=WORDS,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )
    group = forms.ChoiceField(label=gettext_lazy("Score"), required=False, choices=GROUP_NAMES)
    topic = forms.ChoiceField(label=gettext_lazy("Topic"), required=False)
    segment = forms.ChoiceField(label=gettext_lazy("Customer type"), required=False)
    area = forms.CharField(
        label=gettext_lazy("Area"),
        required=False,
        max_length=LONGEST,
        widget=AreaPicker(attrs={"autocomplete": "off"}),
    )
    first_day = forms.DateField(
        label=gettext_lazy("From"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    last_day = forms.DateField(
        label=gettext_lazy("To"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, data: QueryDict, *, person: Person, topics: Any, segments: Any) -> None:
        super().__init__(data)
        self.person = person
        self.fields["area"].widget.person = person
        self.fields["topic"].choices = [  # type: ignore[attr-defined]
            ("", _("All topics")),
            *((str(one.pk), one.label) for one in topics),
        ]
        self.fields["segment"].choices = [  # type: ignore[attr-defined]
            ("", _("All customer types")),
            *((one or NONE, one or _("Not given")) for one in segments),
        ]

    def clean_area(self) -> Scope | None:
        """Raises Http404 for a code that is not hers to see, PermissionDenied where she may not read what was said."""
        text = self.cleaned_data["area"].strip()
        if not text:
            return None
        scope = (
            get_scope_or_404(self.person, text)
            if ":" in text or text == "company"
            else area_of_hers(self.person, text)
        )
        if scope.is_company:
            return scope  # all that is hers
        return get_scope_or_404(self.person, scope.key, Action.HANDLE_COMPLAINTS)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        first, last = data.get("first_day"), data.get("last_day")
        if first and last and first > last:
            self.add_error("last_day", _("The last day lies before the first."))
        return data

    def wanted(self) -> Wanted:
        """What is understood of it."""
        data = self.cleaned_data if self.is_bound and self.is_valid() else getattr(self, "cleaned_data", {})
        segment = data.get("segment", "")
        return Wanted(
            area=data.get("area"),
            group=data.get("group", "") if data.get("group", "") in GROUPS else "",
            topic=int(data["topic"]) if data.get("topic") else None,
            segment=None if not segment else "" if segment == NONE else segment,
            first_day=data.get("first_day"),
            last_day=data.get("last_day"),
            words=data.get("q", ""),
            below=_below(self.data.get("below", "")),
        )


def _below(text: str) -> tuple[date, int] | None:
    """`2026-11-03.4711`: what a page of the list ended with."""
    day, _dot, number = text.partition(".")
    try:
        return date.fromisoformat(day), int(number) if number.isascii() and number.isdecimal() and len(
            number
        ) < 19 else 0
    except ValueError:
        return None
