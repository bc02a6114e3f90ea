"""What somebody wrote about a silence."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.http import Http404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alerts.forms.rules import MetricChoice
from alerts.models import LEVELS, Rule, SilenceKind
from alerts.selectors.silences import WORST
from alerts.services.silences import LONGEST_REASON
from kpis.models import Metric
from organization.area_picker import COMPANY, AreaPicker, find_areas
from organization.gate import Action, can, get_scope_or_404, visible_scopes
from organization.models import Person, Scope

MOMENT = "%Y-%m-%dT%H:%M"  # what browsers' fields for a moment read and write


def moment_field(**kwargs: Any) -> forms.DateTimeField:
    """In the reader's own zone."""
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=MOMENT)
    return forms.DateTimeField(widget=widget, **kwargs)


class SilenceForm(forms.Form):
    kind = forms.ChoiceField(label=gettext_lazy("What it is"), choices=SilenceKind.choices, required=False)
    area = forms.CharField(
        label=gettext_lazy("Area"),
        max_length=2000,
        widget=AreaPicker(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy("With all below it; “Company” is everything."),
    )
    rule = forms.ModelChoiceField(label=gettext_lazy("Rule"), queryset=Rule.objects.none(), required=False)
    metric = MetricChoice(label=gettext_lazy("Figure"), queryset=Metric.objects.in_use(), required=False)
    up_to_level = forms.TypedChoiceField(
        label=gettext_lazy("Up to which level"),
        coerce=int,
        choices=LEVELS,
        initial=WORST,
        required=False,
        help_text=gettext_lazy("What is worse is told all the same."),
    )
    starts_at = moment_field(
        label=gettext_lazy("From"), required=False, help_text=gettext_lazy("Empty: from now on.")
    )
    ends_at = moment_field(label=gettext_lazy("Until"))
    reason = forms.CharField(label=gettext_lazy("Why"), max_length=LONGEST_REASON)

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = person
        self.fields["area"].widget.person = person
        rule, metric = self.fields["rule"], self.fields["metric"]
        rule.queryset = Rule.objects.filter(scope__in=visible_scopes(person)).order_by("name")  # type: ignore[attr-defined]
        rule.empty_label, metric.empty_label = _("Every rule"), _("Every figure")  # type: ignore[attr-defined]

    def clean_area(self) -> Scope:
        """An area of hers by its code or its name, unsaved where nobody has pointed to it. Of areas that she does not
        see nothing is said, not even back in the field.
        """
        found = self._area(self.cleaned_data["area"].strip())
        if found is None:
            self.data = {**{name: self.data.get(name) for name in self.data}, "area": ""}
            raise forms.ValidationError(_("There is no such area among yours. Choose one that you see."))
        if not can(self.person, Action.MANAGE_ALERTS, found):
            raise forms.ValidationError(_("You may see this area, but not silence its alerts."))
        return found

    def _area(self, text: str) -> Scope | None:
        if text.casefold() in (COMPANY, "公司", str(Scope(key=COMPANY).label).casefold()):
            text = COMPANY
        named = [one.code for one in find_areas(self.person, text) if one.label.casefold() == text.casefold()]
        for key in [text, *(named if len(named) == 1 else [])]:
            try:
                return get_scope_or_404(self.person, key)
            except Http404:
                continue
        return None

    def clean_kind(self) -> str:
        return self.cleaned_data["kind"] or SilenceKind.SILENCE


class LongerForm(forms.Form):
    """Until when a silence is to last."""

    until = moment_field(label=gettext_lazy("Until"))

    def clean_until(self) -> datetime:
        return self.cleaned_data["until"]  # type: ignore[no-any-return]
