"""Looking after nodes that stand: names, review, putting away. Codes never change."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from organization.models import ChangeKind, Node, NodeAncestor, Person
from organization.services.audit import record
from organization.services.errors import Refused
from organization.services.shaping import Edit
from organization.slugs import slugify

AUDITED_ONE_BY_ONE = 20


@transaction.atomic
def rename_node(*, node: Node, name: str, name_zh: str | None = None, person: Person | None) -> Node:
    """Gives other names; the code stays. Files may say the new name too: it becomes an alias where it is free.

    Looking at a name is a review, so the node needs none any more. Raises Refused for a name without letter or
    digit, and for one that a sibling already has.
    """
    node = Node.objects.select_for_update().get(pk=node.pk)
    if node.merged_into_id is not None:
        raise Refused(_("%(name)s has been merged already.") % {"name": node.label})
    name = " ".join(name.split())[:200]
    name_zh = node.name_zh if name_zh is None else " ".join(name_zh.split())[:200]
    try:
        slug = slugify(name)
    except ValueError:
        raise Refused(_("A name needs a letter or a digit.")) from None
    siblings = Node.objects.filter(dimension=node.dimension, parent=node.parent).exclude(pk=node.pk)
    if siblings.filter(name__iexact=name).exists() or siblings.filter(slug=slug).exists():
        raise Refused(_("There is another one called %(name)s beside it.") % {"name": name})
    if (node.name, node.name_zh, node.needs_review) == (name, name_zh, False):
        return node
    old = {"name": node.name, "name_zh": node.name_zh}
    edit = Edit(ChangeKind.RENAME, node)
    edit.set(node, name=name, name_zh=name_zh, needs_review=False)
    if slug != node.slug:
        edit.add_alias(dimension=node.dimension, parent=node.parent_id, slug=slug, node=node.pk)
    edit.keep(person)
    record(
        action="node.rename",
        subject=node.code,
        person=person,
        old=old,
        new={"name": name, "name_zh": name_zh},
    )
    return node


def mark_node_reviewed(*, node: Node, person: Person | None) -> None:
    """Somebody has looked at what an import made, and it is right. Twice is once."""
    mark_nodes_reviewed(nodes=[node], person=person)


@transaction.atomic
def mark_nodes_reviewed(*, nodes: Iterable[Node], person: Person | None) -> int:
    """The same for many as one change; returns how many needed it."""
    found = list(
        Node.objects.select_for_update()
        .filter(pk__in=[node.pk for node in nodes], needs_review=True)
        .order_by("pk")
    )
    by_dimension: dict[str, list[Node]] = {}
    for node in found:
        by_dimension.setdefault(node.dimension, []).append(node)
    for together in by_dimension.values():
        edit = Edit(ChangeKind.REVIEW, together[0])
        edit.set_all(together, needs_review=False)
        edit.keep(person)
        for node in together if len(together) <= AUDITED_ONE_BY_ONE else ():
            record(action="node.review", subject=node.code, person=person)
        if len(together) > AUDITED_ONE_BY_ONE:
            record(action="node.review", subject=together[0].code, person=person, nodes=len(together))
    return len(found)


@transaction.atomic
def archive_node(*, node: Node, person: Person | None) -> Node:
    """Puts a node and all below it away: its history stays, lists no longer offer it. Twice is once."""
    return _set_archived(node, archived=True, action="node.archive", person=person)


@transaction.atomic
def restore_node(*, node: Node, person: Person | None) -> Node:
    """Takes a node and all below it back out. Raises Refused where it lies under one that is put away."""
    if node.parent is not None and node.parent.archived_at is not None:
        raise Refused(
            _("It lies under %(name)s, which is put away. Restore that first.") % {"name": node.parent.label}
        )
    return _set_archived(node, archived=False, action="node.restore", person=person)


def _set_archived(node: Node, *, archived: bool, action: str, person: Person | None) -> Node:
    node = Node.objects.select_for_update().get(pk=node.pk)
    if node.merged_into_id is not None:
        raise Refused(_("%(name)s has been merged already.") % {"name": node.label})
    below = Node.objects.filter(
        pk__in=NodeAncestor.objects.filter(ancestor=node).values("node_id"), merged_into__isnull=True
    )
    due = list(below.filter(archived_at__isnull=archived).select_for_update().order_by("pk"))
    if due:
        edit = Edit(ChangeKind.ARCHIVE if archived else ChangeKind.RESTORE, node)
        edit.set_all(due, archived_at=timezone.now() if archived else None)
        edit.keep(person)
        record(action=action, subject=node.code, person=person, nodes=len(due))
    node.refresh_from_db()
    return node
