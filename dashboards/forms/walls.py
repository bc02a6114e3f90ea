"""What somebody typed about a screen on a wall."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from dashboards.forms.addresses import typed_address
from dashboards.services.walls import LEAST_SECONDS, MOST_PAGES, MOST_SECONDS, Shows
from dashboards.shareable import Address, NotShareable, address_of


class ScreenForm(forms.Form):
    """`site` is where its own pages are, as a browser writes them; `choices` are addresses with names."""

    code = forms.CharField(
        label=gettext_lazy("Code on the screen"),
        max_length=40,
        widget=forms.TextInput(
            attrs={
                "autocomplete": "off",
                "autocapitalize": "characters",
                "spellcheck": "false",
                "autofocus": True,
            }
        ),
        help_text=gettext_lazy("Eight letters and digits, as the screen shows them."),
    )
    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=80, help_text=gettext_lazy("Such as the room where it hangs.")
    )
    chosen = forms.MultipleChoiceField(
        label=gettext_lazy("Pages"), required=False, widget=forms.CheckboxSelectMultiple
    )
    addresses = forms.CharField(
        label=gettext_lazy("Other pages"),
        required=False,
        max_length=40_000,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        help_text=gettext_lazy("Copied from the address bar, one on each line. They come after those above."),
    )
    seconds = forms.IntegerField(
        label=gettext_lazy("Seconds for each page"),
        min_value=LEAST_SECONDS,
        max_value=MOST_SECONDS,
        initial=30,
    )
    theme = forms.ChoiceField(
        label=gettext_lazy("Theme"),
        choices=[("dark", gettext_lazy("Dark theme")), ("light", gettext_lazy("Light theme"))],
    )
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=settings.LANGUAGES)

    def __init__(
        self, *args: Any, choices: Sequence[tuple[str, str]], site: str, new: bool = True, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.use_required_attribute = False
        self.site = site
        chosen: Any = self.fields["chosen"]
        chosen.choices = choices
        if not new:
            del self.fields["code"]

    def clean_addresses(self) -> list[Address]:
        lines = self.cleaned_data["addresses"].splitlines()
        return [typed_address(line, site=self.site) for line in lines if line.strip()]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if "addresses" in data and "chosen" in data:
            pages = [*_still_there(data["chosen"]), *data["addresses"]]
            if not pages:
                self.add_error("chosen", _("Choose at least one page."))
            elif len(pages) > MOST_PAGES:
                self.add_error("chosen", _("A screen shows at most %(n)s pages.") % {"n": MOST_PAGES})
            data["pages"] = pages
        return data

    def shows(self) -> Shows:
        data = self.cleaned_data
        return Shows(data["name"], data["pages"], data["seconds"], data["theme"], data["language"])


def _still_there(texts: Iterable[str]) -> list[Address]:
    found = []
    for text in texts:
        try:
            found.append(address_of(text))
        except NotShareable:  # a view that was kept of a page that is gone
            continue
    return found
