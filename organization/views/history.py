"""The history of changes: looked through, and taken away as a file; for administrators."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse, QueryDict, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from organization import exporting, gate, selectors, services
from organization.forms import AuditFilterForm
from organization.gate import Action, person_of
from organization.history import lines
from organization.models import Person
from organization.selectors import AuditFilter
from organization.selectors.audit import all_entries, count_up_to
from organization.words import SUBJECTS, action_in_words

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_GET
@gate.require(Action.ADMINISTER)
def audit(request: HttpRequest) -> HttpResponse:
    form, wanted = _asked(request.GET)
    page = selectors.audit_entries(wanted)
    query = request.GET.copy()
    query.pop("before", None)
    context = {
        "form": form,
        "rows": lines(page.entries),
        "older": page.older,
        "query": query.urlencode(),
        "filters": [(name, value) for name, value in query.items() if name in form.fields],
        "filtered": any(value for name, value in query.items() if name in form.fields),
        "people": Person.objects.order_by("-is_active", "display_name", "username")[:300],
    }
    return render(request, "organization/audit.html", context)


@require_POST
@gate.require(Action.ADMINISTER)
def export(request: HttpRequest) -> HttpResponseBase:
    """What the filters show, as a file. That it was taken is history too."""
    form, wanted = _asked(request.POST)
    xlsx = request.POST.get("format") == "xlsx"
    back = f"{reverse('organization:audit')}?{_kept(request.POST).urlencode()}"
    if form.errors:
        return redirect(back)
    most = exporting.MOST_IN_XLSX
    if xlsx and count_up_to(wanted, most + 1) > most:
        messages.error(
            request,
            _("More than %(n)s entries are too many for an Excel file. Choose fewer days, or take the CSV.")
            % {"n": most},
        )
        return redirect(back)
    services.record(
        action="audit.export",
        subject="XLSX" if xlsx else "CSV",
        person=person_of(request),
        filters=[
            f"{name}: {value}" for name, value in form.cleaned_data.items() if value and name != "before"
        ],
    )
    name = f"history-{timezone.localdate():%Y-%m-%d}.{'xlsx' if xlsx else 'csv'}"
    if xlsx:
        return FileResponse(
            exporting.as_xlsx(all_entries(wanted)), as_attachment=True, filename=name, content_type=XLSX
        )
    response = StreamingHttpResponse(
        exporting.as_csv(all_entries(wanted)), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _asked(data: QueryDict) -> tuple[AuditFilterForm, AuditFilter]:
    form = AuditFilterForm(data)
    form.fields["action"].choices = _choices(selectors.audited_actions())  # type: ignore[attr-defined]
    wanted: dict[str, Any] = form.cleaned_data if form.is_valid() else {}
    who = wanted.get("person", "").strip()
    person = _called(who) if who else None
    if who and person is None and "person" not in form.errors:
        form.add_error("person", _("Nobody has this name."))
    return form, AuditFilter(
        action=wanted.get("action", ""),
        text=wanted.get("text", ""),
        person=person,
        first_day=wanted.get("first_day"),
        last_day=wanted.get("last_day"),
        before=wanted.get("before"),
    )


def _called(who: str) -> Person | None:
    """By user name first, then by address or name."""
    for field in ("username", "email", "display_name"):
        found = Person.objects.filter(**{f"{field}__iexact": who}).first()
        if found is not None:
            return found
    return None


def _choices(actions: list[str]) -> list[tuple[str, Any]]:
    """All that happened, by what it happened to."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for action in actions:
        groups.setdefault(action.partition(".")[0], []).append((action, action_in_words(action)))
    found: list[tuple[str, Any]] = [("", _("Everything"))]
    for kind, members in groups.items():
        name = str(SUBJECTS.get(kind, kind))
        if len(members) > 1:
            members.insert(0, (f"{kind}.", _("%(kind)s: everything") % {"kind": name}))
        found.append((name, members))
    return found


def _kept(data: QueryDict) -> QueryDict:
    kept = data.copy()
    for name in ("csrfmiddlewaretoken", "format", "before"):
        kept.pop(name, None)
    return kept
