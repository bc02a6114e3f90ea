"""The page that answers who would get an alert of a rule."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from alerts import selectors
from alerts.models import LEVEL_CODES, LEVELS, Instance, Rule
from alerts.selectors.who import covered_areas, who_would_get
from organization.gate import Action, get_scope_or_404, person_of, require

_MOMENT = "%Y-%m-%dT%H:%M"
FARTHEST = timedelta(days=366)


class WhoForm(forms.Form):
    """Which level, on which of the areas that the rule covers, and when."""

    level = forms.ChoiceField(label=gettext_lazy("Level"))
    area = forms.ChoiceField(label=gettext_lazy("Area"))
    at = forms.DateTimeField(
        label=gettext_lazy("When"),
        input_formats=[_MOMENT, "%Y-%m-%dT%H:%M:%S"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=_MOMENT),
    )

    def __init__(self, *args: Any, rule: Rule, areas: list[Instance], now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = now
        levels = {tier.level for tier in rule.tiers.all()}
        choices = [(LEVEL_CODES[level], label) for level, label in LEVELS if level in levels]
        for name, rows in (("level", choices), ("area", [(one.scope.key, one.scope.label) for one in areas])):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = rows

    def clean_at(self) -> datetime:
        at: datetime = self.cleaned_data["at"]
        if abs(at - self.now) > FARTHEST:
            raise forms.ValidationError(_("Ask about a time within a year."))
        return at


@require_GET
@require()
def rule_who(request: HttpRequest, pk: int) -> HttpResponse:
    person, now = person_of(request), timezone.now()
    rule = selectors.get_rule_or_404(person, pk)
    get_scope_or_404(person, rule.scope.key, Action.MANAGE_ALERTS)
    areas = covered_areas(rule)
    context: dict[str, Any] = {"rule": rule, "areas": areas}
    if areas:
        worst = max((tier.level for tier in rule.tiers.all()), default=1)
        usual = {
            "level": LEVEL_CODES[worst],
            "area": areas[0].scope.key,
            "at": timezone.localtime(now).strftime(_MOMENT),
        }
        asked = {name: request.GET.get(name) or value for name, value in usual.items()}
        form = context["form"] = WhoForm(asked, rule=rule, areas=areas, now=now)
        if form.is_valid():
            data = form.cleaned_data
            instance = next(one for one in areas if one.scope.key == data["area"])
            level = next(number for number, code in LEVEL_CODES.items() if code == data["level"])
            context["steps"] = who_would_get(rule, instance, level=level, at=data["at"])
    return render(request, "alerts/rule_who.html", context)
