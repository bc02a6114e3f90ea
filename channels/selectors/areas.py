"""The channel or campaign that a page is turned to, and those that it may be turned to."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q
from django.http import Http404

from organization.gate import Someone, get_scope_or_404, visible_scopes
from organization.models import Node

DEEPEST = 2  # campaigns
MOST = 200


@dataclass(frozen=True)
class Choice:
    path: str
    label: str
    depth: int
    current: bool


def channel_asked(person: Someone, text: str) -> Node | None:
    """The channel, campaign or piece of this path (`抖音直播/夏季`); None for an empty text. Raises Http404 where it is
    not hers to see.
    """
    text = text.strip().removeprefix("channel:")
    if not text:
        return None
    if "+" in text:
        raise Http404
    return get_scope_or_404(person, f"channel:{text}").channel


def channel_choices(person: Someone, below: Node | None) -> list[Choice]:
    """Channels that she may see, and the campaigns of the one that is chosen; of those who see no whole channel, their
    campaigns. At most three queries.
    """
    nodes = Node.objects.filter(
        dimension="channel", merged_into__isnull=True, scope__in=visible_scopes(person)
    ).order_by("path")
    inside = Q(depth=1, archived_at__isnull=True)
    if below is not None:
        top = below if below.depth == 1 else below.parent if below.depth == DEEPEST else None
        inside |= Q(pk=below.pk)
        if top is not None:
            inside |= Q(parent=top, depth=DEEPEST, archived_at__isnull=True) | Q(pk=top.pk)
    found = list(nodes.filter(inside)[:MOST])
    if not any(node.depth == 1 for node in found):
        found = list(nodes.filter(depth=DEEPEST, archived_at__isnull=True)[:MOST])
    return [
        Choice(node.path, node.label, node.depth, below is not None and node.pk == below.pk) for node in found
    ]
