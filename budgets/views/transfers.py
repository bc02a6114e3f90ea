"""Pages of transfers: what waits and what moved, asking for one, and one transfer with its approval."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from budgets.forms.transfers import EmergencyForm, TransferForm
from budgets.money_text import MONEY
from budgets.selectors.rights import get_budget_or_404, get_line_or_404
from budgets.selectors.transfers import (
    choices,
    follows_from,
    get_transfer_or_404,
    may_ask,
    transfers_page,
)
from budgets.services.ledger import NotFree
from budgets.services.settings import settings
from budgets.services.transfers import TransferRefused, ask_transfer
from common import formats
from decisions.selectors import thread
from organization.gate import Action, person_of, require
from organization.models import Person
from organization.services import Refused


@require_safe
@require(Action.VIEW)
def transfers(request: HttpRequest) -> HttpResponse:
    """All that she may see, or those of one budget."""
    person, text = person_of(request), request.GET.get("budget", "")
    budget = get_budget_or_404(person, int(text)) if text.isascii() and text.isdigit() else None
    found = transfers_page(person, budget=budget, number=request.GET.get("page"), now=timezone.now())
    context = {"found": found, "budget": budget, "may_ask": may_ask(person)}
    return render(request, "budgets/transfers.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@require(Action.VIEW)
def transfer_new(request: HttpRequest) -> HttpResponse:
    """`?from=` and `?to=` are lines to begin with."""
    person, now = _asker(request), timezone.now()
    form = TransferForm(
        request.POST or None,
        choices=choices(person, today=timezone.localdate(now)),
        most=formats.share(settings().transfer_share),
        initial=_begin_with(request, person),
    )
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            made = ask_transfer(
                from_line=data["from_line"], to_line=data["to_line"], amount=data["amount"], why=data["why"],
                special=data["special"], urgent=data["urgent"], person=person, now=now, key=form.once("form"),
            )  # fmt: skip
        except Refused as refused:
            _say(form, refused)
        else:
            messages.success(request, _("Asked for. Nothing moves before it is approved."))
            return redirect("budgets:transfer", made.pk)
    return render(request, "budgets/transfer_new.html", {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
@require(Action.VIEW)
def emergency(request: HttpRequest) -> HttpResponse:
    """Money from the emergency pool of the line's budget; `?to=` is the line to begin with."""
    person, now = _asker(request), timezone.now()
    form = EmergencyForm(
        request.POST or None,
        choices=choices(person, today=timezone.localdate(now)),
        initial=_begin_with(request, person),
    )
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            made = ask_transfer(
                from_line=form.pool_of(data["to_line"]), to_line=data["to_line"], amount=data["amount"],
                why=data["why"], person=person, now=now, key=form.once("emergency"),
            )  # fmt: skip
        except Refused as refused:
            _say(form, refused)
        else:
            messages.success(request, _("Finance is asked to sign, within two hours."))
            return redirect("budgets:transfer", made.pk)
    return render(request, "budgets/emergency.html", {"form": form})


@require_safe
@require(Action.VIEW)
def transfer(request: HttpRequest, pk: int) -> HttpResponse:
    """What is to move or has moved, with its approval."""
    person, now = person_of(request), timezone.now()
    found = get_transfer_or_404(person, pk)
    kind = found.EMERGENCY_KIND if found.from_line.pool == "emergency" else found.KIND
    context = {
        "transfer": found,
        "emergency": kind == found.EMERGENCY_KIND,
        "follows_from": follows_from(person, found),
        "money": MONEY,
        "thread": thread(person, kind, found.pk, as_of=now),
        "months": found.entries.filter(line=found.from_line).order_by("day") if found.done_at else [],
    }
    return render(request, "budgets/transfer.html", context)


def _asker(request: HttpRequest) -> Person:
    person = person_of(request)
    if not may_ask(person):
        raise PermissionDenied
    return person


def _begin_with(request: HttpRequest, person: Person) -> dict[str, Any]:
    initial = {}
    for name in ("from", "to"):
        text = request.GET.get(name, "")
        if text.isascii() and text.isdigit() and len(text) < 18:
            initial[f"{name}_line"] = get_line_or_404(person, int(text)).pk
    return initial


def _say(form: TransferForm | EmergencyForm, refused: Refused) -> None:
    """At the field that it is about."""
    field = refused.field if isinstance(refused, TransferRefused) else ""
    if isinstance(refused, NotFree):
        field = "amount"
    form.add_error(field if field in form.fields else None, str(refused))
