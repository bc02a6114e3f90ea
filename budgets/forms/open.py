"""Forms of questions, and of who may look."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from budgets.services.questions import LONGEST
from organization.area_picker import AreaPicker, nodes_of
from organization.gate import Action, can
from organization.models import Person, Scope
from organization.selectors import find_scope, scope_key

MEMBERS, AREAS = "members", "areas"
MOST_AREAS = 20


class QuestionForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("Your question"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Everybody who sees this line reads the question and its answer."),
    )


class AnswerForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("Your answer"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=gettext_lazy("It stays on record. Everybody who sees this line reads it."),
    )


class AudienceForm(forms.Form):
    """`areas` are cleaned to their scopes; `area` is one more. `based_on`: the keys that were on screen."""

    open_to = forms.ChoiceField(
        label=gettext_lazy("Who may look"),
        choices=[
            (MEMBERS, gettext_lazy("Every member")),
            (AREAS, gettext_lazy("Only those who see one of these areas")),
        ],
        widget=forms.RadioSelect,
    )
    area = forms.CharField(
        label=gettext_lazy("Another area"),
        required=False,
        max_length=2000,
        widget=AreaPicker(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy("Whoever sees the company sees every budget."),
    )
    based_on = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, person: Person, standing: list[Scope], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person, self.standing = person, standing
        picker: Any = self.fields["area"].widget
        picker.person = person

    def areas(self) -> list[Scope]:
        """After `is_valid`: those that are to be the audience; none for every member."""
        found: list[Scope] = self.cleaned_data["areas"]
        return found

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        values["areas"] = []
        if values.get("open_to") != AREAS:
            return values
        kept = set(self.data.getlist("keep")) if hasattr(self.data, "getlist") else set()
        areas = [scope for scope in self.standing if scope.key in kept]
        added = self._added(values.get("area") or "")
        if added is not None and added.key not in {scope.key for scope in areas}:
            areas.append(added)
        if not areas and not self.errors:
            self.add_error("area", _("Name an area, or let every member look."))
        if len(areas) > MOST_AREAS:
            self.add_error("area", _("These are too many areas: at most %(most)s.") % {"most": MOST_AREAS})
        values["areas"] = areas
        return values

    def _added(self, text: str) -> Scope | None:
        """What is not hers to see is answered like what is not there."""
        text = text.replace("\0", "").strip()
        if not text:
            return None
        unknown = _("There is no area called %(name)s. Look for it under Areas.") % {"name": text[:200]}
        try:
            nodes = nodes_of(text)
        except forms.ValidationError:
            self.add_error("area", unknown)
            return None
        scope = find_scope(scope_key(nodes)) or Scope(key=scope_key(nodes), **nodes)
        if not can(self.person, Action.VIEW, scope):
            self.add_error("area", unknown)
            return None
        return scope
