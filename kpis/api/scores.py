"""Scores and the plans of those who fell behind, for programs: what its person may see, and no more."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404
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

from common.periods import Period
from kpis.api.targets import period_text
from kpis.models import ImprovementPlan, Perspective, Score, Subject
from kpis.models.scorecards import PlanNote
from kpis.selectors.scorecards import manages, mentors_for, planned_score_or_404, visible_scores, writes
from kpis.services.scorecards import GRAINS, change_plan, note_progress, open_plan
from organization.api.bodies import read_body
from organization.api.errors import Fault, Problem
from organization.api.fields import FIRST_DAY, LAST_DAY, AmountField, MomentField, PagedQuestion
from organization.api.paging import page_of
from organization.api.schema import page_serializer
from organization.api.views import ApiView, answer, answer_page
from organization.gate import Action
from organization.selectors import company
from organization.services import Refused

LONGEST = 2000


class ScoreQuestion(PagedQuestion):
    period = serializers.CharField(required=False, max_length=7, help_text="2026-10, 2026-Q4 or 2026.")
    grain = serializers.ChoiceField(choices=[one.value for one in GRAINS], required=False)
    subject = serializers.ChoiceField(choices=Subject.values, required=False)
    card = serializers.IntegerField(required=False, min_value=1, max_value=2**31 - 1)
    mine = serializers.BooleanField(required=False, default=False, help_text="Only your own.")

    def validate_period(self, text: str) -> Period:
        try:
            period = Period.parse(text, fiscal_start=company().fiscal_year_start)
            known = period.start >= FIRST_DAY and period.end <= LAST_DAY and period.grain in GRAINS
        except (ValueError, OverflowError):
            known = False
        if not known:
            raise serializers.ValidationError(
                _("Write a month, a quarter or a year: 2027-01, 2027-Q1 or 2027.")
            )
        return period


class PerspectiveSerializer(serializers.Serializer[Any]):
    perspective = serializers.ChoiceField(choices=Perspective.values)
    score = serializers.CharField(allow_null=True, help_text="Of 100, before the weight.")
    share = serializers.CharField(allow_null=True, help_text="Its weight, as a share of 1.")


class ScoredFigureSerializer(serializers.Serializer[Any]):
    metric = serializers.CharField()
    perspective = serializers.ChoiceField(choices=Perspective.values)
    weight = serializers.CharField()
    attainment = serializers.CharField(allow_null=True, help_text="Not capped; null: nothing is known.")


_EXAMPLE: dict[str, Any] = {
    "id": 9, "card": 1, "card_name": "Team leads", "subject": "person", "person": "Alice", "team": None, "grain": "month",
    "period": "2026-10", "score": "92.4", "rank": 2, "ranked": 6, "climbed": 1, "behind": False, "through": "2026-10-31",
    "perspectives": [{"perspective": "financial", "score": "92.4", "share": "1"}], "figures": [], "has_plan": False,
}  # fmt: skip


@extend_schema_serializer(examples=[OpenApiExample("A lead's month", _EXAMPLE, response_only=True)])
class ScoreSerializer(serializers.Serializer[Score]):
    """What a person, a team or the company reached on a scorecard in a period, of 100."""

    id = serializers.IntegerField()
    card = serializers.IntegerField(source="card_id")
    card_name = serializers.CharField(source="card.label")
    subject = serializers.ChoiceField(choices=Subject.values, source="card.subject")
    person = serializers.SerializerMethodField()
    team = serializers.SerializerMethodField()
    grain = serializers.ChoiceField(choices=[one.value for one in GRAINS])
    period = serializers.SerializerMethodField()
    score = AmountField(source="value", allow_null=True, help_text="Null: nothing of it is known.")
    rank = serializers.IntegerField(allow_null=True, help_text="Equal scores share the better one.")
    ranked = serializers.IntegerField(help_text="How many were ranked.")
    climbed = serializers.IntegerField(allow_null=True, help_text="Ranks won since the period before.")
    behind = serializers.BooleanField(help_text="Among the bottom tenth.")
    through = serializers.DateField(allow_null=True, help_text="The last day that it looks at.")
    perspectives = serializers.SerializerMethodField()
    figures = serializers.SerializerMethodField()
    has_plan = serializers.SerializerMethodField()

    def get_person(self, score: Score) -> str | None:
        return score.person.label if score.person is not None else None

    def get_team(self, score: Score) -> str | None:
        """Its code."""
        return score.team.code if score.team is not None else None

    def get_period(self, score: Score) -> str:
        return period_text(score.grain, score.start, self.context["fiscal_start"])

    @extend_schema_field(PerspectiveSerializer(many=True))
    def get_perspectives(self, score: Score) -> list[dict[str, Any]]:
        return [
            {"perspective": name, "score": part.get("score"), "share": part.get("share")}
            for name in Perspective.values
            if (part := score.parts.get(name))
        ]

    @extend_schema_field(ScoredFigureSerializer(many=True))
    def get_figures(self, score: Score) -> list[dict[str, Any]]:
        return list(score.lines)

    def get_has_plan(self, score: Score) -> bool:
        return hasattr(score, "plan")


class Scores(ApiView):
    @extend_schema(
        operation_id="scores", tags=["scores"], summary="Scores, the newest period first",
        description="Your own and your team's; of people those whose areas you manage; of teams and the company those"
        " whose areas you may see.",
        parameters=[ScoreQuestion], responses={200: page_serializer(ScoreSerializer)},
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        asked = self.asked(ScoreQuestion)
        found: QuerySet[Score] = Score.objects.filter(pk__in=visible_scores(self.person).values("pk"))
        period: Period | None = asked["period"]
        conditions = {
            "grain": period.grain.value if period else asked["grain"],
            "start": period.start if period else None,
            "card": asked["card"],
            "card__subject": asked["subject"],
            "person": self.person if asked["mine"] else None,
        }
        found = found.filter(**{name: value for name, value in conditions.items() if value is not None})
        if period and asked["grain"] and asked["grain"] != period.grain.value:
            found = found.none()
        page = page_of(
            request, found.select_related("card", "person", "team", "plan"), keys=("-start", "-id"),
            cursor=asked["cursor"], limit=asked["limit"],
        )  # fmt: skip
        return answer_page(
            ScoreSerializer, page.rows, page.next, {"fiscal_start": company().fiscal_year_start}
        )


# -- Plans ------------------------------------------------------------------------------------------


class NoteOfPlanSerializer(serializers.Serializer[PlanNote]):
    text = serializers.CharField()
    at = MomentField()
    by = serializers.SerializerMethodField()

    def get_by(self, note: PlanNote) -> str | None:
        return note.by.label if note.by is not None else None


class PlanSerializer(serializers.Serializer[ImprovementPlan]):
    """What somebody who fell behind sets out to do, with whom, week by week."""

    score = serializers.IntegerField(source="score_id")
    person = serializers.SerializerMethodField()
    goal = serializers.CharField()
    mentor = serializers.SerializerMethodField()
    opened_at = MomentField()
    closed_at = MomentField(allow_null=True)
    notes = NoteOfPlanSerializer(many=True, help_text="The newest first.")

    def get_person(self, plan: ImprovementPlan) -> str | None:
        return plan.score.person.label if plan.score.person is not None else None

    def get_mentor(self, plan: ImprovementPlan) -> str | None:
        return plan.mentor.label if plan.mentor is not None else None


class PutPlanSerializer(serializers.Serializer[Any]):
    goal = serializers.CharField(max_length=LONGEST)
    mentor = serializers.CharField(
        required=False, allow_null=True, default=None, max_length=150,
        help_text="The user name of somebody with a role here, not of whom the plan is for.",
    )  # fmt: skip


class PlanNoteSerializer(serializers.Serializer[Any]):
    text = serializers.CharField(max_length=LONGEST)


class OnePlan(ApiView):
    needs = {"GET": Action.VIEW, "PUT": Action.VIEW}
    token_scope = {"GET": "read", "PUT": "write:targets"}

    @extend_schema(
        operation_id="improvement_plan", tags=["scores"], summary="The plan about a person's score",
        description="For whom it is about, who helps, and who manages her areas.",
        responses={200: PlanSerializer},
    )  # fmt: skip
    def get(self, request: Request, pk: int) -> Response:
        score = planned_score_or_404(self.person, pk)
        return answer(PlanSerializer, _plan(score))

    @extend_schema(
        operation_id="set_improvement_plan", tags=["scores"], summary="Open a plan, or change its goal and mentor",
        description="By who manages all areas of the score; nobody writes her own.",
        request=PutPlanSerializer,
        responses={200: PlanSerializer, 422: OpenApiResponse(description="There is no such mentor.")},
    )  # fmt: skip
    def put(self, request: Request, pk: int) -> Response:
        score = planned_score_or_404(self.person, pk)
        if not manages(self.person, score):
            raise PermissionDenied
        body = read_body(PutPlanSerializer, request)
        mentor = None
        if body["mentor"]:
            mentor = mentors_for(score).filter(username=body["mentor"]).first()
            if mentor is None:
                said = _("There is nobody of this name who could help.")
                raise Problem(422, said, errors=[Fault("#/mentor", said)])
        common: dict[str, Any] = {"goal": body["goal"], "mentor": mentor, "person": self.person}
        found = ImprovementPlan.objects.filter(score=score).first()
        try:
            if found is None:
                open_plan(of=score, **common)
            else:
                change_plan(plan=found, **common)
        except Refused as refused:
            raise Problem(422, str(refused)) from None
        return answer(PlanSerializer, _plan(score))


class PlanNotes(ApiView):
    needs = {"POST": Action.VIEW}
    token_scope = {"POST": "write:targets"}

    @extend_schema(
        operation_id="note_progress", tags=["scores"], summary="Note how a plan goes this week",
        description="By whom it is about, who helps, and who manages her areas.",
        request=PlanNoteSerializer,
        responses={201: PlanSerializer, 422: OpenApiResponse(description="The plan is closed.")},
    )  # fmt: skip
    def post(self, request: Request, pk: int) -> Response:
        score = planned_score_or_404(self.person, pk)
        plan = _plan(score)
        if not writes(self.person, score, plan):
            raise PermissionDenied
        text = read_body(PlanNoteSerializer, request)["text"]
        try:
            note_progress(plan=plan, text=text, person=self.person)
        except Refused as refused:
            raise Problem(422, str(refused)) from None
        return answer(PlanSerializer, _plan(score), status=201)


def _plan(score: Score) -> ImprovementPlan:
    """Raises Http404 where there is none."""
    plans = ImprovementPlan.objects.select_related("mentor", "score__person").prefetch_related("notes__by")
    found = plans.filter(score=score).first()
    if found is None:
        raise Http404
    return found
