"""What others in the trade reach, for programs of those who keep metrics."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from kpis.api.targets import number_of
from kpis.models import Benchmark, Metric
from kpis.services.benchmarks import enter_benchmark, remove_benchmark
from organization.api.areas import scope_or_problem
from organization.api.bodies import read_body
from organization.api.errors import Fault, Problem
from organization.api.fields import AmountField, DayField, MomentField, PagedQuestion
from organization.api.paging import page_of
from organization.api.schema import page_serializer
from organization.api.views import ApiView, answer, answer_page
from organization.gate import Action
from organization.services import Refused, ensure_scope

VALUE = "Of a ratio its value; of what adds up the growth on last year, as a share of 1."
_EXAMPLE: dict[str, Any] = {
    "metric": "revenue", "scope": "company", "value": "0.12", "first_day": "2027-01-01", "source": "Trade association",
}  # fmt: skip


class BenchmarkSerializer(serializers.Serializer[Benchmark]):
    """For an area and all below it, from a day on."""

    id = serializers.IntegerField()
    metric = serializers.CharField(source="metric.code")
    scope = serializers.CharField(source="scope.key")
    value = AmountField(help_text=VALUE)
    first_day = serializers.DateField()
    source = serializers.CharField(help_text="Who says so.")  # type: ignore[assignment]  # a field of that name
    entered_at = MomentField()
    entered_by = serializers.SerializerMethodField()

    def get_entered_by(self, one: Benchmark) -> str | None:
        return one.entered_by.label if one.entered_by is not None else None


@extend_schema_serializer(examples=[OpenApiExample("Growth of the trade", _EXAMPLE, request_only=True)])
class NewBenchmarkSerializer(serializers.Serializer[Any]):
    metric = serializers.CharField(max_length=50)
    scope = serializers.CharField(max_length=2000, required=False, default="company")
    value = serializers.CharField(max_length=60, help_text=VALUE)
    first_day = DayField()
    source = serializers.CharField(max_length=200)  # type: ignore[assignment]  # a field of that name


class Benchmarks(ApiView):
    needs = {"GET": Action.KEEP_METRICS, "POST": Action.KEEP_METRICS}
    token_scope = {"GET": "read", "POST": "write:targets"}

    @extend_schema(
        operation_id="benchmarks", tags=["targets"], summary="What others in the trade reach",
        description="For those who keep metrics. Targets are held against the nearest one.",
        parameters=[PagedQuestion], responses={200: page_serializer(BenchmarkSerializer)},
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        asked = self.asked(PagedQuestion)
        found = Benchmark.objects.select_related("metric", "scope", "entered_by")
        page = page_of(request, found, keys=("-id",), cursor=asked["cursor"], limit=asked["limit"])
        return answer_page(BenchmarkSerializer, page.rows, page.next)

    @extend_schema(
        operation_id="enter_benchmark", tags=["targets"], summary="Enter a benchmark",
        description="Said again for the same metric, area and day, it is corrected.",
        request=NewBenchmarkSerializer,
        responses={201: BenchmarkSerializer, 422: OpenApiResponse(description="The value or metric cannot be.")},
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        body = read_body(NewBenchmarkSerializer, request)
        metric = Metric.objects.in_use().filter(code=body["metric"]).first()
        if metric is None:
            raise _refused("metric", _("Name a metric by its code; `GET /api/v1/metrics/` lists them."))
        value = number_of(body["value"])
        if value is None:
            raise _refused("value", _("This is not a number."))
        scope = scope_or_problem(self.person, body["scope"], pointer="#/scope")
        if scope.pk is None:
            scope = ensure_scope(nodes=[getattr(scope, one) for one in scope.node_ids()])
        try:
            made = enter_benchmark(
                metric=metric, scope=scope, value=value, source=body["source"], first_day=body["first_day"],
                person=self.person,
            )  # fmt: skip
        except Refused as refused:
            raise _refused("value", str(refused)) from None
        made = Benchmark.objects.select_related("metric", "scope", "entered_by").get(pk=made.pk)
        return answer(BenchmarkSerializer, made, status=201)


class OneBenchmark(ApiView):
    needs = {"DELETE": Action.KEEP_METRICS}
    token_scope = {"DELETE": "write:targets"}

    @extend_schema(
        operation_id="remove_benchmark", tags=["targets"], summary="Take a benchmark out",
        description="Warnings that it gave stay with their targets.", responses={204: None},
    )  # fmt: skip
    def delete(self, request: Request, pk: int) -> Response:
        found = Benchmark.objects.select_related("metric", "scope").filter(pk=pk).first()
        if found is None:
            raise Http404
        remove_benchmark(benchmark=found, person=self.person)
        return Response(status=204)


def _refused(name: str, said: str) -> Problem:
    return Problem(422, said, errors=[Fault(f"#/{name}", said)])
