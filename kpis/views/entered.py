"""The page on which people enter amounts by hand, correct them, and see who entered what."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from common.periods import Period
from kpis import services
from kpis.forms.entered import EntryForm, LineError, PasteForm, entered_measures, read_lines
from kpis.models import EnteredValue
from kpis.selectors.entered import entered_page, value_history
from kpis.selectors.targets import amount_text
from kpis.services import Entered, Entry
from organization.gate import Action, can, can_somewhere, get_scope_or_404, person_of, require
from organization.models import DIMENSIONS, Person, Scope
from organization.selectors import scope_key
from organization.selectors.trees import area_suggestions
from organization.services import ensure_scope


@require_http_methods(["GET", "HEAD", "POST"])
@require(Action.VIEW)
def entered(request: HttpRequest) -> HttpResponse:
    """The values that hold now; a post enters one."""
    person = person_of(request)
    if request.method != "POST":
        return _show(request, person, EntryForm(initial=_asked(request)), PasteForm())
    if not can_somewhere(person, Action.ENTER_VALUES):
        raise PermissionDenied
    form = EntryForm(request.POST)
    moved = None
    if form.is_valid():
        data = form.cleaned_data
        key = scope_key(data["area"] or {})
        scope = get_scope_or_404(person, key)
        if not can(person, Action.ENTER_VALUES, scope):
            form.add_error("area", _("You may see this area, but not enter values on it."))
            return _show(request, person, form, PasteForm())
        entry = Entry(data["measure"], _standing(scope), data["period"], data["number"], data["note"])
        try:
            done = services.enter_value(
                entry=entry, based_on=data["version"] or 0, person=person, today=timezone.localdate()
            )
        except services.EntryRefused as refused:
            form.add_error(None, str(refused))
        except services.EntryMoved as error:
            moved = error.current
        else:
            messages.success(request, said(done))
            return redirect(f"{request.path}?measure={entry.measure.code}")
    return _show(request, person, form, PasteForm(), moved=moved)


@require_POST
@require(Action.ENTER_VALUES)
def paste(request: HttpRequest) -> HttpResponse:
    """Enters pasted lines, all or none."""
    person = person_of(request)
    form = PasteForm(request.POST)
    errors: list[LineError] = []
    if form.is_valid():
        measure = form.cleaned_data["measure"]
        lines, errors = read_lines(form.cleaned_data["lines"], measure=measure, person=person)
        if not errors and not lines:
            form.add_error("lines", _("There is no line here."))
        elif not errors:
            entries = [
                Entry(measure, _standing(line.scope), line.period, line.value, line.note) for line in lines
            ]
            try:
                done = services.enter_values(entries=entries, person=person, today=timezone.localdate())
            except services.EntryRefused as refused:
                at = lines[refused.place]
                errors = [LineError(at.number, f"{at.scope.label} · {at.period}", str(refused))]
            else:
                messages.success(request, said(done))
                return redirect("kpis:entered")
    return _show(request, person, EntryForm(), form, errors=errors)


@require_http_methods(["GET", "HEAD", "POST"])
@require(Action.VIEW)
def entered_value(request: HttpRequest, pk: int) -> HttpResponse:
    """How one value came to be; a post takes it away, unless somebody has corrected it meanwhile."""
    person = person_of(request)
    versions = value_history(person, pk)
    newest = versions[0]
    hers = can(person, Action.ENTER_VALUES, newest.scope)
    if request.method == "POST":
        if not hers:
            raise PermissionDenied
        entry = Entry(newest.measure, newest.scope, Period.parse(newest.period), None)
        try:
            services.enter_value(
                entry=entry, based_on=_version(request), person=person, today=timezone.localdate()
            )
        except services.EntryMoved:
            messages.error(request, _("Somebody has changed this value meanwhile. Look at it again."))
            return redirect("kpis:entered_value", pk=pk)
        messages.success(request, _("The value was taken away."))
        return redirect("kpis:entered")
    context = {"newest": newest, "versions": versions, "hers": hers}
    return render(request, "kpis/entered_value.html", context)


def said(done: Entered) -> str:
    """What became of them, in one sentence."""
    parts = [
        words % {"n": n}
        for words, n in (
            (_("%(n)s new"), done.new),
            (_("%(n)s corrected"), done.corrected),
            (_("%(n)s taken away"), done.removed),
            (_("%(n)s unchanged"), done.unchanged),
        )
        if n
    ]
    between = "，" if (get_language() or "").startswith("zh") else ", "
    return _("Values: %(parts)s.") % {"parts": between.join(parts)}


def _show(
    request: HttpRequest,
    person: Person,
    form: EntryForm,
    pasted: PasteForm,
    *,
    moved: EnteredValue | None = None,
    errors: list[LineError] | None = None,
) -> HttpResponse:
    measures = list(entered_measures())
    measure = next((one for one in measures if one.code == request.GET.get("measure")), None)
    if moved is not None:
        again = request.POST.copy()
        again["version"] = str(moved.version)
        form.data = again
    context: dict[str, Any] = {
        "page": entered_page(person, measure=measure, number=request.GET.get("page")),
        "form": form,
        "pasted": pasted,
        "moved": moved,
        "errors": errors or [],
        "measures": measures,
        "measure": measure,
        "enters": can_somewhere(person, Action.ENTER_VALUES),
        "areas": area_suggestions(person),
    }
    return render(request, "kpis/entered.html", context)


def _asked(request: HttpRequest) -> dict[str, Any]:
    """What the address says the form should begin with: a value to correct, or an amount."""
    person = person_of(request)
    text = request.GET.get("value", "")
    if text.isascii() and text.isdigit() and len(text) < 18:
        value = value_history(person, int(text))[0]
        return {
            "measure": value.measure_id,
            "area": value.scope.key,
            "period": value.period,
            "value": amount_text(value.value, value.measure),
            "note": value.note,
            "version": value.version,
        }
    code = request.GET.get("measure", "")
    found = next((one for one in entered_measures() if one.code == code), None)
    return {"measure": found.pk if found else None, "area": "company"}


def _version(request: HttpRequest) -> int:
    text = request.POST.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0


def _standing(scope: Scope) -> Scope:
    """The area in the database: one that nobody has pointed to yet is made."""
    if scope.pk is not None:
        return scope
    nodes = [getattr(scope, dimension) for dimension in DIMENSIONS]
    return ensure_scope(nodes=[node for node in nodes if node is not None])
