"""What is held back and what owners were asked; lifting, holding back by hand, saying; and the settings of budgets."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from budgets.forms.holds import HoldForm, LiftForm, SayForm, SettingsForm
from budgets.models import HoldKind, LineState
from budgets.money_text import MONEY
from budgets.selectors import holds as selectors
from budgets.selectors.rights import get_line_or_404, may_free, may_keep_any, may_spend
from budgets.services import holds as services
from budgets.services import settings as settings_services
from budgets.services.statements import say
from decisions.services import Settled
from organization.gate import Action, person_of, require
from organization.services import Refused


@require_safe
@require(Action.VIEW)
def holds(request: HttpRequest) -> HttpResponse:
    """`?shown=lifted&page=2`."""
    page = selectors.holds_page(
        person_of(request),
        shown=request.GET.get("shown", ""),
        number=request.GET.get("page"),
        now=timezone.now(),
    )
    return render(request, "budgets/holds.html", {"page": page, "money": MONEY})


@require_http_methods(["GET", "HEAD", "POST"])
@require(Action.VIEW)
def hold(request: HttpRequest, pk: int) -> HttpResponse:
    """One hold; a post lifts it, with a reason."""
    person = person_of(request)
    row = selectors.hold_or_404(person, pk)
    form = LiftForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        if not may_free(person, row.hold.line):
            raise PermissionDenied
        if form.is_valid():
            try:
                services.lift(hold=row.hold, why=form.cleaned_data["why"], person=person, now=timezone.now())
            except Refused as refused:
                form.add_error(None, str(refused))
                row = selectors.hold_or_404(person, pk)
            else:
                messages.success(request, selectors.lifting_says(row))
                return redirect("budgets:line", pk=row.hold.line_id)
    context = {"row": row, "form": form, "follows": selectors.lifting_says(row), "money": MONEY}
    return render(request, "budgets/hold.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@require(Action.VIEW)
def hold_new(request: HttpRequest, pk: int) -> HttpResponse:
    """Freezes a part of a line's free money by hand, or pauses the line."""
    person, now = person_of(request), timezone.now()
    line = get_line_or_404(person, pk)
    if not may_free(person, line):
        raise PermissionDenied
    form = HoldForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        data, said = form.cleaned_data, ""
        try:
            if data["kind"] == HoldKind.PAUSE:
                services.pause(line=line, why=data["why"], person=person, now=now)
                said = _("“%(line)s” is paused.") % {"line": line.name}
            elif services.freeze(line=line, amount=data["number"], why=data["why"], person=person, now=now):
                said = _("Frozen on “%(line)s”.") % {"line": line.name}
            else:
                form.add_error("amount", _("Nothing is free on this line."))
        except Refused as refused:
            form.add_error(None, str(refused))
        if said:
            messages.success(request, said)
            return redirect("budgets:line", pk=line.pk)
    context = {"line": line, "form": form, "closed": line.state == LineState.CLOSED}
    return render(request, "budgets/hold_new.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@require(Action.VIEW)
def statement(request: HttpRequest, pk: int) -> HttpResponse:
    """What an owner was asked to say; a post says it."""
    person, now = person_of(request), timezone.now()
    row = selectors.statement_or_404(person, pk, now=now)
    form = SayForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        if not may_spend(person, row.statement.line):
            raise PermissionDenied
        if form.is_valid():
            try:
                say(statement=row.statement, text=form.cleaned_data["text"], person=person, now=now)
            except (Refused, Settled) as refused:
                form.add_error(None, str(refused))
                row = selectors.statement_or_404(person, pk, now=now)
            else:
                messages.success(request, _("It is kept with the line."))
                return redirect("budgets:line", pk=row.statement.line_id)
    context = {"row": row, "form": form, "figures": selectors.figures_of(row.statement), "money": MONEY}
    return render(request, "budgets/statement.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@require(Action.VIEW)
def settings(request: HttpRequest) -> HttpResponse:
    """All may read them; whoever keeps budgets of the company changes them."""
    person = person_of(request)
    keeps = may_keep_any(person)
    if request.method == "POST" and not keeps:
        raise PermissionDenied
    row, moved = settings_services.settings(), False
    form = SettingsForm(request.POST if request.method == "POST" else None, row=row, locked=not keeps)
    if request.method == "POST" and form.is_valid():
        try:
            settings_services.set_settings(
                draft=form.draft(), based_on=form.cleaned_data["version"], person=person, now=timezone.now()
            )
        except settings_services.SettingsMoved as error:
            # Saving again is then meant: it is based on what she is shown now.
            row, moved = error.current, True
            again = request.POST.copy()
            again["version"] = str(error.current.version)
            form.data = again
        except settings_services.SettingsRefused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        else:
            messages.success(request, _("Saved. The rules that budgets brought along follow in a moment."))
            return redirect("budgets:settings")
    context = {
        "form": form,
        "row": row,
        "moved": moved,
        "keeps": keeps,
        "rules": selectors.brought_rules(person),
    }
    return render(request, "budgets/settings.html", context, status=422 if form.errors or moved else 200)
