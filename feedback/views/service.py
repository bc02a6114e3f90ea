"""How soon complaints are answered and solved, who gets them, and what they are about."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from feedback.forms.service import AskForm, CategoryForm, RuleForm, ServiceForm, known_duties
from feedback.models import AssignmentRule, Category, ServiceLevel
from feedback.selectors.service import rule_rows, said_of_service
from feedback.selectors.settings import feedback_settings
from feedback.services import rules
from feedback.services.assigning import choose
from feedback.services.service_levels import ServiceMoved, set_service
from organization.gate import Action, can, person_of, require
from organization.services import Refused

PAGE = require_http_methods(["GET", "HEAD", "POST"])


@PAGE
@require(Action.HANDLE_COMPLAINTS)
def service(request: HttpRequest) -> HttpResponse:
    """Whoever handles complaints may look; who may change it is asked again by what is saved."""
    person = person_of(request)
    keeps = can(person, Action.KEEP_SURVEYS)
    sent = request.method == "POST"
    if sent and not keeps:
        raise PermissionDenied
    row, levels, moved = feedback_settings(), ServiceLevel.objects.in_bulk(), ""
    form = ServiceForm(request.POST if sent else None, row=row, levels=levels, locked=not keeps)
    if sent and form.is_valid():
        try:
            set_service(draft=form.draft(), based_on=form.cleaned_data["revision"], person=person)
        except ServiceMoved as error:
            # Saving again is then meant: it is based on what stands now.
            moved, again = str(error), request.POST.copy()
            again["revision"] = str(feedback_settings().revision)
            form.data = again
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("Saved. The clocks of open complaints follow in a moment."))
            return redirect("feedback:service")
    asking = AskForm(request.GET if "severity" in request.GET else None)
    choice = None
    if asking.is_bound and asking.is_valid():
        asked = asking.cleaned_data
        choice = choose(
            scope=asked["area"], category=asked["category"], severity=asked["severity"], now=timezone.now()
        )
    context = {
        "form": form, "moved": moved, "keeps": keeps, "said": said_of_service(row, levels), "rules": rule_rows(),
        "asking": asking, "choice": choice, "why": _(choice.why) if choice else "",
    }  # fmt: skip
    return render(request, "feedback/service.html", context, status=422 if form.errors or moved else 200)


@PAGE
@require(Action.KEEP_SURVEYS)
def assignment_new(request: HttpRequest) -> HttpResponse:
    return _rule_page(request, None)


@PAGE
@require(Action.KEEP_SURVEYS)
def assignment(request: HttpRequest, pk: int) -> HttpResponse:
    found = AssignmentRule.objects.select_related("scope", "category").filter(pk=pk).first()
    if found is None:
        raise Http404
    return _rule_page(request, found)


def _rule_page(request: HttpRequest, rule: AssignmentRule | None) -> HttpResponse:
    person = person_of(request)
    act = request.POST.get("act", "")
    if rule is not None and act in ("up", "down"):
        rules.move_rule(rule=rule, up=act == "up", person=person)
        return redirect("feedback:service")
    if rule is not None and act == "drop":
        rules.drop_rule(rule=rule, person=person)
        messages.success(request, _("The rule “%(name)s” is removed.") % {"name": rule.name})
        return redirect("feedback:service")
    form = RuleForm(request.POST if request.method == "POST" else None, rule=rule)
    if request.method == "POST" and form.is_valid():
        try:
            rules.save_rule(
                draft=form.draft(), rule=rule, revision=form.cleaned_data["revision"], person=person
            )
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("Saved. It holds for complaints that come in from now on."))
            return redirect("feedback:service")
    context = {"form": form, "rule": rule, "duty_names": known_duties()}
    return render(request, "feedback/assignment.html", context, status=422 if form.errors else 200)


@PAGE
@require(Action.KEEP_SURVEYS)
def categories(request: HttpRequest) -> HttpResponse:
    person, now = person_of(request), timezone.now()
    sent, act = request.method == "POST", request.POST.get("act", "")
    chosen = _category(request.POST.get("category", ""))
    if sent and chosen is None and act in ("save", "away", "back"):
        raise Http404
    form = CategoryForm(request.POST if sent and act in ("add", "save") else None)
    refused = ""
    try:
        if sent and act in ("away", "back") and chosen is not None:
            rules.put_category(category=chosen, away=act == "away", person=person, now=now)
            return redirect("feedback:categories")
        if sent and form.is_bound and form.is_valid():
            saved = form.cleaned_data
            rules.save_category(
                name=saved["name"], name_zh=saved["name_zh"], person=person,
                category=chosen if act == "save" else None,
            )  # fmt: skip
            messages.success(request, _("Saved."))
            return redirect("feedback:categories")
    except Refused as error:
        refused = str(error)
    context = {
        "form": form if act == "add" else CategoryForm(),
        "rows": Category.objects.order_by("archived_at", "position", "code"),
        "refused": refused or ("; ".join(_errors(form)) if act == "save" else ""),
    }
    failed = refused or form.errors
    return render(request, "feedback/categories.html", context, status=422 if failed else 200)


def _errors(form: CategoryForm) -> list[str]:
    return [str(error) for errors in form.errors.values() for error in errors]


def _category(text: str) -> Category | None:
    if not text.isdecimal() or len(text) > 9:
        return None
    return Category.objects.filter(pk=int(text)).first()
