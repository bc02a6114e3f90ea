"""Amounts that a program sends, row by row, through the very pipeline of files."""

from __future__ import annotations

import re
from typing import Any

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

from ingest import sent, services
from ingest.api import import_url, refused_problem
from ingest.errors import FileRefused
from ingest.models import Import, Reject, State
from ingest.rejecting import word
from ingest.services import KeyTaken, Once
from kpis.models import Source
from organization.api.errors import Fault, Problem
from organization.api.fields import FaultSerializer
from organization.api.once import body_of, key_of, key_parameter, key_taken
from organization.api.reading_json import BODY_LIMIT, JsonNumber, SaidTwice
from organization.api.views import ApiView
from organization.gate import Action

MOST_ROWS = 10_000
SINK = "channels"
_SOURCE = re.compile(r"[a-z0-9][a-z0-9-]{0,49}")


class FactSerializer(serializers.Serializer[Any]):
    """A row: what a source says of a day and a place. Beside these, any measures by their codes, as numbers or as text
    (`"1234.50"`), null where one is not reported; every row of a request carries the same ones. Amounts are kept at
    four decimals. Day, place and `key` are a row's identity: sent again, it corrects what stood there.
    """

    day = serializers.CharField(help_text="2026-11-01")
    channel = serializers.CharField(required=False, allow_null=True, max_length=sent.LONGEST_TEXT)
    campaign = serializers.CharField(required=False, allow_null=True, max_length=sent.LONGEST_TEXT)
    content = serializers.CharField(required=False, allow_null=True, max_length=sent.LONGEST_TEXT)
    region = serializers.CharField(
        required=False,
        allow_null=True,
        max_length=sent.LONGEST_TEXT,
        help_text="A name, or the way down: 华东/上海.",
    )
    product = serializers.CharField(required=False, allow_null=True, max_length=sent.LONGEST_TEXT)
    key = serializers.CharField(
        required=False, allow_null=True, max_length=sent.LONGEST_TEXT,
        help_text="Tells rows of the same day and place apart, such as an order's number.",
    )  # fmt: skip
    currency = serializers.CharField(
        required=False,
        allow_null=True,
        max_length=3,
        help_text="Of the row's money; left out: the company's.",
    )


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "Two rows",
            {
                "source": "shop",
                "rows": [
                    {"day": "2026-11-01", "channel": "抖音直播", "region": "华东/上海", "orders": 12, "revenue": "3588.00"},
                    {"day": "2026-11-01", "channel": "小红书", "region": "华东/上海", "orders": 3, "revenue": None},
                ],
            },
            request_only=True,
        )
    ]
)  # fmt: skip
class FactsSerializer(serializers.Serializer[Any]):
    source = serializers.RegexField(  # type: ignore[assignment]  # a field of that name
        r"^[a-z0-9][a-z0-9-]{0,49}$", help_text="Who says it: small letters, digits and -."
    )
    rows = serializers.ListField(child=FactSerializer(), min_length=1, max_length=MOST_ROWS)


class RejectedRowSerializer(serializers.Serializer[Any]):
    index = serializers.IntegerField(help_text="Of the row, from 0.")
    errors = FaultSerializer(many=True)  # type: ignore[assignment]


_ANSWER: dict[str, Any] = {
    "import": "https://plumbline.example.com/api/v1/imports/9/", "state": "done", "rows": 2, "accepted": 1,
    "unchanged": 0, "corrected": 0,
    "rejected": [{"index": 1, "errors": [{"pointer": "#/rows/1/revenue", "reason": "“3,5” in “revenue” is not a plain number."}]}],
}  # fmt: skip


class FactsAnswer(serializers.Serializer[Any]):
    """What became of the rows. `accepted` holds new, corrected and unchanged ones; the others say why not."""

    state = serializers.ChoiceField(choices=["done", "waiting"])
    rows = serializers.IntegerField()
    accepted = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    corrected = serializers.IntegerField()
    rejected = RejectedRowSerializer(many=True)

    def get_fields(self) -> dict[str, Any]:
        address = serializers.URLField(help_text="The import: its state, and where to take it back.")
        return {"import": address, **super().get_fields()}


class Facts(ApiView):
    needs = {"POST": Action.IMPORT}
    token_scope = {"POST": "write:facts"}

    @extend_schema(
        operation_id="send_facts", tags=["facts"], summary="Send amounts, row by row",
        description=(
            f"Up to {MOST_ROWS} rows and {BODY_LIMIT // 1024 // 1024} MB a request. Rows that can go in do, the others"
            " are rejected with their reasons. With an Idempotency-Key the same request may be sent again whenever an"
            " answer was lost: it is done once. 202 where another import of the source is under way: the answer comes"
            " at the import's address, and to the same request with the same key."
        ),
        parameters=[key_parameter("kept for 30 days")],
        request=FactsSerializer, examples=[OpenApiExample("One of two", _ANSWER, response_only=True)],
        responses={200: OpenApiResponse(FactsAnswer, description="All rows went in."),
                   202: OpenApiResponse(FactsAnswer, description="Kept, and waiting for its turn."),
                   207: OpenApiResponse(FactsAnswer, description="Some rows were rejected."),
                   422: OpenApiResponse(description="The key came before with another body, or nothing can be done.")},
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        source, rows = _read(request.data)
        key = key_of(request)
        once = None if key is None else Once(key=key, body=body_of(request))
        try:
            batch = services.send_rows(source=source, rows=rows, once=once, person=self.person)
        except KeyTaken:
            raise key_taken() from None
        except FileRefused as refused:
            raise refused_problem(refused) from None
        return _answer(request, batch, rows)


def _read(data: Any) -> tuple[str, list[Any]]:
    """Source and rows. What is wrong with a row is said of the row; this is about the whole."""
    if not isinstance(data, dict) or isinstance(data, SaidTwice) or set(data) != {"source", "rows"}:
        said = _('The body is an object: {"source": "…", "rows": […]}.')
        raise Problem(400, said, errors=[Fault("#", said)])
    source, rows = data["source"], data["rows"]
    if not isinstance(source, str) or isinstance(source, JsonNumber) or not _SOURCE.fullmatch(source):
        said = _("A source is a code of small letters, digits and -, up to 50.")
        raise Problem(422, said, errors=[Fault("#/source", said)])
    if not isinstance(rows, list) or not rows:
        said = _("Rows are a list with at least one row.")
        raise Problem(422, said, errors=[Fault("#/rows", said)])
    if len(rows) > MOST_ROWS:
        said = _("At most %(n)s rows go in one request; these are %(sent)s.") % {
            "n": MOST_ROWS,
            "sent": len(rows),
        }
        raise Problem(413, said, errors=[Fault("#/rows", said)])
    if not sent.measures_in(rows, services.reportable_measures()):
        said = _("No row carries a measure. GET /api/v1/measures/ lists them.")
        raise Problem(422, said, errors=[Fault("#/rows", said)])
    if Source.objects.filter(code=source).exclude(facts=SINK).exists():
        said = _("This source keeps something else than amounts by channel and region.")
        raise Problem(422, said, errors=[Fault("#/source", said)])
    return source, rows


def _answer(request: Request, batch: Import, rows: list[Any]) -> Response:
    address = import_url(request, batch)
    if batch.state == State.FAILED:
        raise Problem(422, batch.error)
    waiting = batch.state in (State.QUEUED, State.RUNNING)
    rejected = [] if waiting else [_rejected(reject) for reject in Reject.objects.filter(batch=batch)]
    told = {
        "import": address, "state": "waiting" if waiting else "done", "rows": len(rows),
        "accepted": 0 if waiting else batch.accepted, "unchanged": 0 if waiting else batch.unchanged,
        "corrected": 0 if waiting else batch.corrected, "rejected": rejected,
    }  # fmt: skip
    status = 202 if waiting else 207 if rejected else 200
    return Response(told, status=status, headers={"Location": address} if waiting else None)


def _rejected(reject: Reject) -> dict[str, Any]:
    index = reject.line - sent.FIRST_LINE
    return {"index": index, "errors": [_fault(index, reason) for reason in reject.reasons]}


def _fault(index: int, reason: dict[str, Any]) -> dict[str, str]:
    about = reason.get("column") or ("day" if reason["code"] in ("bad-day", "far-day", "no-day") else "")
    part = about.replace("~", "~0").replace("/", "~1")
    if reason["code"] == "contradiction":
        said = _("Other rows are about the same day, place and key and say different things: rows %(rows)s.")
        lines = str(reason["lines"])
        told = re.sub(r"\d+", lambda match: str(int(match[0]) - sent.FIRST_LINE), lines)
        return {"pointer": f"#/rows/{index}", "reason": said % {"rows": told}}
    return {"pointer": f"#/rows/{index}{'/' + part if part else ''}", "reason": word(reason)}
