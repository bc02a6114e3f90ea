"""The form of an objective."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kpis.forms.okr.areas import PersonChoice, SeenAreaField
from kpis.models.okr import Commitment, Level, Objective
from kpis.selectors.okr.access import may_lead
from kpis.selectors.okr.choices import Supportable, choose_people
from kpis.services.okr import ObjectiveDraft
from organization.gate import can, visible_nodes
from organization.models import Dimension, Node, Person, Role, Scope

KEPT = "kept"  # what it supports is not hers to see, and stays

if TYPE_CHECKING:
    NodeField = forms.ModelChoiceField[Node]
else:  # Django's form classes take no parameters at run time
    NodeField = forms.ModelChoiceField


class NodeChoice(NodeField):
    def label_from_instance(self, obj: Node) -> str:
        return str(obj.label)


class ObjectiveForm(forms.Form):
    title = forms.CharField(
        label=gettext_lazy("Objective"),
        max_length=200,
        help_text=gettext_lazy("What is to be reached, in a line that people remember."),
    )
    description = forms.CharField(
        label=gettext_lazy("Why, and what belongs to it"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    level = forms.ChoiceField(label=gettext_lazy("Whose"), choices=Level.choices, initial=Level.TEAM)
    area = SeenAreaField(initial="company")
    team = NodeChoice(label=gettext_lazy("Team"), queryset=Node.objects.none(), required=False)
    owner = PersonChoice(label=gettext_lazy("Owner"), queryset=Person.objects.none(), required=False)
    commitment = forms.ChoiceField(
        label=gettext_lazy("Kind"),
        choices=Commitment.choices,
        help_text=gettext_lazy("A committed one needs all of it; an aspirational one is good from 0.7."),
    )
    supports = forms.ChoiceField(
        label=gettext_lazy("Supports"),
        required=False,
        help_text=gettext_lazy(
            "An objective or a key result of the same quarter that this one helps to reach."
        ),
    )
    revision = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)

    def __init__(
        self,
        *args: Any,
        person: Person,
        supportable: Supportable,
        objective: Objective | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.supportable = supportable
        self.objective = objective
        fields: Any = self.fields
        fields["area"].ask(person)
        fields["area"].required = not self.is_bound or self.data.get("level") != Level.COMPANY
        fields["team"].queryset = visible_nodes(person, Dimension.TEAM).filter(archived_at__isnull=True)
        fields["owner"].queryset = choose_people(person, besides=objective.owner_id if objective else None)
        choices = [("", _("Nothing yet")), *supportable.groups]
        if objective is not None and supports_of(objective) not in supportable.known:
            choices.append((KEPT, _("What you may not see: it stays")))
            self.initial["supports"] = KEPT
        fields["supports"].choices = choices
        if not may_lead(person):
            fields["level"].choices = [(Level.PERSON.value, Level.PERSON.label)]
            fields["level"].initial = Level.PERSON.value
            fields["owner"].initial = person.pk
        elif not can(person, Role.MANAGER):
            fields["level"].choices = [one for one in Level.choices if one[0] != Level.COMPANY]

    def draft(self, *, scope: Scope, start: date) -> ObjectiveDraft:
        """Of a valid form."""
        data, known = self.cleaned_data, self.objective
        objective, result = self.supportable.found(data["supports"])
        if data["supports"] == KEPT and known is not None:
            objective, result = known.supports_objective, known.supports_key_result
        team = data["team"]
        if team is None and known is not None and known.team_id is not None:
            fields: Any = self.fields
            unseen = not fields["team"].queryset.filter(pk=known.team_id).exists()
            team = known.team if unseen else None
        return ObjectiveDraft(
            title=data["title"],
            description=data["description"],
            start=start,
            level=data["level"],
            scope=scope,
            owner=data["owner"],
            team=team,
            commitment=data["commitment"],
            supports_objective=objective,
            supports_key_result=result,
        )


def supports_of(objective: Objective) -> str:
    """As the field writes it; "" for nothing."""
    if objective.supports_key_result_id is not None:
        return f"k{objective.supports_key_result_id}"
    return f"o{objective.supports_objective_id}" if objective.supports_objective_id is not None else ""


def objective_initial(objective: Objective) -> dict[str, Any]:
    return {
        "title": objective.title,
        "description": objective.description,
        "level": objective.level,
        "area": objective.scope.key,
        "team": objective.team_id,
        "owner": objective.owner_id,
        "commitment": objective.commitment,
        "supports": supports_of(objective),
        "revision": objective.revision,
    }
