"""Proposals and tasks for programs: to read, to decide, to finish."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from decisions import services
from decisions.kinds import kind_of
from decisions.models import Proposal, ProposalState, Step, StepState, Task, TaskState
from decisions.selectors.rights import pending_steps, rights, seen_by, today_of
from decisions.selectors.tasks import open_tasks_of
from decisions.selectors.threads import get_proposal_or_404, get_task_or_404, titles
from decisions.services.proposals import LONGEST_TEXT
from organization.api.areas import narrowed
from organization.api.bodies import read_body
from organization.api.errors import Problem
from organization.api.fields import AmountField, AreaQuestion, CodesField, MomentField
from organization.api.paging import page_of
from organization.api.schema import page_serializer
from organization.api.views import ApiView, answer, answer_page
from organization.gate import Action
from organization.services import Refused

WRITE = "write:decisions"
VERDICTS = ("approve", "reject", "ask", "answer", "withdraw")


def _name(person: Any) -> str | None:
    return person.label if person is not None else None


class StepSerializer(serializers.Serializer[Step]):
    """One approval: by a role on the area or by a duty for it."""

    position = serializers.IntegerField()
    role = serializers.CharField(allow_blank=True)
    duty = serializers.CharField(allow_blank=True)
    state = serializers.ChoiceField(choices=StepState.values)
    due_at = MomentField(allow_null=True)
    decided_by = serializers.SerializerMethodField()
    in_place_of = serializers.SerializerMethodField()
    note = serializers.CharField(allow_blank=True)
    at = MomentField(allow_null=True)

    def get_decided_by(self, step: Step) -> str | None:
        return _name(step.decided_by)

    def get_in_place_of(self, step: Step) -> str | None:
        return _name(step.on_behalf_of)


_EXAMPLE: dict[str, Any] = {
    "id": 7, "kind": "kpis.calibration", "subject": 31, "title": "Revenue, East, November", "scope": "region:华东",
    "summary": "Move November to 8,000,000", "body": "The market shrank.", "amount": None, "urgent": False,
    "state": "open", "version": 1, "proposed_by": "Alice", "proposed_at": "2026-11-18T02:00:00Z", "decided_by": None,
    "decided_at": None, "note": "",
}  # fmt: skip


@extend_schema_serializer(examples=[OpenApiExample("Open", _EXAMPLE, response_only=True)])
class ProposalSerializer(serializers.Serializer[Proposal]):
    """What somebody proposes about a subject of some kind."""

    id = serializers.IntegerField()
    kind = serializers.CharField()
    subject = serializers.IntegerField(source="subject_id", help_text="Its number among those of its kind.")
    title = serializers.SerializerMethodField()
    scope = serializers.CharField(source="scope.key")
    summary = serializers.CharField()
    body = serializers.CharField(help_text="Why, in the author's words.")
    amount = AmountField(allow_null=True)
    urgent = serializers.BooleanField()
    state = serializers.ChoiceField(choices=ProposalState.values)
    version = serializers.IntegerField(source="turn", help_text="Counts what has happened to it.")
    proposed_by = serializers.SerializerMethodField()
    proposed_at = MomentField()
    decided_by = serializers.SerializerMethodField()
    decided_at = MomentField(allow_null=True)
    note = serializers.CharField(source="decision_note", allow_blank=True)

    def get_title(self, proposal: Proposal) -> str:
        """What people call its subject, in your language."""
        called = self.context.get("titles") or titles([proposal])
        return called.get((proposal.kind, proposal.subject_id), str(kind_of(proposal.kind).label))

    def get_proposed_by(self, proposal: Proposal) -> str | None:
        return _name(proposal.proposed_by)

    def get_decided_by(self, proposal: Proposal) -> str | None:
        return _name(proposal.decided_by)


class ProposalWithStepsSerializer(ProposalSerializer):
    """A proposal with its approvals, in their order."""

    steps = StepSerializer(many=True)


class TaskSerializer(serializers.Serializer[Task]):
    """What somebody must do about a subject."""

    id = serializers.IntegerField()
    kind = serializers.CharField()
    subject = serializers.IntegerField(source="subject_id")
    title = serializers.SerializerMethodField()
    scope = serializers.CharField(source="scope.key")
    assigned_to = serializers.SerializerMethodField()
    due_on = serializers.DateField(allow_null=True)
    state = serializers.ChoiceField(choices=TaskState.values)
    opened_at = MomentField()
    done_at = MomentField(allow_null=True)

    def get_title(self, task: Task) -> str:
        return _(task.title)

    def get_assigned_to(self, task: Task) -> str | None:
        """Null is whoever is responsible for the area."""
        return _name(task.assigned_to)


class ProposalQuestion(AreaQuestion):
    state = serializers.ChoiceField(choices=ProposalState.values, required=False)
    kind = CodesField(help_text="Codes of kinds, by commas.")
    waiting = serializers.BooleanField(
        required=False, default=False, help_text="Only what you may decide now."
    )


class TaskQuestion(AreaQuestion):
    state = serializers.ChoiceField(choices=TaskState.values, required=False)
    mine = serializers.BooleanField(required=False, default=False, help_text="Only open ones that are yours.")


class DecisionSerializer(serializers.Serializer[Any]):
    """What you say about a proposal. `answer` and `withdraw` are its author's, the others whoever may decide."""

    verdict = serializers.ChoiceField(choices=VERDICTS)
    note = serializers.CharField(
        required=False, allow_blank=True, default="", max_length=LONGEST_TEXT,
        help_text="Needed to reject, to ask and to answer.",
    )  # fmt: skip
    version = serializers.IntegerField(
        required=False, allow_null=True, default=None, min_value=1, max_value=10**9,
        help_text="The version that you saw: where another holds by now, the answer is 409.",
    )  # fmt: skip


class NoteSerializer(serializers.Serializer[Any]):
    note = serializers.CharField(required=False, allow_blank=True, default="", max_length=LONGEST_TEXT)


class Proposals(ApiView):
    @extend_schema(
        operation_id="proposals", tags=["decisions"], summary="Proposals, the newest first",
        description="Those of your areas, open and decided.",
        parameters=[ProposalQuestion], responses={200: page_serializer(ProposalSerializer)},
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        asked = self.asked(ProposalQuestion)
        found = Proposal.objects.filter(seen_by(self.person), scope__in=narrowed(self.person, asked))
        if asked["state"]:
            found = found.filter(state=asked["state"])
        if asked["kind"]:
            found = found.filter(kind__in=asked["kind"])
        if asked["waiting"]:
            mine = rights(self.person, pending_steps(), today_of(timezone.now()))
            found = found.filter(pk__in=[right.step.proposal_id for right in mine])
        found = found.select_related("scope", "proposed_by", "decided_by")
        page = page_of(request, found, keys=("-id",), cursor=asked["cursor"], limit=asked["limit"])
        return answer_page(ProposalSerializer, page.rows, page.next, context={"titles": titles(page.rows)})


class OneProposal(ApiView):
    @extend_schema(
        operation_id="proposal", tags=["decisions"], summary="One proposal with its approvals",
        description="Who must approve it, until when, and what they said.",
        responses={200: ProposalWithStepsSerializer},
    )  # fmt: skip
    def get(self, request: Request, pk: int) -> Response:
        return _whole(get_proposal_or_404(self.person, pk))


class Decide(ApiView):
    needs = {"POST": Action.VIEW}
    token_scope = {"POST": WRITE}

    @extend_schema(
        operation_id="decide", tags=["decisions"], summary="Approve, reject, ask back, answer or withdraw",
        description="Nobody approves what she has proposed herself, nor in the place of whoever has.",
        request=DecisionSerializer,
        responses={
            200: ProposalWithStepsSerializer,
            409: OpenApiResponse(description="Somebody was quicker, or another version holds."),
            422: OpenApiResponse(description="Words are missing, it is your own, or it cannot be carried out."),
        },
    )  # fmt: skip
    def post(self, request: Request, pk: int) -> Response:
        proposal = get_proposal_or_404(self.person, pk)
        said = read_body(DecisionSerializer, request)
        common: dict[str, Any] = {"proposal": proposal, "person": self.person, "as_of": timezone.now()}
        try:
            if said["verdict"] == "withdraw":
                services.withdraw(**common, note=said["note"])
            elif said["verdict"] == "answer":
                services.answer(**common, text=said["note"], based_on=said["version"])
            else:
                services.decide(
                    **common, verdict=said["verdict"], note=said["note"], based_on=said["version"]
                )
        except services.Settled as settled:
            raise Problem(409, str(settled)) from None
        except Refused as refused:
            raise Problem(422, str(refused)) from None
        return _whole(get_proposal_or_404(self.person, pk))


class Tasks(ApiView):
    @extend_schema(
        operation_id="tasks", tags=["decisions"], summary="Tasks, the newest first",
        description="Those of your areas.",
        parameters=[TaskQuestion], responses={200: page_serializer(TaskSerializer)},
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        asked = self.asked(TaskQuestion)
        found = Task.objects.filter(seen_by(self.person), scope__in=narrowed(self.person, asked))
        if asked["mine"]:
            mine = open_tasks_of(self.person, today_of(timezone.now()))
            found = found.filter(Q(pk__in=mine.order_by().values("pk")))
        if asked["state"]:
            found = found.filter(state=asked["state"])
        page = page_of(
            request, found.select_related("scope", "assigned_to"), keys=("-id",), cursor=asked["cursor"],
            limit=asked["limit"],
        )  # fmt: skip
        return answer_page(TaskSerializer, page.rows, page.next)


class TaskDone(ApiView):
    needs = {"POST": Action.VIEW}
    token_scope = {"POST": WRITE}

    @extend_schema(
        operation_id="task_done", tags=["decisions"], summary="Finish a task",
        description="One that is yours, or of an area that you lead. Finished twice is finished once.",
        request=NoteSerializer, responses={200: TaskSerializer},
    )  # fmt: skip
    def post(self, request: Request, pk: int) -> Response:
        task = get_task_or_404(self.person, pk)
        note = read_body(NoteSerializer, request)["note"]
        services.complete_task(task=task, person=self.person, note=note, as_of=timezone.now())
        return answer(TaskSerializer, get_task_or_404(self.person, pk))


def _whole(proposal: Proposal) -> Response:
    proposal = (
        Proposal.objects.select_related("scope", "proposed_by", "decided_by")
        .prefetch_related("steps__decided_by", "steps__on_behalf_of")
        .get(pk=proposal.pk)
    )
    return answer(ProposalWithStepsSerializer, proposal)
