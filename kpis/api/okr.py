"""Objectives, key results and check-ins for programs."""

from __future__ import annotations

from typing import Any

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
from kpis.models import Status
from kpis.models.okr import CheckIn, Commitment, How, KeyResult, Level, ObjectiveState
from kpis.selectors.okr.access import key_result_or_404, key_result_to_check_in, visible_objectives
from kpis.selectors.okr.loading import KeyResultView, ObjectiveView, load
from kpis.selectors.okr.quarters import quarter_text
from kpis.services import okr
from kpis.services.okr import ObjectiveRefused
from kpis.services.okr.check_ins import LONGEST_NOTE
from organization.api.areas import narrowed
from organization.api.bodies import read_body
from organization.api.errors import Fault, Problem
from organization.api.fields import FIRST_DAY, LAST_DAY, AmountField, AreaQuestion, MomentField, PagedQuestion
from organization.api.paging import page_of
from organization.api.schema import page_serializer
from organization.api.views import ApiView, answer, answer_page
from organization.gate import Action
from organization.selectors import company

WRITE = "write:targets"


class ObjectiveQuestion(AreaQuestion):
    quarter = serializers.CharField(
        required=False, max_length=7, help_text="Fiscal, as in 2026-Q4; without it those of all quarters."
    )
    level = serializers.ChoiceField(choices=Level.values, required=False)
    state = serializers.ChoiceField(choices=ObjectiveState.values, required=False)

    def validate_quarter(self, text: str) -> Period:
        try:
            quarter = Period.parse(text, fiscal_start=company().fiscal_year_start)
            known = FIRST_DAY <= quarter.start <= LAST_DAY
        except (ValueError, OverflowError):
            known = False
        if not known or quarter.grain != Grain.QUARTER:
            raise serializers.ValidationError(_("Write a quarter as 2026-Q4."))
        return quarter


class KeyResultSerializer(serializers.Serializer[KeyResultView]):
    """How one sees that an objective is reached. Amounts are text with all their digits; percent is a share of 1."""

    id = serializers.IntegerField(source="key_result.pk")
    title = serializers.CharField(source="key_result.title")
    how = serializers.ChoiceField(choices=How.values, source="key_result.how")
    metric = serializers.SerializerMethodField()
    scope = serializers.SerializerMethodField()
    unit = serializers.CharField(source="key_result.unit")
    baseline = AmountField(source="key_result.baseline")
    target = AmountField(source="key_result.target")
    weight = AmountField(source="key_result.weight")
    commitment = serializers.ChoiceField(choices=Commitment.values, source="key_result.commitment")
    owner = serializers.SerializerMethodField()
    value = AmountField(source="stand.value", allow_null=True)
    grade = AmountField(
        source="stand.progress", allow_null=True, help_text="Uncapped: 0 is where it began, 1 its target."
    )
    due = AmountField(
        source="stand.due", allow_null=True, help_text="The grade that is due by now; null once it is closed."
    )
    status = serializers.ChoiceField(choices=Status.values, source="stand.status")
    at_risk = serializers.SerializerMethodField()
    confidence = serializers.IntegerField(allow_null=True, help_text="As last checked in, 0 to 10.")

    def get_at_risk(self, one: KeyResultView) -> list[str]:
        """While it is green: codes of the process figures that are red in the quarter."""
        return [risk.metric.code for risk in one.at_risk]

    def get_metric(self, one: KeyResultView) -> str | None:
        """The code of the figure that it is tied to."""
        metric = one.key_result.metric
        return metric.code if metric is not None else None

    def get_scope(self, one: KeyResultView) -> str | None:
        """The area of that figure."""
        scope = one.key_result.scope
        return scope.key if scope is not None else None

    def get_owner(self, one: KeyResultView) -> str | None:
        """Who checks it in; null is the objective's owner."""
        return one.key_result.owner.label if one.key_result.owner is not None else None


_EXAMPLE: dict[str, Any] = {
    "id": 4, "title": "Win the East", "description": "", "quarter": "2026-Q4", "level": "team", "scope": "region:华东",
    "team": None, "owner": "Alice", "commitment": "aspirational", "state": "active", "grade": "0.46", "due": "0.57",
    "status": "red", "confidence": 6, "supports_objective": 1, "supports_key_result": None, "supports_hidden": False,
    "orphan": False, "key_results": [], "hidden_key_results": 0,
}  # fmt: skip


@extend_schema_serializer(examples=[OpenApiExample("Running", _EXAMPLE, response_only=True)])
class ObjectiveSerializer(serializers.Serializer[ObjectiveView]):
    """What a quarter is for, with how it stands: by pace while it runs, by its grade once it is closed."""

    id = serializers.IntegerField(source="objective.pk")
    title = serializers.CharField(source="objective.title")
    description = serializers.CharField(source="objective.description", allow_blank=True)
    quarter = serializers.SerializerMethodField()
    level = serializers.ChoiceField(choices=Level.values, source="objective.level")
    scope = serializers.CharField(source="objective.scope.key")
    team = serializers.SerializerMethodField()
    owner = serializers.SerializerMethodField()
    commitment = serializers.ChoiceField(choices=Commitment.values, source="objective.commitment")
    state = serializers.ChoiceField(choices=ObjectiveState.values, source="objective.state")
    grade = AmountField(source="stand.progress", allow_null=True)
    due = AmountField(source="stand.due", allow_null=True)
    status = serializers.ChoiceField(choices=Status.values, source="stand.status")
    confidence = serializers.IntegerField(allow_null=True)
    supports_objective = serializers.SerializerMethodField()
    supports_key_result = serializers.SerializerMethodField()
    supports_hidden = serializers.SerializerMethodField()
    orphan = serializers.BooleanField(help_text="It supports nothing, and is not the company's.")
    key_results = serializers.SerializerMethodField()
    hidden_key_results = serializers.SerializerMethodField()

    def get_quarter(self, view: ObjectiveView) -> str:
        """Fiscal, as in 2026-Q4."""
        return quarter_text(view.objective.start, self.context["fiscal_start"])

    def get_team(self, view: ObjectiveView) -> str | None:
        """Its code."""
        return view.objective.team.code if view.objective.team is not None and view.team else None

    def get_owner(self, view: ObjectiveView) -> str | None:
        return view.objective.owner.label if view.objective.owner is not None else None

    def get_supports_objective(self, view: ObjectiveView) -> int | None:
        """What it supports: the objective, also where it is one of its key results."""
        above = view.support.objective if view.support is not None else None
        return above.pk if above is not None else None

    def get_supports_key_result(self, view: ObjectiveView) -> int | None:
        return view.support.key_result if view.support is not None else None

    def get_supports_hidden(self, view: ObjectiveView) -> bool:
        """It supports something that you may not see."""
        return view.support is not None and view.support.objective is None

    @extend_schema_field(KeyResultSerializer(many=True))
    def get_key_results(self, view: ObjectiveView) -> list[dict[str, Any]]:
        shown: Any = [one for one in view.key_results if not one.hidden]
        return list(KeyResultSerializer(shown, many=True).data)

    def get_hidden_key_results(self, view: ObjectiveView) -> int:
        """How many count in the grade that lie on areas that you may not see."""
        return sum(one.hidden for one in view.key_results)


class Objectives(ApiView):
    @extend_schema(
        operation_id="objectives", tags=["objectives"], summary="Objectives with their key results, the newest first",
        description="Those of your areas.",
        parameters=[ObjectiveQuestion], responses={200: page_serializer(ObjectiveSerializer)},
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        asked = self.asked(ObjectiveQuestion)
        found = visible_objectives(self.person).filter(scope__in=narrowed(self.person, asked))
        conditions = {
            "start": asked["quarter"].start if asked["quarter"] else None,
            "level": asked["level"],
            "state": asked["state"],
        }
        found = found.filter(**{name: value for name, value in conditions.items() if value is not None})
        page = page_of(request, found, keys=("-id",), cursor=asked["cursor"], limit=asked["limit"])
        views = load(page.rows, person=self.person, today=timezone.localdate())
        context = {"fiscal_start": company().fiscal_year_start}
        return answer_page(ObjectiveSerializer, views, page.next, context=context)


class CheckInSerializer(serializers.Serializer[CheckIn]):
    """What somebody said of a key result in a week. One holds a week; those that it replaced are kept."""

    week = serializers.DateField(help_text="Its Monday.")
    version = serializers.IntegerField()
    value = AmountField(allow_null=True)
    confidence = serializers.IntegerField()
    note = serializers.CharField(allow_blank=True)
    by = serializers.SerializerMethodField()
    at = MomentField()
    holds = serializers.SerializerMethodField()

    def get_by(self, one: CheckIn) -> str | None:
        return one.by.label if one.by is not None else None

    def get_holds(self, one: CheckIn) -> bool:
        """False where a later one of the same week replaced it."""
        return one.superseded_at is None


class NewCheckInSerializer(serializers.Serializer[Any]):
    value = serializers.CharField(
        required=False, allow_null=True, default=None, max_length=60,
        help_text="Where it stands now, of what is checked in by hand: a number as text or as a JSON number, percent as"
        " a share of 1. A figure and milestones say their own.",
    )  # fmt: skip
    confidence = serializers.IntegerField(
        min_value=0, max_value=10, help_text="That the target is reached, 0 to 10."
    )
    note = serializers.CharField(required=False, allow_blank=True, default="", max_length=LONGEST_NOTE)


class CheckIns(ApiView):
    needs = {"GET": Action.VIEW, "POST": Action.VIEW}
    token_scope = {"GET": "read", "POST": WRITE}

    @extend_schema(
        operation_id="check_ins", tags=["objectives"], summary="Check-ins of a key result, the newest first",
        description="With those that later ones of the same week replaced.",
        parameters=[PagedQuestion], responses={200: page_serializer(CheckInSerializer)},
    )  # fmt: skip
    def get(self, request: Request, pk: int) -> Response:
        asked = self.asked(PagedQuestion)
        found = CheckIn.objects.filter(key_result=key_result_or_404(self.person, pk)).select_related("by")
        page = page_of(request, found, keys=("-id",), cursor=asked["cursor"], limit=asked["limit"])
        return answer_page(CheckInSerializer, page.rows, page.next)

    @extend_schema(
        operation_id="check_in", tags=["objectives"], summary="Check in for this week",
        description="By who keeps the key result, or sets its objective. A second one of the week replaces the first;"
        " the same again changes nothing.",
        request=NewCheckInSerializer,
        responses={
            201: CheckInSerializer,
            422: OpenApiResponse(description="The value cannot be, or nothing can be said of it now."),
        },
    )  # fmt: skip
    def post(self, request: Request, pk: int) -> Response:
        key_result = key_result_to_check_in(self.person, pk)
        said = _read(request, key_result)
        try:
            made = okr.check_in(
                key_result=key_result,
                value=said["value"],
                confidence=said["confidence"],
                note=said["note"],
                person=self.person,
                today=timezone.localdate(),
                now=timezone.now(),
            )
        except ObjectiveRefused as refused:
            errors = [Fault(f"#/{refused.field}", str(refused))] if refused.field in said else []
            raise Problem(422, str(refused), errors=errors) from None
        return answer(CheckInSerializer, made, status=201)


def _read(request: Request, key_result: KeyResult) -> dict[str, Any]:
    """The body, checked. Raises Problem with a pointer to each fault."""
    data = dict(read_body(NewCheckInSerializer, request))
    text = data["value"]
    if text is None or key_result.how != How.MANUAL:
        return {**data, "value": None}
    number = number_of(text)
    if number is None:
        said = _("This is no number that a value can be: at most 15 digits and six decimals.")
        raise Problem(422, said, errors=[Fault("#/value", said)])
    return {**data, "value": number}
