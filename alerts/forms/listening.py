"""When and by which ways somebody wants to hear."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from alerts.forms.rules import MetricChoice, ways_set_up
from alerts.models import WAYS, Digest, FollowedFigure, Listening
from alerts.services.listening import DEFAULT_TIME, MOST_FOLLOWED, Wishes
from kpis.forms.okr.areas import SeenAreaField
from kpis.models import Metric
from organization.gate import home_scope, visible_scopes
from organization.models import Node, Person, Scope

_WAYS = ("watch_ways", "warning_ways", "critical_ways")


def _time(label: Any, **more: Any) -> forms.TimeField:
    return forms.TimeField(
        label=label, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"), required=False, **more
    )


def _ways(label: Any, **more: Any) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label, choices=WAYS, widget=forms.CheckboxSelectMultiple, required=False, **more
    )


class _AreaOfFigure(SeenAreaField):
    """Empty is the whole company, which is asked for only where a figure is named beside it."""

    def clean(self, value: Any) -> dict[str, Node] | None:  # type: ignore[override]
        return super().clean(value) if str(value or "").strip() else None

    def company(self) -> dict[str, Node]:
        return super().clean("")


class ListeningForm(forms.Form):
    quiet_from = _time(_("Quiet from"))
    quiet_until = _time(_("until"))
    quiet_on_days_off = forms.BooleanField(label=_("All day on days off, too"), required=False)
    watch_ways = _ways(_("Watch"))
    warning_ways = _ways(_("Warning"))
    critical_ways = _ways(_("Critical"))
    digest = forms.ChoiceField(label=_("Digest"), choices=Digest.choices)
    digest_at = _time(_("at"))
    digest_weekday = forms.TypedChoiceField(
        label=_("Weekday"), coerce=int, choices=list(WEEKDAYS.items()), required=False
    )
    digest_when_empty = forms.BooleanField(label=_("Also when there is nothing to say"), required=False)

    def __init__(self, *args: Any, person: Person, known: Listening | None, **kwargs: Any) -> None:
        row = known or Listening()
        initial = {name: getattr(row, name) for name in self.base_fields}
        if not person.phone_verified_at:  # as it is for who has chosen nothing
            for name in _WAYS:
                initial[name] = [way for way in initial[name] if way != "sms"]
        home = home_scope(person)
        # What she has lost sight of is not named to her, and goes when she saves.
        followed = list(
            FollowedFigure.objects.filter(person=person, scope__in=visible_scopes(person)).select_related(
                "scope"
            )
        )
        for place in range(MOST_FOLLOWED):
            row_there = followed[place] if place < len(followed) else None
            initial[f"figure_{place}"] = row_there.metric_id if row_there else None
            initial[f"figure_area_{place}"] = row_there.scope.key if row_there else home.key if home else ""
        super().__init__(*args, **{**kwargs, "initial": initial})
        for place in range(MOST_FOLLOWED):
            self.fields[f"figure_{place}"] = MetricChoice(
                label=_("Figure"), queryset=Metric.objects.in_use(), required=False, empty_label=_("None")
            )
            area = _AreaOfFigure(required=False)
            area.ask(person)
            self.fields[f"figure_area_{place}"] = area
        usable = {way for way, _name in ways_set_up()} | {"app"}
        for name in _WAYS:
            # What she has chosen is shown, though the server's gateway may be gone meanwhile.
            chosen = set(initial[name]) if known else set()
            self.fields[name].choices = [(way, name_of) for way, name_of in WAYS if way in usable | chosen]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = dict(self.cleaned_data)
        for place in range(MOST_FOLLOWED):
            name = f"figure_area_{place}"
            if data.get(f"figure_{place}") and name in data and data[name] is None:
                area = self.fields[name]
                assert isinstance(area, _AreaOfFigure)
                try:
                    data[name] = area.company()
                except forms.ValidationError as refused:
                    self.add_error(name, refused)
        return data

    @property
    def lines(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """Each figure with its area."""
        return [(self[f"figure_{place}"], self[f"figure_area_{place}"]) for place in range(MOST_FOLLOWED)]

    def follows(self) -> list[tuple[Metric, Mapping[str, Node]]]:
        """The figures that are named, with the nodes of their areas."""
        named = [
            (self.cleaned_data[f"figure_{place}"], self.cleaned_data[f"figure_area_{place}"])
            for place in range(MOST_FOLLOWED)
        ]
        return [(metric, nodes) for metric, nodes in named if metric is not None]

    def wishes(self, *, follows: Sequence[tuple[Metric, Scope]]) -> Wishes:
        data = self.cleaned_data
        weekday = data["digest_weekday"]
        return Wishes(
            quiet_from=data["quiet_from"],
            quiet_until=data["quiet_until"],
            quiet_on_days_off=data["quiet_on_days_off"],
            watch_ways=tuple(data["watch_ways"]),
            warning_ways=tuple(data["warning_ways"]),
            critical_ways=tuple(data["critical_ways"]),
            digest=data["digest"],
            digest_at=data["digest_at"] or DEFAULT_TIME,
            digest_weekday=weekday if isinstance(weekday, int) else 4,
            digest_when_empty=data["digest_when_empty"],
            follows=tuple(follows),
        )
