"""Reading what somebody wrote about a policy: its steps, each with those that it tells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias

from django import forms
from django.utils.translation import gettext_lazy as _

from alerts.forms.rules import ways_set_up
from alerts.models import Connection, Policy, Rota, StepTarget, TargetKind
from alerts.policy_words import DAY, HOUR
from alerts.selectors.connections import visible_connections
from alerts.selectors.policies import visible_rotas
from alerts.services.policies import MOST_STEPS, MOST_TARGETS, PolicyDraft, StepDraft, TargetDraft
from kpis.forms.okr.areas import SeenAreaField
from organization.gate import Action, can, visible_scopes
from organization.models import Duty, Person, Scope

UNITS = [(1, _("minutes")), (HOUR, _("hours")), (DAY, _("days"))]
FEWEST_ROWS = 3
MOST_DELAY = 100_000

Choices: TypeAlias = list[tuple[Any, Any]]


class Whom:
    """What may be chosen as a target, and what each choice stands for."""

    def __init__(self, person: Person, policy: Policy | None) -> None:
        targets = StepTarget.objects.filter(step__policy=policy) if policy else StepTarget.objects.none()
        self._drafts: dict[str, Mapping[str, Any]] = {}
        self.choices: Choices = [("", _("Nobody"))]
        self._add(None, [(kind, {}, kind.label) for kind in (TargetKind.OWNER, TargetKind.ABOVE)])
        duties = {
            name.casefold(): name
            for name in [
                *Duty.objects.filter(scope__in=visible_scopes(person)).values_list("name", flat=True),
                *Duty.objects.filter(scope__key="company").values_list("name", flat=True),
                *targets.exclude(duty="").values_list("duty", flat=True),
            ]
        }
        self._add(
            _("Duties"), [(TargetKind.DUTY, {"duty": name}, name) for _key, name in sorted(duties.items())]
        )
        rotas = visible_rotas(person) | Rota.objects.filter(pk__in=targets.values("rota"))
        self._add(
            _("Rotas"),
            [(TargetKind.ROTA, {"rota": one}, one.name) for one in rotas.distinct().order_by("name")],
        )
        people = Person.objects.filter(is_active=True).order_by("display_name", "username")
        self._add(_("People"), [(TargetKind.PERSON, {"person": one}, one.label) for one in people])
        connections = visible_connections(person) | Connection.objects.filter(
            pk__in=targets.values("connection")
        )
        self._add(
            _("Connections"),
            [
                (TargetKind.CONNECTION, {"connection": one}, one.name)
                for one in connections.distinct().order_by("name", "pk")
            ],
        )

    def draft(self, value: str, ways: Sequence[str]) -> TargetDraft:
        kind = value.partition(":")[0]
        wanted = () if kind == TargetKind.CONNECTION else tuple(ways)  # a connection has one way
        return TargetDraft(kind, ways=wanted, **self._drafts[value])

    def _add(self, group: Any, rows: Sequence[tuple[TargetKind, Mapping[str, Any], Any]]) -> None:
        made: Choices = []
        for kind, stands_for, label in rows:
            thing = next(iter(stands_for.values()), "")
            value = f"{kind.value}:{getattr(thing, 'pk', thing)}" if stands_for else kind.value
            self._drafts[value] = stands_for
            made.append((value, label))
        if made:
            self.choices += [(group, made)] if group is not None else made


def value_of(target: StepTarget) -> str:
    """How the form names it."""
    thing = target.person_id or target.duty or target.rota_id or target.connection_id
    return f"{target.kind}:{thing}" if thing else target.kind


def how_choices() -> Choices:
    ways = dict(ways_set_up())
    several = [("email", "sms"), ("email", "app"), ("email", "sms", "app")]
    return [
        ("", _("as each has chosen")),
        *ways.items(),
        *(
            (",".join(some), " + ".join(str(ways[one]) for one in some))
            for some in several
            if set(some) <= set(ways)
        ),
    ]


class PolicyForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=80)
    area = SeenAreaField(help_text=_("Who sees this area may name the policy in rules."))
    remind = forms.IntegerField(
        label=_("Remind those told every"),
        min_value=1,
        max_value=MOST_DELAY,
        required=False,
        help_text=_("Until somebody answers. Empty: never."),
    )
    remind_unit = forms.TypedChoiceField(label=_("in"), choices=UNITS, coerce=int, initial=HOUR)
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, person: Person, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.use_required_attribute = False
        area = self.fields["area"]
        assert isinstance(area, SeenAreaField)
        area.ask(person)
        self._person = person

    def clean(self) -> dict[str, Any]:
        data = dict(self.cleaned_data)
        nodes = data.get("area")
        if nodes is not None and not can(self._person, Action.MANAGE_ALERTS, Scope(**nodes)):
            self.add_error(
                "area", _("You may not write policies for this area. Choose one that you lead or manage.")
            )
        return data

    def draft(self, *, scope: Scope, steps: Sequence[StepDraft]) -> PolicyDraft:
        data = self.cleaned_data
        remind = data["remind"]
        return PolicyDraft(
            name=data["name"],
            scope=scope,
            steps=steps,
            repeat_minutes=remind * data["remind_unit"] if remind else None,
        )


class StepForm(forms.Form):
    """`delay` and `unit`, and `rows` lines of `whom` and `how`."""

    delay = forms.IntegerField(
        label=_("After"), min_value=0, max_value=MOST_DELAY, required=False, help_text=_("Empty: at once.")
    )
    unit = forms.TypedChoiceField(label=_("in"), choices=UNITS, coerce=int, initial=HOUR, required=False)

    def __init__(self, *args: Any, number: int, rows: int, whom: Whom, how: Choices, **kwargs: Any) -> None:
        kwargs["prefix"] = f"step{number}"
        super().__init__(*args, **kwargs)
        self.number, self.rows, self._whom = number, rows, whom
        for row in range(rows):
            self.fields[f"whom{row}"] = forms.ChoiceField(
                label=_("Tell"), choices=whom.choices, required=False
            )
            self.fields[f"how{row}"] = forms.ChoiceField(label=_("By"), choices=how, required=False)

    @property
    def label(self) -> int:
        return self.number + 1

    @property
    def lines(self) -> Iterator[tuple[forms.BoundField, forms.BoundField]]:
        return ((self[f"whom{row}"], self[f"how{row}"]) for row in range(self.rows))

    def draft(self) -> StepDraft | None:
        """Of a valid form; None where nothing is written."""
        data = self.cleaned_data
        targets = [
            self._whom.draft(data[f"whom{row}"], [way for way in data[f"how{row}"].split(",") if way])
            for row in range(self.rows)
            if data.get(f"whom{row}")
        ]
        minutes = (data.get("delay") or 0) * (data.get("unit") or 1)
        return StepDraft(minutes, targets) if targets or minutes else None


def step_forms(
    person: Person, policy: Policy | None, posted: Any = None, *, more: bool = False
) -> list[StepForm]:
    """As many as were sent; or, unbound, those of the policy and some that are empty. `more`: what was sent with a
    step more and lines more, not judged yet."""
    whom, how = Whom(person, policy), how_choices()
    if posted is not None:
        number = min(_count(posted.get("steps")), MOST_STEPS)
        rows = [min(_count(posted.get(f"step{at}-rows")), MOST_TARGETS) for at in range(number)]
        if not more:
            return [
                StepForm(posted, number=at, rows=each, whom=whom, how=how) for at, each in enumerate(rows)
            ]
        initial = [
            {
                key.partition("-")[2]: value
                for key, value in posted.items()
                if key.startswith(f"step{at}-") and value
            }
            for at in range(number)
        ]
    else:
        initial = [_initial_step(step) for step in policy.steps.prefetch_related("targets")] if policy else []
    wanted = min(max(len(initial) + (1 if more or policy else 0), FEWEST_ROWS), MOST_STEPS)
    initial += [{} for _at in range(wanted - len(initial))]
    return [
        StepForm(
            number=at,
            rows=min(max(2, sum(key.startswith("whom") for key in one) + 1), MOST_TARGETS),
            whom=whom,
            how=how,
            initial=one,
        )
        for at, one in enumerate(initial)
    ]


def initial_of_policy(policy: Policy) -> dict[str, Any]:
    remind, unit = _in_unit(policy.repeat_minutes or 0)
    return {
        "name": policy.name,
        "area": policy.scope.key,
        "remind": remind or None,
        "remind_unit": unit,
        "version": policy.version,
    }


def _initial_step(step: Any) -> dict[str, Any]:
    delay, unit = _in_unit(step.delay_minutes)
    shown: dict[str, Any] = {"delay": delay or None, "unit": unit}
    for row, target in enumerate(step.targets.all()):
        shown[f"whom{row}"], shown[f"how{row}"] = value_of(target), ",".join(target.ways)
    return shown


def _in_unit(minutes: int) -> tuple[int, int]:
    unit = next((one for one in (DAY, HOUR) if minutes and minutes % one == 0), 1) if minutes else HOUR
    return minutes // unit, unit


def _count(text: Any) -> int:
    return int(text) if isinstance(text, str) and text.isdecimal() and len(text) < 4 else 0
