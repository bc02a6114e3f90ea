"""What somebody typed about a view that she keeps."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class ViewForm(forms.Form):
    name = forms.CharField(
        label=_("Name"),
        max_length=80,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autofocus": True}),
        help_text=_("Such as “Live-stream in the east, this quarter”."),
    )
    shared = forms.BooleanField(
        label=_("Share it: everybody finds it, and sees of it what she may see"), required=False
    )
    start = forms.BooleanField(label=_("Make it my start page"), required=False)

    def __init__(self, *args: Any, new: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.use_required_attribute = False
        if not new:
            del self.fields["start"]
