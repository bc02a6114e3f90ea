"""Keeping the tree of causes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from feedback.models import Cause
from feedback.services.causes import LONGEST


class RenameForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=LONGEST)


class MergeForm(forms.Form):
    """`others`: with their place in the tree, since names repeat."""

    into = forms.TypedChoiceField(label=gettext_lazy("Into"), coerce=int)

    def __init__(self, *args: Any, others: Sequence[tuple[Cause, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.causes = {cause.pk: cause for cause, _where in others}
        choices = [("", _("Choose one")), *((cause.pk, where) for cause, where in others)]
        self.fields["into"].choices = choices  # type: ignore[attr-defined]

    def chosen(self) -> Cause:
        return self.causes[self.cleaned_data["into"]]
