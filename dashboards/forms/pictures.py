"""What somebody wants a picture of, and how."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy

from dashboards.models.keeping import ADDRESS
from dashboards.services.pictures import Asked
from dashboards.tables.page import Part

WIDTHS = (
    (1440, gettext_lazy("Computer, or landscape paper")),
    (820, gettext_lazy("Tablet, or portrait paper")),
    (390, gettext_lazy("As on a phone")),
)


class PictureForm(forms.Form):
    """`parts` to choose from, where the page has been read; else any part may be named."""

    page = forms.CharField(max_length=ADDRESS, widget=forms.HiddenInput)
    panel = forms.CharField(label=gettext_lazy("Which part"), max_length=80, required=False)
    form = forms.ChoiceField(
        label=gettext_lazy("File type"),
        choices=[("png", gettext_lazy("Picture (PNG)")), ("pdf", gettext_lazy("For printing (PDF)"))],
    )
    width = forms.ChoiceField(label=gettext_lazy("How wide"), choices=WIDTHS, required=False)
    theme = forms.ChoiceField(
        label=gettext_lazy("Colours"),
        choices=[("light", gettext_lazy("Light theme")), ("dark", gettext_lazy("Dark theme"))],
        required=False,
        help_text=gettext_lazy("Paper is always light."),
    )
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=settings.LANGUAGES, required=False)

    def __init__(self, *args: Any, parts: Sequence[Part] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if parts is not None:
            whole = ("", gettext_lazy("The whole page"))
            self.fields["panel"].widget = forms.Select(
                choices=[whole, *((part.id, part.name) for part in parts)]
            )

    def asked(self, language: str) -> Asked:
        """In the language that she reads, unless she chose one."""
        cleaned = self.cleaned_data
        return Asked(
            address=cleaned["page"],
            form=cleaned["form"],
            panel=cleaned["panel"],
            language=cleaned["language"] or language,
            theme=cleaned["theme"] or "light",
            width=int(cleaned["width"] or 1440),
        )
