"""One complaint: its page, what is done with it, and how it is solved."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from customers.services.people import know_customer
from decisions.services import Settled
from feedback import event_words
from feedback.forms import complaints as forms
from feedback.forms.solving import SolveForm
from feedback.models import Came, Complaint
from feedback.queue_address import kept
from feedback.selectors.causes import why_options
from feedback.selectors.complaint_page import complaint_page, who_handles
from feedback.selectors.complaints import get_complaint_or_404
from feedback.services import handling
from feedback.services.intake import NewComplaint, receive
from organization.gate import Action, person_of, require
from organization.models import Person
from organization.services import Refused


@dataclass(frozen=True)
class Deed:
    """One thing that can be done: the form, the service, and what is said afterwards."""

    form: type[forms.Act]
    do: Callable[..., Complaint]
    title: str | Promise
    button: str | Promise
    said: str | Promise
    states: tuple[str, ...]


OPEN = Complaint.OPEN
DEEDS: Mapping[str, Deed] = {
    "message": Deed(
        forms.MessageForm, handling.write_message, gettext_lazy("Answer the customer"),
        gettext_lazy("Keep the answer"), gettext_lazy("The answer is kept."), (*OPEN, "solved", "closed"),
    ),
    "hear": Deed(
        forms.HearForm, handling.hear, gettext_lazy("The customer said something"),
        gettext_lazy("Keep it"), gettext_lazy("Kept."), (*OPEN, "solved", "closed"),
    ),
    "note": Deed(
        forms.NoteForm, handling.note, gettext_lazy("Note"), gettext_lazy("Keep the note"),
        gettext_lazy("The note is kept."), (*OPEN, "solved", "closed"),
    ),
    "wait": Deed(
        forms.WaitForm, handling.wait_for_customer, gettext_lazy("Wait for the customer"),
        gettext_lazy("Stop the clock and wait"), gettext_lazy("The clock of the solution stands still."),
        ("new", "open"),
    ),
    "resume": Deed(
        forms.ResumeForm, handling.resume, gettext_lazy("Take it up again"), gettext_lazy("Take it up again"),
        gettext_lazy("The clock goes on."), ("waiting",),
    ),
    "assign": Deed(
        forms.AssignForm, handling.assign, gettext_lazy("Hand to somebody"), gettext_lazy("Assign"),
        gettext_lazy("Assigned."), OPEN,
    ),
    "severity": Deed(
        forms.SeverityForm, handling.change_severity, gettext_lazy("Severity"),
        gettext_lazy("Change the severity"), gettext_lazy("Changed. Its clocks follow."), OPEN,
    ),
    "area": Deed(
        forms.AreaForm, handling.change_area, gettext_lazy("Area and category"),
        gettext_lazy("Change area and category"), gettext_lazy("Changed."), (*OPEN, "solved", "closed"),
    ),
    "reopen": Deed(
        forms.ReopenForm, handling.reopen, gettext_lazy("Open it again"), gettext_lazy("Open it again"),
        gettext_lazy("Open again. The clock of the solution starts anew."), ("solved", "closed"),
    ),
    "confirm": Deed(
        forms.ConfirmForm, handling.confirm, gettext_lazy("It stayed solved"), gettext_lazy("Confirm"),
        gettext_lazy("Confirmed."), ("solved",),
    ),
}  # fmt: skip


@require_safe
@require(Action.HANDLE_COMPLAINTS)
def complaint(request: HttpRequest, pk: int) -> HttpResponse:
    """`?back=` leads back to the queue as it was."""
    return _show(request, get_complaint_or_404(person_of(request), pk))


@require_POST
@require(Action.HANDLE_COMPLAINTS)
def act(request: HttpRequest, pk: int, act: str) -> HttpResponseBase:
    """Does one of DEEDS. What was typed stays where it cannot be done; `from=queue` goes back to the row."""
    person, now = person_of(request), timezone.now()
    deed = DEEDS.get(act)
    if deed is None:
        raise Http404
    found = get_complaint_or_404(person, pk)
    form = deed.form(request.POST, act=act, person=person, scope=found.scope, people=who_handles(found.scope))
    if form.is_valid():
        try:
            deed.do(
                complaint=found,
                person=person,
                now=now,
                revision=form.cleaned_data["revision"],
                **form.values(),
            )
        except Refused as refused:
            form.add_error(None, str(refused))
            if isinstance(refused, Settled):
                found = get_complaint_or_404(person, pk)
        else:
            messages.success(request, str(deed.said))
            return redirect(_next(request, pk))
    if request.POST.get("from") == "queue":
        for error in form.non_field_errors():
            messages.error(request, str(error))
        return redirect(_back(request, pk))
    return _show(request, found, act, form)


@require_http_methods(["GET", "HEAD", "POST"])
@require(Action.HANDLE_COMPLAINTS)
def solve(request: HttpRequest, pk: int) -> HttpResponse:
    """Five whys and the solution. A request of htmx alone asks what is known below the whys so far."""
    person, now = person_of(request), timezone.now()
    found = get_complaint_or_404(person, pk)
    if request.headers.get("HX-Request") and request.method != "POST":
        whys = SolveForm(request.GET).whys()
        return render(request, "feedback/_why_options.html", {"options": why_options(person, whys)})
    if request.method == "POST":
        form = SolveForm(request.POST)
        if form.is_valid():
            try:
                handling.solve(
                    complaint=found, person=person, now=now, cause=form.whys(),
                    solution=form.cleaned_data["solution"], revision=form.cleaned_data["revision"],
                )  # fmt: skip
            except Refused as refused:
                form.add_error(None, str(refused))
                if isinstance(refused, Settled):
                    found = get_complaint_or_404(person, pk)
                    form = form.again(found.revision)
            else:
                messages.success(request, _("Solved. The customer is asked later whether it stayed so."))
                return redirect(_next(request, pk))
    else:
        form = SolveForm(initial=SolveForm.initial_of(found))
    context = {
        "complaint": found,
        "form": form,
        "options": why_options(person, form.whys()),
        "back": kept(request.GET.get("back", request.POST.get("back", ""))),
        "over": found.state not in OPEN,
    }
    return render(request, "feedback/solve.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@require(Action.HANDLE_COMPLAINTS)
def complaint_new(request: HttpRequest) -> HttpResponse:
    """A complaint that a customer brought by phone, by mail or in person."""
    person, now = person_of(request), timezone.now()
    form = forms.ComplaintForm(request.POST if request.method == "POST" else None, person=person, now=now)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            with transaction.atomic():  # a customer without her complaint would be kept for nothing
                customer = know_customer(
                    key=data["customer_key"],
                    name=data["name"],
                    phone=data["phone"],
                    email=data["email"],
                    now=now,
                )
                made = receive(
                    new=NewComplaint(
                        came=Came.FORM, scope=data["area"], category=data["category"], severity=data["severity"],
                        text=data["text"], customer=customer, key=f"desk:{data['key']}" if data["key"] else None,
                        received_at=data["received_at"],
                    ),
                    person=person,
                    now=now,
                )  # fmt: skip
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            whom = made.assigned_to.label if made.assigned_to else _("nobody")
            messages.success(
                request, _("Entered as #%(number)s, for %(name)s.") % {"number": made.pk, "name": whom}
            )
            return redirect("feedback:complaint", made.pk)
    return render(request, "feedback/complaint_new.html", {"form": form}, status=422 if form.errors else 200)


def _show(
    request: HttpRequest, found: Complaint, act: str = "", bound: forms.Act | None = None
) -> HttpResponse:
    person, now = person_of(request), timezone.now()
    page = complaint_page(person, found, now=now)
    context = {
        "page": page,
        "complaint": found,
        "events": event_words.lines(page.events),
        "deeds": _deeds(person, found, act, bound),
        "refused": bound,
        "back": kept(request.GET.get("back", request.POST.get("back", ""))),
    }
    return render(request, "feedback/complaint.html", context, status=422 if bound is not None else 200)


def _deeds(person: Person, found: Complaint, act: str, bound: forms.Act | None) -> list[dict[str, Any]]:
    """What can be done in this state, with its form; a refused one as it was typed, also where the state has moved."""
    people = who_handles(found.scope)
    initial = {
        "revision": found.revision,
        "severity": found.severity,
        "area": found.scope.key,
        "category": found.category_id,
    }
    shown = []
    for name, deed in DEEDS.items():
        if found.state not in deed.states and name != act:
            continue
        form = deed.form(act=name, person=person, scope=found.scope, people=people, initial=initial)
        if name == act and bound is not None:
            form = bound
            # Sending it again is meant: she is shown how it stands.
            form.data = {**{key: form.data.get(key) for key in form.data}, "revision": str(found.revision)}
        shown.append({"name": name, "deed": deed, "form": form, "open": name == act})
    return shown


def _next(request: HttpRequest, pk: int) -> str:
    if request.POST.get("from") == "queue":
        return _back(request, pk)
    query = kept(request.POST.get("back", ""))
    address = reverse("feedback:complaint", args=[pk])
    return f"{address}?{urlencode({'back': query})}" if query else address


def _back(request: HttpRequest, pk: int) -> str:
    query = kept(request.POST.get("back", ""))
    return f"{reverse('feedback:queue')}{'?' if query else ''}{query}#c-{pk}"
