"""Other names under which files know a node."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from organization.gate import knows
from organization.models import ChangeKind, Node, NodeAlias, Person, TreeChange
from organization.services.audit import record
from organization.services.errors import Refused
from organization.services.shaping import Edit
from organization.slugs import slugify


@transaction.atomic
def add_alias(*, node: Node, name: str, person: Person | None) -> TreeChange:
    """Files may call it so, below its parent. Raises Refused where another one there has the name."""
    node = Node.objects.select_for_update().get(pk=node.pk)
    if node.merged_into_id is not None:
        raise Refused(_("%(name)s has been merged already.") % {"name": node.label})
    try:
        slug = slugify(name)
    except ValueError:
        raise Refused(_("A name needs a letter or a digit, and at most 200 of them.")) from None
    beside = Node.objects.filter(dimension=node.dimension, parent=node.parent_id, slug=slug).first()
    if beside is not None and beside.pk == node.pk:
        raise Refused(_("Files may call it so already."))
    if beside is not None:
        called = beside.label if knows(person, beside) else slug
        raise Refused(
            _("There is another one called %(name)s beside it. If the two are one, merge them.")
            % {"name": called}
        )
    edit = Edit(ChangeKind.ALIAS, node)
    if not edit.add_alias(dimension=node.dimension, parent=node.parent_id, slug=slug, node=node.pk):
        held = NodeAlias.objects.select_related("node").get(
            dimension=node.dimension, parent=node.parent_id, slug=slug
        )
        if held.node_id == node.pk:
            raise Refused(_("Files may call it so already."))
        if not knows(person, held.node):
            raise Refused(_("Files call another area so already."))
        raise Refused(_("Files call %(name)s so already.") % {"name": held.node.label})
    record(action="node.alias", subject=node.code, person=person, name=slug)
    return edit.keep(person)


@transaction.atomic
def remove_alias(*, alias: NodeAlias, person: Person | None) -> TreeChange:
    """Files that call it so make a new one from now on, or are refused where they may not."""
    edit = Edit(ChangeKind.UNALIAS, alias.node)
    record(action="node.unalias", subject=alias.node.code, person=person, name=alias.slug)
    edit.remove_alias(alias)
    return edit.keep(person)
