"""A plan as XLSX: down, changed, and up again as a whole, or not at all with each wrong cell named."""

from __future__ import annotations

from urllib.parse import quote

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from budgets import plan_workbook
from budgets.models import Version
from budgets.plan_lines_read import CellFault, drafts_of
from budgets.planning import months_of
from budgets.selectors.plan_rows import rows_of
from budgets.selectors.plans import get_version_or_404
from budgets.services.plan_lines import LineRefused, save_draft
from budgets.views.plans import show
from kpis.workbooks import MOST_BYTES, WorkbookRefused
from organization.gate import Action, person_of, require
from organization.models import Person
from organization.services import Refused

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
LISTED = 50


@require_http_methods(["GET", "HEAD", "POST"])
@require(Action.VIEW)
def workbook(request: HttpRequest, pk: int) -> HttpResponse:
    """The plan as XLSX; a post brings one in, in place of the plan's lines."""
    person = person_of(request)
    found = get_version_or_404(person, pk, keeps=request.method == "POST")
    if request.method != "POST":
        return _download(found)
    faults = _bring_in(request, found, person)
    if faults:
        return show(request, found, faults=faults[:LISTED], status=422)
    lines = found.lines.count()
    messages.success(
        request,
        ngettext("The plan has %(n)s line now.", "The plan has %(n)s lines now.", lines) % {"n": lines},
    )
    return redirect("budgets:version", pk=pk)


def _download(version: Version) -> HttpResponse:
    budget = version.budget
    content = plan_workbook.write(
        rows_of(version), parts=months_of(budget.first_day, budget.last_day), title=budget.node.label
    )
    response = HttpResponse(content, content_type=XLSX)
    name = f"{budget.node.label} {version.number}.xlsx"
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    return response


def _bring_in(request: HttpRequest, version: Version, person: Person) -> list[CellFault]:
    """What is wrong with the file; [] where it is taken over."""
    file = request.FILES.get("file")
    if file is None:
        return [CellFault("", _("Choose a file first."))]
    if (file.size or 0) > MOST_BYTES:
        return [CellFault("", _("This file is larger than 5 MB."))]
    text = request.POST.get("revision", "")
    seen = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
    try:
        lines = plan_workbook.read(file.read())
        drafts, faults = drafts_of(lines, budget=version.budget, standing=rows_of(version), person=person)
        if not faults:
            save_draft(version=version, lines=drafts, based_on=seen, person=person, now=timezone.now())
    except LineRefused as refused:
        number = lines[refused.place].number if refused.place < len(lines) else 0
        cell = lines[refused.place].cells.get(refused.field) if number else None
        return [CellFault(cell.address if cell else str(number), str(refused))]
    except (WorkbookRefused, Refused) as refused:
        return [CellFault("", str(refused))]
    return faults
