"""The pages on which objectives are looked at: the list, the tree, what is one's own, one of them."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from kpis.forms.okr import CheckInForm
from kpis.models.okr import KeyResult, Level
from kpis.selectors.okr.listing import list_page, read_address
from kpis.selectors.okr.loading import KeyResultView
from kpis.selectors.okr.mine import mine_page
from kpis.selectors.okr.one import one_page
from kpis.selectors.okr.tree import tree_page
from kpis.selectors.targets import amount_text
from organization.gate import Action, person_of, require
from organization.models import Person


@require_GET
@require(Action.VIEW)
def objectives(request: HttpRequest) -> HttpResponse:
    """A quarter's objectives."""
    asked = read_address(request.GET, today=timezone.localdate())
    page = list_page(person_of(request), asked, today=timezone.localdate())
    return render(request, "kpis/okr/list.html", {"asked": asked, "page": page, "levels": Level.choices})


@require_GET
@require(Action.VIEW)
def tree(request: HttpRequest) -> HttpResponse:
    """Who supports whom."""
    asked = read_address(request.GET, today=timezone.localdate())
    page = tree_page(person_of(request), asked, today=timezone.localdate())
    return render(request, "kpis/okr/tree.html", {"asked": asked, "page": page})


@require_GET
@require(Action.VIEW)
def mine(request: HttpRequest) -> HttpResponse:
    """What she leads, with its figures and this month's targets; and what she has to check in."""
    asked = read_address(request.GET, today=timezone.localdate())
    page = mine_page(person_of(request), asked, today=timezone.localdate())
    return render(request, "kpis/okr/mine.html", {"asked": asked, "page": page})


@require_GET
@require(Action.VIEW)
def objective(request: HttpRequest, pk: int) -> HttpResponse:
    return show_objective(request, person_of(request), pk)


def show_objective(
    request: HttpRequest, person: Person, pk: int, *, checking_in: CheckInForm | None = None
) -> HttpResponse:
    """The page; `checking_in` is a check-in that was not taken, with what is wrong in it."""
    page = one_page(person, pk, today=timezone.localdate())
    cards = [(one, _form_for(one, checking_in)) for one in page.view.key_results]
    context: dict[str, Any] = {"page": page, "view": page.view, "cards": cards}
    return render(request, "kpis/okr/objective.html", context)


def _form_for(one: KeyResultView, checking_in: CheckInForm | None) -> CheckInForm | None:
    """Filled with what was said last; None where she does not check in."""
    if not one.may_check_in:
        return None
    if checking_in is not None and checking_in.key_result.pk == one.key_result.pk:
        return checking_in
    return CheckInForm(key_result=one.key_result, initial=_said(one.key_result, one))


def _said(key_result: KeyResult, one: KeyResultView) -> dict[str, Any]:
    if one.newest is None:
        return {}
    value = one.newest.value
    return {"value": amount_text(value, key_result), "confidence": one.newest.confidence}
