"""Two nodes that are one: merging a node into another, so that its history counts there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from organization.hooks import Restated, tell_after, tell_before
from organization.models import ChangeKind, Grant, Node, Person, TreeChange
from organization.services.audit import record
from organization.services.errors import Refused
from organization.services.shaping import Edit, Woods, reshape
from organization.tree_lock import hold_tree


@dataclass(frozen=True)
class MergePlan:
    """`merged`: each node with the one it goes into, the asked-for pair first; `moved`: children with their new parent."""

    merged: tuple[tuple[Node, Node], ...]
    moved: tuple[tuple[Node, Node], ...]

    @property
    def restated(self) -> Restated:
        node, into = self.merged[0]
        asleep = [one.pk for one, _into in self.merged]
        parents = {node.parent_id, into.pk, *asleep, *(one.pk for _node, one in self.merged)}
        return Restated(node.dimension, counted=[node.pk], asleep=asleep, parents=parents)


def plan_merge(*, node: Node, into: Node) -> MergePlan:
    """What merging would do, nothing written. Raises Refused where it cannot be."""
    woods = Woods(node.dimension)
    if node.dimension != into.dimension:
        raise Refused(_("Only areas of one kind can be merged, such as two channels."))
    node, into = woods.nodes[node.pk], woods.nodes[into.pk]
    if node.pk == into.pk:
        raise Refused(_("An area cannot be merged into itself."))
    for one in (node, into):
        if one.merged_into_id is not None:
            raise Refused(_("%(name)s has been merged already.") % {"name": one.label})
    if into.archived_at is not None:
        raise Refused(_("%(name)s is put away. Bring it back first.") % {"name": into.label})
    if woods.lies_in(into.pk, node.pk):
        raise Refused(
            _("%(into)s lies below %(name)s. Move it out first, or merge the other way round.")
            % {"into": into.label, "name": node.label}
        )
    plan = _plan(woods, node, into)
    _refuse_roles([one.pk for one, _into in plan.merged])
    return plan


def _plan(woods: Woods, node: Node, into: Node) -> MergePlan:
    """Children that the other one has too, by slug, other name or name, are merged; the rest hangs below it."""
    goes_into = {node.pk: into.pk}
    moved: list[tuple[Node, Node]] = []
    parents = {one.pk: one.parent_id for one in woods.nodes.values()}

    def lies_in(pk: int | None, top: int) -> bool:
        while pk is not None:
            if pk == top:
                return True
            pk = parents[pk]
        return False

    work = [node]
    while work:
        going = work.pop(0)
        target = goes_into[going.pk]
        for child in sorted(woods.children[going.pk], key=lambda one: (one.path, one.pk)):
            twin = woods.called(woods.names_of(child, below=going.pk), below=target)
            while twin is not None and (further := goes_into.get(twin, woods.nodes[twin].merged_into_id)):
                twin = further
            if twin is None or lies_in(twin, child.pk):
                if lies_in(target, child.pk):
                    raise Refused(
                        _("%(into)s lies below %(name)s. Move it out first, or merge the other way round.")
                        % {"into": woods.nodes[target].label, "name": child.label}
                    )
                moved.append((child, woods.nodes[target]))
                parents[child.pk] = target
                woods.taken.setdefault((target, child.slug), child.pk)
                woods.children[target].append(child)
            else:
                goes_into[child.pk] = twin
                work.append(child)
    merged = tuple((woods.nodes[one], woods.nodes[other]) for one, other in goes_into.items())
    return MergePlan(merged, tuple(moved))


def merge_node(*, node: Node, into: Node, person: Person | None) -> TreeChange:
    """Merges a node into another: its facts stay its own and count there from now on, and files may go on naming it.

    Targets, rules, duties and responsibilities that point to it stay on record and rest until this is undone.
    Raises Refused where it cannot be, also while somebody has a role on just this node: it would grow silently.
    """
    with hold_tree():
        plan = plan_merge(node=node, into=into)
        tell_before(plan.restated)
        edit = Edit(ChangeKind.MERGE, node, other=into)
        now = timezone.now()
        for child, parent in plan.moved:
            # Files that name it below the merged one go on meaning it.
            edit.add_alias(dimension=child.dimension, parent=child.parent_id, slug=child.slug, node=child.pk)
            edit.set(child, parent_id=parent.pk)
        for going, target in plan.merged:
            edit.set(
                going,
                merged_into_id=target.pk,
                archived_at=going.archived_at or now,
                needs_review=False,
            )
        reshape(node.dimension)
        change = edit.keep(person)
        tell_after(plan.restated)
        record(
            action="node.merge",
            subject=node.code,
            person=person,
            into=into.code,
            merged=len(plan.merged),
            moved=len(plan.moved),
        )
    node.refresh_from_db()
    return change


def roles_on(nodes: Iterable[int], dimension: str) -> list[Grant]:
    """The grants on scopes that hold just these nodes, not what lies above them."""
    return list(
        Grant.objects.filter(Q(**{f"scope__{dimension}__in": list(nodes)}))
        .select_related("person", "scope")
        .order_by("person__display_name", "pk")
    )


def _refuse_roles(nodes: list[int]) -> None:
    dimension = Node.objects.values_list("dimension", flat=True).get(pk=nodes[0])
    grants = roles_on(nodes, dimension)
    if grants:
        named = "; ".join(
            f"{one.person.label} ({one.get_role_display()}, {one.scope.label})" for one in grants[:10]
        )
        raise Refused(
            _(
                "Somebody has a role on just this area, and merging would make the role wider: %(people)s."
                " Change these roles first."
            )
            % {"people": named}
        )
