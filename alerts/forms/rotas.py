"""Reading what somebody wrote about a rota, and about a swap of the watch."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import time
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from alerts.models import Rota
from alerts.services.rotas import LONGEST_TURN, MOST_PLACES, RotaDraft
from kpis.forms.okr.areas import PersonChoice, SeenAreaField
from organization.gate import Action, can
from organization.models import Person, Scope

_MOMENT = "%Y-%m-%dT%H:%M"


def _people() -> Any:
    return Person.objects.filter(is_active=True).order_by("display_name", "username")


class RotaForm(forms.Form):
    """`person0` … in the order of their turns; empty ones are left out."""

    name = forms.CharField(label=_("Name"), max_length=80)
    area = SeenAreaField(help_text=_("Who sees this area sees the rota."))
    first_day = forms.DateField(
        label=_("First day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    hands_over_at = forms.TimeField(
        label=_("Handed over at"),
        initial=time(9),
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        help_text=_("In the company's time zone."),
    )
    turn_days = forms.IntegerField(
        label=_("Days a turn"), initial=7, min_value=1, max_value=LONGEST_TURN, help_text=_("7 for a week.")
    )
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, person: Person, places: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.use_required_attribute = False
        area = self.fields["area"]
        assert isinstance(area, SeenAreaField)
        area.ask(person)
        self._person, self.places = person, min(places, MOST_PLACES)
        for place in range(self.places):
            field = PersonChoice(
                label=_("Turn %(n)s") % {"n": place + 1},
                queryset=_people(),
                required=False,
                empty_label=_("Nobody"),
            )
            self.fields[f"person{place}"] = field

    @property
    def turns(self) -> Iterator[forms.BoundField]:
        return (self[f"person{place}"] for place in range(self.places))

    def clean(self) -> dict[str, Any]:
        data = dict(self.cleaned_data)
        nodes = data.get("area")
        if nodes is not None and not can(self._person, Action.MANAGE_ALERTS, Scope(**nodes)):
            self.add_error(
                "area", _("You may not write rotas for this area. Choose one that you lead or manage.")
            )
        return data

    def draft(self, *, scope: Scope) -> RotaDraft:
        data = self.cleaned_data
        people = [data[f"person{place}"] for place in range(self.places) if data.get(f"person{place}")]
        return RotaDraft(
            name=data["name"],
            scope=scope,
            people=people,
            first_day=data["first_day"],
            hands_over_at=data["hands_over_at"],
            turn_days=data["turn_days"],
        )


class SwapForm(forms.Form):
    """In the zone of whoever writes it."""

    starts_at = forms.DateTimeField(
        label=_("From"),
        input_formats=[_MOMENT, "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=_MOMENT),
    )
    ends_at = forms.DateTimeField(
        label=_("Until"),
        input_formats=[_MOMENT, "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=_MOMENT),
    )
    person = PersonChoice(label=_("Who has the watch instead"), queryset=None, empty_label=_("Choose"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.use_required_attribute = False
        field = self.fields["person"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = _people()


def initial_of_rota(rota: Rota) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "name": rota.name,
        "area": rota.scope.key,
        "first_day": rota.first_day,
        "hands_over_at": rota.hands_over_at,
        "turn_days": rota.turn_days,
        "version": rota.version,
    }
    for place, one in enumerate(rota.places.all()):
        shown[f"person{place}"] = one.person_id
    return shown
