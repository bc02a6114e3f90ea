"""Service levels, rules for who gets a complaint, and categories, as they are typed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from feedback.models import AssignmentRule, Category, FeedbackSettings, ServiceLevel, Severity
from feedback.services.rules import NAME, RuleDraft
from feedback.services.service_levels import MOST, LevelDraft, ServiceDraft
from organization.area_picker import AreaPicker, nodes_of
from organization.models import Duty, Person, Scope
from organization.selectors import find_scope, scope_key

HIGHEST_FIRST = sorted(Severity, reverse=True)
DAYS = {"min_value": 1}


@dataclass(frozen=True)
class LevelRow:
    severity: Severity
    fields: list[Any]


def _time() -> forms.TimeInput:
    return forms.TimeInput(attrs={"type": "time"}, format="%H:%M")


class ServiceForm(forms.Form):
    """`revision` is the one that was on screen."""

    revision = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    opens = forms.TimeField(label=_("Begins"), widget=_time())
    closes = forms.TimeField(label=_("Ends"), widget=_time())
    warn_percent = forms.IntegerField(
        label=_("Warn when so much of the time is used, in %"), min_value=1, max_value=MOST["warn_percent"]
    )
    complaints_from_answers = forms.BooleanField(
        label=_("Answers with a low score become complaints"), required=False
    )
    complaint_up_to = forms.IntegerField(
        label=_("Up to this score"),
        min_value=0,
        max_value=MOST["complaint_up_to"],
        help_text=_("Of 0 to 10: whether she would recommend us."),
    )
    repeat_days = forms.IntegerField(
        label=_("Days in which another complaint is a repeat"),
        min_value=1,
        max_value=MOST["repeat_days"],
        help_text=_("Of the same customer, and of the same category or cause."),
    )
    follow_up_days = forms.IntegerField(
        label=_("Days after which she is asked"),
        min_value=1,
        max_value=MOST["follow_up_days"],
        help_text=_("Whether it has stayed solved."),
    )

    def __init__(
        self, data: Any = None, *, row: FeedbackSettings, levels: Mapping[int, ServiceLevel], locked: bool
    ) -> None:
        names = (
            "revision", "opens", "closes", "warn_percent", "complaints_from_answers", "complaint_up_to",
            "repeat_days", "follow_up_days",
        )  # fmt: skip
        super().__init__(data, initial={name: getattr(row, name) for name in names})
        for severity in HIGHEST_FIRST:
            level = levels.get(severity) or ServiceLevel(severity=severity)
            self.fields[f"answer_{severity}"] = forms.IntegerField(
                label=_("First answer, in working minutes"), min_value=1, max_value=MOST["answer_minutes"],
                initial=level.answer_minutes,
            )  # fmt: skip
            self.fields[f"at_most_{severity}"] = forms.IntegerField(
                label=_("But at most, in hours by the calendar"), min_value=1,
                max_value=MOST["answer_hours_at_most"], initial=level.answer_hours_at_most,
            )  # fmt: skip
            self.fields[f"solve_{severity}"] = forms.DecimalField(
                label=_("Solution, in working hours"), min_value=Decimal("0.1"), decimal_places=1,
                max_value=MOST["solve_minutes"] // 60,
                initial=format((Decimal(level.solve_minutes) / 60).quantize(Decimal("0.1")).normalize(), "f"),
            )  # fmt: skip
        if locked:
            for field in self.fields.values():
                field.disabled = True

    @property
    def rows(self) -> Iterator[LevelRow]:
        for severity in HIGHEST_FIRST:
            yield LevelRow(
                severity, [self[f"{name}_{severity.value}"] for name in ("answer", "at_most", "solve")]
            )

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        opens, closes = values.get("opens"), values.get("closes")
        if opens is not None and closes is not None and opens >= closes:
            self.add_error("closes", _("The working day ends after it begins."))
        return values

    def draft(self) -> ServiceDraft:
        data = self.cleaned_data
        return ServiceDraft(
            opens=data["opens"], closes=data["closes"], warn_percent=data["warn_percent"],
            follow_up_days=data["follow_up_days"], repeat_days=data["repeat_days"],
            complaints_from_answers=data["complaints_from_answers"], complaint_up_to=data["complaint_up_to"],
            levels={
                severity.value: LevelDraft(
                    answer_minutes=data[f"answer_{severity.value}"],
                    answer_hours_at_most=data[f"at_most_{severity.value}"],
                    solve_minutes=int(data[f"solve_{severity.value}"] * 60),
                )
                for severity in Severity
            },
        )  # fmt: skip


class _WithArea(forms.Form):
    area = forms.CharField(
        label=_("Area"),
        required=False,
        max_length=2000,
        widget=AreaPicker(attrs={"autocomplete": "off"}),
        help_text=_("And all below it; empty is the whole company."),
    )
    category = forms.ModelChoiceField(
        label=_("Category"), queryset=Category.objects.none(), required=False, empty_label=_("Any category")
    )

    def offer_categories(self, standing: Category | None = None) -> None:
        fields: dict[str, Any] = self.fields
        in_use = Category.objects.filter(archived_at__isnull=True)
        if standing is not None:
            in_use |= Category.objects.filter(pk=standing.pk)
        fields["category"].queryset = in_use
        fields["category"].label_from_instance = lambda one: one.label

    def clean_area(self) -> Scope:
        nodes = nodes_of(self.cleaned_data["area"])
        key = scope_key(nodes)
        return find_scope(key) or Scope(key=key, **nodes)


class AskForm(_WithArea):
    """Who would get one now."""

    severity = forms.TypedChoiceField(
        label=_("Severity"), coerce=int, choices=[(one.value, one.label) for one in HIGHEST_FIRST],
        initial=Severity.NORMAL,
    )  # fmt: skip

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, auto_id="ask-%s")
        self.offer_categories()
        fields: dict[str, Any] = self.fields
        fields["category"].required, fields["category"].empty_label = True, None
        fields["category"].widget.is_required = True


class RuleForm(_WithArea):
    """`revision` is the one that was on screen."""

    field_order = ("name", "area", "category", "least_severity", "duty", "people", "revision")
    name = forms.CharField(label=_("Name"), max_length=NAME)
    least_severity = forms.TypedChoiceField(
        label=_("From which severity on"), coerce=int, choices=[(one.value, one.label) for one in Severity]
    )
    duty = forms.CharField(
        label=_("Whoever has this duty"),
        required=False,
        max_length=50,
        widget=forms.TextInput(attrs={"list": "duties-known", "autocomplete": "off"}),
        help_text=_("Nearest to the complaint's area; of several the one with the least to do."),
    )
    people = forms.ModelMultipleChoiceField(
        label=_("Or one of these people"),
        queryset=Person.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Whoever has the least to do."),
    )
    revision = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any = None, *, rule: AssignmentRule | None = None) -> None:
        initial: dict[str, Any] = {"least_severity": Severity.LOW}
        if rule is not None:
            initial = {
                "name": rule.name, "area": "" if rule.scope.is_company else rule.scope.key,
                "category": rule.category_id, "least_severity": rule.least_severity, "duty": rule.duty,
                "people": [one.pk for one in rule.people.all()], "revision": rule.revision,
            }  # fmt: skip
        super().__init__(data, initial=initial)
        self.offer_categories(rule.category if rule else None)
        fields: dict[str, Any] = self.fields
        named = [] if rule is None else [one.pk for one in rule.people.all()]
        fields["people"].queryset = (
            Person.objects.filter(is_active=True) | Person.objects.filter(pk__in=named)
        ).order_by("display_name", "username")
        fields["people"].label_from_instance = lambda one: one.label

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if bool(values.get("duty")) == bool(values.get("people")):
            self.add_error("duty", _("Name a duty, or people: one of the two."))
        return values

    def draft(self) -> RuleDraft:
        data = self.cleaned_data
        return RuleDraft(
            name=data["name"], scope=data["area"], category=data["category"],
            least_severity=data["least_severity"], duty=data["duty"], people=list(data["people"]),
        )  # fmt: skip


def known_duties() -> list[str]:
    return sorted(set(Duty.objects.values_list("name", flat=True)))


class CategoryForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=NAME)
    name_zh = forms.CharField(label=_("Chinese name"), max_length=NAME, required=False)
