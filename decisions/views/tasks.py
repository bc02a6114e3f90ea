"""A task's page."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from decisions import services
from decisions.forms import HandOverForm
from decisions.kinds import kind_of
from decisions.models import Task, TaskState
from decisions.selectors.tasks import may_finish
from decisions.selectors.threads import get_task_or_404, overdue
from decisions.views.proposals import came_from
from organization.gate import person_of, require
from organization.services import Refused


@require_http_methods(["GET", "HEAD", "POST"])
@require()
def task(request: HttpRequest, pk: int) -> HttpResponse:
    """A task: done, no longer needed, or somebody else's."""
    person, now = person_of(request), timezone.now()
    found = get_task_or_404(person, pk)
    hers = may_finish(person, found, as_of=now)
    form = HandOverForm(request.POST if request.POST.get("do") == "hand_over" else None, scope=found.scope)
    if request.method == "POST":
        if not hers:
            raise PermissionDenied
        try:
            said = _do(request, found, form)
        except Refused as refused:
            messages.error(request, str(refused))
            said = ""
        if said:
            messages.success(request, said)
            return redirect(came_from(request) or "decisions:inbox")
    kind = kind_of(found.kind)
    context: dict[str, Any] = {
        "task": found,
        "kind": kind,
        "subject": kind.titles_of([found.subject_id]).get(found.subject_id, str(kind.label)),
        "url": kind.url_of(found.subject_id),
        "overdue": overdue(found, now),
        "hers": hers and found.state == TaskState.OPEN,
        "form": form,
    }
    return render(request, "decisions/task.html", context)


def _do(request: HttpRequest, found: Task, form: HandOverForm) -> str:
    """What was asked for, done; empty where the form must be looked at again."""
    person, now, note = person_of(request), timezone.now(), request.POST.get("note", "")
    match request.POST.get("do"):
        case "done":
            services.complete_task(task=found, person=person, note=note, as_of=now)
            return _("Done.")
        case "drop":
            services.complete_task(task=found, person=person, note=note, as_of=now, dropped=True)
            return _("Dropped.")
        case "hand_over" if form.is_valid():
            to = form.cleaned_data["to"]
            services.hand_over_task(task=found, to=to, person=person, as_of=now)
            return _("It is with %(name)s now.") % {"name": to.label}
    return ""
