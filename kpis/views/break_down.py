"""The page that breaks a target down: what it would come to, beside what holds; then all of it as one change."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.template.defaultfilters import date as date_text
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from common.periods import Grain, Period
from kpis.forms import break_down as asking
from kpis.forms.plan_area import area_picker, area_to_plan, own_area
from kpis.models import ChangeKind, Target
from kpis.sealing import seal, unseal
from kpis.selectors.break_down import break_down, own_total
from kpis.selectors.parts import BreakDown
from kpis.selectors.plan_changes import last_changes
from kpis.services import TargetRefused, TargetsMoved
from kpis.services.break_down import LONGEST_REASON, apply_parts
from organization.gate import Action, person_of, require
from organization.models import Person
from organization.selectors import company


@require_http_methods(["GET", "HEAD", "POST"])
@require(Action.SET_TARGETS)
def break_down_page(request: HttpRequest) -> HttpResponse:
    """GET and POST show what the question comes to (to htmx the result alone); a post that `apply`s sets it."""
    person = person_of(request)
    applies = request.method == "POST" and request.POST.get("do") == "apply"
    if applies:
        return _apply(request, person)
    return _show(request, person, request.POST if request.method == "POST" else request.GET)


def _show(
    request: HttpRequest,
    person: Person,
    data: QueryDict | dict[str, str],
    *,
    error: str = "",
    moved: list[dict[str, str]] | None = None,
) -> HttpResponse:
    today = timezone.localdate()
    fiscal_start = company().fiscal_year_start
    try:
        asked = asking.read_asked(data, today=today, fiscal_start=fiscal_start)
    except asking.StateUnreadable as unreadable:
        error, data = str(unreadable), {}
        asked = asking.read_asked(data, today=today, fiscal_start=fiscal_start)
    text = data.get("area", "") or own_area(person, Action.SET_TARGETS)
    scope, area_error = area_to_plan(person, text)
    found: BreakDown | None = None
    sealed = ""
    total = asked.total
    if scope is not None and asked.metric.additive:
        if not total and not asked.remembered:
            asked = asking.read_asked(
                {**_plain(data), "total": own_total(scope, asked)}, today=today, fiscal_start=fiscal_start
            )
        found = break_down(scope, asked, today=today)
        if found.good:
            sealed = seal(found, person, _plain(data))
    fragment = bool(request.htmx) and request.method == "POST"  # type: ignore[attr-defined]
    context: dict[str, Any] = {
        "asked": asked,
        "scope": scope,
        "picker": area_picker(text, scope, to=person),
        "area_error": area_error,
        "found": found,
        "fixed": found.asked.fixed.as_json() if found else {},
        "sealed": sealed,
        "error": error,
        "moved": moved or [],
        "times": asking.TIMES.items(),
        "seasons": asking.SEASONS.items(),
        "trees": asking.TREES.items(),
        "methods": asking.METHODS.items(),
        "stages": asking.STAGES.items(),
        "changes": [] if fragment else last_changes(person),
        "words": words(),
        "here": "break_down",
    }
    template = "kpis/_break_down.html" if fragment else "kpis/break_down.html"
    return render(request, template, context, status=422 if error and not fragment else 200)


def _apply(request: HttpRequest, person: Person) -> HttpResponse:
    """Sets what was looked at. Where somebody else was quicker it is shown anew, with who."""
    fiscal_start = company().fiscal_year_start
    kept = unseal(request.POST.get("sealed", ""), person, fiscal_start=fiscal_start)
    if kept is None:
        return _show(
            request, person, request.POST, error=_("This preview is too old or not yours. Look at it again.")
        )
    data = dict(kept.asked)
    asked = asking.read_asked(data, today=timezone.localdate(), fiscal_start=fiscal_start)
    scope, area_error = area_to_plan(person, kept.area)
    if scope is None:
        return _show(request, person, data, error=area_error)
    try:
        change = apply_parts(
            kind=ChangeKind.BREAK_DOWN,
            metric=asked.metric,
            whole=scope,
            parts=kept.parts,
            person=person,
            today=timezone.localdate(),
            reason=request.POST.get("reason", "").replace("\0", "").strip()[:LONGEST_REASON],
            details=kept.details,
        )
    except TargetRefused as refused:
        return _show(request, person, data, error=str(refused))
    except TargetsMoved as conflict:
        said = _(
            "Somebody has set some of these targets meanwhile. Nothing was set. Look at what changes now."
        )
        return _show(
            request, person, data, error=said, moved=[_moved(one) for one in conflict.current.values()]
        )
    if change is None:
        messages.info(request, _("All of these targets hold already."))
    else:
        n = change.targets.count()
        said = ngettext("%(n)s target was set.", "%(n)s targets were set.", n) % {"n": n}
        messages.success(request, said)
    return redirect(f"{reverse('kpis:break_down')}?{asked.query}")


def _plain(data: QueryDict | dict[str, str]) -> dict[str, str]:
    """One text a name, without what is no part of the question."""
    return {
        name: str(data[name])
        for name in data
        if name not in ("csrfmiddlewaretoken", "sealed", "reason", "do")
    }


def _moved(target: Target) -> dict[str, str]:
    return {
        "area": str(target.scope.label),
        "period": str(_period_of(target)),
        "who": target.set_by.label if target.set_by else _("Somebody"),
        "at": date_text(timezone.localtime(target.set_at), "H:i"),
    }


def _period_of(target: Target) -> Period:
    return Period(Grain(target.grain), target.start, company().fiscal_year_start)


def words() -> dict[str, str]:
    """Texts that the script needs, in the reader's language."""
    return {
        "amount": _("Amount; empty lets it go with the rest"),
        "locked": _("locked"),
        "counting": _("Counting…"),
    }
