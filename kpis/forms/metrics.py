"""Reading what somebody wrote about a metric or a measure. Percent on screen, fractions inside."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import Q, QuerySet
from django.forms import formset_factory
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from kpis.amount_text import parse_amount
from kpis.forms.targets import read_amount
from kpis.formulas import Formula, Parts
from kpis.models import Direction, Kind, Measure, Metric, MetricProcess, OverTime, Unit
from kpis.services.measures import MeasureDraft
from kpis.services.metrics import MetricDraft, formula_of
from organization.forms import AreaField

MONTHS_SHOWN = [(12, _("12 months")), (24, _("24 months"))]
SIDES = ("numerator", "denominator")
EMPTY_ROWS = {"numerator": 2, "denominator": 1}

if TYPE_CHECKING:
    MeasureField = forms.ModelChoiceField[Measure]
    MetricsField = forms.ModelMultipleChoiceField[Metric]
    Parts_ = forms.BaseFormSet["PartForm"]
else:  # Django's form classes take no parameters at run time
    MeasureField = forms.ModelChoiceField
    MetricsField = forms.ModelMultipleChoiceField
    Parts_ = forms.BaseFormSet


class ProcessChoice(MetricsField):
    def label_from_instance(self, obj: Metric) -> str:
        return str(_("%(name)s (put away)") % {"name": obj.label}) if obj.archived_at else str(obj.label)


class MeasureChoice(MeasureField):
    def label_from_instance(self, obj: Measure) -> str:
        return str(obj.label)


class NumberField(forms.CharField):
    """A number as people type it (120万, 1.2M), in the unit that the form chose where `in_unit` is set."""

    def __init__(self, *, in_unit: bool = False, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 40)
        kwargs.setdefault("widget", forms.TextInput(attrs={"autocomplete": "off"}))
        super().__init__(**kwargs)
        self.in_unit = in_unit

    def number(self, text: str, unit: str) -> Decimal | None:
        """Raises ValidationError for what is no number."""
        if not text.strip():
            return None
        value = read_amount(text, unit) if self.in_unit else parse_amount(text)
        if value is None:
            raise forms.ValidationError(_("This is not a number. Write 1,200,000 or 120万."))
        return value


def _share(label: Any, initial: str) -> forms.DecimalField:
    return forms.DecimalField(
        label=label, initial=initial, min_value=Decimal("0.01"), max_value=Decimal(9900), max_digits=7, decimal_places=2,
        widget=forms.NumberInput(attrs={"inputmode": "decimal", "step": "any"}),
    )  # fmt: skip


class MetricForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=100)
    name_zh = forms.CharField(label=_("Name in Chinese"), max_length=100, required=False)
    code = forms.CharField(
        label=_("Code"),
        max_length=60,
        required=False,
        help_text=_("In addresses and files; it never changes. Left empty, it follows from the name."),
    )
    scale = NumberField(
        label=_("Times"),
        initial="1",
        help_text=_("1000 for a cost per thousand. Percentages need none: 0.025 is shown as 2.5%."),
    )
    unit = forms.ChoiceField(label=_("Unit"), choices=Unit.choices, initial=Unit.RATIO)
    kind = forms.ChoiceField(label=_("Kind"), choices=Kind.choices)
    processes = ProcessChoice(
        label=_("Process figures"),
        queryset=Metric.objects.none(),
        to_field_name="code",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("While one of them is off plan, a green light of this figure says that it is at risk."),
    )
    direction = forms.ChoiceField(label=_("What is good"), choices=Direction.choices)
    band_low = NumberField(label=_("Good from"), required=False, in_unit=True)
    band_high = NumberField(label=_("Good up to"), required=False, in_unit=True)
    green_from = _share(_("Green from % of plan"), "100")
    yellow_from = _share(_("Yellow from % of plan"), "85")
    least_base = forms.IntegerField(
        label=_("A light from so many on"),
        required=False,
        min_value=1,
        max_value=99_999_999,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
        help_text=_(
            "Where less than this stands below the line, the figure is shown in grey: too few to judge by. Empty: always"
            " a light."
        ),
    )
    help_text = forms.CharField(
        label=_("What it says"), required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 2})
    )
    help_text_zh = forms.CharField(
        label=_("What it says, in Chinese"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    revision = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)
    # For the preview alone
    area = AreaField(label=_("Try it on"), initial="company", required=False, help_text="")
    months = forms.TypedChoiceField(
        label=_("Over"), choices=MONTHS_SHOWN, coerce=int, initial=12, required=False
    )
    target = NumberField(
        label=_("Against a target of"),
        required=False,
        in_unit=True,
        help_text=_("For each month, only to try it."),
    )

    FIXED = ("code", "scale", "unit", "kind", "direction")

    def __init__(self, *args: Any, metric: Metric | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.metric = metric
        offered: Any = self.fields["processes"]
        offered.queryset = process_metrics(metric)
        if metric is not None and metric.shipped and metric.kind != Kind.RESULT:
            del self.fields["processes"]
        if metric is not None:
            del self.fields["code"]
        if metric is not None and metric.shipped:
            for name in self.FIXED[1:]:
                del self.fields[name]
            if metric.denominator is None:
                del self.fields["least_base"]
            if metric.direction != Direction.BAND:
                del self.fields["band_low"], self.fields["band_high"]

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        unit = self.metric.unit if self.metric and self.metric.shipped else values.get("unit", Unit.COUNT)
        for name, field in self.fields.items():
            if isinstance(field, NumberField) and name in values:
                try:
                    values[name] = field.number(values[name], unit)
                except forms.ValidationError as error:
                    self.add_error(name, error)
        return values

    def draft(self, formula: Formula) -> MetricDraft:
        """Of a valid form."""
        data, fixed = self.cleaned_data, self.metric if self.metric and self.metric.shipped else None
        return MetricDraft(
            name=data["name"],
            name_zh=data["name_zh"],
            code=data.get("code", ""),
            formula=formula_of(fixed) if fixed else formula,
            unit=fixed.unit if fixed else data["unit"],
            kind=fixed.kind if fixed else data["kind"],
            direction=fixed.direction if fixed else data["direction"],
            band_low=data.get("band_low"),
            band_high=data.get("band_high"),
            green_from=data["green_from"] / 100,
            yellow_from=data["yellow_from"] / 100,
            least_base=data.get("least_base"),
            help_text=data["help_text"],
            help_text_zh=data["help_text_zh"],
            processes=tuple(one.code for one in data["processes"]) if "processes" in data else None,
        )


def process_metrics(result: Metric | None) -> QuerySet[Metric]:
    """What may be named: process metrics in use, and those that it names already."""
    found = Metric.objects.filter(kind=Kind.PROCESS)
    if result is None:
        return found.filter(archived_at__isnull=True)
    named = MetricProcess.objects.filter(result=result).values("process")
    return found.filter(Q(archived_at__isnull=True) | Q(pk__in=named)).exclude(pk=result.pk)


class PartForm(forms.Form):
    """One measure of a sum: added or taken off, once or several times."""

    sign = forms.ChoiceField(label=_("Sign"), choices=[("+", "+"), ("-", "−")], initial="+", required=False)
    times = NumberField(label=_("Times"), initial="1", required=False)
    measure = MeasureChoice(
        label=_("Amount"), queryset=Measure.objects.none(), required=False, empty_label=_("–")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["measure"]
        field.queryset = Measure.objects.in_use().exclude(over_time=OverTime.COMPUTED)

    def clean_times(self) -> Decimal:
        field: Any = self.fields["times"]
        number = field.number(self.cleaned_data.get("times", ""), Unit.COUNT)
        return Decimal(1) if number is None else number

    @property
    def coefficient(self) -> Decimal:
        times: Decimal = self.cleaned_data.get("times", Decimal(1))
        return -times if self.cleaned_data.get("sign") == "-" else times


class BaseParts(Parts_):
    def parts(self) -> Parts:
        """Coefficients by measure code; a measure that is named twice counts twice."""
        found: dict[str, Decimal] = {}
        for form in self.forms:
            measure = form.cleaned_data.get("measure") if hasattr(form, "cleaned_data") else None
            if measure is not None:
                found[measure.code] = found.get(measure.code, Decimal(0)) + form.coefficient
        return found


_Rows = formset_factory(PartForm, formset=BaseParts, extra=0, max_num=40)


def _side(data: QueryDict | None = None, **kwargs: Any) -> BaseParts:
    rows = _Rows(data, **kwargs)
    assert isinstance(rows, BaseParts)
    return rows


@dataclass
class MetricForms:
    """What the page has to be read: the form and the two sides of the line."""

    form: MetricForm
    numerator: BaseParts
    denominator: BaseParts

    @classmethod
    def read(cls, data: QueryDict, metric: Metric | None) -> MetricForms:
        return cls(
            MetricForm(data, metric=metric),
            _side(data, prefix="numerator"),
            _side(data, prefix="denominator"),
        )

    @classmethod
    def show(cls, metric: Metric | None) -> MetricForms:
        formula = formula_of(metric) if metric else Formula({})
        sides = {
            side: _side(prefix=side, initial=_rows(getattr(formula, side) or {}, EMPTY_ROWS[side]))
            for side in SIDES
        }
        return cls(MetricForm(initial=_initial(metric) if metric else None, metric=metric), **sides)

    @property
    def fixed(self) -> bool:
        """Whether the formula is a shipped one, and the two sides are not there."""
        return bool(self.form.metric and self.form.metric.shipped)

    @property
    def begun(self) -> bool:
        """Whether there is anything above the line yet: before that nothing needs to be said."""
        data = self.form.data
        return self.fixed or any(
            value
            for name, value in data.items()
            if name.startswith("numerator-") and name.endswith("-measure")
        )

    def is_valid(self) -> bool:
        if self.fixed:
            return self.form.is_valid()
        return all([self.form.is_valid(), self.numerator.is_valid(), self.denominator.is_valid()])

    def formula(self) -> Formula:
        """Of valid forms."""
        if self.fixed:
            assert self.form.metric is not None
            return formula_of(self.form.metric)
        return Formula(
            self.numerator.parts(),
            self.denominator.parts() or None,
            self.form.cleaned_data["scale"] or Decimal(0),
        )

    def draft(self) -> MetricDraft:
        return self.form.draft(self.formula())


def with_another_row(data: QueryDict, side: str) -> QueryDict:
    """The same answers with one more empty row on a side."""
    more = data.copy()
    name = f"{side}-TOTAL_FORMS"
    text = data.get(name, "")
    more[name] = str(min(int(text), 39) + 1) if text.isascii() and text.isdigit() and len(text) < 4 else "1"
    return more


def _rows(parts: Parts, empty: int) -> list[dict[str, Any]]:
    ids = dict(Measure.objects.filter(code__in=parts).values_list("code", "pk"))
    rows: list[dict[str, Any]] = [
        {"sign": "-" if number < 0 else "+", "times": _plain(abs(number)), "measure": ids.get(code)}
        for code, number in parts.items()
    ]
    return rows + [{"sign": "+", "times": "1"}] * (empty if not rows else 1)


def _initial(metric: Metric) -> dict[str, Any]:
    percent = metric.unit == Unit.PERCENT

    def edge(value: Decimal | None) -> str:
        if value is None:
            return ""
        return f"{_plain(value * 100)}%" if percent else _plain(value)

    return {
        "name": metric.name, "name_zh": metric.name_zh, "scale": _plain(metric.scale), "unit": metric.unit,
        "kind": metric.kind, "direction": metric.direction, "band_low": edge(metric.band_low),
        "band_high": edge(metric.band_high), "green_from": _plain(metric.green_from * 100),
        "yellow_from": _plain(metric.yellow_from * 100), "least_base": metric.least_base, "help_text": metric.help_text,
        "help_text_zh": metric.help_text_zh, "processes": [one.code for one in metric.processes.all()], "revision": metric.revision, "area": "company", "months": 12,
    }  # fmt: skip


class MeasureForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=100)
    name_zh = forms.CharField(label=_("Name in Chinese"), max_length=100, required=False)
    code = forms.CharField(
        label=_("Code"),
        max_length=60,
        required=False,
        help_text=_("In addresses and files; it never changes. Left empty, it follows from the name."),
    )
    unit = forms.ChoiceField(label=_("Unit"), choices=Unit.choices, initial=Unit.COUNT)
    over_time = forms.ChoiceField(
        label=_("Over time"),
        choices=[(one.value, one.label) for one in (OverTime.SUM, OverTime.LAST)],
        help_text=_("Orders add up. Of followers or brand awareness the last value counts."),
    )
    signed = forms.BooleanField(label=_("May be negative"), required=False)
    revision = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)

    def __init__(self, *args: Any, measure: Measure | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if measure is not None:
            for name in ("code", "unit", "over_time"):
                del self.fields[name]
        if measure is not None and measure.shipped:
            del self.fields["signed"]

    def draft(self) -> MeasureDraft:
        data = {name: value for name, value in self.cleaned_data.items() if name != "revision"}
        return MeasureDraft(**data)


def measure_initial(measure: Measure) -> dict[str, Any]:
    return {
        "name": measure.name,
        "name_zh": measure.name_zh,
        "signed": measure.signed,
        "revision": measure.revision,
    }


def side_errors(forms_: Iterable[forms.Form]) -> list[str]:
    """What is wrong with these, each thing said once and with the name of its field."""
    said = [
        f"{form.fields[name].label}: {error}" if name in form.fields else str(error)
        for form in forms_
        for name, errors in form.errors.items()
        for error in errors
    ]
    return list(dict.fromkeys(said))


def rows_errors(rows: BaseParts) -> list[str]:
    """Of one side of the line, with what is wrong with it as a whole."""
    return [*(str(error) for error in rows.non_form_errors()), *side_errors(rows.forms)]


def _plain(number: Decimal) -> str:
    return f"{Decimal(number).normalize():f}"
