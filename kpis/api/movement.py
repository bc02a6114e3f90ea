"""Why a figure moved, for programs: the change of a metric on an area between two states, taken apart exactly."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from common.periods import Period
from kpis.figures import Look
from kpis.models import Metric
from kpis.selectors.movement import Against, Moved, Movement, Split, why
from organization.api.areas import scope_or_problem
from organization.api.errors import Fault, invalid
from organization.api.fields import FIRST_DAY, LAST_DAY, AmountField, Question
from organization.api.views import ApiView, answer
from organization.models import Dimension
from organization.selectors import company

AREA, REST, OTHERS = "area", "not_split", "not_yours"


class MovementQuestion(Question):
    metric = serializers.CharField(max_length=50, help_text="Its code, as in `revenue`.")
    scope = serializers.CharField(max_length=2000, help_text="`company`, `region:华东+channel:抖音直播`.")
    period = serializers.CharField(max_length=10, help_text="2026-11-01, 2026-W45, 2026-11, 2026-Q4 or 2026.")
    against = serializers.ChoiceField(
        choices=[one.value for one in Against], required=False, default=Against.LAST_PERIOD.value,
        help_text="What it is held against: the period before, the same a year before, or what was due by now.",
    )  # fmt: skip

    def validate_period(self, text: str) -> Period:
        try:
            period = Period.parse(text, fiscal_start=company().fiscal_year_start)
            known = FIRST_DAY.replace(year=FIRST_DAY.year + 2) <= period.start and period.end <= LAST_DAY
        except (ValueError, OverflowError):
            known = False
        if not known:
            raise serializers.ValidationError(
                _("Write a period from 1992 to 2100: 2026-11-01, 2026-W45, 2026-11, 2026-Q4 or 2026.")
            )
        return period


class EffectsSerializer(serializers.Serializer[Any]):
    """What adds up to an effect, where it can be told: more or fewer, dearer or cheaper, other shares."""

    volume = AmountField(allow_null=True)
    rate = AmountField(allow_null=True)
    mix = AmountField(allow_null=True)


class MovedSerializer(EffectsSerializer):
    kind = serializers.ChoiceField(
        choices=[AREA, REST, OTHERS],
        help_text="`not_split`: what the whole has and no part has; `not_yours`: parts that you may not see, as one.",
    )
    scope = serializers.CharField(allow_null=True, help_text="Of an area alone.")
    name = serializers.CharField(allow_null=True)
    before = AmountField(allow_null=True)
    after = AmountField(allow_null=True)
    effect = AmountField(help_text="What it moved the whole by; effects add up to `change`.")


class SplitSerializer(serializers.Serializer[Any]):
    dimension = serializers.ChoiceField(choices=Dimension.values)
    main = serializers.BooleanField(help_text="The split that says most.")
    planned = serializers.BooleanField(
        help_text="Parts are held against targets of their own, else the plan was laid over them."
    )
    change = AmountField()
    parts = MovedSerializer(many=True)


class SpanSerializer(serializers.Serializer[Any]):
    first_day = serializers.DateField()
    last_day = serializers.DateField()


class MovementEventSerializer(SpanSerializer):
    name = serializers.CharField()
    now = serializers.BooleanField(
        help_text="In the days looked at, or shortly before; else in those beside."
    )


_EXAMPLE: dict[str, Any] = {
    "metric": "revenue", "scope": "region:华东", "period": "2026-10", "against": "last_period",
    "compared": "2026-09", "days": {"first_day": "2026-10-01", "last_day": "2026-10-31"},
    "beside": {"first_day": "2026-09-01", "last_day": "2026-09-30"}, "before": "7100", "after": "6000",
    "change": "-1100", "volume": "-900", "rate": "-150", "mix": "-50",
    "splits": [
        {
            "dimension": "channel", "main": True, "planned": False, "change": "-1100",
            "parts": [
                {
                    "kind": "area", "scope": "region:华东+channel:search", "name": "Search", "before": "4000",
                    "after": "2500", "effect": "-1500", "volume": "-1300", "rate": "-150", "mix": "-50",
                },
                {
                    "kind": "area", "scope": "region:华东+channel:video", "name": "Video", "before": "3100",
                    "after": "3500", "effect": "400", "volume": "400", "rate": "0", "mix": "0",
                },
            ],
        }
    ],
    "events": [{"name": "National Day", "first_day": "2026-10-01", "last_day": "2026-10-07", "now": True}],
}  # fmt: skip


@extend_schema_serializer(examples=[OpenApiExample("Revenue", _EXAMPLE, response_only=True)])
class MovementSerializer(EffectsSerializer):
    """The change of a metric on an area. `before` and `after` are null where there is no value, and then so is `change`."""

    metric = serializers.CharField()
    scope = serializers.CharField()
    period = serializers.CharField()
    against = serializers.ChoiceField(choices=[one.value for one in Against])
    compared = serializers.CharField(help_text="The period beside it.")
    days = SpanSerializer(allow_null=True, help_text="Looked at; null where there are none yet.")
    beside = SpanSerializer(allow_null=True, help_text="As many days of the period beside.")
    before = AmountField(allow_null=True)
    after = AmountField(allow_null=True)
    change = AmountField(allow_null=True)
    splits = SplitSerializer(many=True)
    events = MovementEventSerializer(many=True)


class WhyMoved(ApiView):
    @extend_schema(
        operation_id="movement", tags=["figures"], summary="Why a figure moved",
        description="Its change on an area by each dimension, to all digits: the effects of the parts add up to the"
        " change, and volume, rate and mix of each to its effect.",
        parameters=[MovementQuestion], responses={200: MovementSerializer},
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        asked = self.asked(MovementQuestion)
        metric = Metric.objects.in_use().filter(code=asked["metric"]).first()
        if metric is None:
            raise invalid([Fault("?metric", _("There is no metric “%(code)s”.") % {"code": asked["metric"]})])
        scope = scope_or_problem(self.person, asked["scope"], pointer="?scope")
        found = why(
            person=self.person,
            metric=metric,
            nodes={dimension: getattr(scope, dimension) for dimension in scope.node_ids()},
            period=asked["period"],
            against=Against(asked["against"]),
            look=Look.at(today=timezone.localdate()),
        )
        return answer(MovementSerializer, _written(found, scope.key))


def _written(found: Movement, key: str) -> dict[str, Any]:
    told = found.told
    return {
        "metric": found.metric.code, "scope": key, "period": str(found.period), "against": found.against.value,
        "compared": str(found.compared), "days": _span(found.days), "beside": _span(found.beside),
        "before": found.before, "after": found.after, "change": found.change,
        "volume": told.volume if told else None, "rate": told.rate if told else None,
        "mix": told.mix if told else None,
        "splits": [_split(one, main=one is found.main) for one in found.splits],
        "events": found.events,
    }  # fmt: skip


def _span(days: tuple[date, date] | None) -> Mapping[str, date] | None:
    return None if days is None else {"first_day": days[0], "last_day": days[1]}


def _split(split: Split, *, main: bool) -> dict[str, Any]:
    return {
        "dimension": split.dimension,
        "main": main,
        "planned": split.planned,
        "change": split.change.change,
        "parts": [_moved(one) for one in split.parts],
    }


def _moved(one: Moved) -> dict[str, Any]:
    part = one.part
    return {
        "kind": AREA if one.node is not None else OTHERS if one.others else REST,
        "scope": one.key or None, "name": one.node.label if one.node is not None else None,
        "before": part.before, "after": part.after, "effect": part.effect, "volume": part.volume,
        "rate": part.rate, "mix": part.mix,
    }  # fmt: skip
