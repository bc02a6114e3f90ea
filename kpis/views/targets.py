"""The page on which a lead types a month's targets, cell by cell."""

from __future__ import annotations

from dataclasses import replace

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from kpis.forms.targets import TREES, Asked, Typed, read_address, read_cell
from kpis.selectors.targets import (
    Moved,
    TargetRow,
    last_day,
    light_is_due,
    target_page,
    target_row,
    values_by_version,
    with_typed,
)
from kpis.services import TargetEntry, TargetMoved, TargetRefused, revise_target
from organization.gate import Action, get_scope_or_404, person_of, require
from organization.models import Person

LIGHT_WAITS = 10  # seconds that a saved row asks for its light


@require_http_methods(["GET", "HEAD", "POST"])
@require(Action.VIEW)
def targets(request: HttpRequest) -> HttpResponse:
    """A month's targets of one metric. A post (for who has no script) saves every cell that was touched."""
    person = person_of(request)
    asked = read_address(request.GET, today=timezone.localdate())
    page = target_page(person, asked)
    if request.method == "POST":
        if not page.may_set:
            raise PermissionDenied
        rows, saved = _save_all(request, person, asked, page.rows)
        if saved:
            said = ngettext("%(n)s target saved.", "%(n)s targets saved.", saved) % {"n": saved}
            messages.success(request, said)
        if not any(row.error or row.moved for row in rows):
            return redirect(f"{reverse('kpis:targets')}?{request.GET.urlencode()}")
        page = replace(page, rows=rows)
    context = {
        "page": page,
        "asked": asked,
        "trees": TREES.items(),
        "before": asked.month.next(-1),
        "after": asked.month.next(),
        "year_ago": asked.month.last_year(),
        "through": page.through,
    }
    return render(request, "kpis/targets.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@require(Action.VIEW)
def target(request: HttpRequest, area: str) -> HttpResponse:
    """One row. POST saves its cell and answers with the row; GET asks how its figures stand since then."""
    person = person_of(request)
    needs = Action.SET_TARGETS if request.method == "POST" else Action.VIEW
    scope = get_scope_or_404(person, area, needs)
    if scope.pk is None:  # a crossing that nobody has pointed to is not on this page
        raise Http404
    asked = read_address(request.GET, today=timezone.localdate())
    through = last_day(asked.metric, asked.month)
    context = {"asked": asked, "waiting": False, "was": "", "live": True, "through": through}
    if request.method == "POST":
        row = target_row(person, scope, asked)
        typed = read_cell(request.POST, scope, asked.metric)
        if typed is not None:
            row = _save(person, asked, row, typed)
        waiting = row.saved and light_is_due(scope)
        since = int(timezone.now().timestamp())
        context |= {"row": row, "waiting": waiting, "since": since, "was": row.status}
        return render(request, "kpis/_row.html", context)
    row = target_row(person, scope, asked)
    if "since" not in request.GET:
        return render(request, "kpis/_row.html", context | {"row": row})
    text = request.GET["since"]
    since = int(text) if text.isascii() and text.isdigit() and len(text) < 12 else 0
    due = light_is_due(scope)
    waits = due and timezone.now().timestamp() - since < LIGHT_WAITS
    context |= {
        "row": row,
        "waiting": waits,
        "late": due and not waits,
        "since": since,
        "was": request.GET.get("was", ""),
    }
    return render(request, "kpis/_figures.html", context)


def _save_all(
    request: HttpRequest, person: Person, asked: Asked, rows: tuple[TargetRow, ...]
) -> tuple[tuple[TargetRow, ...], int]:
    """Saves the cells that say something else than what she was shown. Returns the rows, and how many were saved."""
    shown = values_by_version([row.scope.pk for row in rows], asked.metric, asked.month)
    answered: list[TargetRow] = []
    saved = 0
    for row in rows:
        typed = read_cell(request.POST, row.scope, asked.metric) if row.may_set else None
        if typed is not None and (typed.error or typed.value != shown.get((row.scope.pk, typed.based_on))):
            row = _save(person, asked, row, typed)
            saved += row.saved
        answered.append(row)
    return tuple(answered), saved


def _save(person: Person, asked: Asked, row: TargetRow, typed: Typed) -> TargetRow:
    """The row after the attempt: saved, or with what was typed and why it was not."""
    if typed.error:
        return replace(with_typed(row, typed.text, error=typed.error), version=typed.based_on)
    entry = TargetEntry(asked.metric, row.scope, asked.month, typed.value)
    try:
        revise_target(entry=entry, based_on=typed.based_on, person=person)
    except TargetRefused as refused:
        return replace(with_typed(row, typed.text, error=str(refused)), version=typed.based_on)
    except TargetMoved as moved:
        now = moved.current
        fresh = target_row(person, row.scope, asked)
        who = now.set_by.label if now.set_by else ""
        return with_typed(fresh, typed.text, moved=Moved(who, now.value, now.set_at, typed.value))
    return replace(target_row(person, row.scope, asked), saved=True)
