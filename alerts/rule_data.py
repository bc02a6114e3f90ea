"""A rule as data, as programs send it and files keep it: written, and read with every fault at its place."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from alerts.conditions import Condition, ConditionError, parse
from alerts.conditions.kinds import plain
from alerts.consequences import LONGEST_CODE, consequence_of
from alerts.forms.rules import ways_set_up
from alerts.models import LEVEL_CODES, Rule, Schedule, Spread, WithoutData
from alerts.selectors.connections import usable_connections
from alerts.selectors.policies import usable_policies
from alerts.services import RecipientDraft, RuleDraft, TierDraft
from alerts.services.rules import unknown_consequence
from kpis.models import Metric
from kpis.models.targets import GRAINS
from organization.models import DIMENSIONS, Person, Scope

_NUMBERS = {name: number for number, name in LEVEL_CODES.items()}
MOST_PEOPLE = 100
MOST_CONSEQUENCES = 20

_CONDITION_SCHEMA = {
    "type": "object",
    "required": ["kind"],
    "properties": {"kind": {"enum": ["attainment", "level", "change", "dynamic", "stale", "all", "any"]}},
    "additionalProperties": True,
    "example": {"kind": "attainment", "below": "0.85"},
}


@extend_schema_field(_CONDITION_SCHEMA)
class ConditionField(serializers.Field[Condition, Any, Any, Any]):
    """When a level holds, by its kind: `attainment`, `level` and `change` have `below` and `above`."""

    def to_internal_value(self, data: Any) -> Condition:
        try:
            return parse(data)
        except ConditionError as error:
            raise serializers.ValidationError(str(error)) from None

    def to_representation(self, value: Any) -> Any:
        return value


class ConsequenceField(serializers.CharField):
    """The code of something that an alert does besides telling people."""

    def to_internal_value(self, data: Any) -> str:
        code = super().to_internal_value(data)
        if consequence_of(code) is None:
            raise serializers.ValidationError(unknown_consequence(code))
        return code


class LevelSerializer(serializers.Serializer[Any]):
    """`periods` in a row; where `out_of` is more, so many of the last `out_of`."""

    level = serializers.ChoiceField(choices=list(_NUMBERS))
    condition = ConditionField()
    periods = serializers.IntegerField(min_value=1, max_value=24, default=1)
    out_of = serializers.IntegerField(min_value=0, max_value=24, default=0)
    policy = serializers.CharField(
        max_length=80, default="", allow_blank=True, help_text="The name of a policy; empty for none."
    )
    consequences = serializers.ListField(
        child=ConsequenceField(max_length=LONGEST_CODE),
        default=list,
        max_length=MOST_CONSEQUENCES,
        help_text="What happens besides, once each time an alert comes to this level: `task` opens a task.",
    )


class ToldSerializer(serializers.Serializer[Any]):
    """Somebody who is told, from a level on. `figures`: also those of areas that her grants do not cover."""

    person = serializers.CharField(max_length=150, help_text="Her user name.")
    way = serializers.ChoiceField(choices=["email", "sms"], default="email")
    from_level = serializers.ChoiceField(choices=list(_NUMBERS), default="watch")
    figures = serializers.BooleanField(default=False)

    def validate_way(self, way: str) -> str:
        if way not in dict(ways_set_up()):
            raise serializers.ValidationError(
                _("Messages cannot go out that way: the server has no gateway.")
            )
        return way


class ConnectedSerializer(serializers.Serializer[Any]):
    """A connection that is told, from a level on; it carries figures of its own area alone."""

    connection = serializers.CharField(max_length=80, help_text="Its name.")
    from_level = serializers.ChoiceField(choices=list(_NUMBERS), default="watch")


class RuleBodySerializer(serializers.Serializer[Any]):
    """A rule as it is to be; what is left out has its usual value."""

    name = serializers.CharField(max_length=120)
    metric = serializers.CharField(max_length=50, help_text="Its code.")
    scope = serializers.CharField(max_length=2000, default="company")
    spread = serializers.ChoiceField(
        choices=Spread.values,
        default="one",
        help_text="This area alone, each directly below, or it and all below.",
    )
    along = serializers.ChoiceField(
        choices=[*DIMENSIONS, ""], default="", help_text="The tree that lies below; empty for the area alone."
    )
    grain = serializers.ChoiceField(choices=[code for code, _label in GRAINS], default="month")
    levels = LevelSerializer(many=True, allow_empty=False, max_length=3)  # type: ignore[call-arg]
    margin = serializers.DecimalField(
        max_digits=5, decimal_places=4, min_value=Decimal(0), max_value=Decimal(1), default=Decimal("0.02")
    )
    keep_periods = serializers.IntegerField(min_value=1, max_value=24, default=1)
    schedule = serializers.ChoiceField(choices=Schedule.values, default="changes")
    look_at = serializers.TimeField(
        format="%H:%M",
        input_formats=["%H:%M"],
        allow_null=True,
        default=None,
        help_text="In the company's zone.",
    )
    without_data = serializers.ChoiceField(
        choices=WithoutData.values,
        default="stay",
        help_text="Of missing data: alerts stay as they are, they fire at the mildest level, or the owner is told.",
    )
    enabled = serializers.BooleanField(default=True)
    connections = ConnectedSerializer(many=True, default=list, max_length=MOST_PEOPLE)  # type: ignore[call-arg]
    people = ToldSerializer(many=True, default=list, max_length=MOST_PEOPLE)  # type: ignore[call-arg]


class Fault(ValueError):
    """What is wrong with the data beyond its form; `place` as a JSON pointer without its beginning."""

    def __init__(self, place: str, said: str) -> None:
        super().__init__(said)
        self.place = place


def as_data(rule: Rule) -> dict[str, Any]:
    """What `draft_of` reads again as the same rule. Its tiers, people, metric and scope are best fetched along."""
    return {
        "name": rule.name,
        "metric": rule.metric.code,
        "scope": rule.scope.key,
        "spread": rule.spread,
        "along": rule.along,
        "grain": rule.grain,
        "levels": [
            {
                "level": LEVEL_CODES[tier.level],
                "condition": tier.condition,
                "periods": tier.for_periods,
                "out_of": tier.out_of,
                "policy": tier.policy.name if tier.policy is not None else "",
                "consequences": list(tier.consequences),
            }
            for tier in rule.tiers.all()
        ],
        "margin": plain(rule.margin),
        "keep_periods": rule.keep_periods,
        "schedule": rule.schedule,
        "look_at": f"{rule.look_at:%H:%M}" if isinstance(rule.look_at, time) else None,
        "without_data": rule.without_data,
        "enabled": rule.enabled,
        "people": [
            {
                "person": one.person.username,
                "way": one.way,
                "from_level": LEVEL_CODES[one.from_level],
                "figures": one.figures_granted,
            }
            for one in rule.recipients.all()
            if one.person is not None
        ],
        "connections": [
            {"connection": one.connection.name, "from_level": LEVEL_CODES[one.from_level]}
            for one in rule.recipients.all()
            if one.connection is not None
        ],
    }


def draft_of(read: Mapping[str, Any], scope: Scope, *, by: Person, rule: Rule | None = None) -> RuleDraft:
    """From what RuleBodySerializer has read. Raises Fault for a metric, policy, person or connection that is not there, not
    for `by` to use, or named twice.
    """
    metric = Metric.objects.in_use().filter(code=read["metric"]).first()
    if metric is None:
        raise Fault("metric", _("Name a metric by its code; `GET /api/v1/metrics/` lists them."))
    return RuleDraft(
        name=read["name"],
        metric=metric,
        scope=scope,
        spread=read["spread"],
        along=read["along"],
        grain=read["grain"],
        tiers=_tiers(read["levels"], by, rule),
        margin=read["margin"],
        keep_periods=read["keep_periods"],
        recipients=[*_people(read["people"]), *_connections(read["connections"], by, rule)],
        enabled=read["enabled"],
        schedule=read["schedule"],
        look_at=read["look_at"],
        without_data=read["without_data"],
    )


def _tiers(rows: list[Mapping[str, Any]], by: Person, rule: Rule | None) -> list[TierDraft]:
    named = {row["policy"] for row in rows if row["policy"]}
    known = {one.name: one for one in usable_policies(by, rule).filter(name__in=named)} if named else {}
    drafts = []
    for place, row in enumerate(rows):
        policy = known.get(row["policy"])
        if row["policy"] and policy is None:
            raise Fault(f"levels/{place}/policy", _("There is no policy of that name that you may use."))
        level = _NUMBERS[row["level"]]
        drafts.append(
            TierDraft(
                level, row["condition"], row["periods"], row["out_of"], policy, tuple(row["consequences"])
            )
        )
    return drafts


def _people(rows: list[Mapping[str, Any]]) -> list[RecipientDraft]:
    known = {
        one.username: one
        for one in Person.objects.filter(is_active=True, username__in=[row["person"] for row in rows])
    }
    drafts, named = [], set()
    for place, row in enumerate(rows):
        person = known.get(row["person"])
        if person is None:
            raise Fault(f"people/{place}/person", _("There is nobody active of that user name."))
        if (row["person"], row["way"]) in named:
            raise Fault(f"people/{place}/person", _("Each person is named once for each way."))
        named.add((row["person"], row["way"]))
        drafts.append(RecipientDraft(person, _NUMBERS[row["from_level"]], row["figures"], row["way"]))
    return drafts


def _connections(rows: list[Mapping[str, Any]], by: Person, rule: Rule | None) -> list[RecipientDraft]:
    known = {one.name: one for one in usable_connections(by, rule)}
    drafts: list[RecipientDraft] = []
    for place, row in enumerate(rows):
        found = known.get(row["connection"])
        if found is None:
            raise Fault(
                f"connections/{place}/connection", _("There is no connection of that name that you may use.")
            )
        if any(one.connection == found for one in drafts):
            raise Fault(f"connections/{place}/connection", _("Each connection is named once."))
        drafts.append(RecipientDraft(None, _NUMBERS[row["from_level"]], connection=found))
    return drafts
