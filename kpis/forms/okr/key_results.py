"""The form of a key result, with its milestones in rows."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.forms import formset_factory
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kpis.forms.metrics import NumberField
from kpis.forms.okr.areas import PersonChoice, SeenAreaField
from kpis.models import Direction, Metric, Unit
from kpis.models.okr import Commitment, How, KeyResult
from kpis.selectors.okr.choices import choose_people
from kpis.selectors.targets import amount_text
from kpis.services.okr import KeyResultDraft, MilestoneDraft, ObjectiveRefused
from organization.models import Person, Scope

EMPTY_ROWS = 3
# What must be said, by how it is measured; the rest is not on screen then.
NEEDED = {How.METRIC: ("metric", "area", "baseline", "target"), How.MANUAL: ("unit", "baseline", "target")}

if TYPE_CHECKING:
    MetricField = forms.ModelChoiceField[Metric]
    Rows_ = forms.BaseFormSet["MilestoneForm"]
else:  # Django's form classes take no parameters at run time
    MetricField = forms.ModelChoiceField
    Rows_ = forms.BaseFormSet


class MetricChoice(MetricField):
    def label_from_instance(self, obj: Metric) -> str:
        return str(obj.label)


class KeyResultForm(forms.Form):
    use_required_attribute = False  # browsers would stop at fields that nobody sees

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
        label=gettext_lazy("Begins at"),
        required=False,
        in_unit=True,
        help_text=gettext_lazy("Such as what last quarter came to."),
    )
    target = NumberField(label=gettext_lazy("Target"), required=False, in_unit=True)
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
        how = self.data.get("how") if self.is_bound else None
        for name in ("metric", "area", "unit", "baseline", "target"):
            fields[name].required = how is None or name in NEEDED.get(how, ())

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
