"""The public form: of a link that hangs somewhere, and of somebody's own invitation."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from feedback.forms.public import AnswerForm
from feedback.models.answers import COMMENT
from feedback.questions import thanks_of, title_of
from feedback.selectors.public import (
    Closed,
    Standing,
    company_name,
    drivers_asked,
    find_invitation,
    find_link,
)
from feedback.services.answers import AnswerRefused
from feedback.services.forms import Filled, Sent, send_form
from feedback.throttling import wait_for_address, wait_for_link
from feedback.tokens import Old, new_nonce, read_nonce
from feedback.views.outside import outside_page, speaking, too_large, wrong_kind

METHODS = ["GET", "HEAD", "POST"]
DONE = "done"
SENT = frozenset(one.value for one in Sent)
STATUS = {Closed.NOT_FOUND: 404, Closed.CLOSED: 410, Closed.EXPIRED: 410, Closed.ANSWERED: 410}


@csrf_exempt
@require_http_methods(METHODS)
def form(request: HttpRequest, slug: str) -> HttpResponse:
    """`?lang=zh`; `?done=new` or `?done=known` thanks who has just sent it."""
    return _answered(request, lambda _now: find_link(slug))


@csrf_exempt
@require_http_methods(METHODS)
def invited(request: HttpRequest, token: str) -> HttpResponse:
    return _answered(request, lambda now: find_invitation(token, now))


def _answered(request: HttpRequest, find: Callable[[datetime], Standing]) -> HttpResponse:
    now = timezone.now()
    posted = request.method == "POST"
    with speaking(request):
        # Before anything is read or asked: a flood costs a count.
        refused = _refused(request) if posted else None
        if refused is not None:
            return refused
        standing = find(now)
        done = request.GET.get(DONE, "") if not posted else ""
        if standing.link is not None and done in SENT:
            return _thanks(request, standing, Sent(done))
        if standing.why is Closed.ANSWERED and posted:
            return _to_thanks(request, Sent.KNOWN)
        if standing.link is None or standing.why is not None:
            return _closed(request, standing)
        if posted:
            wait = wait_for_link(standing.link.pk)
            if wait:
                return _held_up(request, wait)
        return _form(request, standing, now)


def _form(request: HttpRequest, standing: Standing, now: datetime) -> HttpResponse:
    link = standing.link
    assert link is not None  # what is open has one
    company = company_name()
    filled = AnswerForm(
        request.POST if request.method == "POST" else None,
        survey=link.survey,
        drivers=drivers_asked(link.survey),
        company=company,
    )
    if request.method == "POST" and filled.is_valid():
        sent = _send(request, standing, filled, now)
        if sent is not None:
            return _to_thanks(request, sent)
    context = {
        "form": filled,
        "title": title_of(link.survey),
        "company": company,
        "most": COMMENT,
        "nonce": new_nonce(link.pk) if standing.invitation is None else "",
        "known": standing.invitation is not None and standing.invitation.customer_id is not None,
    }
    return outside_page(request, "feedback/outside/form.html", context)


def _send(request: HttpRequest, standing: Standing, form: AnswerForm, now: datetime) -> Sent | None:
    """None where the form has to come again, with its errors."""
    assert standing.link is not None
    filled = Filled(
        scores=form.scores_given(),
        ratings=form.ratings_given(),
        comment=form.cleaned_data.get("comment", ""),
        contact=form.contact_given(),
    )
    nonce = None
    if standing.invitation is None:
        nonce = _nonce(request, form, standing.link.pk)
        if nonce is None:
            return None
    try:
        return send_form(
            link=standing.link, invitation=standing.invitation, nonce=nonce, filled=filled, now=now
        )
    except AnswerRefused as refused:
        form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        return None


def _nonce(request: HttpRequest, form: AnswerForm, link: int) -> uuid.UUID | None:
    try:
        return read_nonce(request.POST.get("nonce", ""), link=link)
    except Old:
        form.add_error(None, _("This page stood open for long. Nothing is lost: please send it once more."))
        return None


def _refused(request: HttpRequest) -> HttpResponse | None:
    wait = wait_for_address(request)
    if wait:
        return _held_up(request, wait)
    if too_large(request):
        return outside_page(request, "feedback/outside/too_large.html", {"most": COMMENT}, status=413)
    if wrong_kind(request):
        return outside_page(request, "feedback/outside/unreadable.html", status=415)
    return None


def _held_up(request: HttpRequest, wait: int) -> HttpResponse:
    response = outside_page(request, "feedback/outside/held_up.html", {"wait": wait}, status=429)
    response["Retry-After"] = str(wait)
    return response


def _closed(request: HttpRequest, standing: Standing) -> HttpResponse:
    why = standing.why or Closed.NOT_FOUND
    context = {"why": why.name.lower(), "company": company_name()}
    return outside_page(request, "feedback/outside/closed.html", context, status=STATUS[why])


def _thanks(request: HttpRequest, standing: Standing, sent: Sent) -> HttpResponse:
    assert standing.link is not None
    context = {"sent": sent.value, "words": thanks_of(standing.link.survey), "company": company_name()}
    return outside_page(request, "feedback/outside/thanks.html", context)


def _to_thanks(request: HttpRequest, sent: Sent) -> HttpResponse:
    """303, so that loading the page anew sends nothing again."""
    asked = request.GET.get("lang", "")
    lang = f"&lang={asked}" if asked in ("en", "zh") else ""
    return HttpResponseRedirect(f"{request.path}?{DONE}={sent.value}{lang}", status=303)
