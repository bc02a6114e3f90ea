"""A node, with all below it, under another parent. Its code stays; its history is restated."""

from __future__ import annotations

from django.utils.translation import gettext as _

from organization.hooks import Restated, tell_after, tell_before
from organization.models import ChangeKind, Node, NodeAlias, Person, TreeChange
from organization.services.audit import record
from organization.services.errors import Refused
from organization.services.shaping import Edit, Woods, reshape
from organization.tree_lock import hold_tree

MOST_LEVELS = 12


def plan_move(*, node: Node, parent: Node | None) -> Restated:
    """What moving would restate, nothing written; no parent is the top. Raises Refused where it cannot be."""
    woods = Woods(node.dimension)
    node = woods.nodes[node.pk]
    if node.merged_into_id is not None:
        raise Refused(_("%(name)s has been merged already.") % {"name": node.label})
    if parent is not None:
        if parent.dimension != node.dimension:
            raise Refused(
                _("An area stays among its own kind: a channel below channels, a region below regions.")
            )
        parent = woods.nodes[parent.pk]
        if parent.merged_into_id is not None:
            raise Refused(_("%(name)s has been merged already.") % {"name": parent.label})
        if parent.archived_at is not None and node.archived_at is None:
            raise Refused(_("%(name)s is put away. Bring it back first.") % {"name": parent.label})
        if woods.lies_in(parent.pk, node.pk):
            raise Refused(
                _("%(parent)s lies below %(name)s itself.") % {"parent": parent.label, "name": node.label}
            )
        if parent.depth >= MOST_LEVELS:
            raise Refused(_("%(name)s lies too deep already.") % {"name": parent.label})
    new = parent.pk if parent else None
    if node.parent_id == new:
        raise Refused(_("It lies there already."))
    twin = woods.called(woods.names_of(node, below=node.parent_id), below=new)
    if twin is not None and woods.stands_for(twin) != node.pk:
        raise Refused(
            _("There is a %(name)s already. Merge the two instead, or rename one of them.")
            % {"name": woods.nodes[twin].label}
        )
    return Restated(node.dimension, counted=[node.pk], asleep=[], parents={node.parent_id, new})


def move_node(*, node: Node, parent: Node | None, person: Person | None) -> TreeChange:
    """Moves a node and all below it under another parent, or to the top. Files may go on naming it at its old place.

    Raises Refused where it cannot be.
    """
    with hold_tree():
        restated = plan_move(node=node, parent=parent)
        tell_before(restated)
        node.refresh_from_db()
        old, new = node.parent, parent.pk if parent else None
        edit = Edit(ChangeKind.MOVE, node, other=parent)
        names = NodeAlias.objects.filter(node=node, parent=old).values_list("slug", flat=True)
        for slug in list(names):  # other names go with it
            edit.add_alias(dimension=node.dimension, parent=new, slug=slug, node=node.pk)
        edit.add_alias(dimension=node.dimension, parent=node.parent_id, slug=node.slug, node=node.pk)
        edit.set(node, parent_id=new)
        reshape(node.dimension)
        change = edit.keep(person)
        tell_after(restated)
        record(
            action="node.move",
            subject=node.code,
            person=person,
            before=old.code if old else None,
            after=parent.code if parent else None,
        )
    node.refresh_from_db()
    return change
