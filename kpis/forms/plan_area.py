"""The area that a page about plans is asked for: found by name or code, and answered alike where it is not hers or not there."""

from __future__ import annotations

from typing import Any

from django import forms
from django.urls import reverse
from django.utils.translation import gettext as _

from organization.area_picker import chosen, nodes_of
from organization.gate import Action, can, roles_for
from organization.models import Grant, Person, Scope
from organization.selectors import scope_key


def own_area(person: Person, needs: Action) -> str:
    """Where she begins: the company where it is hers, else what was first granted."""
    if can(person, needs):
        return "company"
    grants = Grant.objects.filter(person=person, role__in=roles_for(needs))
    first = grants.order_by("granted_at", "pk").values_list("scope__key", flat=True).first()
    return first or "company"


def area_named(person: Person, text: str) -> tuple[Scope | None, str]:
    """The area that she means, or what is wrong; unsaved where nobody has pointed to this crossing yet."""
    unknown = _("There is no area called %(name)s. Look for it under Areas.") % {"name": text[:200]}
    try:
        nodes = nodes_of(text[:2000].replace("\0", ""))
    except forms.ValidationError:
        return None, unknown
    key = scope_key(nodes)
    scope = Scope.objects.filter(key=key).first() or Scope(key=key, **nodes)
    return (scope, "") if can(person, Action.VIEW, scope) else (None, unknown)


def area_to_plan(person: Person, text: str) -> tuple[Scope | None, str]:
    """The same, where she may set targets on it."""
    scope, error = area_named(person, text)
    if scope is not None and not can(person, Action.SET_TARGETS, scope):
        return None, _("You may see this area, but not set its targets.")
    return scope, error


def area_picker(text: str, scope: Scope | None, *, to: Person) -> dict[str, Any]:
    """The field in which areas are looked for; what is not hers keeps the text that was typed, and no name."""
    return {
        "name": "area",
        "value": scope.key if scope else text,
        "attrs": {"id": "area", "class": "form-control", "autocomplete": "off"},
        "chosen": chosen(scope.key, to=to) if scope else [],
        "url": reverse("organization:area_find"),
    }
