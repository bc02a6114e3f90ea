"""What is done about topics and causes: the list, one action, and beginning one."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from decisions.selectors import thread
from feedback import mean_words
from feedback.action_kind import KIND
from feedback.effect import MONTH
from feedback.forms.topics import ActionForm, ResultForm
from feedback.models import Cause
from feedback.selectors import actions as selectors
from feedback.services import actions as services
from feedback.services.actions import may_end
from organization.gate import Action, can_somewhere, home_scope, person_of, require
from organization.models import Scope
from organization.selectors import scope_key
from organization.services import Refused


@require_safe
@require(Action.VIEW)
def actions(request: HttpRequest) -> HttpResponse:
    """`?shown=over` are those that have ended."""
    person = person_of(request)
    page = selectors.actions_page(
        person,
        number=request.GET.get("page"),
        today=timezone.localdate(),
        over=request.GET.get("shown") == "over",
    )
    context = {
        "found": page,
        "rows": [(row, said_of(row)) for row in page.rows],
        "begins": can_somewhere(person, Action.HANDLE_COMPLAINTS),
    }
    return render(request, "feedback/actions.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@require(Action.VIEW)
def action(request: HttpRequest, pk: int) -> HttpResponse:
    """One action with what was before it and since; a post ends it."""
    person, now = person_of(request), timezone.now()
    found = selectors.get_action_or_404(person, pk)
    hers = may_end(person, found, now=now)
    form = ResultForm(request.POST if request.method == "POST" else None)
    if request.method == "POST":
        if not hers:
            raise PermissionDenied
        if form.is_valid():
            try:
                services.finish_action(
                    action=found, result=form.cleaned_data["result"], person=person, now=now
                )
            except Refused as refused:
                form.add_error("result", str(refused))
            else:
                messages.success(request, _("Ended, with what came of it."))
                return redirect("feedback:action", pk)
    row = selectors.rows_of([found], today=timezone.localdate(now))[0]
    context = {
        "row": row,
        "said": said_of(row),
        "form": form,
        "hers": hers and not row.over,
        "thread": thread(person, KIND, found.pk, as_of=now),
        "window": selectors.WINDOW,
    }
    return render(request, "feedback/action.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@require(Action.HANDLE_COMPLAINTS)
def action_new(request: HttpRequest) -> HttpResponse:
    """`?topic=3` or `?cause=4`, and `&area=region:华东`, are what it begins with."""
    person, now = person_of(request), timezone.now()
    cause = _cause(request.GET.get("cause", ""))
    home = home_scope(person)
    area = request.GET.get("area", "") or (home.key if home is not None else "")
    form = ActionForm(
        request.POST if request.method == "POST" else None,
        person=person,
        topics=None if cause is not None else selectors.topics_to_choose(),
        initial={
            "topic": request.GET.get("topic", ""), "area": "" if area == "company" else area[:2000],
            "owner": person.pk,
        },
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        data: dict[str, Any] = form.cleaned_data
        nodes = data["area"]
        try:
            made = services.begin_action(
                topic=data.get("topic"), cause=cause, scope=_scope(nodes), title=data["title"], owner=data["owner"],
                due_on=data["due_on"], person=person, now=now,
            )  # fmt: skip
        except services.ActionRefused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        except PermissionDenied:
            form.add_error("area", _("You may see this area, but not begin an action there."))
        else:
            messages.success(request, _("Begun. Its owner has a task."))
            return redirect("feedback:action", made.pk)
    context = {"form": form, "cause": cause}
    return render(request, "feedback/action_new.html", context, status=422 if form.errors else 200)


def said_of(row: selectors.ActionRow) -> str:
    """Whether what it is about stands otherwise since; never why."""
    if row.action.topic_id is not None:
        return mean_words.topic_moved(row.effect, least=row.least)
    return mean_words.cause_moved(row.effect, days=row.days, month=MONTH)


def _cause(text: str) -> Cause | None:
    return (
        selectors.get_cause_or_404(int(text))
        if text.isascii() and text.isdecimal() and len(text) < 10
        else None
    )


def _scope(nodes: dict[str, Any]) -> Scope:
    key = scope_key(nodes)
    return Scope.objects.filter(key=key).first() or Scope(key=key, **nodes)
