"""Pages of alerts, rules and the outbox."""

from __future__ import annotations

from csp.constants import NONE, SELF, UNSAFE_INLINE
from csp.decorators import csp_replace, csp_update
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from alerts import selectors, services
from alerts.connection_pages import has_connections
from alerts.forms import RecipientForms, RuleForm, initial_of, read_recipients, recipients_of
from alerts.models import Rule
from organization.gate import Action, can, get_scope_or_404, person_of, require, require_login
from organization.models import DIMENSIONS, Node, Person, Scope
from organization.services import ensure_scope

MAIL_POLICY = {
    "default-src": [NONE],
    "style-src": [UNSAFE_INLINE],
    "frame-ancestors": [SELF],
    "sandbox": True,
}


@require_GET
@require()
def episodes(request: HttpRequest) -> HttpResponse:
    return render(request, "alerts/episodes.html", {"page": selectors.episodes(person_of(request))})


@require_GET
@require()
def episode(request: HttpRequest, pk: int) -> HttpResponse:
    return render(request, "alerts/episode.html", {"page": selectors.episode_page(person_of(request), pk)})


@require_GET
@require()
def rules(request: HttpRequest) -> HttpResponse:
    person = person_of(request)
    context = {
        "rules": selectors.rules(person),
        "may_write": selectors.may_write_rules(person),
        "connections": has_connections(person),
    }
    return render(request, "alerts/rules.html", context)


@require_http_methods(["GET", "POST"])
@require(Action.MANAGE_ALERTS)
def rule_new(request: HttpRequest) -> HttpResponse:
    return _rule_form(request, None)


@require_http_methods(["GET", "POST"])
@require()
def rule_edit(request: HttpRequest, pk: int) -> HttpResponse:
    return _rule_form(request, _editable(request, pk))


@require_POST
@require()
def rule_switch(request: HttpRequest, pk: int) -> HttpResponse:
    rule = _editable(request, pk)
    enabled = request.POST.get("enabled") == "1"
    services.switch_rule(rule=rule, enabled=enabled, person=person_of(request), now=timezone.now())
    said = _("“%(rule)s” is on.") if enabled else _("“%(rule)s” is off; its open alerts were closed.")
    messages.success(request, said % {"rule": rule.name})
    return redirect("alerts:rules")


@require_GET
@require_login
def outbox(request: HttpRequest) -> HttpResponse:
    state = request.GET.get("state", "")
    person = person_of(request)
    context = {
        "rows": selectors.messages(person, state=state),
        "counts": selectors.message_counts(person),
        "state": state,
    }
    return render(request, "alerts/outbox.html", context)


# The types of django-csp know only views without arguments.
@csp_update({"frame-src": [SELF]})  # type: ignore[arg-type]
@require_GET
@require_login
def message(request: HttpRequest, pk: int) -> HttpResponse:
    """Shows the mail in a frame, which the policy of other pages does not allow."""
    row = get_object_or_404(
        selectors.visible_messages(person_of(request)).select_related("person", "connection"), pk=pk
    )
    notices = row.notices.select_related("event__episode__instance__rule").order_by("pk")
    return render(request, "alerts/message.html", {"message": row, "notices": notices})


@csp_replace(MAIL_POLICY)  # type: ignore[arg-type]
@xframe_options_sameorigin
@require_GET
@require_login
def message_html(request: HttpRequest, pk: int) -> HttpResponse:
    """The mail alone. It brings its own styles, which pages may not, and can do nothing at all."""
    found = selectors.visible_messages(person_of(request)).only("html")
    return HttpResponse(get_object_or_404(found, pk=pk).html)


def _editable(request: HttpRequest, pk: int) -> Rule:
    """A rule that she may edit: 404 for what she may not see, 403 for what she may only see."""
    person = person_of(request)
    rule = selectors.get_rule_or_404(person, pk)
    get_scope_or_404(person, rule.scope.key, Action.MANAGE_ALERTS)
    return rule


def _rule_form(request: HttpRequest, rule: Rule | None) -> HttpResponse:
    person = person_of(request)
    posted = request.POST if request.method == "POST" else None
    form = RuleForm(posted, initial=initial_of(rule) if rule else {"area": request.GET.get("area", "")})
    people = RecipientForms(posted, initial=recipients_of(rule) if rule else [], prefix="people")
    if posted is not None and form.is_valid() and people.is_valid():
        scope = _scope_for(person, form.cleaned_data["area"] or {})
        if scope is None:
            form.add_error(
                "area", _("You may not write rules for this area. Choose one that you lead or manage.")
            )
        else:
            draft = form.draft(
                scope=scope, recipients=read_recipients(people), enabled=rule.enabled if rule else True
            )
            try:
                saved = services.save_rule(draft=draft, person=person, now=timezone.now(), rule=rule)
            except services.RuleRefused as refused:
                form.add_error(None, str(refused))
            else:
                messages.success(request, _("“%(rule)s” is saved.") % {"rule": saved.name})
                return redirect("alerts:rules")
    context = {"form": form, "people": people, "rule": rule, "areas": selectors.areas_for_rules(person)}
    return render(request, "alerts/rule_form.html", context)


def _scope_for(person: Person, nodes: dict[str, Node]) -> Scope | None:
    """The area, made where nobody has pointed to it; None where she may not write rules for it."""
    key = "+".join(nodes[dimension].code for dimension in DIMENSIONS if dimension in nodes) or "company"
    if not can(person, Action.MANAGE_ALERTS, Scope(key=key, **nodes)):
        return None
    return ensure_scope(nodes=nodes.values())
