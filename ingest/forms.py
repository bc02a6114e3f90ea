"""The upload. What a file is worth is the service's to say; the form only takes it."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from ingest.layout_pages import layout_choices
from ingest.saved import ASK


class UploadForm(forms.Form):
    file = forms.FileField(
        label=_("File"),
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx", "class": "drop-input"}),
        error_messages={
            "required": _("Choose a CSV or XLSX file first."),
            "empty": _("This file is empty."),
        },
    )
    preset = forms.ChoiceField(
        label=_("Layout"),
        required=False,
        choices=lambda: [
            ("", _("Recognise it by its headings")),
            *layout_choices(),
            (ASK, _("Ask me what the columns are")),
        ],
    )
