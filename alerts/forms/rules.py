"""Reading what somebody wrote about a rule. Percent on screen, ratios inside."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.db.models import QuerySet
from django.forms import formset_factory
from django.utils.translation import gettext_lazy as _

from alerts.forms.templates import Template
from alerts.forms.tiers import TierForm, initial_of_stored, initial_of_tier
from alerts.models import LEVELS, WAYS, Connection, Rule, Schedule, Spread, WithoutData
from alerts.services import RecipientDraft, RuleDraft
from kpis.models import Metric
from kpis.models.targets import GRAINS
from organization.forms import AreaField
from organization.models import Dimension, Person, Scope

ONE = "one"
ALL = "-all"
# Value: a dimension in whose tree the areas directly below are watched, each on its own; or all of them.
AREAS_BELOW = [
    (ONE, _("This area alone")),
    (Dimension.CHANNEL.value, _("Each channel directly below it")),
    (Dimension.REGION.value, _("Each region directly below it")),
    (Dimension.PRODUCT.value, _("Each product line directly below it")),
    (Dimension.TEAM.value, _("Each team directly below it")),
    (Dimension.BUDGET.value, _("Each budget directly below it")),
    (Dimension.CHANNEL.value + ALL, _("It and all channels and campaigns below it")),
    (Dimension.REGION.value + ALL, _("It and all regions, cities and stores below it")),
    (Dimension.PRODUCT.value + ALL, _("It and all product lines below it")),
    (Dimension.TEAM.value + ALL, _("It and all teams below it")),
    (Dimension.BUDGET.value + ALL, _("It and all budgets below it")),
]

if TYPE_CHECKING:
    MetricField = forms.ModelChoiceField[Metric]
    PersonField = forms.ModelChoiceField[Person]
    ConnectionField = forms.ModelChoiceField[Connection]
    Forms = forms.BaseFormSet["RecipientForm"]
else:  # Django's form classes take no parameters at run time
    MetricField = PersonField = ConnectionField = forms.ModelChoiceField
    Forms = forms.BaseFormSet


class MetricChoice(MetricField):
    def label_from_instance(self, obj: Metric) -> str:
        return str(obj.label)


class PersonChoice(PersonField):
    def label_from_instance(self, obj: Person) -> str:
        return f"{obj.label} ({obj.email})" if obj.email else str(obj.label)


class ConnectionChoice(ConnectionField):
    def label_from_instance(self, obj: Connection) -> str:
        ready = "" if obj.ready else f" ({_('not ready')})"
        return f"{obj.name} · {obj.get_kind_display()}{ready}"


class RuleForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=120)
    metric = MetricChoice(label=_("Figure"), queryset=Metric.objects.in_use())
    area = AreaField()
    below = forms.ChoiceField(label=_("Which areas"), choices=AREAS_BELOW, initial=ONE)
    grain = forms.ChoiceField(label=_("By"), choices=GRAINS, initial="month")
    schedule = forms.ChoiceField(label=_("It looks"), choices=Schedule.choices, initial=Schedule.CHANGES)
    look_at = forms.TimeField(
        label=_("at"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        help_text=_("In the company's time zone."),
    )
    without_data = forms.ChoiceField(
        label=_("When data are missing"),
        choices=WithoutData.choices,
        initial=WithoutData.STAY,
        required=False,
    )
    margin = forms.DecimalField(
        label=_("Recovers when this much past the threshold, in points or %"),
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

    def clean(self) -> dict[str, Any]:
        data = dict(self.cleaned_data)
        if data.get("schedule") == Schedule.CHANGES:
            data["look_at"] = None
        elif data.get("look_at") is None and "look_at" not in self.errors:
            self.add_error("look_at", _("Say at what time the rule looks."))
        return data

    def draft(
        self,
        *,
        scope: Scope,
        tiers: Iterable[TierForm],
        recipients: list[RecipientDraft],
        enabled: bool,
    ) -> RuleDraft:
        data = self.cleaned_data
        below = data["below"]
        spread, along = Spread.ONE, ""
        if below != ONE:
            along = below.removesuffix(ALL)
            spread = Spread.SUBTREE if below.endswith(ALL) else Spread.CHILDREN
        return RuleDraft(
            name=data["name"],
            metric=data["metric"],
            scope=scope,
            spread=spread,
            along=along,
            grain=data["grain"],
            tiers=[draft for one in tiers if (draft := one.draft()) is not None],
            margin=data["margin"] / 100,
            keep_periods=data["keep_periods"],
            recipients=recipients,
            enabled=enabled,
            schedule=data["schedule"],
            look_at=data["look_at"],
            without_data=data["without_data"] or WithoutData.STAY,
        )


def ways_set_up() -> list[tuple[str, Any]]:
    """SMS only where the server has a gateway."""
    return [way for way in WAYS if way[0] != "sms" or settings.SMS_GATEWAY]


class RecipientForm(forms.Form):
    """Names a person, or a connection of those that `usable` offers."""

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

    def __init__(self, *args: Any, usable: QuerySet[Connection], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if usable:
            self.fields["connection"] = ConnectionChoice(
                label=_("or a connection"), queryset=usable, required=False, empty_label=_("None")
            )
            self.order_fields(["person", "connection"])

    def clean(self) -> dict[str, Any]:
        data = dict(self.cleaned_data)
        if data.get("person") and data.get("connection"):
            self.add_error("connection", _("Name a person or a connection, not both in one line."))
        return data


class BaseRecipients(Forms):
    def clean(self) -> None:
        filled = [form.cleaned_data for form in self.forms if hasattr(form, "cleaned_data")]
        named = [(data["person"], data.get("way") or "email") for data in filled if data.get("person")]
        connected = [data["connection"] for data in filled if data.get("connection")]
        if len(set(named)) < len(named):
            raise forms.ValidationError(_("Each person is named once for each way."))
        if len(set(connected)) < len(connected):
            raise forms.ValidationError(_("Each connection is named once."))


RecipientForms = formset_factory(RecipientForm, formset=BaseRecipients, extra=3, max_num=100)


def read_recipients(lines: Iterable[forms.Form]) -> list[RecipientDraft]:
    """Of valid forms, those that name somebody or a connection."""
    drafts = []
    for data in (form.cleaned_data for form in lines):
        if data.get("person"):
            drafts.append(
                RecipientDraft(
                    data["person"], data["from_level"], data["figures_granted"], data["way"] or "email"
                )
            )
        elif data.get("connection"):
            drafts.append(RecipientDraft(None, data["from_level"], connection=data["connection"]))
    return drafts


def initial_of(rule: Rule) -> dict[str, object]:
    """What the form shows of a rule that exists."""
    return {
        "name": rule.name,
        "metric": rule.metric,
        "area": rule.scope.key,
        "below": (rule.along + (ALL if rule.spread == Spread.SUBTREE else "")) or ONE,
        "grain": rule.grain,
        "margin": _plain(rule.margin * 100),
        "keep_periods": rule.keep_periods,
        "schedule": rule.schedule,
        "look_at": rule.look_at,
        "without_data": rule.without_data,
    }


def initial_tiers(rule: Rule) -> dict[int, dict[str, Any]]:
    return {tier.level: initial_of_stored(tier, rule.metric) for tier in rule.tiers.all()}


def initial_from(template: Template) -> tuple[dict[str, object], dict[int, dict[str, Any]]]:
    """What the form and its levels show of a template: nothing yet of whom and where."""
    metrics = Metric.objects.in_use()
    metric = metrics.filter(code=template.metric).first() if template.metric else None
    anything = metric or metrics.filter(code="revenue").first() or metrics.first()
    tiers = {
        level: {
            **initial_of_tier(condition, anything, periods),
            "consequences": list(template.consequences.get(level, ())),
        }
        for level, (condition, periods) in template.tiers.items()
        if anything is not None
    }
    fields: dict[str, object] = {"name": str(template.label), "metric": anything, "grain": template.grain}
    if template.areas:
        fields["below"] = template.areas
    return fields, tiers


def recipients_of(rule: Rule) -> list[dict[str, object]]:
    return [
        {
            "person": recipient.person_id,
            "connection": recipient.connection_id,
            "way": recipient.way if recipient.person_id else "email",
            "from_level": recipient.from_level,
            "figures_granted": recipient.figures_granted,
        }
        for recipient in rule.recipients.order_by("pk")
    ]


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"
