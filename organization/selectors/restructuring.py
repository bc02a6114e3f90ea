"""What somebody may do to the trees, what it would mean, and what was done. Stands above the gate."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common.listing import listed
from organization.change_words import change_in_words
from organization.forms import NodeAliasForm
from organization.gate import Action, can, scopes_where, visible_scopes
from organization.hooks import notes_on
from organization.models import (
    ChangeKind,
    Duty,
    Grant,
    Node,
    NodeAlias,
    NodeAncestor,
    Person,
    Responsibility,
    TreeChange,
)
from organization.selectors.trees import in_tree_order
from organization.services.errors import Refused
from organization.services.merging import MergePlan, plan_merge
from organization.services.moving import plan_move
from organization.words import KINDS

OFFERED = 12
SHOWN = 20
ALIKE = 0.45  # below it two names have little in common


@dataclass(frozen=True)
class Offer:
    """An area to choose, and where it lies."""

    node: Node
    where: str


@dataclass(frozen=True)
class Preview:
    """What merging or moving would mean: sentences; or why it cannot be (`refused`)."""

    notes: tuple[str, ...] = ()
    merged: tuple[tuple[Node, Node], ...] = ()
    moved: tuple[Node, ...] = ()
    refused: str = ""


@dataclass(frozen=True)
class Done:
    """Something that was done, in words, and whether she may take it back."""

    change: TreeChange
    words: str
    may_undo: bool


# -- Who may


def may_keep(person: Person, *nodes: Node | None) -> bool:
    """Whether all of these areas are hers to keep; None is the top, which is the company's."""
    return all(can(person, Action.KEEP_AREAS, node.scope if node is not None else None) for node in nodes)


def may_undo(person: Person, change: TreeChange) -> bool:
    """Whoever may do it may take it back: where it lay, where it lies, and what it is part of now."""
    if change.kind not in (ChangeKind.MERGE, ChangeKind.MOVE):
        return may_keep(person, change.node)
    kept = change.details["nodes"].get(str(change.node_id), {})
    places: list[int | None] = [change.node_id, change.other_id]
    places.append(kept.get("before", {}).get("parent_id", change.node.parent_id))
    if change.kind == ChangeKind.MERGE and change.other is not None:
        places.append(change.other.parent_id)
    found = Node.objects.select_related("scope").in_bulk([pk for pk in places if pk is not None])
    return may_keep(person, *(found[pk] if pk is not None else None for pk in places))


# -- What to choose from


def merge_offers(person: Person, node: Node, text: str = "") -> list[Offer]:
    """Areas that it could be merged into: those with the likest names first, of the same parent before others."""
    found = _others(person, node)
    if text:
        return _offers(person, in_tree_order(_called(found, text))[:OFFERED])
    names = _names(node)
    aliases: dict[int, list[str]] = {}
    for slug, pk in NodeAlias.objects.filter(dimension=node.dimension).values_list("slug", "node_id"):
        aliases.setdefault(pk, []).append(slug)
    scored = []
    for other in found.only("pk", "name", "name_zh", "slug", "parent_id", "depth"):
        likeness = _likeness(names, [*_names(other), *aliases.get(other.pk, [])])
        beside = other.parent_id == node.parent_id
        if likeness >= ALIKE:
            scored.append((not beside, -likeness, other.depth, other.pk))
    best = [pk for *_score, pk in sorted(scored)[:OFFERED]]
    by_id = Node.objects.select_related("parent__parent").in_bulk(best)
    return _offers(person, (by_id[pk] for pk in best))


def parent_offers(person: Person, node: Node, text: str = "") -> list[Offer]:
    """Areas that it could lie below: of the level that is above it now first."""
    found = _others(person, node)
    if node.parent_id is not None:
        found = found.exclude(pk=node.parent_id)
    if text:
        return _offers(person, in_tree_order(_called(found, text))[:OFFERED])
    same = in_tree_order(found.filter(depth=max(node.depth - 1, 1)))
    return _offers(person, same[:OFFERED])


def _others(person: Person, node: Node) -> QuerySet[Node]:
    below = NodeAncestor.objects.filter(ancestor=node).values("node_id")
    return (
        Node.objects.filter(
            dimension=node.dimension,
            archived_at__isnull=True,
            scope__in=scopes_where(person, Action.KEEP_AREAS),
        )
        .exclude(pk__in=below)
        .select_related("parent__parent")
    )


def _called(nodes: QuerySet[Node], text: str) -> QuerySet[Node]:
    return nodes.filter(
        Q(name__icontains=text)
        | Q(name_zh__icontains=text)
        | Q(path__icontains=text)
        | Q(pk__in=NodeAlias.objects.filter(slug__icontains=text).values("node_id"))
    )


def _names(node: Node) -> list[str]:
    return [name.casefold() for name in (node.name, node.name_zh) if name]


def _likeness(ours: Iterable[str], theirs: Iterable[str]) -> float:
    """0 to 1; a name that is part of the other is as good as half of it and more."""
    best = 0.0
    for one in ours:
        for other in theirs:
            if len(one) > 1 and len(other) > 1 and (one in other or other in one):
                best = max(best, 0.5 + min(len(one), len(other)) / max(len(one), len(other)) / 2)
                continue
            matcher = SequenceMatcher(None, one, other, autojunk=False)
            if matcher.real_quick_ratio() > best and matcher.quick_ratio() > best:
                best = max(best, matcher.ratio())
    return best


def _offers(person: Person, nodes: Iterable[Node]) -> list[Offer]:
    """Each with its kind, and what of what lies right above it she may know."""
    nodes = list(nodes)
    lies_below = {
        node.pk: [one for one in (node.parent, node.parent and node.parent.parent) if one] for node in nodes
    }
    wanted = {one.pk for above in lies_below.values() for one in above}
    known = set(visible_scopes(person).filter(node__in=wanted).values_list("node_id", flat=True))
    return [
        Offer(node, _where(node, [one for one in lies_below[node.pk] if one.pk in known])) for node in nodes
    ]


def _where(node: Node, lies_below: Iterable[Node]) -> str:
    above = [one.label for one in lies_below]
    return " · ".join([str(KINDS[node.kind]), *above])


# -- What it would mean


def preview_merge(node: Node, into: Node) -> Preview:
    try:
        plan = plan_merge(node=node, into=into)
    except Refused as refused:
        return Preview(refused=str(refused))
    notes = notes_on(plan.restated)
    notes += _totals_in_words(node, into)
    notes += _names_resting_in_words(plan)
    notes += _people_in_words(node, into)
    return Preview(tuple(notes), plan.merged[1:], tuple(child for child, _parent in plan.moved))


def preview_move(node: Node, parent: Node | None) -> Preview:
    try:
        restated = plan_move(node=node, parent=parent)
    except Refused as refused:
        return Preview(refused=str(refused))
    below = Node.objects.filter(
        pk__in=NodeAncestor.objects.filter(ancestor=node).values("node_id"), merged_into__isnull=True
    ).exclude(pk=node.pk)
    notes = notes_on(restated)
    count = below.count()
    if count:
        notes.append(
            ngettext("%(n)s area below it moves along.", "%(n)s areas below it move along.", count)
            % {"n": count}
        )
    notes += _totals_in_words(node, parent)
    notes += _people_in_words(node, parent)
    return Preview(tuple(notes))


def _totals_in_words(node: Node, into: Node | None) -> list[str]:
    """Which totals it leaves, and in which it will count."""
    old, new = _above(node), _above(into)
    leaves = [one for one in old if one.pk not in {other.pk for other in new} and one.pk != node.pk]
    joins = [one for one in new if one.pk not in {other.pk for other in old}]
    notes = []
    if leaves:
        notes.append(_("It no longer counts in %(names)s.") % {"names": _listed(leaves)})
    if joins:
        notes.append(_("From now on it counts in %(names)s.") % {"names": _listed(joins)})
    notes.append(_("The company's totals stay as they are."))
    return notes


def _people_in_words(node: Node, into: Node | None) -> list[str]:
    old, new = {one.pk for one in _above(node)}, {one.pk for one in _above(into)}
    gains = _holders(node.dimension, new - old)
    loses = _holders(node.dimension, old - new)
    notes = []
    if gains - loses:
        names = listed(sorted(person.label for person in gains - loses))
        notes.append(_("These people will see its figures, too: %(names)s.") % {"names": names})
    if loses - gains:
        names = listed(sorted(person.label for person in loses - gains))
        notes.append(_("These people may no longer see its figures: %(names)s.") % {"names": names})
    return notes


def _names_resting_in_words(plan: MergePlan) -> list[str]:
    which = Q(**{f"scope__{plan.restated.dimension}__in": list(plan.restated.asleep)})
    count = Duty.objects.filter(which).count() + Responsibility.objects.filter(which).count()
    if not count:
        return []
    words = ngettext(
        "%(n)s duty or responsibility on just this area rests; those of the other area hold.",
        "%(n)s duties or responsibilities on just this area rest; those of the other area hold.",
        count,
    )
    return [words % {"n": count}]


def _above(node: Node | None) -> list[Node]:
    """Itself and all above it, topmost first."""
    if node is None:
        return []
    rows = NodeAncestor.objects.filter(node=node).select_related("ancestor").order_by("ancestor_depth")
    return [row.ancestor for row in rows]


def _holders(dimension: str, nodes: Iterable[int]) -> set[Person]:
    grants = Grant.objects.filter(
        Q(**{f"scope__{dimension}__in": list(nodes)}), person__is_active=True
    ).select_related("person")
    return {grant.person for grant in grants}


def _listed(nodes: Iterable[Node]) -> str:
    return listed(node.label for node in nodes)


# -- What was done


def recent_changes(person: Person, *, node: Node | None = None, limit: int = SHOWN) -> list[Done]:
    """The newest changes of areas that are hers to keep, or of one area; those of which it was only a part, too."""
    found = TreeChange.objects.select_related("node__scope", "other__scope", "by", "undone_by")
    found = found.filter(node__scope__in=scopes_where(person, Action.KEEP_AREAS))
    # What was once moved below another's area, or merged into one, is for those who may see both.
    found = found.filter(Q(other=None) | Q(other__scope__in=visible_scopes(person)))
    if node is not None:
        found = found.filter(Q(touched__contains=[node.pk]) | Q(other=node))
    return [
        Done(change, change_in_words(change), change.undone_at is None and may_undo(person, change))
        for change in found.order_by("-pk")[:limit]
    ]


@dataclass(frozen=True)
class NodePage:
    """What stands on an area's page for who keeps it."""

    aliases: tuple[NodeAlias, ...]
    merged: tuple[Node, ...]
    changes: tuple[Done, ...]
    may_restructure: bool
    alias_form: NodeAliasForm


def node_page(person: Person, node: Node) -> NodePage:
    """Its names below a parent that it once had are for those who may see that one."""
    seen = Q(parent=None) | Q(parent=node.parent_id) | Q(parent__scope__in=visible_scopes(person))
    aliases = node.aliases.filter(seen).select_related("parent").order_by("slug", "pk")
    return NodePage(
        aliases=tuple(aliases),
        merged=tuple(node.merged.order_by("path")),
        changes=tuple(recent_changes(person, node=node)),
        may_restructure=node.merged_into_id is None and may_keep(person, node.parent),
        alias_form=NodeAliasForm(),
    )


def new_nodes(person: Person) -> QuerySet[Node]:
    """What imports made and nobody has looked at yet, of the areas that are hers to keep; oldest first."""
    return (
        Node.objects.filter(
            needs_review=True,
            archived_at__isnull=True,
            scope__in=scopes_where(person, Action.KEEP_AREAS),
        )
        .annotate(above_known=Exists(visible_scopes(person).filter(node=OuterRef("parent_id"))))
        .select_related("parent__parent")
        .order_by("created_at", "pk")
    )
