"""Months that closed off plan, for programs: to list, to read, to file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiResponse,
    extend_schema,
    extend_schema_field,
    extend_schema_serializer,
)
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from common.periods import Grain, Period
from kpis.api.targets import number_of
from kpis.models import Calibration, CalibrationState, Cause, Target
from kpis.selectors.calibrations import get_calibration_or_404, months_to_set
from kpis.selectors.target_history import YearMonth
from kpis.services import TargetRefused
from kpis.services.calibrating import AlreadyFiled, Filing, NumbersMoved, file_calibration
from organization.api.areas import narrowed
from organization.api.errors import Fault, Problem, invalid
from organization.api.fields import (
    FIRST_DAY,
    LAST_DAY,
    AmountField,
    AreaQuestion,
    CodesField,
    MomentField,
    SpanMixin,
    digits,
)
from organization.api.paging import page_of
from organization.api.schema import page_serializer
from organization.api.views import ApiView, answer_page
from organization.gate import Action, can, scopes_where
from organization.services import Refused

WRITE = "write:targets"
MOST_TEXT = 4000
MOST_NUMBERS = 12


class CalibrationQuestion(SpanMixin, AreaQuestion):
    state = serializers.ChoiceField(choices=CalibrationState.values, required=False)
    metric = CodesField(help_text="Codes of metrics, by commas.")
    waiting = serializers.BooleanField(required=False, default=False, help_text="Only what you may file now.")


_EXAMPLE: dict[str, Any] = {
    "id": 31, "metric": "revenue", "scope": "region:华东", "month": "2026-10", "target": "9000000",
    "value": "7380000", "attainment": "0.82", "off": "-0.18", "state": "proposed", "cause": "market",
    "reason": "A rival opened ten shops.", "plan": "Advertise nearer to our own.",
    "numbers": {"2026-11": "8000000", "2026-12": "8500000"}, "resplit": False, "opened_at": "2026-11-06T02:00:00Z",
    "filed_by": "Alice", "filed_at": "2026-11-09T06:30:00Z", "proposal": 7,
}  # fmt: skip


@extend_schema_serializer(examples=[OpenApiExample("Filed", _EXAMPLE, response_only=True)])
class CalibrationSerializer(serializers.Serializer[Calibration]):
    """A month that closed off plan, with what was said about it. Target and value are those of the closing."""

    id = serializers.IntegerField()
    metric = serializers.CharField(source="metric.code")
    scope = serializers.CharField(source="scope.key")
    month = serializers.SerializerMethodField()
    target = AmountField()
    value = AmountField()
    attainment = AmountField(allow_null=True)
    off = serializers.SerializerMethodField()
    state = serializers.ChoiceField(choices=CalibrationState.values)
    cause = serializers.SerializerMethodField()
    reason = serializers.CharField(allow_blank=True)
    plan = serializers.CharField(allow_blank=True, help_text="What will be done instead.")
    numbers = serializers.SerializerMethodField()
    resplit = serializers.BooleanField(help_text="The new numbers are a total, split as the targets stood.")
    opened_at = MomentField()
    filed_by = serializers.SerializerMethodField()
    filed_at = MomentField(allow_null=True)
    proposal = serializers.IntegerField(
        source="proposal_id", allow_null=True, help_text="To decide about; see `/proposals/`."
    )

    def get_month(self, one: Calibration) -> str:
        """As in 2026-10."""
        return f"{one.month:%Y-%m}"

    def get_off(self, one: Calibration) -> str:
        """How far from the target, as a share of its size: -0.18 is 18% of it less."""
        return digits(round((one.value - one.target) / abs(one.target), 6))

    def get_cause(self, one: Calibration) -> str | None:
        """`market` or `execution`; null where nothing is filed."""
        return one.cause or None

    def get_numbers(self, one: Calibration) -> dict[str, str]:
        """New targets by month, of the market's cause alone."""
        return {day[:7]: digits(Decimal(value)) for day, value in sorted(one.numbers.items())}

    def get_filed_by(self, one: Calibration) -> str | None:
        return one.filed_by.label if one.filed_by is not None else None


class MonthLeftSerializer(serializers.Serializer[YearMonth]):
    period = serializers.CharField(help_text="As in 2026-11.")
    target = AmountField(allow_null=True)
    original = AmountField(allow_null=True, help_text="As it was first set.")
    version = serializers.IntegerField(help_text="What `based_on` says; 0 where it was never set.")


class WholeCalibrationSerializer(CalibrationSerializer):
    """A calibration with the months whose targets it may change, as they stand now."""

    left = serializers.SerializerMethodField()
    may_file = serializers.SerializerMethodField()

    @extend_schema_field(MonthLeftSerializer(many=True))
    def get_left(self, one: Calibration) -> Any:
        months = months_to_set(one, today=timezone.localdate())
        return [MonthLeftSerializer(month).data for month in months]

    def get_may_file(self, one: Calibration) -> bool:
        """Whether you may file it now."""
        return one.to_file and can(self.context["person"], Action.SET_TARGETS, one.scope)


class NewNumberSerializer(serializers.Serializer[Any]):
    period = serializers.CharField(max_length=7, help_text="One of the months left, as in 2026-11.")
    value = serializers.CharField(
        max_length=60, help_text="A number as text or as a JSON number, at most six decimals."
    )
    based_on = serializers.IntegerField(
        required=False, allow_null=True, default=None, min_value=0, max_value=2**31 - 1,
        help_text="The version that you saw, 0 for none. Where another holds by now, nothing is filed (409). Left out:"
        " the one that holds.",
    )  # fmt: skip

    def validate_period(self, text: str) -> Period:
        try:
            month = Period.parse(text)
            known = month.start >= FIRST_DAY and month.end <= LAST_DAY
        except (ValueError, OverflowError):
            known = False
        if not known or month.grain != Grain.MONTH:
            raise serializers.ValidationError(_("Write a month as 2026-11."))
        return month

    def validate_value(self, text: str) -> Decimal:
        number = number_of(text)
        if number is None:
            raise serializers.ValidationError(
                _("This is no number that a target can be: at most 15 digits and six decimals.")
            )
        return number


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "The market changed",
            {
                "cause": "market", "reason": "A rival opened ten shops.", "plan": "Advertise nearer to our own.",
                "numbers": [{"period": "2026-11", "value": "8000000", "based_on": 1}],
            },
            request_only=True,
        )
    ]
)  # fmt: skip
class FilingSerializer(serializers.Serializer[Any]):
    """What the lead says: the market changed (with new targets), or execution failed (they stay)."""

    cause = serializers.ChoiceField(choices=Cause.values)
    reason = serializers.CharField(max_length=MOST_TEXT, help_text="Why it came so.")
    plan = serializers.CharField(max_length=MOST_TEXT, help_text="What will be done instead.")
    numbers = serializers.ListField(
        child=NewNumberSerializer(),
        required=False,
        max_length=MOST_NUMBERS,
        help_text="Of the market's cause alone.",
    )
    resplit = serializers.BooleanField(
        required=False, default=False, help_text="The numbers are a total, split as the targets stood."
    )


class Calibrations(ApiView):
    @extend_schema(
        operation_id="calibrations", tags=["targets"], summary="Months that closed off plan, the newest first",
        description="Those of your areas. `from` and `to` are days between which their month begins.",
        parameters=[CalibrationQuestion], responses={200: page_serializer(CalibrationSerializer)},
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        asked = self.asked(CalibrationQuestion)
        found = Calibration.objects.filter(scope__in=narrowed(self.person, asked))
        conditions = {
            "state": asked["state"],
            "metric__code__in": asked["metric"] or None,
            "month__gte": asked["from"],
            "month__lte": asked["to"],
        }
        found = found.filter(**{name: value for name, value in conditions.items() if value is not None})
        if asked["waiting"]:
            hers = scopes_where(self.person, Action.SET_TARGETS)
            found = found.filter(state__in=[CalibrationState.OPEN, CalibrationState.REJECTED], scope__in=hers)
        found = found.select_related("metric", "scope", "filed_by")
        page = page_of(request, found, keys=("-month", "-id"), cursor=asked["cursor"], limit=asked["limit"])
        return answer_page(CalibrationSerializer, page.rows, page.next)


class OneCalibration(ApiView):
    @extend_schema(
        operation_id="calibration", tags=["targets"], summary="One month that closed off plan",
        description="With the months whose targets it may change.",
        responses={200: WholeCalibrationSerializer},
    )  # fmt: skip
    def get(self, request: Request, pk: int) -> Response:
        return _whole(self, get_calibration_or_404(self.person, pk))


class FileCalibration(ApiView):
    needs = {"POST": Action.SET_TARGETS}
    token_scope = {"POST": WRITE}

    @extend_schema(
        operation_id="file_calibration", tags=["targets"], summary="File it for a decision",
        description="By whoever may set targets there. Somebody else decides; where it is approved, the numbers become"
        " targets as one change.",
        request=FilingSerializer,
        responses={
            200: WholeCalibrationSerializer,
            409: OpenApiResponse(description="It is filed already, or a target was set since."),
            422: OpenApiResponse(description="Words or numbers are missing or cannot be."),
        },
    )  # fmt: skip
    def post(self, request: Request, pk: int) -> Response:
        calibration = get_calibration_or_404(self.person, pk)
        if not can(self.person, Action.SET_TARGETS, calibration.scope):
            raise PermissionDenied
        said = _read(request.data)
        try:
            file_calibration(
                calibration=calibration, filing=_filing(said), person=self.person, as_of=timezone.now()
            )
        except AlreadyFiled as filed:
            raise Problem(409, str(filed)) from None
        except NumbersMoved as moved:
            raise _conflict(moved, said.get("numbers", [])) from None
        except (Refused, TargetRefused) as refused:
            raise Problem(422, str(refused)) from None
        return _whole(self, get_calibration_or_404(self.person, pk))


def _read(data: Any) -> dict[str, Any]:
    """The body, checked. Raises Problem with a pointer to each fault."""
    sent = FilingSerializer(data=data)
    if not sent.is_valid():
        raise invalid(list(_faults("#", sent.errors)) or [Fault("#/", _("Send an object."))])
    said: dict[str, Any] = sent.validated_data
    periods = [row["period"] for row in said.get("numbers", [])]
    for place, period in enumerate(periods):
        if period in periods[:place]:
            raise invalid([Fault(f"#/numbers/{place}/period", _("The same month stands twice."))])
    return said


def _faults(at: str, errors: Any) -> Sequence[Fault]:
    if isinstance(errors, dict):
        return [
            fault
            for name, inner in errors.items()
            for fault in _faults(at if name == "non_field_errors" else f"{at}/{name}", inner)
        ]
    found: list[Fault] = []
    for place, inner in enumerate(errors):
        if isinstance(inner, dict):
            found += _faults(f"{at}/{place}", inner)
        else:
            found.append(Fault(at if at != "#" else "#/", str(inner)))
    return found


def _filing(said: dict[str, Any]) -> Filing:
    rows = said.get("numbers", [])
    return Filing(
        cause=Cause(said["cause"]),
        reason=said["reason"],
        plan=said["plan"],
        numbers={row["period"].start: row["value"] for row in rows},
        versions={row["period"].start: row["based_on"] for row in rows if row["based_on"] is not None},
        resplit=said["resplit"],
    )


def _conflict(moved: NumbersMoved, rows: Sequence[dict[str, Any]]) -> Problem:
    places = {row["period"].start: place for place, row in enumerate(rows)}
    faults = [
        Fault(f"#/numbers/{places[day]}/based_on", _holds(target), {"current": _current(day, target)})
        for day, target in moved.current.items()
    ]
    return Problem(409, _("Somebody changed a target first. Nothing was filed."), errors=faults)


def _holds(target: Target) -> str:
    value = "—" if target.value is None else digits(target.value)
    return _("Version %(version)s holds by now and says %(value)s.") % {
        "version": target.version,
        "value": value,
    }


def _current(day: date, target: Target) -> dict[str, Any]:
    value = None if target.value is None else digits(target.value)
    return {"period": f"{day:%Y-%m}", "value": value, "version": target.version}


def _whole(view: ApiView, one: Calibration) -> Response:
    return Response(WholeCalibrationSerializer(one, context={"person": view.person}).data)
