"""The people and places of the tests: plain functions that make what they are asked for.

Alice leads, Bob manages, Charlie only looks, Dana is finance, Ada administers, Mallory was granted nothing.
"""

from __future__ import annotations

from datetime import UTC, datetime

from organization.models import DIMENSIONS, Grant, Node, Person, Role, Scope
from organization.services import ensure_scope, make_node

PASSWORD = "a plumb line tells"
CONFIRMED = datetime(2026, 1, 1, tzinfo=UTC)  # each has confirmed her address


def node(code: str, *, name_zh: str = "") -> Node:
    """`region:华东/上海` → that node, with all above it, made where they are missing."""
    dimension, _, path = code.partition(":")
    assert dimension in DIMENSIONS, f"{code!r} is not a node's code"
    made: Node | None = None
    for name in path.split("/"):
        made = make_node(dimension=dimension, name=name, parent=made)
    assert made is not None
    if name_zh and made.name_zh != name_zh:
        made.name_zh = name_zh
        made.save(update_fields=["name_zh"])
    return made


def scope(text: str) -> Scope:
    """`company`, `channel:x`, `region:华东+channel:x`: the scope with its nodes, made where they are missing."""
    return ensure_scope(nodes=[] if text == "company" else [node(part) for part in text.split("+")])


def person(name: str, role: str | None = None, scope_text: str = "company", **fields: object) -> Person:
    """`person("Alice", "lead", "region:华东")`; the same name again adds another grant. Logs in with PASSWORD."""
    username = name.lower()
    defaults = {
        "display_name": name,
        "email": f"{username}@example.com",
        "email_verified_at": CONFIRMED,
        **fields,
    }
    made, new = Person.objects.get_or_create(username=username, defaults=defaults)
    if new:
        made.set_password(PASSWORD)
        made.save(update_fields=["password"])
    if role is not None:
        Grant.objects.get_or_create(person=made, role=Role(role), scope=scope(scope_text))
    return made


def alice(scope_text: str = "region:华东") -> Person:
    return person("Alice", "lead", scope_text)


def bob(scope_text: str = "company") -> Person:
    return person("Bob", "manager", scope_text)


def charlie(scope_text: str = "company") -> Person:
    return person("Charlie", "viewer", scope_text)


def dana(scope_text: str = "company") -> Person:
    return person("Dana", "finance", scope_text)


def ada(scope_text: str = "company") -> Person:
    return person("Ada", "admin", scope_text)


def mallory() -> Person:
    return person("Mallory")
