"""Lines of budgets for programs: what they have left, what was entered, and entering more."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied
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

from budgets.models import Balance, Entry, EntryKind, FedBy, Line, LineState, Origin
from budgets.selectors.rights import get_line_or_404, may_spend, visible_lines
from budgets.services import spending
from budgets.services.ledger import LineClosed, NotFree
from budgets.services.saying import LONGEST_REFERENCE, EntryRefused
from kpis.api.targets import number_of
from organization.api.bodies import read_body
from organization.api.errors import Fault, Problem
from organization.api.fields import AmountField, DayField, MomentField, PagedQuestion
from organization.api.once import key_parameter, row_key_of
from organization.api.paging import page_of
from organization.api.schema import page_serializer
from organization.api.views import ApiView, answer, answer_page
from organization.gate import Action
from organization.services import Refused

WRITE = "write:budgets"
MOST_TEXT = 1000
LARGEST_ID = 2**63 - 1
PLACES = {"day", "amount", "currency", "reference"}  # of the body, at which a refusal may be said


class LineQuestion(PagedQuestion):
    budget = serializers.CharField(
        required=False, max_length=1100, help_text="Of this budget alone, by its code: `budget:2026`."
    )


class EntryQuestion(PagedQuestion):
    kind = serializers.ChoiceField(choices=EntryKind.values, required=False)


_LINE: dict[str, Any] = {
    "id": 12, "scope": "budget:2026/search", "budget": "budget:2026", "name": "Search", "category": "ads", "core": True,
    "fed_by": "entries", "state": "open", "owner": "Alice", "planned": "310000", "transferred": "0",
    "committed": "40000", "spent": "200000", "frozen": "0", "free": "70000",
}  # fmt: skip


@extend_schema_serializer(examples=[OpenApiExample("A line", _LINE, response_only=True)])
class BudgetLineSerializer(serializers.Serializer[Line]):
    """A line of an approved budget, with the sums of its entries in the company's currency."""

    id = serializers.IntegerField()
    scope = serializers.CharField(source="node.scope.key")
    budget = serializers.CharField(source="budget.node.scope.key")
    name = serializers.CharField()
    category = serializers.CharField()
    core = serializers.BooleanField()
    fed_by = serializers.ChoiceField(choices=FedBy.values)
    state = serializers.ChoiceField(choices=LineState.values)
    owner = serializers.SerializerMethodField()
    planned = serializers.SerializerMethodField()
    transferred = serializers.SerializerMethodField()
    committed = serializers.SerializerMethodField()
    spent = serializers.SerializerMethodField()
    frozen = serializers.SerializerMethodField()
    free = serializers.SerializerMethodField()

    def get_owner(self, line: Line) -> str | None:
        return line.owner.label if line.owner is not None else None

    def get_planned(self, line: Line) -> str:
        return _sum(line, "planned")

    def get_transferred(self, line: Line) -> str:
        return _sum(line, "transferred")

    def get_committed(self, line: Line) -> str:
        return _sum(line, "committed")

    def get_spent(self, line: Line) -> str:
        return _sum(line, "spent")

    def get_frozen(self, line: Line) -> str:
        return _sum(line, "frozen")

    def get_free(self, line: Line) -> str:
        """What may still be committed; below zero where more was spent than the line has."""
        return _sum(line, "free")


def _sum(line: Line, name: str) -> str:
    balance = getattr(line, "balance", None) or Balance(
        planned=0, transferred=0, committed=0, spent=0, frozen=0
    )
    text: str = AmountField().to_representation(Decimal(getattr(balance, name)))
    return text


_ENTRY: dict[str, Any] = {
    "id": 901, "line": 12, "kind": "spend", "amount": "710", "day": "2026-08-10", "reference": "INV 7", "note": "",
    "currency": "USD", "original": "100", "rate": "7.1", "origin": "api", "at": "2026-08-10T03:00:00Z", "by": "Alice",
    "corrects": None, "commitment": None, "flagged": False,
}  # fmt: skip


@extend_schema_serializer(examples=[OpenApiExample("An invoice", _ENTRY, response_only=True)])
class BudgetEntrySerializer(serializers.Serializer[Entry]):
    """One movement of a line's money. Entries are added and never changed: what was wrong is corrected by another one.

    `amount` is signed, in the company's currency: what is planned, moved in, committed, spent or frozen more, or less.
    """

    id = serializers.IntegerField()
    line = serializers.IntegerField(source="line_id")
    kind = serializers.ChoiceField(choices=EntryKind.values)
    amount = AmountField()
    day = serializers.DateField()
    reference = serializers.CharField(allow_blank=True, help_text="Number of the invoice, contract or order.")
    note = serializers.CharField(allow_blank=True)
    currency = serializers.CharField(allow_blank=True, help_text="Empty: the company's.")
    original = AmountField(allow_null=True, help_text="In `currency`, where it is not the company's.")
    rate = AmountField(allow_null=True)
    origin = serializers.ChoiceField(choices=Origin.values)
    at = MomentField()
    by = serializers.SerializerMethodField()
    corrects = serializers.IntegerField(source="corrects_id", allow_null=True)
    commitment = serializers.IntegerField(
        source="commitment_id", allow_null=True, help_text="The commitment that it draws on."
    )
    flagged = serializers.BooleanField(help_text="Said twice with different amounts: somebody should look.")

    def get_by(self, entry: Entry) -> str | None:
        return entry.person.label if entry.person is not None else None


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "An invoice",
            {"kind": "spend", "amount": "12500.00", "day": "2026-08-10", "reference": "INV 7"},
            request_only=True,
        ),
        OpenApiExample(
            "An invoice of a commitment",
            {"kind": "spend", "amount": "5000", "day": "2026-08-12", "reference": "INV 8", "fulfils": 880},
            request_only=True,
        ),
    ]
)
class NewBudgetEntrySerializer(serializers.Serializer[Any]):
    """Spend or a commitment. The same `reference` again on the line is the same invoice: the same amount changes nothing,
    another one corrects it.
    """

    kind = serializers.ChoiceField(choices=[EntryKind.SPEND.value, EntryKind.COMMITMENT.value])
    amount = serializers.CharField(max_length=60, help_text="Above zero, as text or as a JSON number.")
    day = DayField(help_text="When it counts; spend not ahead of today.")
    reference = serializers.CharField(
        required=False, allow_blank=True, max_length=LONGEST_REFERENCE, default=""
    )
    note = serializers.CharField(required=False, allow_blank=True, max_length=MOST_TEXT, default="")
    currency = serializers.CharField(
        required=False, allow_blank=True, max_length=3, default="", help_text="Left out: the company's."
    )
    fulfils = serializers.IntegerField(
        required=False, allow_null=True, default=None, min_value=1, max_value=LARGEST_ID,
        help_text="A commitment of the line, by its id, that this spend draws on.",
    )  # fmt: skip
    last = serializers.BooleanField(
        required=False,
        default=False,
        help_text="Nothing more comes of the commitment: what is left is free again.",
    )

    def validate_amount(self, text: str) -> Decimal:
        number = number_of(text)
        if number is None:
            raise serializers.ValidationError(_("This is no number that an amount can be."))
        return number

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["fulfils"] is not None and attrs["kind"] != EntryKind.SPEND:
            raise serializers.ValidationError({"fulfils": _("Only spend draws on a commitment.")})
        if attrs["last"] and attrs["fulfils"] is None:
            raise serializers.ValidationError({"last": _("Say which commitment it is the last of.")})
        return attrs


class RecordedSerializer(serializers.Serializer[Any]):
    """What became of it: `entry` is the invoice's or contract's own, `wrote` what was added for it."""

    outcome = serializers.ChoiceField(choices=[one.value for one in spending.Outcome])
    entry = BudgetEntrySerializer()
    wrote = BudgetEntrySerializer(many=True)
    line = BudgetLineSerializer()


class BudgetLines(ApiView):
    @extend_schema(
        operation_id="budget_lines", tags=["budgets"], summary="Lines of approved budgets, with what they have left",
        parameters=[LineQuestion], responses={200: page_serializer(BudgetLineSerializer)},
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        asked = self.asked(LineQuestion)
        found = visible_lines(self.person).select_related("balance")
        if asked["budget"]:
            found = found.filter(budget__node__scope__key=asked["budget"])
        page = page_of(request, found, keys=("id",), cursor=asked["cursor"], limit=asked["limit"])
        return answer_page(BudgetLineSerializer, page.rows, page.next)


class OneBudgetLine(ApiView):
    @extend_schema(
        operation_id="budget_line", tags=["budgets"], summary="One line, with what it has left",
        responses={200: BudgetLineSerializer},
    )  # fmt: skip
    def get(self, request: Request, pk: int) -> Response:
        return answer(BudgetLineSerializer, get_line_or_404(self.person, pk))


class BudgetEntries(ApiView):
    needs = {"GET": Action.VIEW, "POST": Action.VIEW}  # its owner enters, whatever her role: see `may_spend`
    token_scope = {"GET": "read", "POST": WRITE}

    @extend_schema(
        operation_id="budget_entries", tags=["budgets"], summary="What was entered on a line, the newest first",
        parameters=[EntryQuestion], responses={200: page_serializer(BudgetEntrySerializer)},
    )  # fmt: skip
    def get(self, request: Request, pk: int) -> Response:
        asked = self.asked(EntryQuestion)
        found = Entry.objects.filter(line=get_line_or_404(self.person, pk)).select_related("person")
        if asked["kind"]:
            found = found.filter(kind=asked["kind"])
        page = page_of(request, found, keys=("-id",), cursor=asked["cursor"], limit=asked["limit"])
        return answer_page(BudgetEntrySerializer, page.rows, page.next)

    @extend_schema(
        operation_id="enter_in_budget", tags=["budgets"], summary="Record spend or a commitment",
        description="By the line's owner, or whoever may record spend there. With an Idempotency-Key the same request may"
        " be sent again whenever an answer was lost: it is done once.",
        parameters=[key_parameter()],
        request=NewBudgetEntrySerializer,
        responses={200: OpenApiResponse(RecordedSerializer, description="Known already, or corrected."),
                   201: OpenApiResponse(RecordedSerializer, description="On record."),
                   409: OpenApiResponse(description="More than is free, or the line is paused or closed."),
                   422: OpenApiResponse(description="It cannot be so, or the key came before with another body.")},
    )  # fmt: skip
    def post(self, request: Request, pk: int) -> Response:
        line = get_line_or_404(self.person, pk)
        if not may_spend(self.person, line):
            raise PermissionDenied
        said = read_body(NewBudgetEntrySerializer, request)
        key = row_key_of(request, Entry.objects.all(), about=f"{line.pk} ")
        fulfils, last, kind = said.pop("fulfils"), said.pop("last"), said.pop("kind")
        more = {**said, "person": self.person, "now": timezone.now(), "origin": Origin.API, "key": key}
        try:
            if fulfils is not None:
                done = spending.fulfil(commitment=_commitment(line, fulfils), last=last, **more)
            elif kind == EntryKind.SPEND:
                done = spending.record(line=line, **more)
            else:
                done = spending.commit(line=line, **more)
        except NotFree as refused:
            raise Problem(
                409, str(refused), code="not-free", errors=[Fault("#/amount", str(refused))]
            ) from None
        except LineClosed as refused:
            raise Problem(409, str(refused), code="line-closed") from None
        except EntryRefused as refused:
            place = f"#/{refused.field}" if refused.field in PLACES else "#/"
            raise Problem(422, str(refused), errors=[Fault(place, str(refused))]) from None
        except Refused as refused:
            raise Problem(422, str(refused)) from None
        told = {
            "outcome": done.outcome.value, "entry": done.entry, "wrote": list(done.wrote),
            "line": get_line_or_404(self.person, pk),
        }  # fmt: skip
        return answer(RecordedSerializer, told, status=201 if done.outcome == spending.Outcome.NEW else 200)


def _commitment(line: Line, pk: int) -> Entry:
    found = Entry.objects.filter(line=line, pk=pk).select_related("line").first()
    if found is None:
        said = _("There is no such commitment on this line.")
        raise Problem(422, said, errors=[Fault("#/fulfils", said)])
    return found
