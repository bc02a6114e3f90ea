"""The list of alerts, and the page of one."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from alerts import episode_words, selectors
from alerts.forms.answering import AcknowledgeForm, CloseForm, PassOnForm
from alerts.forms.episodes import AskForm, NarrowForm
from alerts.selectors.episode import EpisodePage
from alerts.services.asking import ask_about
from organization.gate import Action, can, person_of, require
from organization.models import Person
from organization.services import Refused


@require_GET
@require()
def episodes(request: HttpRequest) -> HttpResponse:
    """`?show=open`, `mine` or `all`, `&level=critical`, `&area=region:华东`, `&page=2`."""
    person = person_of(request)
    asked = NarrowForm(request.GET, person=person)
    asked.is_valid()
    page = selectors.episodes_of(
        person,
        on=timezone.localdate(),
        shown=request.GET.get("show", ""),
        level=asked.cleaned_data.get("level", ""),
        area=asked.cleaned_data.get("area"),
        number=request.GET.get("page", "1"),
        now=timezone.now(),
    )
    return render(request, "alerts/episodes.html", {"page": page, "form": asked})


@require_GET
@require()
def episode(request: HttpRequest, pk: int) -> HttpResponse:
    return show(request, pk)


@require_GET
@require()
def episode_why(request: HttpRequest, pk: int) -> HttpResponse:
    """The probable causes, which the alert's page fetches, since taking a figure apart takes its time: to htmx the piece
    alone.
    """
    person = person_of(request)
    found = selectors.causes_of(person, selectors.get_episode_or_404(person, pk), as_of=timezone.now())
    context = {"causes": found, "said": episode_words.causes_said(found)}
    fragment = bool(request.htmx)  # type: ignore[attr-defined]
    return render(request, "alerts/_why.html" if fragment else "alerts/why.html", context)


@require_POST
@require()
def episode_task(request: HttpRequest, pk: int) -> HttpResponse:
    """Asks somebody to do something about it."""
    person, now = person_of(request), timezone.now()
    found = selectors.get_episode_or_404(person, pk)
    if not can(person, Action.COMMENT, found.instance.scope):
        raise PermissionDenied
    form = AskForm(request.POST, scope=found.instance.scope, today=timezone.localdate(now))
    if not form.is_valid():
        return show(request, pk, form)
    asked = form.cleaned_data
    try:
        ask_about(
            episode=found, title=asked["title"], to=asked["to"], due_on=asked["due_on"], token=asked["token"],
            person=person, now=now,
        )  # fmt: skip
    except Refused as refused:
        form.add_error(None, str(refused))
        return show(request, pk, form)
    messages.success(request, _("The task is open."))
    return redirect(f"{reverse('alerts:episode', args=[pk])}#tasks")


def show(
    request: HttpRequest,
    pk: int,
    form: AskForm | None = None,
    *,
    forms: dict[str, Form] | None = None,
    status: int = 200,
) -> HttpResponse:
    """`form` and `forms`: those that must be looked at again."""
    person = person_of(request)
    page = selectors.episode_page(person, pk, as_of=timezone.now())
    if page.thread.may_comment and form is None:
        form = AskForm(scope=page.scope, today=timezone.localdate())
    context: dict[str, Any] = {
        "page": page,
        "answers": _answers(person, page, forms or {}),
        "charts": episode_words.drawn(page),
        "numbers": render_to_string("alerts/_course.html", {"page": page}) if page.course else "",
        "alike": [(one, episode_words.lasted(one.lasted)) for one in page.alike],
        "thread": page.thread,
        "ask": form,
        "decision_back": reverse("alerts:episode", args=[pk]),
    }
    return render(request, "alerts/episode.html", context, status=status)


def _answers(person: Person, page: EpisodePage, forms: dict[str, Form]) -> dict[str, Form]:
    """What she can do with it; nothing where it has ended, or is not hers to answer."""
    if page.episode.closed_at is not None or not page.answer.may_answer:
        return {}
    return {
        "acknowledge": AcknowledgeForm(),
        "hand_over": PassOnForm(scope=page.scope, person=person),
        "close": CloseForm(),
        **forms,
    }
