"""Tagging many pieces by a file, with a look at what it changes before anything is saved."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.core import signing
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from channels.forms.content import TagFileForm
from channels.selectors.content import keepable, pieces_to_tag
from channels.selectors.tag_files import Look, consider
from channels.services.content import TAGS, PieceDraft, PieceMoved, tag_pieces
from channels.tag_files import read_lines
from common.spreadsheets import harmless
from ingest.errors import FileRefused
from ingest.uploads import upload_refused
from organization.gate import Action, person_of, require
from organization.models import Node, Person
from organization.services import Refused

SALT = "channels.tags"
KEPT = 24 * 3600  # seconds for which what was shown may be applied
LISTED = 300
BOM = "\ufeff"  # so that Excel reads Chinese


@require_http_methods(["GET", "HEAD", "POST"])
@require(Action.KEEP_AREAS)
def tags(request: HttpRequest) -> HttpResponse:
    """A file shows what it would change; what was shown is then applied as one, or looked at again."""
    person = person_of(request)
    form, look, error = TagFileForm(), None, ""
    if request.method == "POST" and "sealed" in request.POST:
        opened = _opened(request.POST["sealed"], person)
        if opened is None:
            error = _("What was shown is too old or not yours. Send the file again.")
        else:
            try:
                done = tag_pieces(drafts=opened[0], seen=opened[1], person=person)
            except PieceMoved:
                error = _("Somebody has tagged some of these pieces meanwhile. Send the file again to look.")
            except Refused as refused:
                error = str(refused)
            else:
                n = done.new + done.changed
                messages.success(
                    request, ngettext("%(n)s piece is tagged.", "%(n)s pieces are tagged.", n) % {"n": n}
                )
                return redirect("channels:content")
    elif request.method == "POST":
        form = TagFileForm(request.POST, request.FILES)
        why = upload_refused(request)
        if why:
            form.errors.pop("file", None)
            form.add_error("file", why)
        elif form.is_valid():
            file: TemporaryUploadedFile = form.cleaned_data["file"]
            try:
                look = consider(read_lines(Path(file.temporary_file_path())), person)
            except FileRefused as refused:
                form.add_error("file", str(refused))
    context: dict[str, Any] = {
        "form": form,
        "look": look,
        "error": error,
        "sealed": _sealed(look, person) if look else "",
        "listed": LISTED,
    }
    return render(request, "channels/tags.html", context, status=422 if error or form.errors else 200)


@require_http_methods(["GET", "HEAD"])
@require(Action.KEEP_AREAS)
def tag_table(request: HttpRequest) -> HttpResponse:
    """All pieces that she may tag, as a file to fill in and send back."""
    name = f"{_('Content pieces')}.csv"
    response = HttpResponse(BOM, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    writer = csv.writer(response)
    writer.writerow(
        [
            _("Channel"),
            _("Campaign"),
            _("Content"),
            _("Format"),
            _("Platform"),
            _("Published on"),
            _("Scene"),
            _("Audience"),
            _("Product"),
        ]
    )
    for node, piece, above in pieces_to_tag(person_of(request)):
        campaign = node.parent
        channel = campaign.parent if campaign else None
        names = [one.label if one and one.pk in above else "" for one in (channel, campaign)]
        said = (
            [str(piece.get_format_display()), piece.platform, piece.published_on or ""]
            + [", ".join(getattr(piece, kind)) for kind in TAGS]
            if piece
            else [""] * 6
        )
        writer.writerow([harmless(str(cell)) for cell in (*names, node.label, *said)])
    return response


def _sealed(look: Look, person: Person) -> str:
    """What is shown, signed: the draft of each piece and the revision that it was held against."""
    rows = [
        [
            draft.node.pk,
            one.held.revision if one.held else 0,
            draft.format,
            draft.platform,
            draft.published_on.isoformat() if draft.published_on else None,
            *(getattr(draft, name) for name in TAGS),
        ]
        for one in look.changes
        if (draft := one.draft) is not None
    ]
    return signing.dumps({"who": person.pk, "rows": rows}, salt=SALT, compress=True)


def _opened(sealed: str, person: Person) -> tuple[list[PieceDraft], dict[int, int]] | None:
    """None where it is not hers any more."""
    try:
        kept = signing.loads(sealed, salt=SALT, max_age=KEPT)
    except signing.BadSignature:
        return None
    wanted = {row[0] for row in kept["rows"]}
    if kept["who"] != person.pk or not wanted <= keepable(person):
        return None
    nodes = Node.objects.in_bulk(wanted)
    drafts = [
        PieceDraft(nodes[pk], form, platform, date.fromisoformat(day) if day else None, *lists)
        for pk, _revision, form, platform, day, *lists in kept["rows"]
    ]
    return drafts, {row[0]: row[1] for row in kept["rows"]}
