"""What somebody would see with other roles. Upper floors register what they would show; the one gate answers.

The roles are put in place, everything is asked, and all is rolled back: nothing here says again what the gate says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction

from organization.gate import home_scope, visible_nodes
from organization.models import DIMENSIONS, Grant, Node, NodeAncestor, Person, Role, Scope
from organization.services.tree import ensure_scope
from organization.words import DIMENSION_NAMES

SHOWN_AREAS = 8


@dataclass(frozen=True)
class Page:
    label: str
    url: str


@dataclass(frozen=True)
class Sample:
    """A figure as she would read it."""

    label: str
    value: str
    url: str


@dataclass(frozen=True)
class Reached:
    """A role and where it holds; `below` counts the areas under each node of it, herself included."""

    role: str
    label: str
    below: int


@dataclass(frozen=True)
class Branch:
    """How many areas of a tree she would see, of how many, and the first of them."""

    label: str
    seen: int
    of: int
    first: tuple[str, ...]


@dataclass(frozen=True)
class Preview:
    reached: tuple[Reached, ...]
    branches: tuple[Branch, ...]
    home: str
    pages: tuple[Page, ...]
    samples: tuple[Sample, ...]


Pages = Callable[[Person], Sequence[Page]]
Samples = Callable[[Person, Scope], Sequence[Sample]]
_pages: list[Pages] = []
_samples: list[Samples] = []


def register_preview(*, pages: Pages | None = None, samples: Samples | None = None) -> None:
    """`pages` names what she could open, `samples` figures of an area, both for a person asked through the gate."""
    if pages is not None and pages not in _pages:
        _pages.append(pages)
    if samples is not None and samples not in _samples:
        _samples.append(samples)


Wanted = tuple[str, Sequence[Node]]


def preview(*, whom: Person, wanted: Iterable[Wanted]) -> Preview:
    """What she would see with these roles (each with its nodes, none for the company) and no others."""
    with transaction.atomic():
        Grant.objects.filter(person=whom).delete()
        granted = [(role, ensure_scope(nodes=nodes)) for role, nodes in wanted]
        for role, scope in granted:
            Grant.objects.get_or_create(person=whom, role=Role(role), scope=scope)
        found = _look(whom, granted)
        transaction.set_rollback(True)
    return found


def _look(whom: Person, granted: Sequence[tuple[str, Scope]]) -> Preview:
    home = home_scope(whom)
    samples = [one for ask in _samples for one in ask(whom, home)][:3] if home is not None else []
    return Preview(
        reached=tuple(Reached(str(Role(role).label), scope.label, _below(scope)) for role, scope in granted),
        branches=tuple(filter(None, (_branch(whom, dimension) for dimension in DIMENSIONS))),
        home=home.label if home is not None else "",
        pages=tuple(page for ask in _pages for page in ask(whom)) if home is not None else (),
        samples=tuple(samples),
    )


def _branch(whom: Person, dimension: str) -> Branch | None:
    all_of_it = Node.objects.filter(dimension=dimension, archived_at__isnull=True).count()
    mine = visible_nodes(whom, dimension).filter(archived_at__isnull=True)
    seen = mine.count()
    if not all_of_it:
        return None
    first = tuple(node.label for node in mine.order_by("depth", "path")[:SHOWN_AREAS])
    return Branch(str(DIMENSION_NAMES[dimension]), seen, all_of_it, first)


def _below(scope: Scope) -> int:
    return sum(
        NodeAncestor.objects.filter(ancestor_id=pk, node__archived_at__isnull=True).count() - 1
        for pk in scope.node_ids().values()
    )
