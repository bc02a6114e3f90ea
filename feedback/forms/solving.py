"""Why it happened, up to five times, and how it was solved."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from feedback.models import Complaint
from feedback.models.complaints import DEEPEST, TEXT
from feedback.selectors.complaint_page import path_of
from feedback.services.causes import LONGEST

LABELS = (
    gettext_lazy("Why did this happen?"),
    gettext_lazy("And why was that?"),
    gettext_lazy("Why was that, in turn?"),
    gettext_lazy("What lies behind it?"),
    gettext_lazy("And at the root?"),
)


class SolveForm(forms.Form):
    """`why1` to `why5`, from the first to the root; each suggests what is known below the one above."""

    solution = forms.CharField(
        label=gettext_lazy("How it was solved"),
        max_length=TEXT,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("What was done for this customer."),
    )
    revision = forms.IntegerField(min_value=1, widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for depth, label in enumerate(LABELS, start=1):
            self.fields[f"why{depth}"] = forms.CharField(
                label=label,
                required=depth == 1,
                max_length=LONGEST,
                widget=forms.TextInput(
                    attrs={
                        "list": f"whys-{depth}",
                        "autocomplete": "off",
                        "placeholder": " ",
                        "data-why": depth,
                    }
                ),
            )

    @property
    def levels(self) -> Iterator[forms.BoundField]:
        for depth in range(1, DEEPEST + 1):
            yield self[f"why{depth}"]

    def whys(self) -> list[str]:
        """As they stand in the form, up to the first that is empty."""
        found: list[str] = []
        for field in self.levels:
            text = " ".join(str(field.value() or "").replace("\0", "").split())[:LONGEST]
            if not text:
                break
            found.append(text)
        return found

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        filled = [depth for depth in range(1, DEEPEST + 1) if data.get(f"why{depth}", "").strip()]
        for depth in range(2, DEEPEST + 1):
            if filled and depth < filled[-1] and depth not in filled:
                self.add_error(f"why{depth}", _("Write this why too, or take out those below it."))
        return data

    def again(self, revision: int) -> SolveForm:
        """The same, on top of how the complaint stands now."""
        self.data = {**{name: self.data.get(name) for name in self.data}, "revision": str(revision)}
        return self

    @staticmethod
    def initial_of(complaint: Complaint) -> dict[str, Any]:
        """What was said when it was solved before."""
        path = path_of(complaint.cause)
        return {
            "revision": complaint.revision,
            "solution": complaint.solution,
            **{f"why{depth}": cause.name for depth, cause in enumerate(path, start=1)},
        }
