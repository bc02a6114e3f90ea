"""Taking back what was done to a tree, as long as nothing builds on it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from organization.change_words import change_in_words
from organization.gate import knows
from organization.hooks import Restated, tell_after, tell_before
from organization.models import ChangeKind, Node, NodeAlias, Person, TreeChange
from organization.services.audit import record
from organization.services.errors import Refused
from organization.services.shaping import Woods, as_kept, reshape, write
from organization.slugs import slugify
from organization.tree_lock import hold_tree

_SHAPES = ("parent_id", "merged_into_id")


def undo_change(*, change: TreeChange, person: Person | None) -> TreeChange:
    """Puts everything back as it was before. Twice is once.

    Nodes that files have made since below one that had been merged go back with it. Raises Refused where something
    later builds on the change, and names what has to be undone first.
    """
    with hold_tree():
        change = TreeChange.objects.select_for_update(of=("self",)).select_related("node").get(pk=change.pk)
        if change.undone_at is not None:
            return change
        woods = Woods(change.node.dimension)
        back = {int(pk): kept["before"] for pk, kept in change.details["nodes"].items()}
        _refuse_built_on(change, woods, person)
        if change.kind == ChangeKind.MERGE:
            back.update(_made_since(change, woods))
        _refuse_misfits(change, woods, back, person)
        restated = _restated(change, woods, back)
        if restated is not None:
            tell_before(restated)
        _write_back(woods, back)
        _put_aliases_back(change)
        change.undone_at, change.undone_by = timezone.now(), person
        change.save(update_fields=["undone_at", "undone_by"])
        if restated is not None:
            reshape(change.node.dimension)
            tell_after(restated)
        record(action="node.undo", subject=change.node.code, person=person, undone=change.kind)
    return change


def _refuse_built_on(change: TreeChange, woods: Woods, person: Person | None) -> None:
    """Every field is still as the change left it; or something later wrote it."""
    for pk, kept in change.details["nodes"].items():
        node = woods.nodes[int(pk)]
        for name, value in kept["after"].items():
            if as_kept(getattr(node, name)) != value:
                _refuse_for_later(change, change.touched, node, person)


def _refuse_for_later(change: TreeChange, touched: list[int], node: Node, person: Person | None) -> None:
    later = (
        TreeChange.objects.filter(pk__gt=change.pk, undone_at__isnull=True, touched__overlap=touched)
        .select_related("node", "other")
        .order_by("-pk")
        .first()
    )
    if later is None:
        raise Refused(
            _("%(name)s has changed since, so this can no longer be undone.") % {"name": node.label}
        )
    if not all(knows(person, one) for one in (later.node, later.other) if one is not None):
        raise Refused(_("Something later builds on it, in an area that is not yours. Ask who keeps both."))
    raise Refused(
        _("Something later builds on it. Undo this first: %(what)s") % {"what": change_in_words(later)}
    )


def _made_since(change: TreeChange, woods: Woods) -> dict[int, dict[str, Any]]:
    """What files made below a merged node hangs below the other, with a path that begins with the merged one's."""
    found: dict[int, dict[str, Any]] = {}
    for pk, kept in change.details["nodes"].items():
        into = kept["after"].get("merged_into_id")
        if into is None:
            continue
        for child in woods.children[into]:
            if child.created_at >= change.at and child.path == f"{woods.nodes[int(pk)].path}/{child.slug}":
                found[child.pk] = {"parent_id": int(pk)}
    return found


def _refuse_misfits(
    change: TreeChange, woods: Woods, back: dict[int, dict[str, Any]], person: Person | None
) -> None:
    """Where they go back to has to stand as it did: not merged, not below themselves, the names not taken."""
    merged = {pk: node.merged_into_id for pk, node in woods.nodes.items()}
    parents = {pk: node.parent_id for pk, node in woods.nodes.items()}
    for pk, values in back.items():
        merged[pk] = values.get("merged_into_id", merged[pk])
        parents[pk] = values.get("parent_id", parents[pk])
    for pk, values in back.items():
        node = woods.nodes[pk]
        if merged[pk] is None and any(name in values for name in _SHAPES):
            seen, at = {pk}, parents[pk]
            while at is not None:
                if merged[at] is not None or at in seen:
                    _refuse_for_later(change, [at], woods.nodes[at], person)
                seen.add(at)
                at = parents[at]
        if "name" in values:
            _refuse_taken(woods, node, values["name"])
    for kept in change.details["removed"]:
        held = woods.taken.get((kept["parent"], kept["slug"]))
        if held is not None and held != kept["node"]:
            if not knows(person, woods.nodes[held]):
                raise Refused(_("Files call another area so already."))
            raise Refused(_("Files call %(name)s so by now.") % {"name": woods.nodes[held].label})


def _refuse_taken(woods: Woods, node: Node, name: str) -> None:
    for other in woods.children[node.parent_id]:
        if other.pk != node.pk and (other.name.lower() == name.lower() or other.slug == slugify(name)):
            raise Refused(_("There is another one called %(name)s beside it.") % {"name": name})


def _restated(change: TreeChange, woods: Woods, back: dict[int, dict[str, Any]]) -> Restated | None:
    if change.kind not in (ChangeKind.MERGE, ChangeKind.MOVE):
        return None
    asleep = [pk for pk, values in back.items() if "merged_into_id" in values]
    parents: set[int | None] = set()
    for pk, values in back.items():
        parents |= {woods.nodes[pk].parent_id, values.get("parent_id", woods.nodes[pk].parent_id)}
    # Of a merged node nobody knows the days: they are among those of the one in which it counts.
    return Restated(
        change.node.dimension,
        counted=sorted({woods.stands_for(pk) for pk in asleep} or {change.node_id}),
        asleep=asleep,
        parents=parents | set(asleep),
    )


def _write_back(woods: Woods, back: dict[int, dict[str, Any]]) -> None:
    """Nodes that get the same go in one statement: thousands may have been put away at once."""
    alike: dict[str, list[int]] = {}
    for pk, values in back.items():
        plain = {name: _plain(name, value) for name, value in values.items()}
        if "parent_id" in plain:
            write(woods.nodes[pk], plain)
        else:
            alike.setdefault(repr(sorted(plain.items())), []).append(pk)
    for ids in alike.values():
        values = {name: _plain(name, value) for name, value in back[ids[0]].items()}
        Node.objects.filter(pk__in=ids).update(**values)


def _put_aliases_back(change: TreeChange) -> None:
    dimension = change.node.dimension
    for kept in change.details["made"]:
        NodeAlias.objects.filter(
            dimension=dimension, parent_id=kept["parent"], slug=kept["slug"], node_id=kept["node"]
        ).delete()
    for kept in change.details["removed"]:
        NodeAlias.objects.get_or_create(
            dimension=dimension,
            parent_id=kept["parent"],
            slug=kept["slug"],
            defaults={"node_id": kept["node"]},
        )


def _plain(name: str, value: Any) -> Any:
    return datetime.fromisoformat(value) if name == "archived_at" and value is not None else value
