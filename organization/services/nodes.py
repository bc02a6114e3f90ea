"""Looking after nodes that stand: names, review, putting away. Codes never change."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from organization.models import Node, NodeAlias, NodeAncestor, Person
from organization.services.audit import record
from organization.services.errors import Refused
from organization.slugs import slugify


@transaction.atomic
def rename_node(*, node: Node, name: str, name_zh: str | None = None, person: Person | None) -> Node:
    """Gives other names; the code stays. Files may say the new name too: it becomes an alias where it is free.

    Looking at a name is a review, so the node needs none any more. Raises Refused for a name without letter or
    digit, and for one that a sibling already has.
    """
    node = Node.objects.select_for_update().get(pk=node.pk)
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
    node.name, node.name_zh, node.needs_review = name, name_zh, False
    node.save(update_fields=["name", "name_zh", "needs_review"])
    if slug != node.slug:
        NodeAlias.objects.get_or_create(
            dimension=node.dimension, parent=node.parent, slug=slug, defaults={"node": node}
        )
    record(
        action="node.rename",
        subject=node.code,
        person=person,
        old=old,
        new={"name": name, "name_zh": name_zh},
    )
    return node


@transaction.atomic
def mark_node_reviewed(*, node: Node, person: Person | None) -> None:
    """Somebody has looked at what an import made, and it is right. Twice is once."""
    changed = Node.objects.filter(pk=node.pk, needs_review=True).update(needs_review=False)
    if changed:
        record(action="node.review", subject=node.code, person=person)


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
    below = Node.objects.filter(pk__in=NodeAncestor.objects.filter(ancestor=node).values("node_id"))
    changed = below.filter(archived_at__isnull=archived).update(
        archived_at=timezone.now() if archived else None
    )
    if changed:
        record(action=action, subject=node.code, person=person, nodes=changed)
    node.refresh_from_db()
    return node
