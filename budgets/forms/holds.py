"""Holding back and lifting, saying what was asked, and the shares and terms of budgets, as they are typed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from budgets.models import BudgetSettings, Category, HoldKind
from budgets.services.holds import LONGEST_LIFT, LONGEST_WHY
from budgets.services.settings import DAYS, MOST_DAYS, SHARES, SettingsDraft
from budgets.services.statements import LONGEST
from kpis.amount_text import parse_amount
from kpis.models import Metric


class LiftForm(forms.Form):
    why = forms.CharField(
        label=_("Why"),
        max_length=LONGEST_LIFT,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("It is kept with the line for everybody to read."),
    )


class SayForm(forms.Form):
    text = forms.CharField(
        label=_("What you say"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("It is kept with the line for everybody to read, and stays as you send it."),
    )


class HoldForm(forms.Form):
    """Freezing a part by hand, or pausing the line."""

    kind = forms.ChoiceField(
        label=_("What to hold back"),
        choices=[
            (HoldKind.FREEZE.value, _("Freeze an amount of what is free")),
            (HoldKind.PAUSE.value, _("Pause the line: nothing can be committed on it")),
        ],
    )
    amount = forms.CharField(
        label=_("Amount to freeze"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "decimal"}),
    )
    why = forms.CharField(label=_("Why"), max_length=LONGEST_WHY, widget=forms.Textarea(attrs={"rows": 3}))

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if values.get("kind") == HoldKind.FREEZE:
            number = parse_amount(values.get("amount", ""))
            if number is None or number <= 0:
                self.add_error("amount", _("Write how much, such as 12,000 or 1.2万."))
            values["number"] = number
        return values


@dataclass(frozen=True)
class Group:
    title: str | Promise
    text: str | Promise
    fields: list[Any]


GROUPS: tuple[tuple[Any, Any, tuple[str, ...]], ...] = (
    (
        _("Most is used"),
        _("The owner is told and asked for a plan for the rest; a part is frozen until it is there."),
        ("warn_share", "freeze_share", "plan_days", "conversions_metric", "conversions_share"),
    ),
    (
        _("Ahead of plan"),
        _("Lines that bring little are paused, the worst first, until what is too much is covered."),
        ("over_share", "return_metric", "return_threshold", "enforce"),
    ),
    (
        _("A day or a line over its plan"),
        _("Its owner is asked for the cause."),
        ("day_over", "line_over", "cause_days"),
    ),
    (
        _("Pools and transfers"),
        _("What a new plan sets aside, and how much moves within a month without a special reason."),
        ("reserve_share", "emergency_share", "transfer_share"),
    ),
    (
        _("Questions"),
        _("A question on a line that nobody answers in time goes to the manager."),
        ("answer_days",),
    ),
    (
        _("Usual shares of categories"),
        _("A new plan shows its own beside them. Leave all empty where there are none."),
        tuple(f"usual_{code}" for code in Category.values),
    ),
)
SHARE_LABELS = {
    "warn_share": _("Used, in %"),
    "freeze_share": _("Frozen of what is free, in %"),
    "conversions_share": _("Alarm under this part of the expected conversions, in %"),
    "over_share": _("Above what is expected by now, in %"),
    "day_over": _("A day above its plan, in %"),
    "line_over": _("A line above its plan, in %"),
    "reserve_share": _("Reserve, in %"),
    "emergency_share": _("Emergency pool, in %"),
    "transfer_share": _("Of a line, in or out within a month, in %"),
}
HELP = {
    "warn_share": _("Spent and committed together."),
    "freeze_share": _("Of lines that are not core."),
    "transfer_share": _("Beyond it, whoever asks gives a special reason."),
}
DAY_LABELS = {
    "plan_days": _("Working days for the plan for the rest"),
    "cause_days": _("Working days to name a cause"),
    "answer_days": _("Working days to answer a question"),
}


class MetricCodeField(forms.ChoiceField):
    """A metric in use, by its code; what stands is offered though it was put away."""

    def __init__(self, *, label: Any, stands: str, help_text: Any = "") -> None:
        found = {one.code: str(one.label) for one in Metric.objects.in_use()}
        super().__init__(
            label=label, help_text=help_text, choices=list({stands: stands, **found}.items()), initial=stands
        )


class SettingsForm(forms.Form):
    """`version` is the one that was on screen. Shares are typed in percent."""

    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    return_threshold = forms.DecimalField(
        label=_("Low is a return under"), max_digits=10, decimal_places=4, min_value=0
    )
    enforce = forms.BooleanField(
        label=_("Pause at once, instead of proposing it to a manager"), required=False
    )

    def __init__(self, data: Any = None, *, row: BudgetSettings, locked: bool = False) -> None:
        super().__init__(data, initial={"version": row.version, "enforce": row.enforce})
        self.fields["return_threshold"].initial = _plain(row.return_threshold)
        for name, most in SHARES.items():
            self.fields[name] = forms.DecimalField(
                label=SHARE_LABELS[name], max_digits=7, decimal_places=2, min_value=0, max_value=most * 100,
                initial=_plain(getattr(row, name) * 100), help_text=HELP.get(name, ""),
            )  # fmt: skip
        for name in DAYS:
            self.fields[name] = forms.IntegerField(
                label=DAY_LABELS[name], min_value=1, max_value=MOST_DAYS, initial=getattr(row, name)
            )
        self.fields["return_metric"] = MetricCodeField(label=_("The return"), stands=row.return_metric)
        self.fields["conversions_metric"] = MetricCodeField(
            label=_("What counts as a conversion"), stands=row.conversions_metric
        )
        for code, label in Category.choices:
            usual = row.categories.get(code)
            self.fields[f"usual_{code}"] = forms.DecimalField(
                label=label, max_digits=5, decimal_places=2, min_value=0, max_value=100, required=False,
                initial=usual if usual is None else _plain(Decimal(str(usual))),
            )  # fmt: skip
        if locked:
            for field in self.fields.values():
                field.disabled = True

    @property
    def groups(self) -> Iterator[Group]:
        for title, text, names in GROUPS:
            yield Group(title, text, [self[name] for name in names])

    def draft(self) -> SettingsDraft:
        """What the service takes."""
        data = self.cleaned_data
        usual = {code: data[f"usual_{code}"] for code in Category.values}
        return SettingsDraft(
            **{name: data[name] / 100 for name in SHARES},
            **{name: data[name] for name in DAYS},
            return_metric=data["return_metric"],
            return_threshold=data["return_threshold"],
            enforce=data["enforce"],
            conversions_metric=data["conversions_metric"],
            categories={code: share for code, share in usual.items() if share is not None},
        )


def _plain(number: Decimal) -> str:
    return format(number.normalize() + 0, "f")
