"""Where open periods will probably end, for programs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from common.periods import Grain, Period
from kpis.api.figures import _metrics
from kpis.models import Outlook
from kpis.selectors.outlook import Ahead, Record, ahead_from, forecasts, records
from organization.api.areas import narrowed
from organization.api.fields import FIRST_DAY, LAST_DAY, AmountField, AreaQuestion, CodesField, MomentField
from organization.api.paging import page_of
from organization.api.schema import page_serializer
from organization.api.views import ApiView, answer_page
from organization.selectors import company

GRAINS = (Grain.MONTH, Grain.QUARTER, Grain.YEAR)


class ForecastQuestion(AreaQuestion):
    metric = CodesField(help_text="Codes of metrics, by commas.")
    period = serializers.CharField(
        required=False,
        max_length=7,
        help_text="2026-11, 2026-Q4 or 2026, fiscal from the quarter up; without it, the month, the quarter and the"
        " year that are open. A period that is over has no forecast.",
    )

    def validate_period(self, text: str) -> Period:
        try:
            period = Period.parse(text, fiscal_start=company().fiscal_year_start)
            known = FIRST_DAY <= period.start <= LAST_DAY
        except (ValueError, OverflowError):
            known = False
        if not known or period.grain not in GRAINS:
            raise serializers.ValidationError(_("Write a period as 2026-11, 2026-Q4 or 2026."))
        return period


@dataclass(frozen=True)
class Told:
    """A forecast with what a program asks about it."""

    outlook: Outlook
    period: Period
    ahead: Ahead
    record: Record | None


class AccuracySerializer(serializers.Serializer[Record]):
    """How earlier forecasts of the figure did, of up to 12 periods that are over."""

    days = serializers.IntegerField(help_text="Made at least so many days before the end.")
    periods = serializers.IntegerField(source="n")
    off = AmountField(help_text="The median of |forecast ÷ actual − 1|.")
    held = serializers.IntegerField(help_text="In how many of these periods the interval held.")


_EXAMPLE: dict[str, Any] = {
    "metric": "revenue", "scope": "region:华东", "grain": "month", "period": "2026-11", "start": "2026-11-01",
    "value": "1180000.5", "target": "2000000", "through": "2026-11-20", "days_left": 10, "forecast": "1830000",
    "low": "1760000", "high": "1910000", "chance": "0.04", "reached": False, "needed_per_day": "81999.95",
    "recent_per_day": "61200", "why_not": None,
    "accuracy": {"days": 14, "periods": 6, "off": "0.031", "held": 5}, "made_at": "2026-11-21T02:12:00Z",
}  # fmt: skip


@extend_schema_serializer(examples=[OpenApiExample("A month under way", _EXAMPLE, response_only=True)])
class ForecastSerializer(serializers.Serializer[Told]):
    """Where an open period of a figure with a target will probably end. Amounts are text with all their digits."""

    metric = serializers.CharField(source="outlook.metric.code")
    scope = serializers.CharField(source="outlook.scope.key")
    grain = serializers.ChoiceField(choices=[grain.value for grain in GRAINS], source="outlook.grain")
    period = serializers.CharField()
    start = serializers.DateField(source="outlook.start", help_text="Its first day.")
    value = AmountField(source="ahead.value", help_text="What is in by the end of `through`.")
    target = AmountField(source="ahead.target")
    through = serializers.DateField(source="ahead.through")
    days_left = serializers.IntegerField(source="ahead.days_left")
    forecast = AmountField(
        source="ahead.mean", allow_null=True, help_text="At the end; null where `why_not` says why."
    )
    low = AmountField(
        source="ahead.low", allow_null=True, help_text="80% of outcomes lie between low and high."
    )
    high = AmountField(source="ahead.high", allow_null=True)
    chance = serializers.SerializerMethodField()
    reached = serializers.BooleanField(
        source="ahead.over", help_text="The target is reached already; of what should be low, it is lost."
    )
    needed_per_day = AmountField(
        source="ahead.needed",
        allow_null=True,
        help_text="To meet the target; of what should be low, at most.",
    )
    recent_per_day = AmountField(source="ahead.recent", allow_null=True, help_text="In the last 28 days.")
    why_not = serializers.SerializerMethodField()
    accuracy = AccuracySerializer(source="record", allow_null=True, help_text="Null while nothing is known.")
    made_at = MomentField(source="outlook.computed_at")

    def get_chance(self, told: Told) -> str | None:
        """Of meeting the target, a share of 1 from 0.01 to 0.99; null where it is reached or lost already."""
        percent = told.ahead.percent
        return None if percent is None or told.ahead.mean is None else f"{percent / 100:.2f}"

    def get_why_not(self, told: Told) -> str | None:
        """Why there is no forecast: `short` or `empty` history."""
        return told.ahead.why_not or None


class Forecasts(ApiView):
    @extend_schema(
        operation_id="forecasts", tags=["figures"], summary="Forecasts of where open periods will end",
        description="Of your areas' figures that add up and have a target, made from the figure as it stands: while a"
        " change is being worked on there is none.",
        parameters=[ForecastQuestion], responses={200: page_serializer(ForecastSerializer)},
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        asked = self.asked(ForecastQuestion)
        today, fiscal_start = timezone.localdate(), company().fiscal_year_start
        periods = [Period.containing(today, grain, fiscal_start=fiscal_start) for grain in GRAINS]
        if asked["period"]:
            periods = [period for period in periods if period == asked["period"]]
        wanted = Q(pk__in=())
        for period in periods:
            wanted |= Q(grain=period.grain.value, start=period.start)
        found = forecasts().filter(wanted, scope__in=narrowed(self.person, asked)).select_related("scope")
        metrics = _metrics(asked)
        if metrics is not None:
            found = found.filter(metric__in=metrics)
        page = page_of(
            request, found, keys=("scope_id", "metric_id", "grain", "start"),
            cursor=asked["cursor"], limit=asked["limit"],
        )  # fmt: skip
        return answer_page(ForecastSerializer, _told(page.rows, periods), page.next)


def _told(rows: list[Outlook], periods: list[Period]) -> list[Told]:
    """With their records, in one query. The figure looks to the last day of a period that is not over: nothing is left."""
    by_grain = {period.grain.value: period for period in periods}
    known = records((row.scope_id, row.metric_id, row.grain, row.start) for row in rows)
    told = []
    for row in rows:
        period = by_grain[row.grain]
        ahead = ahead_from(row, period)
        if ahead is not None:
            record = known.get((row.scope_id, row.metric_id, row.grain, row.start))
            told.append(Told(row, period, ahead, record))
    return told
