"""The calendar's events: added, given other days, taken out."""

from __future__ import annotations

from datetime import date

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from organization import gate
from organization.forms_calendar import EventDaysForm, EventForm
from organization.gate import Action, person_of
from organization.models import CalendarEvent
from organization.selectors.calendar import known_events
from organization.services.errors import Refused
from organization.services.events import EventMoved, add_event, change_event, remove_event


@require_http_methods(["GET", "HEAD", "POST"])
@gate.require(Action.ADMINISTER)
def new(request: HttpRequest) -> HttpResponse:
    form = EventForm(request.POST or None, known=known_events())
    if request.method == "POST" and form.is_valid():
        try:
            made = add_event(draft=form.draft(), person=person_of(request))
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("Saved."))
            return _to_year(made.first_day)
    return render(request, "organization/event.html", {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
@gate.require(Action.ADMINISTER)
def edit(request: HttpRequest, event_id: int) -> HttpResponse:
    event = get_object_or_404(CalendarEvent, pk=event_id)
    fields = ("name", "kind", "first_day", "last_day", "revision")
    form = EventDaysForm(request.POST or None, initial={name: getattr(event, name) for name in fields})
    if request.method == "POST" and form.is_valid():
        try:
            event = change_event(
                event=event,
                draft=form.draft(),
                based_on=form.cleaned_data["revision"],
                person=person_of(request),
            )
        except Refused as refused:
            form.add_error(None, str(refused))
        except EventMoved as moved:
            form.add_error(None, _moved(moved.current))
        else:
            messages.success(request, _("Saved."))
            return _to_year(event.first_day)
    return render(request, "organization/event.html", {"form": form, "event": event, "name": _(event.name)})


@require_POST
@gate.require(Action.ADMINISTER)
def remove(request: HttpRequest, event_id: int) -> HttpResponse:
    event = get_object_or_404(CalendarEvent.every, pk=event_id)
    remove_event(event=event, person=person_of(request))
    messages.success(request, _("Taken out of the calendar."))
    return _to_year(event.first_day)


def _moved(current: CalendarEvent | None) -> str:
    if current is None:
        return _("Somebody else has taken this event out of the calendar meanwhile.")
    return _(
        "Somebody else has changed this event meanwhile: it now runs from %(first)s to %(last)s. Load the page again to go on from there."
    ) % {"first": current.first_day.isoformat(), "last": current.last_day.isoformat()}


def _to_year(day: date) -> HttpResponse:
    return redirect(f"{reverse('organization:calendar')}?year={day.year}")
