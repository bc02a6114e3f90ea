"""Answers for programs: sending them, all of a request or none, and reading those of one's areas, without contacts."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from common.listing import listed
from customers.keys import normal
from customers.models import Customer
from customers.services.by_keys import know_keys
from feedback.models import Answer, Driver, Origin, Survey
from feedback.models.answers import COMMENT
from feedback.models.surveys import SEGMENT
from feedback.services.answers import AnswerRefused, NewAnswer, write_answer
from organization.api.areas import scope_or_problem
from organization.api.bodies import pointer_part, read_body
from organization.api.errors import Fault, invalid
from organization.api.fields import DayField, MomentField, PagedQuestion, SpanMixin
from organization.api.paging import page_of
from organization.api.schema import page_serializer
from organization.api.views import ApiView, answer, answer_page
from organization.gate import Action, rows_of_area, rows_where
from organization.models import Node

WRITE = "write:feedback"
MOST = 500
LONGEST_KEY = 200
LARGEST_SURVEY = 2**63 - 1
COLUMNS = {"channel": "channel_id", "region": "region_id", "product": "product_id"}
NEW, KNOWN = "new", "known"


class AnswerQuestion(SpanMixin, PagedQuestion):
    survey = serializers.IntegerField(required=False, min_value=1, max_value=LARGEST_SURVEY)
    within = serializers.CharField(
        required=False, max_length=2000, help_text="Of this area and all below it."
    )


_SAID: dict[str, Any] = {
    "day": "2026-11-01", "channel": "channel:抖音直播", "region": "region:华东/上海", "segment": "new", "nps": 3,
    "ratings": {"delivery": 2}, "comment": "物流太慢了", "customer": "C-1001", "key": "shop 4711",
}  # fmt: skip


class NewAnswerSerializer(serializers.Serializer[Any]):
    """What one person said; at least one of the three scores. The same `key` again is the same answer."""

    day = DayField(help_text="On which it was said.")
    channel = serializers.CharField(required=False, allow_null=True, max_length=2000, help_text="`channel:…`")
    region = serializers.CharField(required=False, allow_null=True, max_length=2000, help_text="`region:…`")
    product = serializers.CharField(required=False, allow_null=True, max_length=2000, help_text="`product:…`")
    segment = serializers.CharField(
        required=False, allow_blank=True, max_length=SEGMENT, default="", help_text="Customer type."
    )
    nps = serializers.IntegerField(required=False, allow_null=True, min_value=0, max_value=10)
    csat = serializers.IntegerField(required=False, allow_null=True, min_value=1, max_value=5)
    ces = serializers.IntegerField(
        required=False, allow_null=True, min_value=1, max_value=7, help_text="7 is very easy."
    )
    ratings = serializers.DictField(
        child=serializers.IntegerField(min_value=1, max_value=5), required=False,
        help_text="Of what people rate, by its code, from 1 to 5.",
    )  # fmt: skip
    comment = serializers.CharField(required=False, allow_blank=True, max_length=COMMENT, default="")
    customer = serializers.CharField(
        required=False, allow_null=True, allow_blank=True, max_length=LONGEST_KEY,
        help_text="As your files call her. Kept as a hash alone.",
    )  # fmt: skip
    survey = serializers.IntegerField(
        required=False, allow_null=True, min_value=1, max_value=LARGEST_SURVEY, help_text="Its id."
    )
    key = serializers.CharField(
        required=False, allow_null=True, max_length=LONGEST_KEY, help_text="Your own name of the answer."
    )

    def to_internal_value(self, data: Any) -> Any:
        """A mistyped name must not be passed over."""
        unknown = sorted(set(data) - set(self.fields)) if isinstance(data, dict) else []
        said = _("There is no such field. There are: %(names)s.") % {"names": listed(self.fields)}
        faults: dict[str, Any] = {name: [said] for name in unknown}
        try:
            value = super().to_internal_value(data)
        except serializers.ValidationError as error:
            found = error.detail if isinstance(error.detail, dict) else {"non_field_errors": error.detail}
            raise serializers.ValidationError({**faults, **found}) from None
        if faults:
            raise serializers.ValidationError(faults)
        return value


@extend_schema_serializer(examples=[OpenApiExample("One answer", {"answers": [_SAID]}, request_only=True)])
class NewAnswersSerializer(serializers.Serializer[Any]):
    answers = serializers.ListField(child=NewAnswerSerializer(), min_length=1, max_length=MOST)


class KeptAnswerSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    outcome = serializers.ChoiceField(choices=[NEW, KNOWN], help_text="Known: its key came before.")


class KeptAnswersSerializer(serializers.Serializer[Any]):
    """One for each that was sent, in their order."""

    answers = KeptAnswerSerializer(many=True)


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "An answer",
            {
                "id": 71, "day": "2026-11-01", "at": "2026-11-01T03:00:00Z", "origin": "form",
                "channel": "channel:抖音直播", "region": "region:华东/上海", "product": None, "segment": "new",
                "survey": 1, "nps": 3, "csat": None, "ces": None, "ratings": {"delivery": 2},
                "comment": "物流太慢了", "language": "zh",
            },
            response_only=True,
        )
    ]
)  # fmt: skip
class FeedbackAnswerSerializer(serializers.Serializer[Answer]):
    """What one person said. Who it was is told by no program."""

    id = serializers.IntegerField()
    day = serializers.DateField()
    at = MomentField(allow_null=True, help_text="When it was sent; null of a file's.")
    origin = serializers.ChoiceField(choices=Origin.values)
    channel = serializers.SerializerMethodField()
    region = serializers.SerializerMethodField()
    product = serializers.SerializerMethodField()
    segment = serializers.CharField(allow_blank=True)
    survey = serializers.IntegerField(source="survey_id", allow_null=True)
    nps = serializers.IntegerField(allow_null=True)
    csat = serializers.IntegerField(allow_null=True)
    ces = serializers.IntegerField(allow_null=True)
    ratings = serializers.DictField(child=serializers.IntegerField())
    comment = serializers.CharField(allow_blank=True)
    language = serializers.CharField(allow_blank=True, help_text="Of the comment: zh, en, or empty.")

    def get_channel(self, row: Answer) -> str | None:
        return self._code(row.channel_id)

    def get_region(self, row: Answer) -> str | None:
        return self._code(row.region_id)

    def get_product(self, row: Answer) -> str | None:
        return self._code(row.product_id)

    def _code(self, node: int) -> str | None:
        codes: Mapping[int, str] = self.context.get("codes", {})
        return codes.get(node)


class FeedbackAnswers(ApiView):
    needs = {"GET": Action.HANDLE_COMPLAINTS, "POST": Action.IMPORT}
    token_scope = {"GET": "read", "POST": WRITE}

    @extend_schema(
        operation_id="feedback_answers", tags=["feedback"], summary="Answers of your areas, the newest first",
        description="With their comments, so for those who may handle complaints. `from` and `to` are days of answers.",
        parameters=[AnswerQuestion], responses={200: page_serializer(FeedbackAnswerSerializer)},
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        asked = self.asked(AnswerQuestion)
        found = Answer.objects.filter(rows_where(self.person, Action.HANDLE_COMPLAINTS, COLUMNS))
        if asked["within"]:
            top = scope_or_problem(
                self.person, asked["within"], pointer="?within", needs=Action.HANDLE_COMPLAINTS
            )
            found = found.filter(rows_of_area(top, COLUMNS))
        if asked["from"]:
            found = found.filter(day__gte=asked["from"])
        if asked["to"]:
            found = found.filter(day__lte=asked["to"])
        if asked["survey"]:
            found = found.filter(survey_id=asked["survey"])
        page = page_of(request, found, keys=("-day", "-id"), cursor=asked["cursor"], limit=asked["limit"])
        return answer_page(FeedbackAnswerSerializer, page.rows, page.next, {"codes": _codes(page.rows)})

    @extend_schema(
        operation_id="send_feedback_answers", tags=["feedback"], summary="Send answers",
        description=f"One or up to {MOST}, all of them or none: where one cannot be kept, nothing is, and `errors` say"
        " which and why. An answer with a `key` may be sent again whenever an answer of ours was lost: it is kept once.",
        request=NewAnswersSerializer,
        responses={200: OpenApiResponse(KeptAnswersSerializer, description="All were known already."),
                   201: OpenApiResponse(KeptAnswersSerializer, description="Kept."),
                   422: OpenApiResponse(description="One of them cannot be so; nothing was kept.")},
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        rows = read_body(NewAnswersSerializer, request)["answers"]
        kept = self._keep(rows, _read(rows, self.person.pk))
        outcomes = {one["outcome"] for one in kept}
        return answer(KeptAnswersSerializer, {"answers": kept}, status=201 if NEW in outcomes else 200)

    @transaction.atomic
    def _keep(self, rows: Sequence[Mapping[str, Any]], read: Sequence[NewAnswer]) -> list[dict[str, Any]]:
        now, kept, faults = timezone.now(), [], []
        customers = _customers({row["customer"] for row in rows if row.get("customer")})
        for place, (row, said) in enumerate(zip(rows, read, strict=True)):
            said = replace(said, customer=customers.get(row.get("customer") or ""))
            try:
                made = write_answer(said=said, now=now)
            except AnswerRefused as refused:
                at = f"/{refused.field}" if refused.field else ""
                faults.append(Fault(f"#/answers/{place}{at}", str(refused)))
            else:
                kept.append({"id": made.pk, "outcome": NEW if made.at == now else KNOWN})
        if faults:
            raise invalid(faults, 422)
        return kept


def _read(rows: Sequence[Mapping[str, Any]], person: int) -> list[NewAnswer]:
    """Raises Problem where one names an area, a survey or something rated that is not there, or two have one key."""
    nodes = {name: _nodes(name, {row[name] for row in rows if row.get(name)}) for name in COLUMNS}
    surveys = Survey.objects.in_bulk({row["survey"] for row in rows if row.get("survey")})
    rated = set(Driver.objects.values_list("code", flat=True))
    faults: list[Fault] = []
    seen: set[str] = set()
    for place, row in enumerate(rows):
        at = f"#/answers/{place}"
        for name in COLUMNS:
            if row.get(name) and row[name] not in nodes[name]:
                said = _("There is no such area. Write it as %(example)s.") % {"example": f"{name}:…"}
                faults.append(Fault(f"{at}/{name}", said))
        if row.get("survey") and row["survey"] not in surveys:
            faults.append(Fault(f"{at}/survey", _("There is no such survey.")))
        for code in row.get("ratings", {}):
            if code not in rated:
                said = _("Nothing with this code is rated.")
                faults.append(Fault(f"{at}/ratings/{pointer_part(code)}", said))
        if row.get("key") in seen:
            faults.append(Fault(f"{at}/key", _("Another answer of this request has the same key.")))
        if row.get("key"):
            seen.add(row["key"])
    if faults:
        raise invalid(faults, 422)
    return [
        NewAnswer(
            origin=Origin.API,
            day=row["day"],
            channel=nodes["channel"].get(row.get("channel") or ""),
            region=nodes["region"].get(row.get("region") or ""),
            product=nodes["product"].get(row.get("product") or ""),
            segment=row["segment"],
            nps=row.get("nps"),
            csat=row.get("csat"),
            ces=row.get("ces"),
            ratings=row.get("ratings", {}),
            comment=row["comment"],
            survey=surveys.get(row.get("survey") or 0),
            key=_key(person, row["key"]) if row.get("key") else None,
        )
        for row in rows
    ]


def _customers(keys: set[str]) -> dict[str, Customer]:
    """All at once, so that two requests lock them in the same order."""
    real = [key for key in keys if normal(key)]
    ids = know_keys(real) if real else []
    found = Customer.objects.in_bulk(ids)
    return {key: found[pk] for key, pk in zip(real, ids, strict=True)}


def _key(person: int, key: str) -> str:
    """Each person's programs have keys of their own."""
    return f"api:{person}:{hashlib.sha256(key.encode()).hexdigest()[:48]}"


def _nodes(dimension: str, codes: set[str]) -> dict[str, Node]:
    """By their codes, those that are there; a merged one is the other."""
    paths = {code.partition(":")[2]: code for code in codes if code.partition(":")[0] == dimension}
    found = {}
    rows = Node.objects.filter(dimension=dimension, path__in=list(paths)).select_related("merged_into")
    for node in rows:
        at = node
        while at.merged_into is not None:
            at = at.merged_into
        found[paths[node.path]] = at
    return found


def _codes(rows: Sequence[Answer]) -> dict[int, str]:
    ids = {getattr(row, column) for row in rows for column in COLUMNS.values()} - {0}
    return {node.pk: node.code for node in Node.objects.filter(pk__in=ids)}
