"""Interviews: the coming ones, whom to ask, what was noted, and the guides they go by."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from customers.models import Customer
from customers.selectors.people import customer_label, get_customer_or_404, masked_contacts
from customers.selectors.top import top_tenth_of
from feedback.forms.interviews import AppointmentForm, GuideForm, NoteForm
from feedback.models import Guide, Interview, InterviewState
from feedback.selectors.interviews import (
    Asked,
    InterviewPage,
    get_interview_or_404,
    guides_page,
    interview_page,
    interviews_page,
    open_topics,
)
from feedback.services import interviews as services
from organization.gate import Action, actions_of, get_scope_or_404, home_scope, person_of, require
from organization.models import Person, Scope
from organization.services import Refused, ensure_scope


@require_safe
@require(Action.HANDLE_COMPLAINTS)
def interview_list(request: HttpRequest) -> HttpResponse:
    """`?tag=price&topic=3`: those over in which such a note was made."""
    asked = request.GET
    page = interviews_page(
        person_of(request),
        now=timezone.now(),
        tag=asked.get("tag", ""),
        topic=asked.get("topic", ""),
        page=asked.get("page"),
    )
    return render(request, "feedback/interviews.html", {"page": page})


# -- Appointments -------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@require(Action.HANDLE_COMPLAINTS)
def new(request: HttpRequest) -> HttpResponse:
    """Whom to ask; with `?customer=12` (0: somebody without a record) and `&area=…` the appointment."""
    person = person_of(request)
    asked = request.GET.get("customer", "")
    scope = None
    if key := request.GET.get("area", "").strip()[:2000]:
        scope = get_scope_or_404(person, key, Action.HANDLE_COMPLAINTS)
    if not asked and request.method != "POST":
        best = top_tenth_of(person, Action.HANDLE_COMPLAINTS, scope=scope)
        context = {"best": best, "money": Money(), "imports_files": Action.IMPORT in actions_of(request)}
        return render(request, "feedback/interview_whom.html", context)
    customer = _customer(person, asked)
    form = AppointmentForm(
        request.POST if request.method == "POST" else None,
        person=person,
        initial={"interviewer": person.pk, "area": scope.key if scope else _home(person)},
    )
    if request.method == "POST" and form.is_valid():
        try:
            made = services.arrange(
                agreed=_agreed(form), customer=customer, person=person, now=timezone.now()
            )
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("The appointment is made."))
            return redirect("feedback:interview", made.pk)
    shown: dict[str, Any] = {"form": form, "customer": customer, "label": ""}
    if customer is not None:
        contact = masked_contacts([customer.pk])[customer.pk]
        shown |= {"contact": contact, "label": customer_label(customer.pk, contact)}
    return render(request, "feedback/interview_form.html", shown)


class Money:
    unit = "money"


def _customer(person: Person, text: str) -> Customer | None:
    if not (text.isascii() and text.isdecimal() and len(text) < 18):
        raise Http404
    return get_customer_or_404(person, int(text), Action.HANDLE_COMPLAINTS) if int(text) else None


def _home(person: Person) -> str:
    scope = home_scope(person)
    return scope.key if scope is not None else ""


def _agreed(form: AppointmentForm) -> services.Appointment:
    data = form.cleaned_data
    scope: Scope = data["area"]
    if not scope.pk:
        scope = ensure_scope(nodes=[getattr(scope, dimension) for dimension in scope.node_ids()])
    return services.Appointment(
        at=data["at"], scope=scope, interviewer=data["interviewer"], guide=data["guide"]
    )


# -- One interview ------------------------------------------------------------------------------------


@dataclass
class Part:
    """A question with its notes and the form for another one."""

    asked: Asked
    form: NoteForm
    anchor: str
    open: bool = field(default=False)


@require_http_methods(["GET", "HEAD", "POST"])
@require(Action.HANDLE_COMPLAINTS)
def interview(request: HttpRequest, pk: int) -> HttpResponse:
    """The appointment and its notes; `act` of a post says what is done."""
    person, now = person_of(request), timezone.now()
    found = get_interview_or_404(person, pk)
    note: NoteForm | None = None
    change = _change_form(person, found)
    if request.method == "POST":
        act = request.POST.get("act", "")
        try:
            if act == "note":
                note = NoteForm(request.POST)
                if note.is_valid():
                    services.add_note(interview=found, said=note.said(), person=person, now=now)
                    return _back(found, _anchor(interview_page(person, found, now=now), note))
            elif act == "change":
                change = _change_form(person, found, request)
                if change.is_valid():
                    services.rearrange(interview=found, agreed=_agreed(change), person=person, now=now)
                    messages.success(request, _("The appointment is changed."))
                    return _back(found)
            else:
                _do(act, request, found, person)
                return _back(found)
        except Refused as refused:
            if act == "note" and note is not None:
                note.add_error(None, str(refused))
            elif act == "change":
                change.add_error(None, str(refused))
            else:
                messages.error(request, str(refused))
                return _back(found)
    page = interview_page(person, found, now=now)
    context = {"page": page, "interview": found, "change": change, "parts": _parts(page, note)}
    return render(request, "feedback/interview.html", context)


def _do(act: str, request: HttpRequest, found: Interview, person: Person) -> None:
    """Raises Http404 for what is none."""
    states = {
        "done": (InterviewState.DONE, _("Noted: it took place.")),
        "cancel": (InterviewState.CANCELLED, _("The interview is cancelled.")),
        "plan": (InterviewState.PLANNED, _("The interview is planned again.")),
    }
    if act in states:
        state, said = states[act]
        services.end(interview=found, state=state, person=person, now=timezone.now())
        messages.success(request, said)
    elif act == "remove_note":
        number = request.POST.get("note", "")
        if not (number.isascii() and number.isdecimal() and len(number) < 18):
            raise Http404
        note = found.notes.filter(pk=int(number)).select_related("interview").first()
        if note is not None:
            services.remove_note(note=note, person=person)
        messages.success(request, _("The note is taken out."))
    else:
        raise Http404


def _parts(page: InterviewPage, bound: NoteForm | None) -> list[Part]:
    topics = list(open_topics())
    parts = []
    for number, asked in enumerate(page.asked):
        hers = bound is not None and bound.data.get("question", "") == asked.question
        form = bound if hers and bound is not None else NoteForm(initial={"question": asked.question})
        form.auto_id = f"id_{number}_%s"
        choice: Any = form.fields["topics"]
        choice.choices = [(one.pk, one.label) for one in topics]  # asked once, for all forms
        if not topics:
            del form.fields["topics"]
        parts.append(Part(asked, form, f"question-{number}", hers))
    return parts


def _anchor(page: InterviewPage, note: NoteForm) -> str:
    asked = note.cleaned_data["question"]
    return next((f"#question-{at}" for at, one in enumerate(page.asked) if one.question == asked), "")


def _change_form(person: Person, found: Interview, request: HttpRequest | None = None) -> AppointmentForm:
    initial = {
        "at": found.at,
        "interviewer": found.interviewer_id,
        "guide": found.guide_id,
        "area": found.scope.key,
    }
    return AppointmentForm(request.POST if request is not None else None, person=person, initial=initial)


def _back(found: Interview, anchor: str = "") -> HttpResponse:
    return redirect(reverse("feedback:interview", args=[found.pk]) + anchor)


# -- Guides -------------------------------------------------------------------------------------------


@require_safe
@require(Action.HANDLE_COMPLAINTS)
def guides(request: HttpRequest) -> HttpResponse:
    used, away = guides_page(person_of(request))
    return render(request, "feedback/guides.html", {"used": used, "away": away})


@require_http_methods(["GET", "HEAD", "POST"])
@require(Action.HANDLE_COMPLAINTS)
def guide_new(request: HttpRequest) -> HttpResponse:
    return _guide_form(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
@require(Action.HANDLE_COMPLAINTS)
def guide(request: HttpRequest, pk: int) -> HttpResponse:
    """Edits a guide; a post with `act` puts it away or brings it back. Guides are everybody's who interviews."""
    found = get_object_or_404(Guide, pk=pk)
    act = request.POST.get("act", "") if request.method == "POST" else ""
    if act in ("archive", "restore"):
        services.archive_guide(
            guide=found, archived=act == "archive", person=person_of(request), now=timezone.now()
        )
        messages.success(
            request, _("The guide is put away.") if act == "archive" else _("The guide is back.")
        )
        return redirect("feedback:guides")
    return _guide_form(request, found)


def _guide_form(request: HttpRequest, found: Guide | None) -> HttpResponse:
    initial: dict[str, Any] = {"revision": 0}
    if found is not None:
        initial = {"revision": found.revision, "name": found.name, "questions": "\n".join(found.questions)}
    form = GuideForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            services.keep_guide(
                guide=found,
                name=form.cleaned_data["name"],
                questions=form.lines(),
                based_on=form.cleaned_data["revision"],
                person=person_of(request),
            )
        except services.Moved:
            # Saving again is then meant: it is based on what holds now.
            again = request.POST.copy()
            found = Guide.objects.get(pk=found.pk) if found else None
            again["revision"] = str(found.revision if found else 0)
            form.data = again
            form.add_error(
                None,
                _("Somebody else has changed this guide meanwhile. Save again to put yours in its place."),
            )
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("The guide is saved."))
            return redirect("feedback:guides")
    return render(request, "feedback/guide_form.html", {"form": form, "guide": found})
