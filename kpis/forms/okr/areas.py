"""Areas and people to choose from, as far as they are hers to know."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from organization.area_picker import AreaPicker
from organization.gate import can, knows, visible_nodes
from organization.models import Dimension, Node, Person, Role, Scope
from organization.selectors import UnknownScope, parse_scope, scope_key

if TYPE_CHECKING:
    PersonField = forms.ModelChoiceField[Person]
else:  # Django's form classes take no parameters at run time
    PersonField = forms.ModelChoiceField


class PersonChoice(PersonField):
    def label_from_instance(self, obj: Person) -> str:
        return str(obj.label)


class SeenAreaField(forms.CharField):
    """An area by its code or by names, among those that she may see; cleaned to its nodes by dimension."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", gettext_lazy("Area"))
        kwargs.setdefault("widget", AreaPicker(attrs={"autocomplete": "off"}))
        super().__init__(max_length=2000, **kwargs)
        self.person: Person | None = None

    def ask(self, person: Person) -> None:
        """Whose areas count from now on."""
        self.person = person
        self.widget.person = person

    def clean(self, value: Any) -> dict[str, Node]:
        text = str(super().clean(value) or "").strip() or "company"
        assert self.person is not None
        unknown = forms.ValidationError(
            _("There is no area called %(name)s. Look for it under Areas."), params={"name": text}
        )
        nodes: dict[str, Node] = {}
        for part in re.split(r"\s*[×+]\s*", text) if text != "company" else ():
            node = _seen_node(self.person, part)
            if node is None or node.dimension in nodes:
                raise unknown
            nodes[node.dimension] = node
        if not can(self.person, Role.VIEWER, Scope(key=scope_key(nodes), **nodes)):
            raise unknown
        return nodes


def _seen_node(person: Person, text: str) -> Node | None:
    """By its code, or by a name that only one of those has that she knows."""
    try:
        found = next(iter(parse_scope(text).values()), None)
    except UnknownScope:
        found = None
    if found is not None:
        return found if knows(person, found) else None
    named: list[Node] = []
    for dimension in Dimension.values:
        nodes = visible_nodes(person, dimension).filter(archived_at__isnull=True)
        named += [*nodes.filter(name__iexact=text)[:2], *nodes.filter(name_zh__iexact=text)[:2]]
    return named[0] if len({node.pk for node in named}) == 1 else None
