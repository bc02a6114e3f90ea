"""Choosing areas by name: the field, and the search behind it.

In the page it is a text field; `static/js/areas.js` makes it a searching one. Without script a name, several names
with a multiplication sign between them, or a code are typed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db.models import Case, IntegerField, Q, Value, When
from django.http import Http404
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from common.listing import listed
from organization.gate import Someone, get_scope_or_404, knows, visible_nodes
from organization.models import DIMENSIONS, Node, Scope
from organization.selectors import UnknownScope, company, parse_scope
from organization.selectors.trees import in_tree_order
from organization.words import KINDS

MOST = 12
COMPANY = "company"


@dataclass(frozen=True)
class Found:
    """An area to choose: its code, its name, and where it lies, since names repeat."""

    code: str
    label: str
    where: str

    def as_json(self) -> dict[str, str]:
        return {
            "code": self.code,
            "label": self.label,
            "where": self.where,
            "dimension": self.code.partition(":")[0],
        }


def find_areas(person: Someone, text: str, *, limit: int = MOST) -> list[Found]:
    """Areas that she may see whose name or code has this text, those that begin with it first."""
    text = text.strip()[:100]
    begins = Q(name__istartswith=text) | Q(name_zh__istartswith=text)
    has = Q(name__icontains=text) | Q(name_zh__icontains=text) | Q(path__icontains=text)
    found: list[Node] = []
    for dimension in DIMENSIONS:
        nodes = visible_nodes(person, dimension).filter(has, archived_at__isnull=True)
        nodes = nodes.annotate(
            later=Case(When(begins, then=Value(0)), default=Value(1), output_field=IntegerField())
        )
        found += nodes.select_related("parent__parent").order_by("later", "depth", "path")[:limit]
    found.sort(key=lambda node: (getattr(node, "later", 1), node.depth))
    return [describe(node, to=person) for node in found[:limit]]


def describe(node: Node, *, to: Someone | None = None) -> Found:
    """`to` whom: what lies above is named as far as it is hers to know."""
    above: list[str] = []
    at = node.parent
    while at is not None and len(above) < 2 and knows(to, at):
        above.append(at.label)
        at = at.parent
    return Found(node.code, node.label, " · ".join([str(KINDS[node.kind]), *above]))


class AreaPicker(forms.TextInput):
    """`person` is to whom names are shown: whoever types a foreign code learns nothing. None, where forms are for those
    alone who keep the whole company.
    """

    template_name = "organization/_area_picker.html"
    person: Someone | None = None

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(name, value, attrs)
        context["widget"]["chosen"] = chosen(str(value or ""), to=self.person)
        context["widget"]["url"] = reverse("organization:area_find")
        return context

    def _render(self, template_name: str, context: dict[str, Any], renderer: Any = None) -> SafeString:
        # Forms look for their templates in Django's own folder alone.
        return mark_safe(render_to_string(template_name, context))  # noqa: S308  # a template's own output


def chosen(text: str, *, to: Someone | None = None) -> list[Found]:
    """What a written scope holds, for showing it by names; nothing for the company, or for what is no scope.

    `to` whom: nothing where it names an area that she does not know, and what lies above as far as it is hers to know.
    """
    try:
        nodes = parse_scope(text) if text else {}
    except UnknownScope:
        return []
    if not all(knows(to, node) for node in nodes.values()):
        return []
    return [describe(nodes[dimension], to=to) for dimension in DIMENSIONS if dimension in nodes]


def area_of_hers(person: Someone, text: str) -> Scope:
    """The area that she means by its code or its name, one that she may see. Raises ValidationError, which says nothing of
    others.
    """
    named = [one.code for one in find_areas(person, text) if one.label.casefold() == text.strip().casefold()]
    for key in [text, *(named if len(named) == 1 else [])]:
        try:
            return get_scope_or_404(person, key)
        except Http404:
            continue
    raise forms.ValidationError(_("There is no such area among yours. Choose one that you see."))


class PickedAreaField(forms.CharField):
    """An area by its names or its code; cleaned to its nodes by dimension, empty for the company."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Area"))
        kwargs.setdefault("widget", AreaPicker(attrs={"autocomplete": "off"}))
        super().__init__(max_length=2000, **kwargs)

    def clean(self, value: Any) -> dict[str, Node]:
        return nodes_of(super().clean(value))


def nodes_of(text: str) -> dict[str, Node]:
    """The nodes that a person means. Raises ValidationError, which says which name is unknown or means several."""
    text = text.strip()
    try:
        return parse_scope(text or COMPANY)
    except UnknownScope:
        pass
    if text.casefold() in _names_of_the_company():
        return {}
    nodes: dict[str, Node] = {}
    for part in re.split(r"\s*[×+]\s*", text):
        node = _node_called(part)
        if node.dimension in nodes:
            raise forms.ValidationError(
                _(
                    "%(one)s and %(other)s are of one kind. An area crosses different kinds, such as a region and a channel."
                ),
                params={"one": nodes[node.dimension].label, "other": node.label},
            )
        nodes[node.dimension] = node
    return nodes


def _names_of_the_company() -> set[str]:
    own = company()
    return {
        name.casefold()
        for name in (str(Scope(key=COMPANY).label), COMPANY, "公司", own.name, own.name_zh)
        if name
    }


def _node_called(name: str) -> Node:
    try:
        return next(iter(parse_scope(name).values()))
    except (UnknownScope, StopIteration):
        pass
    found = list(
        in_tree_order(
            Node.objects.filter(Q(name__iexact=name) | Q(name_zh__iexact=name), archived_at__isnull=True)
        )[:5]
    )
    if len(found) == 1:
        return found[0]
    if not found:
        raise forms.ValidationError(
            _("There is no area called %(name)s. Look for it under Areas."), params={"name": name}
        )
    raise forms.ValidationError(
        _("Several areas are called %(name)s. Write the code of the one you mean: %(codes)s."),
        params={"name": name, "codes": listed(node.code for node in found)},
    )
