"""Reading what somebody wrote about an objective, a key result, its milestones, a check-in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.forms import formset_factory
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kpis.forms.metrics import NumberField
from kpis.models import Direction, Metric, Unit
from kpis.models.okr import Commitment, How, KeyResult, Level, Objective
from kpis.selectors.okr.access import may_lead
from kpis.selectors.okr.choices import Supportable, choose_people
from kpis.selectors.targets import amount_text
from kpis.services.okr import KeyResultDraft, MilestoneDraft, ObjectiveDraft, ObjectiveRefused
from organization.area_picker import AreaPicker, chosen
from organization.gate import can, knows, visible_nodes
from organization.models import Dimension, Node, Person, Role, Scope
from organization.selectors import UnknownScope, parse_scope, scope_key

EMPTY_ROWS = 3
KEPT = "kept"  # what it supports is not hers to see, and stays

if TYPE_CHECKING:
    MetricField = forms.ModelChoiceField[Metric]
    PersonField = forms.ModelChoiceField[Person]
    NodeField = forms.ModelChoiceField[Node]
    Rows_ = forms.BaseFormSet["MilestoneForm"]
else:  # Django's form classes take no parameters at run time
    MetricField = PersonField = NodeField = forms.ModelChoiceField
    Rows_ = forms.BaseFormSet


class MetricChoice(MetricField):
    def label_from_instance(self, obj: Metric) -> str:
        return str(obj.label)


class PersonChoice(PersonField):
    def label_from_instance(self, obj: Person) -> str:
        return str(obj.label)


class NodeChoice(NodeField):
    def label_from_instance(self, obj: Node) -> str:
        return str(obj.label)


# -- Areas, as far as they are hers to know ---------------------------------------------------------


class SeenAreaPicker(AreaPicker):
    """Shows what was chosen by its name only where she knows it: whoever types a foreign code learns nothing."""

    person: Person | None = None

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        if self.person is None or not _all_known(self.person, str(value or "")):
            context["widget"]["chosen"] = []
        return context


class SeenAreaField(forms.CharField):
    """An area by its code or by names, among those that she may see; cleaned to its nodes by dimension."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", gettext_lazy("Area"))
        kwargs.setdefault("widget", SeenAreaPicker(attrs={"autocomplete": "off"}))
        super().__init__(max_length=2000, **kwargs)
        self.person: Person | None = None

    def ask(self, person: Person) -> None:
        """Whose areas count from now on."""
        self.person = person
        self.widget.person = person  # type: ignore[attr-defined]  # of a SeenAreaPicker

    def clean(self, value: Any) -> dict[str, Node]:
        text = str(super().clean(value) or "").strip() or "company"
        assert self.person is not None
        unknown = forms.ValidationError(
            _("There is no area called %(name)s. Look for it under Areas."), params={"name": text}
        )
        nodes: dict[str, Node] = {}
        for part in re.split(r"\s*[×+]\s*", text) if text != "company" else ():
            node = _seen_node(self.person, part)
            if node is None or node.dimension in nodes:
                raise unknown
            nodes[node.dimension] = node
        if not can(self.person, Role.VIEWER, Scope(key=scope_key(nodes), **nodes)):
            raise unknown
        return nodes


def _all_known(person: Person, text: str) -> bool:
    try:
        nodes = parse_scope(text) if text else {}
    except UnknownScope:
        return False
    return bool(chosen(text)) and all(knows(person, node) for node in nodes.values())


def _seen_node(person: Person, text: str) -> Node | None:
    """By its code, or by a name that only one of those has that she knows."""
    try:
        found = next(iter(parse_scope(text).values()), None)
    except UnknownScope:
        found = None
    if found is not None:
        return found if knows(person, found) else None
    named: list[Node] = []
    for dimension in Dimension.values:
        nodes = visible_nodes(person, dimension).filter(archived_at__isnull=True)
        named += [*nodes.filter(name__iexact=text)[:2], *nodes.filter(name_zh__iexact=text)[:2]]
    return named[0] if len({node.pk for node in named}) == 1 else None


# -- Objectives -------------------------------------------------------------------------------------


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
    area = SeenAreaField(initial="company", required=False)
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


# -- Key results ------------------------------------------------------------------------------------


class KeyResultForm(forms.Form):
    title = forms.CharField(label=gettext_lazy("Key result"), max_length=200)
    how = forms.ChoiceField(label=gettext_lazy("How it is measured"), choices=How.choices, initial=How.METRIC)
    metric = MetricChoice(
        label=gettext_lazy("Figure"),
        required=False,
        queryset=Metric.objects.none(),
        help_text=gettext_lazy("The quarter's figure counts; what adds up, so far."),
    )
    area = SeenAreaField(required=False, label=gettext_lazy("Area of the figure"))
    unit = forms.ChoiceField(
        label=gettext_lazy("Unit"), choices=Unit.choices, initial=Unit.COUNT, required=False
    )
    baseline = NumberField(
        label=gettext_lazy("From"),
        required=False,
        in_unit=True,
        help_text=gettext_lazy("Where it begins, such as last quarter's."),
    )
    target = NumberField(label=gettext_lazy("To"), required=False, in_unit=True)
    weight = NumberField(
        label=gettext_lazy("Weight"),
        initial="1",
        help_text=gettext_lazy("Against the other key results: 2 counts twice as much as 1."),
    )
    owner = PersonChoice(
        label=gettext_lazy("Checked in by"),
        queryset=Person.objects.none(),
        required=False,
        help_text=gettext_lazy("Empty: the owner of the objective."),
    )
    commitment = forms.ChoiceField(label=gettext_lazy("Kind"), choices=Commitment.choices)
    revision = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)

    def __init__(
        self, *args: Any, person: Person, key_result: KeyResult | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["area"].ask(person)
        fields["metric"].queryset = Metric.objects.in_use().exclude(direction=Direction.BAND)
        fields["owner"].queryset = choose_people(person, besides=key_result.owner_id if key_result else None)

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        how, metric = values.get("how"), values.get("metric")
        unit = metric.unit if how == How.METRIC and metric is not None else values.get("unit") or Unit.COUNT
        if how != How.METRIC:  # what is not on screen is not wrong
            self.errors.pop("area", None)
            values["area"] = {}
        fields: Any = self.fields
        for name in ("baseline", "target", "weight"):
            if name not in values:
                continue
            try:
                values[name] = fields[name].number(values[name], unit if name != "weight" else Unit.COUNT)
            except forms.ValidationError as error:
                self.add_error(name, error)
                continue
            if values[name] is None and (name == "weight" or how != How.MILESTONES):
                self.add_error(name, _("Write a number here, such as 1,200,000 or 120万."))
        return values

    def draft(self, *, scope: Scope | None, milestones: Sequence[MilestoneDraft]) -> KeyResultDraft:
        """Of a valid form."""
        data = self.cleaned_data
        return KeyResultDraft(
            title=data["title"],
            how=data["how"],
            baseline=data["baseline"] if data["baseline"] is not None else Decimal(0),
            target=data["target"] if data["target"] is not None else Decimal(1),
            unit=data["unit"] or Unit.COUNT,
            metric=data["metric"],
            scope=scope,
            weight=data["weight"],
            owner=data["owner"],
            commitment=data["commitment"],
            milestones=milestones,
        )


def key_result_initial(key_result: KeyResult) -> dict[str, Any]:
    by_steps = key_result.how == How.MILESTONES
    return {
        "title": key_result.title,
        "how": key_result.how,
        "metric": key_result.metric_id,
        "area": key_result.scope.key if key_result.scope else key_result.objective.scope.key,
        "unit": key_result.unit,
        "baseline": "" if by_steps else amount_text(key_result.baseline, key_result),
        "target": "" if by_steps else amount_text(key_result.target, key_result),
        "weight": f"{key_result.weight.normalize():f}",
        "owner": key_result.owner_id,
        "commitment": key_result.commitment,
        "revision": key_result.revision,
    }


class MilestoneForm(forms.Form):
    """A row; without words it is none."""

    milestone = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)
    title = forms.CharField(label=gettext_lazy("Milestone"), max_length=200, required=False)
    due_on = forms.DateField(
        label=gettext_lazy("Due by"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    weight = NumberField(label=gettext_lazy("Weight"), initial="1", required=False)

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if not values.get("title"):
            return values
        if values.get("due_on") is None and "due_on" not in self.errors:
            self.add_error("due_on", _("Say by when."))
        field: Any = self.fields["weight"]
        try:
            number = field.number(values.get("weight", ""), Unit.COUNT)
            values["weight"] = Decimal(1) if number is None else number
        except forms.ValidationError as error:
            self.add_error("weight", error)
        return values


class BaseMilestones(Rows_):
    def drafts(self) -> tuple[list[MilestoneDraft], list[int]]:
        """Of valid rows: those with words, and in which row each stands."""
        drafts, places = [], []
        for place, form in enumerate(self.forms):
            data = form.cleaned_data
            if data.get("title"):
                drafts.append(
                    MilestoneDraft(data["title"], data["due_on"], data["weight"], data.get("milestone"))
                )
                places.append(place)
        return drafts, places


_Milestones = formset_factory(MilestoneForm, formset=BaseMilestones, extra=0, max_num=40)


def milestone_rows(data: Any = None, *, of: KeyResult | None = None) -> BaseMilestones:
    """What was sent; else those that stand, with some empty rows behind them."""
    if data is not None:
        rows = _Milestones(data, prefix="milestones")
    else:
        known = of.milestones.order_by("due_on", "pk") if of is not None else ()
        initial: list[dict[str, Any]] = [
            {
                "milestone": one.pk,
                "title": one.title,
                "due_on": one.due_on,
                "weight": f"{one.weight.normalize():f}",
            }
            for one in known
        ]
        rows = _Milestones(prefix="milestones", initial=initial + [{"weight": "1"}] * EMPTY_ROWS)
    assert isinstance(rows, BaseMilestones)
    return rows


def put_refusal(
    refused: ObjectiveRefused,
    form: forms.Form,
    rows: BaseMilestones | None = None,
    places: Sequence[int] = (),
) -> None:
    """Says it at its place: the row, the field, else above the form."""
    if rows is not None and refused.row is not None:
        at = rows.forms[places[refused.row]]
        at.add_error(refused.field if refused.field in at.fields else None, str(refused))
        return
    form.add_error(refused.field if refused.field in form.fields else None, str(refused))


# -- Check-ins and closing --------------------------------------------------------------------------


class CheckInForm(forms.Form):
    """Of one key result; there are several on a page, so ids carry the key result's."""

    value = NumberField(label=gettext_lazy("It stands at"), required=False, in_unit=True)
    confidence = forms.IntegerField(
        label=gettext_lazy("Confidence, 0 to 10"),
        min_value=0,
        max_value=10,
        error_messages={
            "min_value": gettext_lazy("Confidence goes from 0 to 10."),
            "max_value": gettext_lazy("Confidence goes from 0 to 10."),
            "invalid": gettext_lazy("Confidence goes from 0 to 10."),
        },
    )
    note = forms.CharField(
        label=gettext_lazy("Note"), required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, key_result: KeyResult, **kwargs: Any) -> None:
        super().__init__(*args, auto_id=f"id_{key_result.pk}_%s", **kwargs)
        self.key_result = key_result
        if key_result.how != How.MANUAL:
            del self.fields["value"]

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if "value" in self.fields and "value" in values:
            field: Any = self.fields["value"]
            try:
                values["value"] = field.number(values["value"], self.key_result.unit)
            except forms.ValidationError as error:
                self.add_error("value", error)
        return values


class ClosingForm(forms.Form):
    """A word on all of it, and on each key result."""

    comment = forms.CharField(
        label=gettext_lazy("What we learnt"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    revision = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(self, *args: Any, key_results: Sequence[KeyResult], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ids = [one.pk for one in key_results]
        for pk in self.ids:
            self.fields[f"comment-{pk}"] = forms.CharField(
                label=gettext_lazy("Comment"), required=False, max_length=1000
            )

    @property
    def comments(self) -> dict[int, str]:
        return {pk: self.cleaned_data[f"comment-{pk}"] for pk in self.ids}

    def field_of(self, pk: int) -> forms.BoundField:
        return self[f"comment-{pk}"]
