"""What people enter of a plan: a new budget, a line with its months, and how it is sent."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from budgets.models import Budget, Category, FedBy, PlanLine, Pool, Shape
from budgets.planning import CENT, MonthPart
from budgets.selectors.plans import Starts
from budgets.services.plan_lines import LineDraft
from budgets.services.plan_starts import Beginning
from common import formats
from kpis.amount_text import parse_amount
from kpis.forms.okr.areas import PersonChoice, SeenAreaField
from organization.models import Node, Person
from organization.selectors import scope_key

TIED = ("region", "channel", "team")
NOT_AN_AMOUNT = _("Enter an amount such as 1200000, 1.2M or 120万.")


def day_field(label: Any, *, required: bool = True) -> forms.DateField:
    return forms.DateField(
        label=label, required=required, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


def owner_field() -> PersonChoice:
    return PersonChoice(
        label=_("Owner"), queryset=Person.objects.none(), required=False, empty_label=_("Nobody yet")
    )


def people(kept: Person | None = None) -> Any:
    """Who may be named: everybody who sees something, and who is named already."""
    return (
        Person.objects.filter(Q(is_active=True, grants__isnull=False) | Q(pk=kept.pk if kept else None))
        .order_by("display_name", "username")
        .distinct()
    )


def read_amount(text: str) -> Decimal | None:
    """Raises ValidationError for what is no amount; None for nothing."""
    if not text.strip():
        return None
    amount = parse_amount(text)
    if amount is None:
        raise forms.ValidationError(NOT_AN_AMOUNT)
    return amount


class NewBudgetForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=200)
    first_day = day_field(_("First day"), required=False)
    last_day = day_field(_("Last day"), required=False)
    owner = owner_field()
    start = forms.ChoiceField(
        label=_("Start with"),
        required=False,
        help_text=_(
            "Another budget gives its lines, an accepted split gives its channels and, where you leave them empty, its days."
        ),
    )
    factor = forms.DecimalField(
        label=_("Amounts in % of that budget"),
        required=False,
        initial=100,
        min_value=Decimal("0.01"),
        max_value=10_000,
        max_digits=9,
        decimal_places=2,
    )

    def __init__(self, data: Any, *, starts: Starts, person: Person) -> None:
        super().__init__(data, initial={"owner": person.pk})
        self.starts = starts
        field: Any = self.fields["owner"]
        field.queryset = people(person)
        language = get_language() or "en"
        choices: list[tuple[str, Any]] = [("", _("Nothing"))]
        choices += [(f"budget:{one.pk}", one.node.label) for one in starts.budgets]
        choices += [
            (
                f"split:{one.pk}",
                gettext("Accepted split of %(day)s")
                % {"day": formats.day(one.decided_at.date() if one.decided_at else None, language)},
            )
            for one in starts.splits
        ]
        start: Any = self.fields["start"]
        start.choices = choices

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if not str(values.get("start") or "").startswith("split:"):
            for name in ("first_day", "last_day"):
                if values.get(name) is None and name not in self.errors:
                    self.add_error(name, gettext("This field is required."))
        return values

    def beginning(self) -> Beginning:
        data = self.cleaned_data
        return Beginning(data["name"], data["owner"], data["first_day"], data["last_day"])

    def source(self) -> Budget | None:
        return next(
            (one for one in self.starts.budgets if f"budget:{one.pk}" == self.cleaned_data["start"]), None
        )

    def split(self) -> Any:
        return next(
            (one for one in self.starts.splits if f"split:{one.pk}" == self.cleaned_data["start"]), None
        )

    def times(self) -> Decimal:
        return (self.cleaned_data["factor"] or Decimal(100)) / 100


class BudgetForm(forms.Form):
    """Whose the budget is; its days, as long as no plan of it was approved."""

    owner = owner_field()
    first_day = day_field(_("First day"))
    last_day = day_field(_("Last day"))
    revision = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(self, data: Any, *, budget: Budget, revision: int) -> None:
        super().__init__(
            data,
            initial={
                "owner": budget.owner_id, "first_day": budget.first_day, "last_day": budget.last_day,
                "revision": revision,
            },
        )  # fmt: skip
        field: Any = self.fields["owner"]
        field.queryset = people(budget.owner)
        if budget.state != "draft":
            for name in ("first_day", "last_day"):
                self.fields[name].disabled = True


class SendForm(forms.Form):
    why = forms.CharField(
        label=_("Why"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Whoever decides reads it."),
    )
    revision = forms.IntegerField(min_value=0, widget=forms.HiddenInput)


class PlanLineForm(forms.Form):
    """A line. `revision` is the plan's that was on screen; `m-0`, `m-1` … are the months, where they go by hand."""

    name = forms.CharField(label=_("Name"), max_length=200)
    amount = forms.CharField(
        label=_("Planned amount"),
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "decimal"}),
        help_text=_("For the whole budget. By hand it may stay empty: then it is the sum of the months."),
    )
    category = forms.ChoiceField(label=_("Category"), choices=Category.choices)
    core = forms.BooleanField(
        label=_("Core: its free money is not frozen when much of the budget is used"), required=False
    )
    shape = forms.ChoiceField(label=_("How it falls on the months"), choices=Shape.choices)
    fed_by = forms.ChoiceField(label=_("Where its spend comes from"), choices=FedBy.choices)
    area = SeenAreaField(
        label=_("Channel or campaign, region and team"),
        required=False,
        help_text=_("Search by name; none is needed where spend is entered."),
    )
    owner = owner_field()
    conversions = forms.CharField(
        label=_("Expected conversions"),
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "decimal"}),
    )
    pool = forms.ChoiceField(
        label=_("Kind"),
        required=False,
        choices=Pool.choices,
        help_text=_("Pools hold money back: transfers take it from there."),
    )
    revision = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(
        self,
        data: Any,
        *,
        parts: Sequence[MonthPart],
        row: PlanLine | None,
        revision: int,
        person: Person,
    ) -> None:
        super().__init__(data, initial={**_known(row), "revision": revision})
        self.row = row
        self.month_names = [f"m-{place}" for place in range(len(parts))]
        language = get_language() or "en"
        for place, part in enumerate(parts):
            label = formats.period(f"{part.month:%Y-%m}", language)
            if not part.whole:
                days = [formats.day(one, language) for one in (part.first, part.last)]
                label = f"{label} ({' – '.join(days)})"
            self.fields[f"m-{place}"] = forms.CharField(
                label=label,
                required=False,
                max_length=40,
                initial=plain(row.amounts[place]) if row is not None else "",
                widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "decimal"}),
            )
        owner: Any = self.fields["owner"]
        owner.queryset = people(row.owner if row else None)
        area: Any = self.fields["area"]
        area.ask(person)
        if row is not None and row.line_id is not None:
            self.fields["pool"].disabled = True

    @property
    def words(self) -> list[Any]:
        """All fields but the months."""
        return [self[name] for name in self.fields if name not in self.month_names]

    @property
    def months(self) -> list[Any]:
        return [self[name] for name in self.month_names]

    def clean_area(self) -> dict[str, Node]:
        nodes: dict[str, Node] = self.cleaned_data["area"]
        if set(nodes) - set(TIED):
            raise forms.ValidationError(
                gettext("A line is tied to a channel or campaign, a region and a team.")
            )
        return nodes

    def clean_amount(self) -> Decimal | None:
        return read_amount(self.cleaned_data["amount"])

    def clean_conversions(self) -> Decimal | None:
        return read_amount(self.cleaned_data["conversions"])

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        values["amounts"] = None
        if values.get("shape") == Shape.HAND:
            values["amounts"] = self._by_hand(values)
            if values.get("amount") is None and "amount" not in self.errors:
                values["amount"] = sum(values["amounts"], Decimal(0))
        elif values.get("amount") is None and "amount" not in self.errors:
            self.add_error("amount", gettext("This field is required."))
        return values

    def _by_hand(self, values: dict[str, Any]) -> list[Decimal]:
        amounts = []
        for name in self.month_names:
            try:
                amounts.append(read_amount(values.get(name) or "") or Decimal(0))
            except forms.ValidationError as error:
                self.add_error(name, error)
                amounts.append(Decimal(0))
        return amounts

    def draft(self) -> LineDraft:
        """What the service takes."""
        data = self.cleaned_data
        area = data["area"]
        return LineDraft(
            name=data["name"], amount=data["amount"], category=data["category"], core=data["core"],
            pool=data["pool"], fed_by=data["fed_by"], channel=area.get("channel"), region=area.get("region"),
            team=area.get("team"), owner=data["owner"], conversions=data["conversions"], shape=data["shape"],
            amounts=data["amounts"],
        )  # fmt: skip


def plain(amount: Decimal) -> str:
    """As a field holds it: 1200.5, without zeros at its end."""
    text = f"{amount.quantize(CENT):f}"
    return text.rstrip("0").rstrip(".")


def _known(row: PlanLine | None) -> dict[str, Any]:
    if row is None:
        return {"core": True, "shape": Shape.EQUAL, "fed_by": FedBy.ENTRIES, "category": Category.OTHER}
    tied = {name: node for name in TIED if (node := getattr(row, name)) is not None}
    return {
        "name": row.name, "amount": plain(row.amount), "category": row.category, "core": row.core,
        "shape": row.shape, "fed_by": row.fed_by, "area": scope_key(tied) if tied else "", "owner": row.owner_id,
        "conversions": plain(row.conversions) if row.conversions is not None else "", "pool": row.pool,
    }  # fmt: skip
