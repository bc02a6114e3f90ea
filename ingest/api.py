"""Imports for programs: files in, what became of them, and taking them back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiResponse,
    extend_schema,
    extend_schema_field,
    extend_schema_serializer,
)
from rest_framework import serializers
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from ingest import services
from ingest.errors import FileRefused
from ingest.layout_pages import layout_choices
from ingest.layouts import PRESETS
from ingest.models import Import, Reject, State
from ingest.rejecting import word
from ingest.selectors import get_import_or_404, work_of
from ingest.uploads import upload_refused
from organization.api.errors import Fault, Problem, invalid
from organization.api.fields import MomentField, PagedQuestion
from organization.api.paging import page_of
from organization.api.schema import page_serializer
from organization.api.views import ApiView, answer_page
from organization.gate import Action

FRAME_BYTES = 1024 * 1024  # what a form adds to its file, at most


class ImportQuestion(PagedQuestion):
    source = serializers.CharField(  # type: ignore[assignment]  # a field of that name
        required=False, max_length=50, help_text="A source's code."
    )
    state = serializers.ChoiceField(choices=State.values, required=False)


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "Done",
            {
                "id": 7, "url": "https://plumbline.example.com/api/v1/imports/7/", "file_name": "shop.csv",
                "source": "files", "preset": "table", "state": "done", "phase": "", "progress": 100, "error": "",
                "rows": 1000, "accepted": 998, "unchanged": 0, "corrected": 3, "rejected": 2,
                "first_day": "2026-11-01", "last_day": "2026-11-20", "created_at": "2026-11-21T02:00:00Z",
                "created_by": "Bob", "finished_at": "2026-11-21T02:00:01Z", "figures_due": False,
            },
            response_only=True,
        )
    ]
)  # fmt: skip
class ImportSerializer(serializers.Serializer[Import]):
    """A file on its way in, or what became of it. `accepted` holds new, corrected and unchanged lines."""

    id = serializers.IntegerField()
    url = serializers.SerializerMethodField()
    file_name = serializers.CharField()
    source = serializers.SerializerMethodField()  # type: ignore[assignment]
    preset = serializers.CharField(allow_blank=True, help_text="Empty: recognised from the headings.")
    state = serializers.ChoiceField(choices=State.values)
    phase = serializers.CharField(allow_blank=True)
    progress = serializers.IntegerField(help_text="Percent.")
    error = serializers.CharField(allow_blank=True, help_text="Why nothing of it went in; empty otherwise.")
    rows = serializers.IntegerField()
    accepted = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    corrected = serializers.IntegerField()
    rejected = serializers.IntegerField()
    first_day = serializers.DateField(allow_null=True)
    last_day = serializers.DateField(allow_null=True)
    created_at = MomentField()
    created_by = serializers.SerializerMethodField()
    finished_at = MomentField(allow_null=True)
    figures_due = serializers.SerializerMethodField()

    def get_url(self, batch: Import) -> str:
        return import_url(self.context["request"], batch)

    def get_source(self, batch: Import) -> str | None:
        return batch.source.code if batch.source else None

    def get_created_by(self, batch: Import) -> str | None:
        return batch.created_by.label if batch.created_by else None

    def get_figures_due(self, batch: Import) -> bool:
        """Whether figures still follow from it."""
        return work_of(batch).busy


class UploadSerializer(serializers.Serializer[Any]):
    file = serializers.FileField(allow_empty_file=True)
    preset = serializers.CharField(
        required=False, allow_blank=True, default="", max_length=50,
        help_text=f"A layout's code, such as {', '.join(PRESETS)}; left out: recognised from the headings.",
    )  # fmt: skip


def import_url(request: Any, batch: Import) -> str:
    return str(request.build_absolute_uri(reverse("api:import", kwargs={"pk": batch.pk})))


def _answer(request: Request, batch: Import, *, status: int = 200) -> Response:
    response = Response(ImportSerializer(batch, context={"request": request}).data, status=status)
    if status == 202:
        response["Location"] = import_url(request, batch)
    return response


class Imports(ApiView):
    needs = {"GET": Action.IMPORT, "POST": Action.IMPORT}
    token_scope = {"GET": "read", "POST": "write:imports"}
    parser_classes = [MultiPartParser]

    @extend_schema(
        operation_id="imports", tags=["imports"], summary="Imports, the newest first",
        description="Files and rows alike, for those who may import.",
        parameters=[ImportQuestion], responses={200: page_serializer(ImportSerializer)},
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        asked = self.asked(ImportQuestion)
        found = Import.objects.select_related("source", "created_by")
        if asked["source"]:
            found = found.filter(source__code=asked["source"])
        if asked["state"]:
            found = found.filter(state=asked["state"])
        page = page_of(request, found, keys=("-id",), cursor=asked["cursor"], limit=asked["limit"])
        return answer_page(ImportSerializer, page.rows, page.next, context={"request": request})

    @extend_schema(
        operation_id="send_file", tags=["imports"], summary="Send a file (CSV or XLSX)",
        description="The file is kept and queued; ask its address for its state. A whole file that cannot go in ends as"
        " `failed`, with the reason in `error`; one whose columns are not known `asks` for them, on its page.",
        request={"multipart/form-data": UploadSerializer},
        responses={202: ImportSerializer, 422: OpenApiResponse(description="The file was not taken.")},
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        length = str(request._request.META.get("CONTENT_LENGTH", ""))
        if length.isdecimal() and int(length) > settings.UPLOAD_LIMIT_BYTES + FRAME_BYTES:
            limit = settings.UPLOAD_LIMIT_BYTES // (1024 * 1024)
            raise Problem(413, _("A file holds at most %(limit)s MB. Send it in parts.") % {"limit": limit})
        sent = UploadSerializer(data=request.data)
        if why := upload_refused(request._request):  # too large, or the disk is full
            large = length.isdecimal() and int(length) > settings.UPLOAD_LIMIT_BYTES
            raise Problem(413 if large else 503, why, headers={} if large else {"Retry-After": "60"})
        if not sent.is_valid():
            faults = [Fault(f"#/{name}", str(why)) for name, whys in sent.errors.items() for why in whys]
            raise invalid(faults)
        file, preset = sent.validated_data["file"], sent.validated_data["preset"]
        if preset and preset not in dict(layout_choices()):
            said = _("There is no layout called “%(name)s”.") % {"name": preset}
            raise Problem(422, said, errors=[Fault("#/preset", said)])
        try:
            batch = services.receive(
                name=Path(file.name).name, chunks=file.chunks(), preset=preset, person=self.person
            )
        except FileRefused as refused:
            raise refused_problem(refused) from None
        return _answer(request, batch, status=202)


def refused_problem(refused: FileRefused) -> Problem:
    """422 for what is wrong with the file, 503 where the disk is."""
    if isinstance(refused.__cause__, OSError):
        return Problem(503, str(refused), headers={"Retry-After": "60"})
    return Problem(422, str(refused), errors=[Fault("#/file", str(refused))])


class OneImport(ApiView):
    needs = {"GET": Action.IMPORT}

    @extend_schema(
        operation_id="import",
        tags=["imports"],
        summary="One import",
        responses={200: ImportSerializer},
        description="What became of a file or of rows that were sent. Ask again while `figures_due`.",
    )
    def get(self, request: Request, pk: int) -> Response:
        return _answer(request, get_import_or_404(pk))


class CellSerializer(serializers.Serializer[Any]):
    heading = serializers.CharField(allow_blank=True)
    text = serializers.CharField(allow_blank=True)


class RejectSerializer(serializers.Serializer[Reject]):
    """A line that could not go in."""

    line = serializers.IntegerField(help_text="Of the file, from 1.")
    reasons = serializers.SerializerMethodField()
    cells = serializers.SerializerMethodField()

    def get_reasons(self, reject: Reject) -> list[str]:
        return [word(reason) for reason in reject.reasons]

    @extend_schema_field(CellSerializer(many=True))
    def get_cells(self, reject: Reject) -> list[dict[str, str]]:
        headings = self.context["headings"]
        return [
            {"heading": heading, "text": text} for heading, text in zip(headings, reject.cells, strict=False)
        ]


class Rejects(ApiView):
    needs = {"GET": Action.IMPORT}

    @extend_schema(
        operation_id="rejects", tags=["imports"], summary="The lines of an import that could not go in",
        description="Each with its cells and its reasons, in your language.",
        parameters=[PagedQuestion], responses={200: page_serializer(RejectSerializer)},
    )  # fmt: skip
    def get(self, request: Request, pk: int) -> Response:
        asked = self.asked(PagedQuestion)
        batch = get_import_or_404(pk)
        rejects = Reject.objects.none() if batch.in_work else Reject.objects.filter(batch=batch)
        page = page_of(request, rejects, keys=("line",), cursor=asked["cursor"], limit=asked["limit"])
        return answer_page(RejectSerializer, page.rows, page.next, context={"headings": batch.headings})


class Undo(ApiView):
    needs = {"POST": Action.IMPORT}
    token_scope = {"POST": "write:imports"}

    @extend_schema(
        operation_id="undo_import", tags=["imports"], summary="Take an import back, exactly", request=None,
        description="What it wrote goes, what it had replaced returns, what came later stays.",
        responses={202: ImportSerializer, 409: OpenApiResponse(description="It is not done, or was taken back.")},
    )  # fmt: skip
    def post(self, request: Request, pk: int) -> Response:
        batch = get_import_or_404(pk)
        if not services.ask_undo(batch=batch, person=self.person):
            said = _("There is nothing to take back: this import is not done, or was taken back already.")
            raise Problem(409, said)
        return _answer(request, get_import_or_404(pk), status=202)
