"""Figures, targets, metrics and measures for programs."""

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

from common.listing import listed
from common.periods import Grain, Period
from kpis.api.targets import TargetSerializer, current_of, period_text, put_targets
from kpis.figures import Look
from kpis.models import Measure, Metric, Reading, Status, Target
from kpis.models.metrics import Direction, Kind, OverTime, Unit
from kpis.selectors import Figure, figures_over
from kpis.selectors.at_risk import Risk, Spot, at_risk, processes_by_result, risks_among
from organization.api.areas import narrowed, scope_or_problem
from organization.api.errors import Fault, invalid
from organization.api.fields import (
    FIRST_DAY,
    LAST_DAY,
    AmountField,
    AreaQuestion,
    CodesField,
    DayField,
    MomentField,
    PagedQuestion,
    SpanMixin,
)
from organization.api.paging import page_of
from organization.api.schema import page_serializer
from organization.api.views import ApiView, answer_page
from organization.gate import Action
from organization.models import DIMENSIONS, Scope
from organization.selectors import company

MOST_PERIODS = 100
GRAINS = [grain.value for grain in Grain]


class FigureQuestion(SpanMixin, AreaQuestion):
    metric = CodesField(help_text="Codes of metrics, by commas.")
    grain = serializers.ChoiceField(choices=GRAINS, required=False)


class ReadingQuestion(FigureQuestion):
    status = CodesField(help_text="Of green, yellow, red and grey, by commas.")
    as_of = DayField(
        required=False,
        help_text="As somebody saw it on this day: later days are cut, and the targets of that day count. Computed for"
        " one area (`scope`) from its amounts, so any grain and any cross of areas goes; needs `grain`, `from` and `to`.",
    )

    def validate_status(self, codes: list[str]) -> list[str]:
        odd = [code for code in codes if code not in Status.values]
        if odd:
            raise serializers.ValidationError(
                _("A status is one of %(names)s.") % {"names": listed(Status.values)}
            )
        return codes


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "Revenue of a region, behind its plan",
            {
                "metric": "revenue", "scope": "region:华东", "grain": "month", "period": "2026-11",
                "start": "2026-11-01", "value": "1180000.5", "target": "2000000", "expected": "1333333.33",
                "attainment": "0.885", "status": "yellow", "through": "2026-11-20", "estimated": False, "few": False,
                "changed_at": "2026-11-21T02:10:00Z", "at_risk": [],
            },
            response_only=True,
        )
    ]
)  # fmt: skip
class ReadingSerializer(serializers.Serializer[Any]):
    """A metric on an area for a period. Numbers are text with all their digits; null is no value, never zero."""

    metric = serializers.CharField()
    scope = serializers.CharField()
    grain = serializers.ChoiceField(choices=GRAINS)
    period = serializers.CharField(
        help_text="2026-11-01, 2026-W45, 2026-11, 2026-Q4 or 2026; fiscal from the quarter up."
    )
    start = serializers.DateField(help_text="Its first day.")
    value = AmountField(allow_null=True)
    target = AmountField(allow_null=True)
    expected = AmountField(allow_null=True, help_text="What was due by `through`.")
    attainment = AmountField(allow_null=True, help_text="1 is on plan. Null where no number can say it.")
    status = serializers.ChoiceField(choices=Status.values)
    through = serializers.DateField(allow_null=True, help_text="The last day that it looks at.")
    estimated = serializers.BooleanField(help_text="Some days were made finer than their source is.")
    few = serializers.BooleanField(
        help_text="It rests on less than the metric's `least_base`: a value without a light."
    )
    changed_at = MomentField(allow_null=True, help_text="Null where it was computed for this answer.")
    at_risk = serializers.ListField(
        child=serializers.CharField(),
        help_text="Of a green result: the codes of its process metrics that are red on the same area and period.",
    )


class Readings(ApiView):
    @extend_schema(
        operation_id="readings", tags=["figures"], summary="Figures: value, target, expected by now, status",
        description=(
            "Kept figures of your areas: from months up for every area, days and weeks where somebody watches, crosses"
            " of areas where they have a target or are watched. With `as_of` anything is computed, for one area."
        ),
        parameters=[ReadingQuestion], responses={200: page_serializer(ReadingSerializer)},
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        asked = self.asked(ReadingQuestion)
        metrics = _metrics(asked)
        if asked["as_of"]:
            return self._computed(asked, metrics)
        found = Reading.objects.filter(scope__in=narrowed(self.person, asked))
        found = _spanned(found, asked, metrics)
        if asked["status"]:
            found = found.filter(status__in=asked["status"])
        page = page_of(
            request, found, keys=("scope_id", "grain", "start", "metric_id"),
            cursor=asked["cursor"], limit=asked["limit"],
        )  # fmt: skip
        written = _Writer()
        return answer_page(ReadingSerializer, written.rows(page.rows), page.next)

    def _computed(self, asked: ReadingQuestion, metrics: list[Metric] | None) -> Response:
        needed = [name for name in ("scope", "grain", "from", "to") if not asked[name]]
        if needed:
            raise invalid([Fault(f"?{name}", _("With `as_of` this must be said.")) for name in needed])
        area = scope_or_problem(self.person, asked["scope"], pointer="?scope")
        periods = _periods(Grain(asked["grain"]), asked["from"], asked["to"])
        nodes = {name: getattr(area, name) for name in DIMENSIONS if getattr(area, f"{name}_id")}
        figures = figures_over(nodes=nodes, periods=periods, look=Look.at(asked["as_of"]))
        wanted = metrics if metrics is not None else list(Metric.objects.in_use())
        risks = _risks_among(figures)
        rows = [
            {
                "metric": metric.code, "scope": area.key, "grain": period.grain.value, "period": str(period),
                "start": period.start, "changed_at": None, "at_risk": risks.get((period.start, metric.pk), []),
                **{name: getattr(figures[period.start, metric.pk], name) for name in _FIGURE},
            }
            for period in periods for metric in wanted
            if (period.start, metric.pk) in figures
            and (not asked["status"] or figures[period.start, metric.pk].status in asked["status"])
        ]  # fmt: skip
        return answer_page(ReadingSerializer, rows, None)


_FIGURE = ("value", "target", "expected", "attainment", "status", "through", "estimated", "few")


def _risks_among(figures: Mapping[tuple[date, int], Figure]) -> dict[tuple[date, int], list[str]]:
    """Codes of what puts computed figures at risk, by first day and metric. One query."""
    named = processes_by_result()
    by_start: dict[date, dict[int, Figure]] = {}
    for (start, metric_id), figure in figures.items():
        by_start.setdefault(start, {})[metric_id] = figure
    return {
        (start, metric_id): [risk.metric.code for risk in risks]
        for start, some in by_start.items()
        for metric_id, risks in risks_among(some, named).items()
    }


def _metrics(asked: Any) -> list[Metric] | None:
    """The metrics asked for; None for all. Raises Problem for one that is not there."""
    codes = asked["metric"]
    if not codes:
        return None
    found = list(Metric.objects.filter(code__in=codes))
    missing = sorted(set(codes) - {metric.code for metric in found})
    if missing:
        raise invalid(
            [Fault("?metric", _("There is no metric “%(code)s”.") % {"code": code}) for code in missing]
        )
    return found


def _spanned(rows: Any, asked: Any, metrics: list[Metric] | None) -> Any:
    conditions = {
        "metric__in": metrics,
        "grain": asked["grain"],
        "start__gte": asked["from"],
        "start__lte": asked["to"],
    }
    return rows.filter(**{name: value for name, value in conditions.items() if value is not None})


def _periods(grain: Grain, first: date, last: date) -> list[Period]:
    """Those that begin from the first day to the last. Raises Problem for too many."""
    period = Period.containing(first, grain, fiscal_start=company().fiscal_year_start)
    if period.start < first:
        period = period.next()
    periods = []
    while period.start <= last and FIRST_DAY <= period.start <= LAST_DAY:
        periods.append(period)
        if len(periods) > MOST_PERIODS:
            said = _("That is more than %(n)s periods. Ask for fewer.") % {"n": MOST_PERIODS}
            raise invalid([Fault("?to", said)])
        period = period.next()
    return periods


class _Writer:
    """Kept rows with the names of their metrics and areas, and what puts them at risk: a few queries a page."""

    def __init__(self) -> None:
        self.fiscal_start = company().fiscal_year_start

    def rows(self, readings: list[Reading]) -> list[dict[str, Any]]:
        codes = dict(Metric.objects.values_list("pk", "code"))
        keys = dict(
            Scope.objects.filter(pk__in={reading.scope_id for reading in readings}).values_list("pk", "key")
        )
        risks = _risks_of(readings)
        return [
            {
                "metric": codes[reading.metric_id], "scope": keys[reading.scope_id], "grain": reading.grain,
                "period": period_text(reading.grain, reading.start, self.fiscal_start), "start": reading.start,
                "changed_at": reading.changed_at, "at_risk": [
                    risk.metric.code
                    for risk in risks.get((reading.grain, (reading.scope_id, reading.metric_id, reading.start)), ())
                ],
                **{name: getattr(reading, name) for name in _FIGURE},
            }
            for reading in readings
            if reading.metric_id in codes
        ]  # fmt: skip


def _risks_of(readings: list[Reading]) -> dict[tuple[str, Spot], tuple[Risk, ...]]:
    """What puts kept green figures at risk, by grain and spot."""
    green: dict[str, list[Spot]] = {}
    for one in readings:
        if one.status == Status.GREEN:
            green.setdefault(one.grain, []).append((one.scope_id, one.metric_id, one.start))
    today = timezone.localdate()
    return {
        (grain, spot): risks
        for grain, spots in green.items()
        for spot, risks in at_risk(spots, Grain(grain), today=today).items()
    }


# -- Targets ----------------------------------------------------------------------------------------


class Targets(ApiView):
    needs = {"GET": Action.VIEW, "PUT": Action.SET_TARGETS}
    token_scope = {"GET": "read", "PUT": "write:targets"}

    @extend_schema(
        operation_id="targets", tags=["targets"], summary="Targets that hold",
        description="The version that holds of each; what was taken away has no value and keeps its version.",
        parameters=[FigureQuestion], responses={200: page_serializer(TargetSerializer)},
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        asked = self.asked(FigureQuestion)
        found = Target.objects.filter(
            scope__in=narrowed(self.person, asked), superseded_at__isnull=True
        ).select_related("metric", "scope", "set_by")
        page = page_of(
            request, _spanned(found, asked, _metrics(asked)), keys=("scope_id", "metric_id", "grain", "start"),
            cursor=asked["cursor"], limit=asked["limit"],
        )  # fmt: skip
        return answer_page(TargetSerializer, current_of(page.rows), page.next)

    put = put_targets


# -- Metrics and measures ---------------------------------------------------------------------------


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "Return on ad spend",
            {
                "code": "roas", "name": "ROAS", "name_zh": "投产比", "numerator": {"revenue": "1"},
                "denominator": {"cost": "1"}, "scale": "1", "unit": "ratio", "direction": "higher",
                "kind": "result", "processes": ["conversion_rate", "cpc"], "stock": False, "band_low": None, "band_high": None, "green_from": "1", "yellow_from": "0.85", "least_base": None,
                "help_text": "Revenue ÷ cost.", "help_text_zh": "成交额 ÷ 花费。",
            },
            response_only=True,
        )
    ]
)  # fmt: skip
class MetricSerializer(serializers.Serializer[Metric]):
    """What is judged: scale × a sum of measures ÷ another, or ÷ 1 where `denominator` is null."""

    code = serializers.CharField()
    name = serializers.CharField()
    name_zh = serializers.CharField(allow_blank=True)
    numerator = serializers.DictField(child=serializers.CharField(), help_text="Coefficients by measure.")
    denominator = serializers.DictField(child=serializers.CharField(), allow_null=True)
    scale = AmountField()
    unit = serializers.ChoiceField(choices=Unit.values)
    direction = serializers.ChoiceField(choices=Direction.values)
    kind = serializers.ChoiceField(choices=Kind.values)
    processes = serializers.SerializerMethodField()
    stock = serializers.BooleanField(help_text="The last value of a period counts; months do not add up.")
    band_low = AmountField(allow_null=True)
    band_high = AmountField(allow_null=True)
    green_from = AmountField(help_text="Attainment from which it is green.")
    yellow_from = AmountField(help_text="Attainment from which it is yellow; below, red.")
    least_base = serializers.IntegerField(
        allow_null=True, help_text="Where less than this stands in the denominator, it has no light."
    )
    help_text = serializers.CharField(allow_blank=True)  # type: ignore[assignment]  # a field of that name
    help_text_zh = serializers.CharField(allow_blank=True)

    def get_processes(self, metric: Metric) -> list[str]:
        """Codes of what leads to a result: it is at risk while one of them is red."""
        return [one.code for one in metric.processes.all()]


class Metrics(ApiView):
    @extend_schema(
        operation_id="metrics", tags=["figures"], summary="What is judged",
        description="Metrics with their formulas, as sums of measures.",
        parameters=[PagedQuestion], responses={200: page_serializer(MetricSerializer)},
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        asked = self.asked(PagedQuestion)
        page = page_of(
            request,
            Metric.objects.in_use().prefetch_related("processes"),
            keys=("position", "code"),
            cursor=asked["cursor"],
            limit=asked["limit"],
        )
        return answer_page(MetricSerializer, page.rows, page.next)


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "Cost",
            {
                "code": "cost", "name": "Cost", "name_zh": "花费", "unit": "money", "over_time": "sum",
                "signed": False,
            },
            response_only=True,
        )
    ]
)  # fmt: skip
class MeasureSerializer(serializers.Serializer[Measure]):
    """What sources report, and what rows of `POST /facts/` may carry."""

    code = serializers.CharField()
    name = serializers.CharField()
    name_zh = serializers.CharField(allow_blank=True)
    unit = serializers.ChoiceField(choices=Unit.values)
    over_time = serializers.ChoiceField(choices=OverTime.values)
    signed = serializers.BooleanField(help_text="May be negative.")


class Measures(ApiView):
    @extend_schema(
        operation_id="measures", tags=["figures"], summary="What sources report",
        description="Measures: what a row of amounts may carry.",
        parameters=[PagedQuestion], responses={200: page_serializer(MeasureSerializer)},
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        asked = self.asked(PagedQuestion)
        page = page_of(
            request, Measure.objects.in_use(), keys=("slot",), cursor=asked["cursor"], limit=asked["limit"]
        )
        return answer_page(MeasureSerializer, page.rows, page.next)
