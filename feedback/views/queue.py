"""The queue of complaints, as a page and as a file, and a complaint that somebody enters."""

from __future__ import annotations

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from feedback.forms.queue import QueueForm
from feedback.queue_address import kept
from feedback.queue_file import lines
from feedback.selectors.queue import VIEWS, View, all_rows, queue_page
from feedback.views.board import as_file
from organization.gate import Action, person_of, reach_of, require
from organization.services import record


@require_safe
@require(Action.VIEW)
def queue(request: HttpRequest) -> HttpResponseBase:
    """Who only looks is shown the board instead: the queue has texts."""
    if not reach_of(request).somewhere(Action.HANDLE_COMPLAINTS):
        return redirect("feedback:board")
    person, now = person_of(request), timezone.now()
    form = QueueForm(request.GET, person=person)
    asked = form.asked(request.GET.get("after", ""))
    page = queue_page(person, asked, now=now)
    context = {
        "page": page,
        "form": form,
        "asked": asked,
        "views": [(view, name, page.counts[view], view == asked.view) for view, name in VIEWS.items()],
        "query": kept(request.GET.urlencode()),
        "late": page.counts[View.BREACHED],
    }
    return render(request, "feedback/queue.html", context)


@require_POST
@require(Action.HANDLE_COMPLAINTS)
def queue_file(request: HttpRequest) -> HttpResponseBase:
    """What the queue shows, all pages; that it was taken is history."""
    person, now = person_of(request), timezone.now()
    asked = QueueForm(request.POST, person=person).asked()
    xlsx = request.POST.get("format") == "xlsx"
    record(
        action="feedback.export",
        subject="XLSX" if xlsx else "CSV",
        person=person,
        what="complaints",
        view=asked.view,
    )
    name = f"complaints-{timezone.localdate(now):%Y-%m-%d}"
    return as_file(name, _("Complaints"), lines(all_rows(person, asked, now=now)), xlsx=xlsx)
