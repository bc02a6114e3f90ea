"""What speaks against targets, for programs: to read, and to answer."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from kpis.api.targets import period_text
from kpis.models import TargetWarning
from kpis.models.targets import GRAINS
from kpis.selectors.warnings import visible_warnings, warning_to_answer
from kpis.services.smart import LONGEST_ANSWER, answer_doubt
from kpis.smart import Doubt
from kpis.smart_words import sentence
from organization.api.areas import narrowed
from organization.api.bodies import read_body
from organization.api.fields import AmountField, AreaQuestion, MomentField
from organization.api.paging import page_of
from organization.api.schema import page_serializer
from organization.api.views import ApiView, answer, answer_page
from organization.gate import Action
from organization.selectors import company


class WarningQuestion(AreaQuestion):
    metric = serializers.CharField(required=False, max_length=50)
    answered = serializers.BooleanField(
        required=False, allow_null=True, default=None, help_text="Only answered ones, or only others."
    )


class WarningSerializer(serializers.Serializer[TargetWarning]):
    """What spoke against a target when it was set, and what was said to it."""

    id = serializers.IntegerField()
    metric = serializers.CharField(source="target.metric.code")
    scope = serializers.CharField(source="target.scope.key")
    grain = serializers.ChoiceField(choices=[code for code, _label in GRAINS], source="target.grain")
    period = serializers.SerializerMethodField()
    value = AmountField(source="target.value", allow_null=True)
    code = serializers.ChoiceField(choices=[one.value for one in Doubt])
    said = serializers.SerializerMethodField()
    answer = serializers.CharField(allow_blank=True)
    answered_at = MomentField(allow_null=True)
    answered_by = serializers.SerializerMethodField()

    def get_period(self, warning: TargetWarning) -> str:
        fiscal_start = self.context.get("fiscal_start") or company().fiscal_year_start
        return period_text(warning.target.grain, warning.target.start, fiscal_start)

    def get_said(self, warning: TargetWarning) -> str:
        """The figure and its source, in your language."""
        return sentence(warning, warning.target.metric)

    def get_answered_by(self, warning: TargetWarning) -> str | None:
        return warning.answered_by.label if warning.answered_by is not None else None


class AnswerSerializer(serializers.Serializer[Any]):
    answer = serializers.CharField(
        allow_blank=True, max_length=LONGEST_ANSWER, help_text="Empty takes an answer back."
    )


class Warnings(ApiView):
    @extend_schema(
        operation_id="target_warnings", tags=["targets"], summary="What speaks against targets, the newest first",
        description="Of the targets that hold on your areas.",
        parameters=[WarningQuestion], responses={200: page_serializer(WarningSerializer)},
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        asked = self.asked(WarningQuestion)
        found = visible_warnings(self.person).filter(
            target__superseded_at__isnull=True, target__scope__in=narrowed(self.person, asked)
        )
        if asked["metric"]:
            found = found.filter(target__metric__code=asked["metric"])
        if asked["answered"] is not None:
            found = found.filter(answered_at__isnull=not asked["answered"])
        page = page_of(request, found, keys=("-id",), cursor=asked["cursor"], limit=asked["limit"])
        context = {"fiscal_start": company().fiscal_year_start}
        return answer_page(WarningSerializer, page.rows, page.next, context=context)


class AnswerWarning(ApiView):
    needs = {"POST": Action.SET_TARGETS}
    token_scope = {"POST": "write:targets"}

    @extend_schema(
        operation_id="answer_target_warning", tags=["targets"], summary="Answer what speaks against a target",
        description="By whoever may set the target; the answer is kept with it.",
        request=AnswerSerializer, responses={200: WarningSerializer},
    )  # fmt: skip
    def post(self, request: Request, pk: int) -> Response:
        warning = warning_to_answer(self.person, pk)
        text = read_body(AnswerSerializer, request)["answer"].strip()
        return answer(WarningSerializer, answer_doubt(warning=warning, answer=text, person=self.person))
