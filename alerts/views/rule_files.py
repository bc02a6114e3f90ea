"""Alert rules out to a YAML file, and in again with a look at what would change."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from alerts.models import Rule
from alerts.rule_files import MOST_SIGNS, FileUnreadable, apply, read, written
from alerts.services import RuleRefused
from organization.gate import Action, person_of, require, visible_scopes

MOST_BYTES = 4 * MOST_SIGNS


@require_GET
@require()
def rules_file(request: HttpRequest) -> HttpResponse:
    """The rules on areas that she may see."""
    rules = (
        Rule.objects.filter(scope__in=visible_scopes(person_of(request)))
        .select_related("metric", "scope")
        .prefetch_related("tiers__policy", "recipients__person", "recipients__connection")
        .order_by("name", "pk")
    )
    answer = HttpResponse(written(list(rules)), content_type="application/yaml; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="alert-rules.yaml"'
    return answer


@require_http_methods(["GET", "POST"])
@require(Action.MANAGE_ALERTS)
def rules_import(request: HttpRequest) -> HttpResponse:
    """A file is looked at first; what was looked at is then applied, all of it or nothing."""
    person = person_of(request)
    context: dict[str, Any] = {}
    if request.method == "POST":
        try:
            text = _text(request)
            lines = read(text, person)
        except FileUnreadable as unreadable:
            return render(request, "alerts/rules_import.html", {"error": str(unreadable)})
        context = {"lines": lines, "text": text, "wrong": any(line.wrong for line in lines)}
        context["changes"] = sum(line.what in ("new", "changed") for line in lines)
        if request.POST.get("do") == "apply" and not context["wrong"]:
            try:
                saved = apply(lines, person=person, now=timezone.now())
            except (RuleRefused, PermissionDenied) as refused:
                return render(request, "alerts/rules_import.html", {**context, "error": str(refused)})
            said = ngettext("%(n)s rule is saved.", "%(n)s rules are saved.", saved) % {"n": saved}
            messages.success(request, said)
            return redirect("alerts:rules")
    return render(request, "alerts/rules_import.html", context)


def _text(request: HttpRequest) -> str:
    sent = request.FILES.get("file")
    if sent is None:
        return request.POST.get("text", "")
    if (sent.size or 0) > MOST_BYTES:
        raise FileUnreadable(_("The file is too large."))
    try:
        return str(sent.read(), "utf-8-sig")
    except UnicodeDecodeError:
        raise FileUnreadable(_("The file is not UTF-8 text.")) from None
