"""An area of hers, chosen by name; nothing is said of others."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from organization.area_picker import AreaPicker, area_of_hers
from organization.models import Person, Scope


class NarrowingForm(forms.Form):
    """What a list or board is narrowed to, by its address; a field that cannot be read is as if it were empty."""

    area = forms.CharField(
        label=_("Area"), required=False, max_length=2000, widget=AreaPicker(attrs={"autocomplete": "off"})
    )

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = self.fields["area"].widget.person = person

    def clean_area(self) -> Scope | None:
        """None for the whole company."""
        text = self.cleaned_data["area"].strip()
        if not text or text == "company":
            return None
        try:
            return area_of_hers(self.person, text)
        except forms.ValidationError:
            # Nothing is said of areas that are not hers, not even back in the field.
            self.data = {**{name: self.data.get(name) for name in self.data}, "area": ""}
            raise

    def cleaned(self) -> dict[str, Any]:
        self.is_valid()
        return self.cleaned_data
