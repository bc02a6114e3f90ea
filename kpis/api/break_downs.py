"""Breaking a target down for programs: a preview beside what holds, then all of it as one change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from kpis.api.break_down_reading import Reader
from kpis.api.changes import WRITE, ChangeSerializer
from kpis.api.targets import conflict
from kpis.forms.break_down import METHODS, SEASONS, STAGES, TIMES, TREES
from kpis.models import ChangeKind, Metric, TargetChange
from kpis.sealing import seal, unseal
from kpis.selectors.break_down import MOST_CELLS, break_down
from kpis.selectors.parts import BreakDown
from kpis.selectors.weighing import WHOLE
from kpis.services import TargetRefused, TargetsMoved
from kpis.services.break_down import LONGEST_REASON, Part, apply_parts
from organization.api.areas import scope_or_problem
from organization.api.bodies import read_body
from organization.api.errors import Fault, Problem
from organization.api.fields import AmountField
from organization.api.views import ApiView, answer
from organization.gate import Action
from organization.models import Scope
from organization.selectors import company

LONGEST_PREVIEW = 4_000_000  # characters
NUMBER = "A number as text or as a JSON number, at most six decimals."
FRACTION = "A share of 1."


# -- What is asked ----------------------------------------------------------------------------------


class AreaSaidSerializer(serializers.Serializer[Any]):
    """What is said of an area directly below the one that is divided."""

    scope = serializers.CharField(max_length=2000)
    takes_part = serializers.BooleanField(required=False, default=True)
    weight = serializers.CharField(
        required=False, max_length=60, help_text="With `method` hand: zero or more; 1 where nothing is said."
    )
    stage = serializers.ChoiceField(
        choices=[one for one in STAGES if one], required=False, help_text="With `method` stage."
    )
    maturity = serializers.CharField(required=False, max_length=60, help_text=FRACTION)
    penetration = serializers.CharField(required=False, max_length=60, help_text=FRACTION)
    year = serializers.IntegerField(
        required=False, min_value=1, max_value=99, help_text="Of the step path of a new one."
    )


class PeriodSaidSerializer(serializers.Serializer[Any]):
    period = serializers.CharField(max_length=10, help_text="2027-01 or 2027-Q1.")
    weight = serializers.CharField(max_length=60, help_text="With `season` hand: zero or more.")


class LockSerializer(serializers.Serializer[Any]):
    """An amount that stays. Without `period` an area's whole, without `scope` a period's."""

    scope = serializers.CharField(required=False, max_length=2000)
    period = serializers.CharField(required=False, max_length=10)
    value = serializers.CharField(max_length=60, help_text=NUMBER)


_QUESTION: dict[str, Any] = {
    "metric": "revenue", "scope": "company", "period": "2027", "total": "120000000", "time": "month",
    "tree": "region", "method": "history", "season": "season",
    "locks": [{"scope": "region:华东", "period": "2027-11", "value": "9000000"}], "dry_run": True,
}  # fmt: skip


@extend_schema_serializer(
    examples=[OpenApiExample("A year over months and regions", _QUESTION, request_only=True)]
)
class BreakDownQuestionSerializer(serializers.Serializer[Any]):
    metric = serializers.CharField(max_length=50, help_text="One that adds up.")
    scope = serializers.CharField(max_length=2000, help_text="The area whose target is divided.")
    period = serializers.CharField(max_length=10, help_text="2027, 2027-Q1 or 2027-01.")
    total = serializers.CharField(max_length=60, help_text=NUMBER)
    time = serializers.ChoiceField(
        choices=[one for one in TIMES if one], required=False, allow_null=True, default=None,
        help_text="Null: not by time.",
    )  # fmt: skip
    tree = serializers.ChoiceField(
        choices=[one for one in TREES if one], required=False, allow_null=True, default=None,
        help_text="The areas of this tree directly below; null: not by areas.",
    )  # fmt: skip
    season = serializers.ChoiceField(
        choices=list(SEASONS), required=False, default="season", help_text="What periods weigh."
    )
    method = serializers.ChoiceField(
        choices=list(METHODS), required=False, default="history", help_text="What areas weigh."
    )
    set_whole = serializers.BooleanField(
        required=False, default=True, help_text="The total becomes the area's own target, too."
    )
    set_totals = serializers.BooleanField(
        required=False, default=True,
        help_text="And so do its months or quarters, where areas share them.",
    )  # fmt: skip
    areas = serializers.ListField(child=AreaSaidSerializer(), required=False, max_length=MOST_CELLS)
    periods = serializers.ListField(child=PeriodSaidSerializer(), required=False, max_length=MOST_CELLS)
    locks = serializers.ListField(child=LockSerializer(), required=False, max_length=MOST_CELLS)
    reason = serializers.CharField(required=False, allow_blank=True, default="", max_length=LONGEST_REASON)
    dry_run = serializers.BooleanField(
        required=False, default=False, help_text="Only say what it would come to."
    )


class PreviewSerializer(serializers.Serializer[Any]):
    preview = serializers.CharField(
        max_length=LONGEST_PREVIEW, help_text="As `dry_run` answered it, at most a day ago, to you."
    )
    reason = serializers.CharField(required=False, allow_blank=True, default="", max_length=LONGEST_REASON)


# -- What is answered -------------------------------------------------------------------------------


class WeighedSerializer(serializers.Serializer[Any]):
    """What a part weighs, and why."""

    scope = serializers.CharField(allow_null=True, help_text="Null where it is a period.")
    period = serializers.CharField(allow_null=True, help_text="Null where it is an area.")
    share = AmountField(allow_null=True, help_text=FRACTION)
    why = serializers.CharField(allow_blank=True)
    takes_part = serializers.BooleanField()
    closed = serializers.BooleanField(help_text="Its targets stay as they are.")


class AimSerializer(serializers.Serializer[Any]):
    """A target as it is and as it would be."""

    scope = serializers.CharField()
    period = serializers.CharField()
    before = AmountField(allow_null=True)
    value = AmountField()
    version = serializers.IntegerField(help_text="The one that holds; 0: none.")
    locked = serializers.BooleanField()


class BreakDownSerializer(serializers.Serializer[Any]):
    """`targets` add up to the total, by areas and by periods, to the unit."""

    areas = WeighedSerializer(many=True)
    periods = WeighedSerializer(many=True)
    targets = AimSerializer(many=True, help_text="All that are set, those of the whole at the end.")
    notes = serializers.ListField(child=serializers.CharField())
    changes = serializers.IntegerField(help_text="How many of them are not so yet.")
    preview = serializers.CharField(
        allow_null=True, help_text="Send it to `break-downs/apply/` to set exactly this; null once it is set."
    )
    change = ChangeSerializer(allow_null=True, help_text="Null where nothing was set.")


class AppliedSerializer(serializers.Serializer[Any]):
    change = ChangeSerializer(allow_null=True, help_text="Null where all of these targets held already.")


_REFUSALS = {
    409: OpenApiResponse(description="Somebody changed one of these targets first; `current` holds."),
    422: OpenApiResponse(description="It cannot be divided so: `errors` say where, and what sum is missing."),
}


class BreakDowns(ApiView):
    needs = {"POST": Action.SET_TARGETS}
    token_scope = {"POST": WRITE}

    @extend_schema(
        operation_id="break_down", tags=["targets"], summary="Break a target down",
        description="By time, by areas, or both. With `dry_run` nothing is set; its `preview` can be applied as it is."
        " Without it all is set as one change.",
        request=BreakDownQuestionSerializer,
        responses={200: BreakDownSerializer, 201: BreakDownSerializer, **_REFUSALS},
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        body = read_body(BreakDownQuestionSerializer, request)
        metric = _metric(body["metric"])
        scope = scope_or_problem(self.person, body["scope"], pointer="#/scope", needs=Action.SET_TARGETS)
        reader = Reader(body, scope, metric)
        found = break_down(scope, reader.asked(), today=timezone.localdate())
        reader.raise_wrong(found)
        if body["dry_run"]:
            return Response(_written(found, preview=seal(found, self.person, {})))
        parts = [Part(aim.area, aim.period, aim.value, aim.version) for aim in found.aims]
        change = self._set(metric, scope, parts, body["reason"], found.details(), at="#")
        return Response(_written(found, change=change), status=200 if change is None else 201)

    def _set(
        self,
        metric: Metric,
        scope: Scope,
        parts: Sequence[Part],
        reason: str,
        details: Mapping[str, Any],
        *,
        at: str,
    ) -> TargetChange | None:
        try:
            return apply_parts(
                kind=ChangeKind.BREAK_DOWN, metric=metric, whole=scope, parts=parts, person=self.person,
                today=timezone.localdate(), reason=reason.strip(), details=details,
            )  # fmt: skip
        except TargetRefused as refused:
            raise Problem(422, str(refused), errors=[Fault(at, str(refused))]) from None
        except TargetsMoved as moved:
            raise conflict(moved.current, lambda place: at) from None


class ApplyBreakDown(BreakDowns):
    @extend_schema(
        operation_id="apply_break_down", tags=["targets"], summary="Set what a preview showed, as one change",
        description="All of it or nothing, and nothing where somebody has set one of these targets since.",
        request=PreviewSerializer,
        responses={200: AppliedSerializer, 201: AppliedSerializer, **_REFUSALS},
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        body = read_body(PreviewSerializer, request)
        kept = unseal(body["preview"], self.person, fiscal_start=company().fiscal_year_start)
        if kept is None:
            said = _("This preview is too old or not yours. Look at it again.")
            raise Problem(422, said, errors=[Fault("#/preview", said)])
        scope = scope_or_problem(self.person, kept.area, pointer="#/preview", needs=Action.SET_TARGETS)
        change = self._set(
            _metric(kept.metric, pointer="#/preview"), scope, kept.parts, body["reason"], kept.details,
            at="#/preview",
        )  # fmt: skip
        return answer(AppliedSerializer, {"change": change}, status=200 if change is None else 201)


def _metric(code: str, *, pointer: str = "#/metric") -> Metric:
    """Raises Problem for one that is not there, or does not add up."""
    metric = Metric.objects.in_use().filter(code=code).first()
    if metric is None:
        said = _("Name a metric by its code; `GET /api/v1/metrics/` lists them.")
    elif not metric.additive:
        said = _("%(metric)s does not add up, so it is not divided.") % {"metric": metric.label}
    else:
        return metric
    raise Problem(422, said, errors=[Fault(pointer, said)])


def _written(
    found: BreakDown, *, preview: str | None = None, change: TargetChange | None = None
) -> dict[str, Any]:
    lines = [*found.columns, *(row.line for row in found.rows)]
    weighed = [
        {
            "scope": line.area if line.period is None else None,
            "period": None if line.period is None else line.key,
            "share": None if line.share is None else round(line.share, 6),
            "why": line.why,
            "takes_part": line.takes,
            "closed": line.closed,
        }
        for line in lines
        if line.key != WHOLE and (line.period is None or found.asked.time)
    ]
    told = {
        "areas": [one for one in weighed if one["period"] is None],
        "periods": [one for one in weighed if one["period"] is not None],
        "targets": [
            {
                "scope": aim.area, "period": str(aim.period), "before": aim.before, "value": aim.value,
                "version": aim.version, "locked": aim.locked,
            }
            for aim in found.aims
        ],
        "notes": found.notes, "changes": found.changes, "preview": preview, "change": change,
    }  # fmt: skip
    return dict(BreakDownSerializer(told).data)
