"""What people do with an alert, from its page and by the link in a message."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from alerts import selectors, services
from alerts.answer_links import Asked, LinkTooOld, LinkUnknown, read_token
from alerts.forms.answering import AcknowledgeForm, CloseForm, PassOnForm
from alerts.models import CloseReason, Episode
from alerts.views.episodes import show
from organization.gate import person_of, require, require_login
from organization.models import Person


@require_POST
@require()
def episode_acknowledge(request: HttpRequest, pk: int) -> HttpResponse:
    person, now, found = _asked_of(request, pk)
    form = AcknowledgeForm(request.POST)
    if not form.is_valid():
        return show(request, pk, forms={"acknowledge": form})
    try:
        services.acknowledge(
            episode=found, person=person, now=now, until=form.until_when(now), note=form.cleaned_data["note"]
        )
    except services.EpisodeRefused as refused:
        return _refused(request, found, refused)
    messages.success(request, _("You see to it now. Nobody is reminded."))
    return redirect("alerts:episode", pk=pk)


@require_POST
@require()
def episode_hand_over(request: HttpRequest, pk: int) -> HttpResponse:
    person, now, found = _asked_of(request, pk)
    form = PassOnForm(request.POST, scope=found.instance.scope, person=person)
    if not form.is_valid():
        return show(request, pk, forms={"hand_over": form})
    to = form.cleaned_data["to"]
    try:
        services.hand_over(episode=found, to=to, person=person, now=now, note=form.cleaned_data["note"])
    except services.EpisodeRefused as refused:
        return _refused(request, found, refused)
    messages.success(request, _("%(name)s sees to it now, and is told so.") % {"name": to.label})
    return redirect("alerts:episode", pk=pk)


@require_POST
@require()
def episode_close(request: HttpRequest, pk: int) -> HttpResponse:
    person, now, found = _asked_of(request, pk)
    form = CloseForm(request.POST)
    if not form.is_valid():
        return show(request, pk, forms={"close": form})
    cause = form.cleaned_data["cause"]
    try:
        services.close_by_hand(episode=found, cause=cause, person=person, now=now)
    except services.EpisodeRefused as refused:
        stands = Episode.objects.get(pk=pk)
        if stands.close_reason == CloseReason.BY_HAND and stands.close_cause == cause:
            return redirect("alerts:episode", pk=pk)  # clicked twice
        return _refused(request, found, refused)
    messages.success(request, _("The alert is closed."))
    return redirect("alerts:episode", pk=pk)


def _asked_of(request: HttpRequest, pk: int) -> tuple[Person, datetime, Episode]:
    """Raises Http404 where she may not see it, PermissionDenied where answering is not hers."""
    person = person_of(request)
    found = selectors.get_episode_or_404(person, pk)
    if not selectors.may_answer(person, found):
        raise PermissionDenied
    return person, timezone.now(), found


def _refused(request: HttpRequest, found: Episode, refused: services.EpisodeRefused) -> HttpResponse:
    """It went another way meanwhile: said on the page as it stands by now."""
    messages.error(request, str(refused))
    return show(request, found.pk, status=409)


# -- By the link in a message --------------------------------------------------------------------------


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def answer(request: HttpRequest, token: str) -> HttpResponseBase:
    """Asks once more, since mail programs open links by themselves; only POST acknowledges."""
    try:
        asked = read_token(token)
    except LinkTooOld:
        return render(request, "alerts/answer_link.html", {"old": True}, status=410)
    except LinkUnknown:
        return render(request, "alerts/answer_link.html", status=404)
    return _answer(request, token, asked)


@require_login
def _answer(request: HttpRequest, token: str, asked: Asked) -> HttpResponse:
    person, now = person_of(request), timezone.now()
    if person.pk != asked.person:
        return render(request, "alerts/answer_link.html", {"others": True}, status=403)
    try:
        found = selectors.get_episode_or_404(person, asked.episode)
    except Http404:
        return render(request, "alerts/answer_link.html", status=404)
    if not selectors.may_answer(person, found):
        raise PermissionDenied
    status = 200
    if request.method == "POST":
        try:
            services.acknowledge(episode=found, person=person, now=now)
        except services.EpisodeRefused:
            status = 409
            found = selectors.get_episode_or_404(person, asked.episode)
        else:
            messages.success(request, _("You see to it now. Nobody is reminded."))
            return redirect(reverse("alerts:episode", args=[found.pk]))
    page = selectors.answer_page(person, found, as_of=now)
    return render(request, "alerts/answer.html", {"page": page, "token": token}, status=status)
