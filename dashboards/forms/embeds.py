"""Forms of pages in frames elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from dashboards.framing import PanelOfPage
from dashboards.origins import BadOrigin, origins_of
from dashboards.services.embeds import MOST_DAYS

DAYS = 30


class RenewForm(forms.Form):
    days = forms.IntegerField(
        label=_("For how many days"),
        min_value=1,
        max_value=MOST_DAYS,
        initial=DAYS,
        help_text=_("1 to 90. You can renew it before it ends; the link changes then."),
    )


class EmbedForm(RenewForm):
    name = forms.CharField(label=_("Name"), max_length=80, help_text=_("So that you find it in the list."))
    panel = forms.ChoiceField(label=_("What is shown"), required=False)
    origins = forms.CharField(
        label=_("Sites that may show it"),
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false", "autocapitalize": "off"}),
        max_length=3000,
        help_text=_(
            "One a line, such as https://portal.example.com. No other site can show the page in a frame."
        ),
    )
    language = forms.ChoiceField(label=_("Language"), choices=[("en", "English"), ("zh-hans", "中文")])

    field_order = ["name", "panel", "origins", "days", "language"]

    def __init__(self, *args: Any, panels: Sequence[PanelOfPage], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        panel: Any = self.fields["panel"]
        panel.choices = [("", _("The whole page")), *((one.key, one.title) for one in panels)]

    def clean_origins(self) -> list[str]:
        try:
            return origins_of(self.cleaned_data["origins"])
        except BadOrigin as bad:
            raise forms.ValidationError(str(bad)) from bad
