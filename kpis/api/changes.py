"""Changes of many targets at once, for programs: to see, and to take back."""

from __future__ import annotations

from django.db.models import Count, Exists, OuterRef
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from kpis.models import ChangeKind, Target, TargetChange
from kpis.selectors.plan_changes import change_to_undo, changes_seen
from kpis.services import TargetRefused, undo_change
from organization.api.areas import narrowed
from organization.api.errors import Problem
from organization.api.fields import AreaQuestion, MomentField
from organization.api.paging import page_of
from organization.api.schema import page_serializer
from organization.api.views import ApiView, answer, answer_page
from organization.gate import Action
from organization.services import Refused

WRITE = "write:targets"


class ChangeSerializer(serializers.Serializer[TargetChange]):
    """Targets that were set as one, and can be taken back as one."""

    id = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=ChangeKind.values)
    reason = serializers.CharField(allow_blank=True)
    made_at = MomentField()
    made_by = serializers.SerializerMethodField()
    targets = serializers.SerializerMethodField()
    undone_by = serializers.IntegerField(
        source="undone_by_id", allow_null=True, help_text="The change that took it back."
    )

    def get_made_by(self, change: TargetChange) -> str | None:
        return change.made_by.label if change.made_by is not None else None

    def get_targets(self, change: TargetChange) -> int:
        """How many it set."""
        size: int | None = getattr(change, "size", None)
        return change.targets.count() if size is None else size


class ChangeQuestion(AreaQuestion):
    kind = serializers.ChoiceField(choices=ChangeKind.values, required=False)


class Changes(ApiView):
    @extend_schema(
        operation_id="target_changes", tags=["targets"],
        summary="Changes of many targets at once, the newest first",
        description="Those of which you may see every target: break-downs, the grid, workbooks, calibrations, and what"
        " took one of them back.",
        parameters=[ChangeQuestion], responses={200: page_serializer(ChangeSerializer)},
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        asked = self.asked(ChangeQuestion)
        found = changes_seen(self.person).select_related("made_by").annotate(size=Count("targets"))
        if asked["scope"] or asked["within"]:
            areas = narrowed(self.person, asked).order_by().values("pk")
            found = found.filter(Exists(Target.objects.filter(change=OuterRef("pk"), scope__in=areas)))
        if asked["kind"]:
            found = found.filter(kind=asked["kind"])
        page = page_of(request, found, keys=("-id",), cursor=asked["cursor"], limit=asked["limit"])
        return answer_page(ChangeSerializer, page.rows, page.next)


class UndoChange(ApiView):
    needs = {"POST": Action.SET_TARGETS}
    token_scope = {"POST": WRITE}

    @extend_schema(
        operation_id="undo_target_change", tags=["targets"], summary="Take a change back as one",
        description="Whoever made it, where you may set all of its targets: each is as it was before. Answers with the"
        " change that does so.",
        request=None,
        responses={
            201: ChangeSerializer,
            409: OpenApiResponse(description="It is undone already, or a target was set again since."),
            422: OpenApiResponse(description="A month of it is closed by now."),
        },
    )  # fmt: skip
    def post(self, request: Request, pk: int) -> Response:
        try:
            undone = undo_change(change=change_to_undo(self.person, pk), person=self.person)
        except Refused as refused:
            raise Problem(409, str(refused)) from None
        except TargetRefused as refused:
            raise Problem(422, str(refused)) from None
        return answer(ChangeSerializer, undone, status=201)
