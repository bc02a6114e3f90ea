"""Pages of policies: by which steps an alert finds somebody who answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from alerts.forms.policies import PolicyForm, StepForm, initial_of_policy, step_forms
from alerts.models import Policy
from alerts.selectors import may_write_rules
from alerts.selectors import policies as pages
from alerts.services import policies as services
from alerts.services.policies import PolicyRefused
from organization.gate import Action, get_scope_or_404, home_scope, person_of, require
from organization.models import DIMENSIONS, Node, Person, Scope
from organization.services import ensure_scope


@require_GET
@require()
def policies(request: HttpRequest) -> HttpResponse:
    person = person_of(request)
    context = {"rows": pages.policies(person), "may_write": may_write_rules(person)}
    return render(request, "alerts/policies.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@require(Action.MANAGE_ALERTS)
def policy_new(request: HttpRequest) -> HttpResponse:
    return _form(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
@require()
def policy_edit(request: HttpRequest, pk: int) -> HttpResponse:
    return _form(request, _editable(request, pk))


@require_http_methods(["GET", "HEAD", "POST"])
@require()
def policy_remove(request: HttpRequest, pk: int) -> HttpResponse:
    """GET asks."""
    policy = _editable(request, pk)
    if request.method != "POST":
        return render(request, "alerts/policy_ask.html", {"policy": policy})
    try:
        services.remove_policy(policy=policy, person=person_of(request))
    except PolicyRefused as refused:
        messages.error(request, str(refused))
        return redirect("alerts:policy_edit", pk=pk)
    messages.success(request, _("“%(name)s” is removed.") % {"name": policy.name})
    return redirect("alerts:policies")


def scope_of(nodes: Mapping[str, Node]) -> Scope:
    """The area, made where nobody has pointed to it yet."""
    return ensure_scope(nodes=[nodes[dimension] for dimension in DIMENSIONS if dimension in nodes])


def _form(request: HttpRequest, policy: Policy | None) -> HttpResponse:
    """`add` in what is sent: the same page with a step more, nothing saved."""
    person = person_of(request)
    posted = request.POST if request.method == "POST" else None
    if posted is not None and "add" in posted:
        form = PolicyForm(
            initial={key: posted[key] for key in PolicyForm.base_fields if key in posted}, person=person
        )
        steps = step_forms(person, policy, posted, more=True)
        return _page(request, policy, form, steps)
    form = PolicyForm(posted, initial=_initial(person, policy), person=person)
    steps = step_forms(person, policy, posted)
    if posted is not None and all([form.is_valid(), *[one.is_valid() for one in steps]]):
        saved = _save(form, steps, policy, person)
        if saved is not None:
            for doubt in pages.doubts(saved, now=timezone.now()):
                messages.warning(request, doubt)
            messages.success(request, _("“%(name)s” is saved.") % {"name": saved.name})
            return redirect("alerts:policies")
    return _page(request, policy, form, steps)


def _save(form: PolicyForm, steps: list[StepForm], policy: Policy | None, person: Person) -> Policy | None:
    """None where it was refused, which its form says at the place."""
    written = [(one, draft) for one in steps if (draft := one.draft()) is not None]
    try:
        return services.save_policy(
            draft=form.draft(
                scope=scope_of(form.cleaned_data["area"]), steps=[draft for _one, draft in written]
            ),
            person=person,
            policy=policy,
            version=(form.cleaned_data["version"] or 0) if policy else None,
        )
    except PolicyRefused as refused:
        where, _slash, place = refused.at.partition("/")
        if where == "steps":
            at = written[int(place)][0] if written else steps[0] if steps else None
            (at or form).add_error(None, str(refused))
        else:
            form.add_error({"name": "name", "reminder": "remind"}.get(where), str(refused))
        return None


def _page(
    request: HttpRequest, policy: Policy | None, form: PolicyForm, steps: list[StepForm]
) -> HttpResponse:
    context = {"form": form, "steps": steps, "policy": policy, "full": len(steps) >= services.MOST_STEPS}
    return render(request, "alerts/policy_form.html", context)


def _initial(person: Person, policy: Policy | None) -> dict[str, Any]:
    if policy is not None:
        return initial_of_policy(policy)
    home = home_scope(person)
    return {"area": home.key if home else "company"}


def _editable(request: HttpRequest, pk: int) -> Policy:
    """One that she may edit: 404 for what she may not see, 403 for what she may only see."""
    person = person_of(request)
    policy = pages.get_policy_or_404(person, pk)
    get_scope_or_404(person, policy.scope.key, Action.MANAGE_ALERTS)
    return policy
