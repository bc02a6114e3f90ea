"""Company settings, and scopes by their written form."""

from __future__ import annotations

from collections.abc import Mapping

from organization.models import DIMENSIONS, Company, Node, Scope


class UnknownScope(LookupError):
    """No such scope; the message says which part is unknown."""


def company() -> Company:
    return Company.objects.get(pk=1)


def parse_scope(text: str) -> dict[str, Node]:
    """Nodes by dimension of a written scope, parts in any order; empty for `company`. The code of a node that was
    merged into another means the other.

    Raises UnknownScope where the text is no scope or names an unknown node.
    """
    text = text.strip()
    if text == "company":
        return {}
    nodes: dict[str, Node] = {}
    for part in text.split("+"):
        dimension, colon, path = part.partition(":")
        if not colon or dimension not in DIMENSIONS:
            raise UnknownScope(
                f"{part!r} is not a scope; write company, channel:google-ads or region:华东+channel:抖音直播."
            )
        if dimension in nodes:
            raise UnknownScope(f"{text!r} names {dimension} twice.")
        node = None if "\0" in path else Node.objects.filter(dimension=dimension, path=path).first()
        if node is None:
            raise UnknownScope(f"There is no {dimension} with the code {part!r}.")
        while node.merged_into is not None:
            node = node.merged_into
        nodes[dimension] = node
    return nodes


def scope_key(nodes: Mapping[str, Node]) -> str:
    """The written form of these nodes, parts in the dimensions' order."""
    return "+".join(nodes[dimension].code for dimension in DIMENSIONS if dimension in nodes) or "company"


def find_scope(text: str) -> Scope | None:
    """The scope that this text writes, where it has been pointed to; None where its nodes exist but it has not.

    Raises UnknownScope as `parse_scope` does.
    """
    return Scope.objects.filter(key=scope_key(parse_scope(text))).first()
