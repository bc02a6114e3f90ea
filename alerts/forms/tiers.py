"""One level of a rule as somebody writes it: up to three conditions, and for how long. Percent on screen, ratios inside."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import QuerySet
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from alerts.conditions import Condition, ConditionError, parse, parts_of
from alerts.conditions.kinds import MOST_PARTS, Combined
from alerts.consequences import all_consequences
from alerts.models import LEVEL_CODES, LEVELS, Policy, Tier
from alerts.services import TierDraft
from kpis.forms.targets import read_amount
from kpis.models import Metric, Unit
from kpis.selectors.targets import amount_text

if TYPE_CHECKING:
    PolicyField = forms.ModelChoiceField[Policy]
else:  # Django's form classes take no parameters at run time
    PolicyField = forms.ModelChoiceField

MOST_PERIODS = 24

# What may be chosen, with the stored kind and what else it says.
_CHOICES: tuple[tuple[str, Any, Mapping[str, Any]], ...] = (
    ("attainment", _("Share of plan by now, in %"), {"kind": "attainment"}),
    ("level", _("The value itself"), {"kind": "level"}),
    (
        "level-whole",
        _("The value itself, once the period is over"),
        {"kind": "level", "whole": True},
    ),
    ("change", _("Change on the period before, in %"), {"kind": "change", "on": "before"}),
    ("change-year", _("Change on last year, in %"), {"kind": "change", "on": "year"}),
    (
        "points",
        _("Change on the period before, in points"),
        {"kind": "change", "on": "before", "points": True},
    ),
    ("points-year", _("Change on last year, in points"), {"kind": "change", "on": "year", "points": True}),
    ("dynamic", _("Unusual for this area"), {"kind": "dynamic"}),
    ("stale", _("No new data"), {"kind": "stale"}),
)
KINDS = [("", _("Not used")), *((code, label) for code, label, _stored in _CHOICES)]
_STORED = {code: dict(stored) for code, _label, stored in _CHOICES}
LIMITED = ("attainment", "level", "level-whole", "change", "change-year", "points", "points-year")
DIRECTIONS = [
    ("both", _("High or low")),
    ("low", _("Only low")),
    ("high", _("Only high")),
]
JOINS = [("all", _("All of these")), ("any", _("Any of these"))]
FIELDS = ("kind", "below", "above", "inclusive", "one_in", "least", "direction", "days")


class PolicyChoice(PolicyField):
    def label_from_instance(self, obj: Policy) -> str:
        return obj.name


class TierForm(forms.Form):
    """Fields `0-kind`, `0-below` … `2-days` for the conditions, `join`, `periods`, `out_of`, `consequences`, and `policy`
    where there are any.
    """

    join = forms.ChoiceField(label=_("Alert when"), choices=JOINS, initial="all", required=False)
    periods = forms.IntegerField(
        label=_("for how many periods"), initial=1, min_value=1, max_value=MOST_PERIODS, required=False
    )
    out_of = forms.IntegerField(
        label=_("of the last"),
        min_value=1,
        max_value=MOST_PERIODS,
        required=False,
        help_text=_("Empty: in a row."),
    )
    consequences = forms.MultipleChoiceField(
        label=_("What happens besides"),
        choices=lambda: [
            (one.code, format_html('<span>{}<span class="row-detail">{}</span></span>', one.label, one.help))
            for one in all_consequences()
        ],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    def __init__(
        self,
        *args: Any,
        level: int,
        metric: Metric | None = None,
        policies: QuerySet[Policy] | None = None,
        **kwargs: Any,
    ) -> None:
        kwargs["prefix"] = LEVEL_CODES[level]
        super().__init__(*args, **kwargs)
        self.level, self.metric = level, metric
        self.condition: Condition | None = None
        for place in range(MOST_PARTS):
            for name, field in _row_fields().items():
                self.fields[f"{place}-{name}"] = field
        if policies:
            self.fields["policy"] = PolicyChoice(
                label=_("Policy"),
                queryset=policies,
                required=False,
                empty_label=_("None: only the people named below"),
            )

    @property
    def label(self) -> Any:
        return dict(LEVELS)[self.level]

    @property
    def first(self) -> dict[str, forms.BoundField]:
        return self._row(0)

    @property
    def further(self) -> list[dict[str, forms.BoundField]]:
        return [self._row(place) for place in range(1, MOST_PARTS)]

    @property
    def combines(self) -> bool:
        """Whether more than one condition is written, or something is wrong with a further one."""
        further = [f"{place}-{name}" for place in range(1, MOST_PARTS) for name in FIELDS]
        return any(self[name].value() for name in further if name.endswith("kind")) or any(
            name in self.errors for name in further
        )

    def clean(self) -> dict[str, Any]:
        data = dict(self.cleaned_data)
        parts = [one for place in range(MOST_PARTS) if (one := self._part(data, place)) is not None]
        if len(parts) == 1:
            self.condition = parts[0]
        elif parts:
            self.condition = Combined((data.get("join") or "all") == "all", tuple(parts))
        if data.get("out_of") and data["out_of"] < (data.get("periods") or 1):
            self.add_error("out_of", _("Of the last periods at least as many are asked as must hold."))
        return data

    def draft(self) -> TierDraft | None:
        """Of a valid form; None where the level is not used."""
        if self.condition is None:
            return None
        return TierDraft(
            self.level,
            self.condition,
            self.cleaned_data["periods"] or 1,
            self.cleaned_data["out_of"] or 0,
            self.cleaned_data.get("policy"),
            tuple(self.cleaned_data.get("consequences", ())),
        )

    def _row(self, place: int) -> dict[str, forms.BoundField]:
        return {name: self[f"{place}-{name}"] for name in FIELDS}

    def _part(self, data: Mapping[str, Any], place: int) -> Condition | None:
        kind = data.get(f"{place}-kind") or ""
        if not kind:
            return None
        stored = dict(_STORED[kind])
        if kind in LIMITED:
            for name in ("below", "above"):
                stored[name] = self._number(data, place, name, kind)
            stored["inclusive"] = bool(data.get(f"{place}-inclusive"))
        elif kind == "dynamic":
            stored["one_in"] = data.get(f"{place}-one_in") or 100
            stored["direction"] = data.get(f"{place}-direction") or "both"
            stored["least"] = self._number(data, place, "least", kind)
        else:
            stored["days"] = data.get(f"{place}-days") or 1
        if any(f"{place}-{name}" in self.errors for name in FIELDS):
            return None
        try:
            return parse(stored)
        except ConditionError as error:
            where = {"dynamic": "one_in", "stale": "days"}.get(kind, "below")
            missing = kind in LIMITED and stored["below"] is None and stored["above"] is None
            self.add_error(f"{place}-{where}", _("Write a number under or over.") if missing else str(error))
            return None

    def _number(self, data: Mapping[str, Any], place: int, name: str, kind: str) -> str | None:
        text = (data.get(f"{place}-{name}") or "").strip()
        if not text:
            return None
        number = read_amount(text, _unit(kind, self.metric))
        if number is None:
            self.add_error(f"{place}-{name}", _("This is not a number. Write 1,200,000 or 120万."))
            return None
        return format(number, "f")


def tier_forms(
    posted: Any,
    *,
    metric: Metric | None,
    initial: Mapping[int, Mapping[str, Any]],
    policies: QuerySet[Policy] | None = None,
) -> list[TierForm]:
    """One for each level, the mildest first."""
    return [
        TierForm(posted, level=level, metric=metric, policies=policies, initial=dict(initial.get(level, {})))
        for level in LEVEL_CODES
    ]


def initial_of_tier(
    condition: Condition, metric: Metric, periods: int = 1, out_of: int = 0
) -> dict[str, Any]:
    """What the form shows of a level."""
    shown: dict[str, Any] = {"periods": periods, "out_of": out_of or None}
    if isinstance(condition, Combined):
        shown["join"] = "all" if condition.every else "any"
    for place, part in enumerate(parts_of(condition)):
        stored = part.as_json()
        kind = _kind_of(stored)
        shown[f"{place}-kind"] = kind
        for name in ("below", "above", "least"):
            if stored.get(name) is not None:
                shown[f"{place}-{name}"] = _typed(Decimal(stored[name]), kind, metric)
        for name in ("inclusive", "one_in", "direction", "days"):
            if name in stored:
                shown[f"{place}-{name}"] = stored[name]
    return shown


def initial_of_stored(tier: Tier, metric: Metric) -> dict[str, Any]:
    """Of a level that is kept; nothing of a condition that cannot be read."""
    try:
        condition = parse(tier.condition)
    except ConditionError:
        return {}
    return {
        **initial_of_tier(condition, metric, tier.for_periods, tier.out_of),
        "policy": tier.policy_id,
        "consequences": tier.consequences,
    }


def _row_fields() -> dict[str, forms.Field]:
    number = {"inputmode": "decimal", "autocomplete": "off"}
    return {
        "kind": forms.ChoiceField(label=_("Alert when"), choices=KINDS, required=False),
        "below": forms.CharField(
            label=_("is under"), max_length=40, required=False, widget=forms.TextInput(attrs=number)
        ),
        "above": forms.CharField(
            label=_("or over"), max_length=40, required=False, widget=forms.TextInput(attrs=number)
        ),
        "inclusive": forms.BooleanField(label=_("exactly there too"), required=False),
        "one_in": forms.IntegerField(
            label=_("One false alarm in how many periods"), min_value=10, max_value=1000, required=False
        ),
        "least": forms.CharField(
            label=_("and by at least"), max_length=40, required=False, widget=forms.TextInput(attrs=number)
        ),
        "direction": forms.ChoiceField(label=_("Which way"), choices=DIRECTIONS, required=False),
        "days": forms.IntegerField(
            label=_("for more than how many days"), min_value=1, max_value=400, required=False
        ),
    }


def _unit(kind: str, metric: Metric | None) -> str:
    """In which unit a number of that kind is typed."""
    if kind in ("level", "level-whole", "dynamic") or (kind.startswith("points") and metric is not None):
        return metric.unit if metric is not None else Unit.COUNT
    return Unit.PERCENT


def _typed(number: Decimal, kind: str, metric: Metric) -> str:
    if _unit(kind, metric) == Unit.PERCENT:
        return format((number * 100).normalize(), "f")
    return amount_text(number, metric)


def _kind_of(stored: Mapping[str, Any]) -> str:
    if stored["kind"] == "level":
        return "level-whole" if stored.get("whole") else "level"
    if stored["kind"] != "change":
        return str(stored["kind"])
    name = "points" if stored.get("points") else "change"
    return f"{name}-year" if stored["on"] == "year" else name
