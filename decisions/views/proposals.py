"""What waits for one, a proposal's page, and what is posted from any subject's page."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from decisions import services
from decisions.kinds import kind_of
from decisions.selectors import inbox as inbox_of
from decisions.selectors import proposal_page
from decisions.selectors.threads import get_proposal_or_404, subject_or_404
from organization.gate import person_of, require
from organization.services import Refused


@require_safe
@require()
def inbox(request: HttpRequest) -> HttpResponse:
    return render(
        request, "decisions/inbox.html", {"inbox": inbox_of(person_of(request), as_of=timezone.now())}
    )


@require_safe
@require()
def proposal(request: HttpRequest, pk: int) -> HttpResponse:
    return _show(request, pk)


@require_POST
@require()
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Approves, rejects or asks back, by which button was pressed."""
    person = person_of(request)
    found = get_proposal_or_404(person, pk)
    verdict, note = request.POST.get("verdict", ""), request.POST.get("note", "")
    if verdict not in list(services.Verdict):
        return _show(request, pk, note=note, refused=_("Choose what you decide."))
    try:
        services.decide(
            proposal=found,
            person=person,
            verdict=verdict,
            note=note,
            as_of=timezone.now(),
            based_on=_turn(request),
        )
    except services.Settled as settled:
        return _moved(request, pk, settled)
    except Refused as refused:
        return _show(request, pk, note=note, refused=str(refused))
    said = {
        services.Verdict.APPROVE: _("You approved it."),
        services.Verdict.REJECT: _("You rejected it; its author is told why."),
        services.Verdict.ASK: _(
            "Your question is with its author. The clock stands still until it is answered."
        ),
    }
    messages.success(request, said[services.Verdict(verdict)])
    return _back(request, pk)


@require_POST
@require()
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    person = person_of(request)
    found = get_proposal_or_404(person, pk)
    text = request.POST.get("note", "")
    try:
        services.answer(
            proposal=found, person=person, text=text, as_of=timezone.now(), based_on=_turn(request)
        )
    except services.Settled as settled:
        return _moved(request, pk, settled)
    except Refused as refused:
        return _show(request, pk, note=text, refused=str(refused))
    messages.success(request, _("Answered. It waits for a decision again."))
    return _back(request, pk)


@require_POST
@require()
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    person = person_of(request)
    found = get_proposal_or_404(person, pk)
    try:
        services.withdraw(
            proposal=found, person=person, note=request.POST.get("note", ""), as_of=timezone.now()
        )
    except services.Settled as settled:
        return _moved(request, pk, settled)
    except Refused as refused:
        return _show(request, pk, refused=str(refused))
    messages.success(request, _("Withdrawn."))
    return _back(request, pk)


@require_POST
@require()
def comment(request: HttpRequest, about: str, subject_id: int) -> HttpResponse:
    """Posted from the page of whatever is talked about; `about` is its kind."""
    person = person_of(request)
    scope = subject_or_404(person, about, subject_id)
    try:
        services.add_comment(
            kind=about, subject_id=subject_id, scope=scope, text=request.POST.get("text", ""), person=person,
            as_of=timezone.now(),
        )  # fmt: skip
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect(came_from(request) or kind_of(about).url_of(subject_id))


def _show(request: HttpRequest, pk: int, *, note: str = "", refused: str = "") -> HttpResponse:
    view, thread = proposal_page(person_of(request), pk, as_of=timezone.now())
    if refused and not (view.may_decide or view.may_answer or view.may_withdraw):
        raise PermissionDenied
    # An answer to a post has no address of its own to come back to.
    back = came_from(request) or reverse("decisions:proposal", args=[pk])
    context = {
        "view": view, "thread": thread, "decision_note": note, "decision_refused": refused, "decision_back": back,
    }  # fmt: skip
    return render(request, "decisions/proposal.html", context)


def _moved(request: HttpRequest, pk: int, settled: services.Settled) -> HttpResponse:
    """Somebody was quicker: she sees what holds now."""
    messages.error(request, str(settled))
    return redirect("decisions:proposal", pk=pk)


def _back(request: HttpRequest, pk: int) -> HttpResponse:
    back = came_from(request)
    return redirect(back) if back else redirect("decisions:proposal", pk=pk)


def _turn(request: HttpRequest) -> int | None:
    text = request.POST.get("turn", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def came_from(request: HttpRequest) -> str:
    """Where a form of another page wants her back, if that is one of ours; else nothing."""
    back = request.POST.get("next", "")
    mine = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
    return back if mine else ""
