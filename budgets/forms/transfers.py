"""Asking for a transfer, and for money from the emergency pool."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from budgets.models import Line, Pool
from budgets.money_text import money_text
from budgets.selectors.transfers import Choice, named
from decisions.services.proposals import LONGEST_TEXT
from kpis.amount_text import parse_amount

Group = tuple[str, list[tuple[str, str]]]


class _Asking(forms.Form):
    """`key` is drawn with the empty form, so that a form that is sent twice asks once."""

    to_line = forms.ChoiceField(label=gettext_lazy("Into the line"))
    amount = forms.CharField(
        label=gettext_lazy("Amount of money"),
        max_length=60,
        help_text=gettext_lazy("Such as 12,000 or 1.2万."),
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    why = forms.CharField(
        label=gettext_lazy("Why"),
        max_length=LONGEST_TEXT,
        help_text=gettext_lazy("Whoever approves reads it, and it stays on record."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    key = forms.UUIDField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, choices: Sequence[Choice], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lines: Mapping[int, Choice] = named(choices)
        self.fields["key"].initial = uuid4

    def clean_to_line(self) -> Line:
        return self.lines[int(self.cleaned_data["to_line"])].line

    def clean_amount(self) -> Decimal:
        amount = parse_amount(self.cleaned_data["amount"])
        if amount is None:
            raise forms.ValidationError(_("This is not a number. Write 1,200,000 or 120万."))
        return amount

    def once(self, name: str) -> str | None:
        """The key under which the service asks once."""
        key = self.cleaned_data.get("key")
        return f"{name}:{key}" if key else None


class TransferForm(_Asking):
    from_line = forms.ChoiceField(label=gettext_lazy("Out of the line"))
    special = forms.CharField(
        label=gettext_lazy("Special reason"),
        required=False,
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    urgent = forms.BooleanField(
        label=gettext_lazy("It is an emergency: whoever approves has two hours, by day and night"),
        required=False,
    )
    field_order = ("from_line", "to_line", "amount", "why", "special", "urgent")

    def __init__(self, *args: Any, choices: Sequence[Choice], most: str, **kwargs: Any) -> None:
        super().__init__(*args, choices=choices, **kwargs)
        self.fields["special"].help_text = _(
            "Needed where a line changes by more than %(most)s of its plan within a month."
        ) % {"most": most}
        ordinary = [one for one in choices if one.line.pool != Pool.EMERGENCY]
        self.fields["from_line"].choices = _grouped(ordinary)  # type: ignore[attr-defined]
        self.fields["to_line"].choices = _grouped(choices)  # type: ignore[attr-defined]

    def clean_from_line(self) -> Line:
        return self.lines[int(self.cleaned_data["from_line"])].line

    def clean(self) -> dict[str, Any]:
        """One of the two lines is hers; who keeps the budget has them all."""
        data = super().clean() or {}
        ends = [data.get("from_line"), data.get("to_line")]
        if None not in ends and not any(self.lines[line.pk].hers for line in ends if line is not None):
            self.add_error("to_line", _("One of the two lines must be yours."))
        return data


class EmergencyForm(_Asking):
    field_order = ("to_line", "amount", "why")

    def __init__(self, *args: Any, choices: Sequence[Choice], **kwargs: Any) -> None:
        super().__init__(*args, choices=choices, **kwargs)
        self.pools: Mapping[int, Choice] = {
            one.line.budget_id: one for one in choices if one.line.pool == Pool.EMERGENCY
        }
        offered = [
            one for one in choices if one.hers and not one.line.pool and one.line.budget_id in self.pools
        ]
        self.fields["to_line"].label = _("For which line")
        self.fields["to_line"].choices = _grouped(offered)  # type: ignore[attr-defined]

    @property
    def offers(self) -> bool:
        """Whether there is any line of hers in a budget that has an emergency pool."""
        return bool(self.fields["to_line"].choices[1:])  # type: ignore[attr-defined]

    def pool_of(self, line: Line) -> Line:
        return self.pools[line.budget_id].line


def _grouped(choices: Sequence[Choice]) -> list[tuple[str, str] | Group]:
    """By budget, each line with what it has free; the pools first, as the lines to take from."""
    groups: dict[int, Group] = {}
    for one in sorted(choices, key=lambda choice: choice.line.pool == ""):
        label = one.line.budget.node.label
        words = _("%(line)s: %(free)s free") % {"line": one.line.name, "free": money_text(one.free)}
        groups.setdefault(one.line.budget_id, (label, []))[1].append((str(one.line.pk), words))
    return [("", _("Choose a line")), *groups.values()]
