"""A year's targets as a workbook: down, edited, up again with a look at what it changes before anything is saved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import quote

from django.contrib import messages
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from kpis import workbooks
from kpis.forms.grid import SentCell, meaning, read_grid_address
from kpis.models import ChangeKind, Metric, Target, Unit
from kpis.selectors.grid import grid_page
from kpis.services import Revision, TargetRefused, TargetsMoved, change_targets
from organization.gate import Action, person_of, require
from organization.models import Person
from organization.selectors import company

SALT = "kpis.workbook"
KEPT = 24 * 3600  # seconds for which a preview may be applied
LISTED = 500
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class Change:
    """A line of the preview: from → to, or why not."""

    address: str
    area: str
    metric: Metric | None
    month: str
    before: Decimal | None = None
    after: Decimal | None = None
    typed: str = ""
    error: str = ""


@dataclass(frozen=True)
class Preview:
    changes: tuple[Change, ...]
    refused: tuple[Change, ...]
    same: int
    sealed: str

    @property
    def more(self) -> int:
        return max(0, len(self.changes) - LISTED)


@require_http_methods(["GET", "HEAD"])
@require(Action.VIEW)
def download(request: HttpRequest) -> HttpResponse:
    """The page of the grid that the address names, as XLSX."""
    person = person_of(request)
    today = timezone.localdate()
    asked = read_grid_address(
        request.GET, person=person, today=today, fiscal_start=company().fiscal_year_start
    )
    page = grid_page(person, asked, today=today)
    rows = [
        workbooks.WrittenRow(
            row.scope.key, row.metric.code, row.name, row.metric.label, row.metric.unit == Unit.PERCENT,
            [cell.value for cell in row.cells],
        )
        for row in page.rows
    ]  # fmt: skip
    content = workbooks.write(
        rows,
        months=[str(month) for month in page.months],
        locked=[month.start in page.locked for month in page.months],
        title=str(asked.year),
    )
    name = f"{_('Targets')} {asked.year}.xlsx"
    response = HttpResponse(content, content_type=XLSX)
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@require(Action.SET_TARGETS)
def upload(request: HttpRequest) -> HttpResponse:
    """A file shows what it would change; what was shown is then applied as one change, or looked at again."""
    person = person_of(request)
    context: dict[str, object] = {"back": request.GET.urlencode()}
    if request.method == "POST" and "sealed" in request.POST:
        cells = _unsealed(request.POST["sealed"], person)
        if cells is None:
            context["error"] = _("This preview is too old or not yours. Send the file again.")
        else:
            try:
                done = _apply(cells, person)
            except TargetRefused as refused:
                context["error"] = str(refused)
            except TargetsMoved:
                context["error"] = _(
                    "Somebody has set some of these targets meanwhile. Look at what changes now."
                )
                context["preview"] = _preview([(cell, "", "") for cell in cells], person)
            else:
                said = ngettext("%(n)s target was set.", "%(n)s targets were set.", done) % {"n": done}
                messages.success(request, said)
                return redirect("kpis:grid")
    elif request.method == "POST":
        file = request.FILES.get("file")
        if file is None:
            context["error"] = _("Choose a file first.")
        elif (file.size or 0) > workbooks.MOST_BYTES:
            context["error"] = _("This file is larger than 5 MB.")
        else:
            try:
                read = workbooks.read(file.read())
            except workbooks.WorkbookRefused as refused:
                context["error"] = str(refused)
            else:
                context["preview"] = _preview(_as_typed(read), person)
    return render(request, "kpis/grid_upload.html", context, status=422 if "error" in context else 200)


def _as_typed(read: Sequence[workbooks.ReadAmount]) -> list[tuple[SentCell, str, str]]:
    """As cells of the grid, with addresses and errors. A workbook keeps 2.5% as 0.025."""
    percents = set(Metric.objects.filter(unit=Unit.PERCENT).values_list("code", flat=True))
    return [
        (
            SentCell(
                one.metric,
                one.area,
                one.month,
                f"{one.number * 100:f}%" if one.number is not None and one.metric in percents else one.text,
                0,
            ),
            one.address,
            one.error,
        )
        for one in read
    ]


def _preview(cells: Sequence[tuple[SentCell, str, str]], person: Person) -> Preview:
    """What the cells would change now. A cell whose target is what holds already is only counted."""
    today = timezone.localdate()
    meant = meaning(person, [cell for cell, _address, _error in cells], today=today)
    entries = [one.entry for one in meant if one.entry is not None]
    current = {
        (target.metric_id, target.scope_id, target.start): target
        for target in Target.objects.filter(
            scope__in={entry.scope.pk for entry in entries},
            metric__in={entry.metric.pk for entry in entries},
            grain="month",
            superseded_at__isnull=True,
        )
    }
    metrics = {one.code: one for one in Metric.objects.in_use()}
    changes, refused, keep, same = [], [], [], 0
    said: dict[tuple[str, str, str], str] = {}
    for (cell, address, error), one in zip(cells, meant, strict=True):
        metric = metrics.get(cell.metric)
        key = (cell.metric, cell.area, cell.month)
        if not error and key in said:
            error = _("%(address)s says this already.") % {"address": said[key]}
        said.setdefault(key, address)
        entry = one.entry
        held = current.get((entry.metric.pk, entry.scope.pk, entry.period.start)) if entry else None
        if not error and entry is not None and entry.value == (held.value if held else None):
            same += 1  # also of a closed month: what stays as it is needs no word
            continue
        if error or one.revision is None or entry is None:
            name = cell.area if len(cell.area) < 80 else f"{cell.area[:80]}…"
            refused.append(
                Change(address, name, metric, cell.month, typed=cell.text[:60], error=error or one.error)
            )
            continue
        before = held.value if held else None
        changes.append(
            Change(address, entry.scope.label, entry.metric, str(entry.period), before, entry.value)
        )
        keep.append([cell.metric, cell.area, cell.month, cell.text, held.version if held else 0])
    sealed = signing.dumps({"who": person.pk, "cells": keep}, salt=SALT, compress=True)
    return Preview(tuple(changes), tuple(refused), same, sealed)


def _unsealed(sealed: str, person: Person) -> list[SentCell] | None:
    try:
        kept = signing.loads(sealed, salt=SALT, max_age=KEPT)
    except signing.BadSignature:
        return None
    return [SentCell(*cell) for cell in kept["cells"]] if kept["who"] == person.pk else None


def _apply(cells: Sequence[SentCell], person: Person) -> int:
    """Sets all of them as one change. Raises TargetRefused and TargetsMoved, and nothing is set."""
    revisions: list[Revision] = []
    for one in meaning(person, cells, today=timezone.localdate()):
        if one.revision is None:
            raise TargetRefused(one.error)
        revisions.append(one.revision)
    change = change_targets(kind=ChangeKind.UPLOAD, revisions=revisions, person=person) if revisions else None
    return change.targets.count() if change else 0
