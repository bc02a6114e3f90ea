"""Reading what somebody wrote about a rule. Percent on screen, ratios inside."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.forms import formset_factory
from django.utils.translation import gettext_lazy as _

from alerts.models import LEVELS, WAYS, Rule, Spread
from alerts.selectors import threshold_of
from alerts.services import RecipientDraft, RuleDraft, TierDraft
from kpis.models import Metric
from kpis.models.targets import GRAINS
from organization.forms import AreaField
from organization.models import Dimension, Person, Scope

ONE = "one"
# Value: a dimension in whose tree the areas directly below are watched, each on its own.
AREAS_BELOW = [
    (ONE, _("This area alone")),
    (Dimension.CHANNEL.value, _("Each channel directly below it")),
    (Dimension.REGION.value, _("Each region directly below it")),
    (Dimension.PRODUCT.value, _("Each product line directly below it")),
    (Dimension.TEAM.value, _("Each team directly below it")),
    (Dimension.BUDGET.value, _("Each budget directly below it")),
]
LEVEL_NAMES = {1: "watch", 2: "warning", 3: "critical"}


if TYPE_CHECKING:
    MetricField = forms.ModelChoiceField[Metric]
    PersonField = forms.ModelChoiceField[Person]
    Forms = forms.BaseFormSet["RecipientForm"]
else:  # Django's form classes take no parameters at run time
    MetricField = PersonField = forms.ModelChoiceField
    Forms = forms.BaseFormSet


class MetricChoice(MetricField):
    def label_from_instance(self, obj: Metric) -> str:
        return str(obj.label)


class PersonChoice(PersonField):
    def label_from_instance(self, obj: Person) -> str:
        return f"{obj.label} ({obj.email})" if obj.email else str(obj.label)


def _percent(label: Any, initial: str) -> forms.DecimalField:
    return forms.DecimalField(
        label=label,
        required=False,
        initial=initial,
        min_value=Decimal("0.01"),
        max_value=Decimal(10000),
        max_digits=7,
        decimal_places=2,
        widget=forms.NumberInput(attrs={"inputmode": "decimal", "step": "any"}),
    )


def _periods(initial: int) -> forms.IntegerField:
    return forms.IntegerField(
        label=_("for how many periods in a row"), initial=initial, min_value=1, max_value=24
    )


class RuleForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=120)
    metric = MetricChoice(label=_("Figure"), queryset=Metric.objects.in_use())
    area = AreaField()
    below = forms.ChoiceField(label=_("Which areas"), choices=AREAS_BELOW, initial=ONE)
    grain = forms.ChoiceField(label=_("By"), choices=GRAINS, initial="month")
    watch = _percent(_("Watch: under %"), "100")
    watch_periods = _periods(3)
    warning = _percent(_("Warning: under %"), "85")
    warning_periods = _periods(1)
    critical = _percent(_("Critical: under %"), "70")
    critical_periods = _periods(1)
    margin = forms.DecimalField(
        label=_("Recovers when this many points above the threshold"),
        initial=2,
        min_value=0,
        max_value=100,
        max_digits=5,
        decimal_places=2,
        help_text=_("Keeps an alert from ending and beginning again with each small change."),
    )
    keep_periods = forms.IntegerField(
        label=_("and stays so for how many periods"), initial=1, min_value=1, max_value=24
    )

    @property
    def thresholds(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """Each level's threshold with its periods, as they stand side by side."""
        return [(self[name], self[f"{name}_periods"]) for name in LEVEL_NAMES.values()]

    def draft(self, *, scope: Scope, recipients: list[RecipientDraft], enabled: bool) -> RuleDraft:
        data = self.cleaned_data
        below = data["below"]
        return RuleDraft(
            name=data["name"],
            metric=data["metric"],
            scope=scope,
            spread=Spread.ONE if below == ONE else Spread.CHILDREN,
            along="" if below == ONE else below,
            grain=data["grain"],
            tiers=[
                TierDraft(level, data[name] / 100, data[f"{name}_periods"])
                for level, name in LEVEL_NAMES.items()
                if data[name] is not None
            ],
            margin=data["margin"] / 100,
            keep_periods=data["keep_periods"],
            recipients=recipients,
            enabled=enabled,
        )


def ways_set_up() -> list[tuple[str, Any]]:
    """SMS only where the server has a gateway."""
    return [way for way in WAYS if way[0] != "sms" or settings.SMS_GATEWAY]


class RecipientForm(forms.Form):
    person = PersonChoice(
        label=_("Person"),
        queryset=Person.objects.filter(is_active=True).order_by("display_name", "username"),
        required=False,
        empty_label=_("Nobody"),
    )
    way = forms.ChoiceField(label=_("By"), choices=ways_set_up, initial="email", required=False)
    from_level = forms.TypedChoiceField(label=_("Told from"), choices=LEVELS, coerce=int, initial=1)
    figures_granted = forms.BooleanField(
        label=_("May read the figures in the message, also of areas closed to this person"), required=False
    )


class BaseRecipients(Forms):
    def clean(self) -> None:
        filled = [form.cleaned_data for form in self.forms if hasattr(form, "cleaned_data")]
        named = [(data["person"], data.get("way") or "email") for data in filled if data.get("person")]
        if len(set(named)) < len(named):
            raise forms.ValidationError(_("Each person is named once for each way."))


RecipientForms = formset_factory(RecipientForm, formset=BaseRecipients, extra=3, max_num=100)


def read_recipients(lines: Iterable[forms.Form]) -> list[RecipientDraft]:
    """Of valid forms, those that name somebody."""
    return [
        RecipientDraft(data["person"], data["from_level"], data["figures_granted"], data["way"] or "email")
        for data in (form.cleaned_data for form in lines)
        if data.get("person")
    ]


def initial_of(rule: Rule) -> dict[str, object]:
    """What the form shows of a rule that exists."""
    shown: dict[str, object] = {
        "name": rule.name,
        "metric": rule.metric,
        "area": rule.scope.key,
        "below": rule.along or ONE,
        "grain": rule.grain,
        "margin": _plain(rule.margin * 100),
        "keep_periods": rule.keep_periods,
    }
    shown.update(dict.fromkeys(LEVEL_NAMES.values()))
    for tier in rule.tiers.all():
        name = LEVEL_NAMES[tier.level]
        threshold = threshold_of(tier)
        shown[name] = _plain(threshold * 100) if isinstance(threshold, Decimal) else None
        shown[f"{name}_periods"] = tier.for_periods
    return shown


def recipients_of(rule: Rule) -> list[dict[str, object]]:
    return [
        {
            "person": recipient.person_id,
            "way": recipient.way,
            "from_level": recipient.from_level,
            "figures_granted": recipient.figures_granted,
        }
        for recipient in rule.recipients.order_by("pk")
    ]


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"
