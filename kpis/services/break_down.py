"""Setting what a total was broken down to, as one change; and taking changes back, one's own and those of others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from common.periods import Period
from kpis.models import ChangeKind, Metric, TargetChange
from kpis.services.plans import change_targets
from kpis.services.revisions import Revision
from kpis.services.targets import TargetEntry, TargetRefused
from organization.gate import Action, can
from organization.models import DIMENSIONS, Node, Person, Scope
from organization.selectors import UnknownScope, closed_through, parse_scope, scope_key
from organization.services import ensure_scope


@dataclass(frozen=True)
class Part:
    """A target that is to be set, its area by its key, and the version that was seen (0: none)."""

    area: str
    period: Period
    value: Decimal
    version: int


LONGEST_REASON = 1000


@transaction.atomic
def apply_parts(
    *,
    kind: ChangeKind,
    metric: Metric,
    whole: Scope,
    parts: Sequence[Part],
    person: Person,
    today: Any,
    reason: str = "",
    details: Mapping[str, Any] | None = None,
) -> TargetChange | None:
    """Sets the targets of a whole and its parts as one change, all or none; None where all of them hold already.

    Raises TargetRefused where she may not set them, where one does not lie within the whole or its period is closed by
    now, or an area is gone; TargetsMoved where somebody else was quicker.
    """
    if not can(person, Action.SET_TARGETS, whole):
        raise TargetRefused(_("You may see this area, but not set its targets."))
    closed = closed_through(today)
    if any(part.period.end <= closed for part in parts):
        raise TargetRefused(_("A month has been closed meanwhile. Look at what changes now."))
    scopes = _standing({part.area for part in parts}, whole)
    return change_targets(
        kind=kind,
        revisions=[
            Revision(TargetEntry(metric, scopes[part.area], part.period, part.value), based_on=part.version)
            for part in parts
        ],
        person=person,
        reason=reason,
        details=details,
    )


def _standing(areas: Set[str], whole: Scope) -> dict[str, Scope]:
    """The areas in the database; each is the whole or one level below it in one tree. Raises TargetRefused.

    One query for those that somebody has pointed to before, however many.
    """
    known = {one.key: one for one in Scope.objects.filter(key__in=areas).select_related(*DIMENSIONS)}
    above = whole.node_ids()
    found = {}
    for area in areas:
        nodes = _nodes(area, known.get(area))
        further = [one for one, node in nodes.items() if above.get(one) != node.pk]
        if set(above) - set(nodes) or len(further) > 1:
            raise _gone()
        if further and nodes[further[0]].parent_id != above.get(further[0]):
            raise _gone()
        found[area] = known.get(area) or ensure_scope(nodes=list(nodes.values()))
    return found


def _nodes(area: str, scope: Scope | None) -> dict[str, Node]:
    """By dimension; raises TargetRefused where the area is called otherwise by now."""
    if scope is not None:
        nodes: dict[str, Node] = {one: getattr(scope, one) for one in scope.node_ids()}
        if scope_key(nodes) == area and all(node.merged_into_id is None for node in nodes.values()):
            return nodes
    try:
        nodes = parse_scope(area)
    except UnknownScope:
        raise _gone() from None
    if scope_key(nodes) != area:
        raise _gone()
    return nodes


def _gone() -> TargetRefused:
    return TargetRefused(_("An area was moved or merged meanwhile. Look at what changes now."))
