"""Complaints for programs: sending one in, and reading those of the areas in which somebody handles them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiResponse,
    extend_schema,
    extend_schema_serializer,
)
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from common.listing import listed
from customers.services.people import know_customer
from feedback.models import Came, Category, Complaint, Severity, State
from feedback.models.complaints import DEEPEST, TEXT
from feedback.models.surveys import SEGMENT
from feedback.services.intake import NewComplaint, receive
from organization.api.bodies import read_body
from organization.api.errors import Fault, Problem
from organization.api.fields import MomentField, PagedQuestion
from organization.api.once import key_parameter, row_key_of
from organization.api.paging import page_of
from organization.api.schema import page_serializer
from organization.api.views import ApiView, answer, answer_page
from organization.gate import Action, get_scope_or_404, scopes_where
from organization.models import Person, Scope
from organization.services import Refused

WRITE = "write:feedback"
SEVERITIES = {severity.name.lower(): severity.value for severity in Severity}
_NAMED = {value: name for name, value in SEVERITIES.items()}


class ComplaintQuestion(PagedQuestion):
    state = serializers.ChoiceField(choices=State.values, required=False)
    severity = serializers.ChoiceField(choices=list(SEVERITIES), required=False)


_COMPLAINT: dict[str, Any] = {
    "id": 31, "scope": "region:华东+channel:抖音直播", "came": "api", "received_at": "2026-08-10T03:00:00Z",
    "category": "delivery", "severity": "high", "state": "solved", "text": "It came two weeks late.",
    "segment": "VIP", "assigned_to": "Alice", "answer_due_at": "2026-08-10T04:00:00Z",
    "answered_at": "2026-08-10T03:20:00Z", "solve_due_at": "2026-08-12T03:00:00Z",
    "solved_at": "2026-08-11T02:00:00Z", "level": 0, "reopened": 0, "repeat_of": None, "stayed_solved": None,
    "cause": ["It was sent late", "Nobody saw the order"], "solution": "Sent another by courier.",
}  # fmt: skip


@extend_schema_serializer(examples=[OpenApiExample("A complaint", _COMPLAINT, response_only=True)])
class ComplaintSerializer(serializers.Serializer[Complaint]):
    """A complaint, without who made it: names and addresses of customers are shown on pages alone, on record."""

    id = serializers.IntegerField()
    scope = serializers.CharField(source="scope.key")
    came = serializers.ChoiceField(choices=Came.values)
    received_at = MomentField()
    category = serializers.CharField(source="category.code")
    severity = serializers.SerializerMethodField()
    state = serializers.ChoiceField(choices=State.values)
    text = serializers.CharField(help_text="Empty where its customer was forgotten.")
    segment = serializers.CharField(help_text="Customer type.")
    assigned_to = serializers.SerializerMethodField()
    answer_due_at = MomentField(allow_null=True)
    answered_at = MomentField(allow_null=True, help_text="The first answer to the customer.")
    solve_due_at = MomentField(allow_null=True, help_text="Empty while the customer is waited for.")
    solved_at = MomentField(allow_null=True)
    level = serializers.IntegerField(help_text="How often it was taken up a level for being late.")
    reopened = serializers.IntegerField()
    repeat_of = serializers.IntegerField(source="repeat_of_id", allow_null=True)
    stayed_solved = serializers.BooleanField(
        allow_null=True, help_text="What the customer said later; empty while she has not."
    )
    cause = serializers.SerializerMethodField()
    solution = serializers.CharField()

    def get_severity(self, complaint: Complaint) -> str:
        """low, normal, high or critical."""
        return _NAMED[complaint.severity]

    def get_assigned_to(self, complaint: Complaint) -> str | None:
        return complaint.assigned_to.label if complaint.assigned_to is not None else None

    def get_cause(self, complaint: Complaint) -> list[str]:
        """The whys, from the first to the root; none before it is solved."""
        names: list[str] = []
        cause = complaint.cause
        while cause is not None:
            names.insert(0, cause.name)
            cause = cause.parent
        return names


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "A complaint with a customer",
            {
                "text": "It came two weeks late.", "scope": "region:华东", "category": "delivery",
                "severity": "high", "customer": "C-20718", "email": "lin@example.com",
            },
            request_only=True,
        )
    ]
)  # fmt: skip
class NewComplaintSerializer(serializers.Serializer[Any]):
    text = serializers.CharField(max_length=TEXT)
    scope = serializers.CharField(
        required=False, max_length=2000, default="company",
        help_text="Region, channel, product line, or several crossed. Left out: the company.",
    )  # fmt: skip
    category = serializers.CharField(required=False, max_length=50, default="other", help_text="By its code.")
    severity = serializers.ChoiceField(choices=list(SEVERITIES), required=False, default="normal")
    segment = serializers.CharField(required=False, allow_blank=True, max_length=SEGMENT, default="")
    received_at = serializers.DateTimeField(
        required=False, allow_null=True, default=None, help_text="Left out: now."
    )
    customer = serializers.CharField(
        required=False, allow_blank=True, max_length=200, default="",
        help_text="What you call the customer; kept as a keyed hash alone.",
    )  # fmt: skip
    name = serializers.CharField(required=False, allow_blank=True, max_length=200, default="")
    phone = serializers.CharField(required=False, allow_blank=True, max_length=40, default="")
    email = serializers.EmailField(
        required=False, allow_blank=True, max_length=254, default="",
        help_text="Only where she agreed to be written to about it. Kept sealed, as name and phone.",
    )  # fmt: skip


class Complaints(ApiView):
    needs = {"GET": Action.HANDLE_COMPLAINTS, "POST": Action.HANDLE_COMPLAINTS}
    token_scope = {"GET": "read", "POST": WRITE}

    @extend_schema(
        operation_id="complaints", tags=["feedback"], summary="Complaints, the newest first",
        description="Of the areas in which the caller handles complaints.",
        parameters=[ComplaintQuestion], responses={200: page_serializer(ComplaintSerializer)},
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        asked = self.asked(ComplaintQuestion)
        found = visible_complaints(self.person)
        if asked["state"]:
            found = found.filter(state=asked["state"])
        if asked["severity"]:
            found = found.filter(severity=SEVERITIES[asked["severity"]])
        keys = ("-received_at", "-id")
        page = page_of(request, found, keys=keys, cursor=asked["cursor"], limit=asked["limit"])
        return answer_page(ComplaintSerializer, page.rows, page.next)

    @extend_schema(
        operation_id="send_complaint", tags=["feedback"], summary="Send a complaint in",
        description="It is given to somebody and its clocks run at once. With an Idempotency-Key the same request may be"
        " sent again whenever an answer was lost: it is done once.",
        parameters=[key_parameter()],
        request=NewComplaintSerializer,
        responses={200: OpenApiResponse(ComplaintSerializer, description="Came before, under the same key."),
                   201: OpenApiResponse(ComplaintSerializer, description="Received."),
                   422: OpenApiResponse(description="It cannot be so, or the key came before with another body.")},
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        said, now = read_body(NewComplaintSerializer, request), timezone.now()
        key = row_key_of(request, Complaint.objects.all())
        known = visible_complaints(self.person).filter(key=key).first() if key is not None else None
        if known is not None:
            return answer(ComplaintSerializer, known)
        try:
            made = _receive(said, key, self.person, now)
        except Refused as refused:
            raise Problem(422, str(refused)) from None
        return answer(ComplaintSerializer, visible_complaints(self.person).get(pk=made.pk), status=201)


class OneComplaint(ApiView):
    needs = {"GET": Action.HANDLE_COMPLAINTS}

    @extend_schema(
        operation_id="complaint", tags=["feedback"], summary="One complaint",
        responses={200: ComplaintSerializer},
    )  # fmt: skip
    def get(self, request: Request, pk: int) -> Response:
        found = visible_complaints(self.person).filter(pk=pk).first()
        if found is None:
            raise Http404
        return answer(ComplaintSerializer, found)


def visible_complaints(person: Person) -> QuerySet[Complaint]:
    whys = "__".join(["cause", *["parent"] * (DEEPEST - 1)])
    return Complaint.objects.filter(scope__in=scopes_where(person, Action.HANDLE_COMPLAINTS)).select_related(
        "scope", "category", "assigned_to", whys
    )


@transaction.atomic
def _receive(said: dict[str, Any], key: str | None, person: Person, now: datetime) -> Complaint:
    area = _area(person, said["scope"])
    category = Category.objects.filter(code=said["category"], archived_at__isnull=True).first()
    if category is None:
        known = Category.objects.filter(archived_at__isnull=True).values_list("code", flat=True)
        text = _("There is no such category. There are: %(codes)s.") % {"codes": listed(known)}
        raise Problem(422, text, errors=[Fault("#/category", text)])
    customer = know_customer(
        key=said["customer"], name=said["name"], phone=said["phone"], email=said["email"], now=now
    )
    new = NewComplaint(
        came=Came.API, scope=area, category=category, severity=SEVERITIES[said["severity"]], text=said["text"],
        customer=customer, segment=said["segment"], key=key, received_at=said["received_at"],
    )  # fmt: skip
    return receive(new=new, person=person, now=now)


def _area(person: Person, text: str) -> Scope:
    try:
        return get_scope_or_404(person, text, Action.HANDLE_COMPLAINTS)
    except Http404:
        said = _("There is no such area among yours.")
        raise Problem(422, said, errors=[Fault("#/scope", said)]) from None
