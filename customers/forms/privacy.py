"""For how long personal data is kept, as it is typed."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from customers.models import FieldClass
from customers.services.retention import LEAST, MOST

HELP = {
    FieldClass.CONTACT: _(
        "Name, phone and mail, counted from the last order or from when they were given. Stays while a complaint is open."
    ),
    FieldClass.COMMENT: _(
        "Counted from the day of the answer. Scores stay; topics count the comments that are left."
    ),
    FieldClass.CONVERSATION: _("Counted from when the complaint was solved. Clocks, causes and counts stay."),
    FieldClass.INTERVIEW: _("Counted from the day of the interview. Tags and topics stay."),
}


class RetentionForm(forms.Form):
    """A field a class, in days; empty is for ever. `version` is the one that was on screen."""

    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field_class in FieldClass:
            self.fields[str(field_class)] = forms.IntegerField(
                label=field_class.label,
                help_text=HELP[field_class],
                required=False,
                min_value=LEAST,
                max_value=MOST,
            )

    def days(self) -> dict[FieldClass, int | None]:
        return {field_class: self.cleaned_data[str(field_class)] for field_class in FieldClass}
