"""Pages on which people write alert rules, and see beforehand what they would have done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from alerts import charts, selectors, services
from alerts.forms import (
    RecipientForms,
    RuleForm,
    all_templates,
    initial_from,
    initial_of,
    initial_tiers,
    read_recipients,
    recipients_of,
    template_of,
    tier_forms,
)
from alerts.forms.tiers import TierForm
from alerts.models import Rule
from alerts.selectors.connections import has_connections, usable_connections
from alerts.selectors.policies import usable_policies
from alerts.selectors.preview import preview_of
from alerts.services.rules import RuleDraft, check
from organization.gate import Action, can, get_scope_or_404, person_of, require
from organization.models import DIMENSIONS, Node, Person, Scope
from organization.services import ensure_scope


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
    """`template` names what to begin from."""
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


@require_POST
@require(Action.MANAGE_ALERTS)
def rule_preview(request: HttpRequest) -> HttpResponse:
    """What the rule that stands in the form would have done in the last twelve months; nothing is saved."""
    person = person_of(request)
    data = request.POST.copy()
    data["name"] = data.get("name", "").strip() or "-"  # it need not have one yet
    forms = _Forms.read(data, None, {}, person, steps=False)
    if not (forms.rule.is_valid() and forms.tiers_are_valid()):
        return render(request, "alerts/_rule_preview.html", {"unfinished": True})
    scope = _scope_for(person, forms.rule.cleaned_data["area"] or {}, keep=False)
    if scope is None:
        return render(request, "alerts/_rule_preview.html", {"wrong": _not_yours()})
    draft = forms.draft(scope, enabled=True, people=False)
    try:
        check(draft)
    except services.RuleRefused as refused:
        return render(request, "alerts/_rule_preview.html", {"wrong": str(refused)})
    found = preview_of(draft, today=timezone.localdate())
    context = {"preview": found, "figure": charts.preview(found), "metric": draft.metric}
    return render(request, "alerts/_rule_preview.html", context)


@dataclass
class _Forms:
    """All that stands on the page of a rule."""

    rule: RuleForm
    tiers: list[TierForm]
    people: Any

    @classmethod
    def read(
        cls, posted: Any, rule: Rule | None, initial: dict[str, Any], person: Person, *, steps: bool = True
    ) -> _Forms:
        """`steps`: with the policies of its levels."""
        levels = initial.pop("levels", {})
        form = RuleForm(posted, initial=initial)
        form.is_valid()  # numbers of a level are read in the figure's unit, so these fields are read first
        metric = form.cleaned_data.get("metric") if posted is not None else None
        return cls(
            rule=form,
            tiers=tier_forms(
                posted,
                metric=metric,
                initial=levels,
                policies=usable_policies(person, rule) if steps else None,
            ),
            people=RecipientForms(
                posted,
                initial=recipients_of(rule)
                if rule
                else [{"person": person.pk}],  # whoever writes it hears of it
                prefix="people",
                form_kwargs={"usable": usable_connections(person, rule)},
            ),
        )

    def tiers_are_valid(self) -> bool:
        return not [one for one in self.tiers if not one.is_valid()]  # every one is to say what is wrong

    def are_valid(self) -> bool:
        return all([self.rule.is_valid(), self.tiers_are_valid(), self.people.is_valid()])

    def draft(self, scope: Scope, *, enabled: bool, people: bool = True) -> RuleDraft:
        named = read_recipients(self.people) if people else []
        return self.rule.draft(scope=scope, tiers=self.tiers, recipients=named, enabled=enabled)


def _initial(request: HttpRequest, rule: Rule | None) -> dict[str, Any]:
    if rule is not None:
        return {**initial_of(rule), "levels": initial_tiers(rule)}
    template = template_of(request.GET.get("template", ""))
    fields, levels = initial_from(template)
    if "template" not in request.GET:
        fields = {"grain": fields["grain"], "metric": fields["metric"]}
    return {**fields, "area": request.GET.get("area", ""), "levels": levels}


def _rule_form(request: HttpRequest, rule: Rule | None) -> HttpResponse:
    person = person_of(request)
    posted = request.POST if request.method == "POST" else None
    forms = _Forms.read(posted, rule, _initial(request, rule), person)
    if posted is not None and forms.are_valid():
        scope = _scope_for(person, forms.rule.cleaned_data["area"] or {})
        if scope is None:
            forms.rule.add_error("area", _not_yours())
        else:
            draft = forms.draft(scope, enabled=rule.enabled if rule else True)
            try:
                saved = services.save_rule(draft=draft, person=person, now=timezone.now(), rule=rule)
            except services.RuleRefused as refused:
                forms.rule.add_error(None, str(refused))
            else:
                messages.success(request, _("“%(rule)s” is saved.") % {"rule": saved.name})
                return redirect("alerts:rules")
    context = {
        "form": forms.rule,
        "tiers": forms.tiers,
        "people": forms.people,
        "rule": rule,
        "templates": () if rule else all_templates(),
        "areas": selectors.areas_for_rules(person),
    }
    return render(request, "alerts/rule_form.html", context)


def _not_yours() -> str:
    return _("You may not write rules for this area. Choose one that you lead or manage.")


def _editable(request: HttpRequest, pk: int) -> Rule:
    """A rule that she may edit: 404 for what she may not see, 403 for what she may only see."""
    person = person_of(request)
    rule = selectors.get_rule_or_404(person, pk)
    get_scope_or_404(person, rule.scope.key, Action.MANAGE_ALERTS)
    return rule


def _scope_for(person: Person, nodes: dict[str, Node], *, keep: bool = True) -> Scope | None:
    """The area, made where nobody has pointed to it (where it is to be kept); None where she may not write rules for it."""
    key = "+".join(nodes[dimension].code for dimension in DIMENSIONS if dimension in nodes) or "company"
    scope = Scope(key=key, **nodes)
    if not can(person, Action.MANAGE_ALERTS, scope):
        return None
    if keep:
        return ensure_scope(nodes=nodes.values())
    return Scope.objects.select_related(*DIMENSIONS).filter(key=key).first() or scope
