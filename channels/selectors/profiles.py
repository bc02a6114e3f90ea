"""What is decided about channels, for pages; whoever asks has passed the gate."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from channels.models import ChannelState, Profile, StateChange, Tier
from organization.models import Node, Person

CHANGES_SHOWN = 50


@dataclass(frozen=True)
class ProfileRow:
    """`tier` None: nobody has said. `version` 0: nobody has said anything."""

    tier: Tier | None
    state: ChannelState
    owner: Person | None
    version: int

    @property
    def tier_label(self) -> str:
        return str(self.tier.label) if self.tier else ""

    @property
    def state_label(self) -> str:
        return str(self.state.label)

    @property
    def runs(self) -> bool:
        return self.state in (ChannelState.RUNNING, ChannelState.EXPANDING)


UNSAID = ProfileRow(tier=None, state=ChannelState.RUNNING, owner=None, version=0)


@dataclass(frozen=True)
class Change:
    """A change of state, in words."""

    before: str
    after: str
    why: str
    at: datetime
    by: Person | None
    proposal_id: int | None


def profiles_of(node_ids: Collection[int]) -> Mapping[int, ProfileRow]:
    """Of each of these nodes, with what holds where nobody has said anything. One query."""
    found = {
        one.node_id: _row(one) for one in Profile.objects.filter(node__in=node_ids).select_related("owner")
    }
    return {pk: found.get(pk, UNSAID) for pk in node_ids}


def changes_of(node: Node) -> tuple[Change, ...]:
    """The newest first. One query."""
    found = StateChange.objects.filter(profile__node=node).select_related("by").order_by("-at", "-pk")
    return tuple(
        Change(
            before=one.get_before_display(),
            after=one.get_after_display(),
            why=one.why,
            at=one.at,
            by=one.by,
            proposal_id=one.proposal_id,
        )
        for one in found[:CHANGES_SHOWN]
    )


def _row(profile: Profile) -> ProfileRow:
    return ProfileRow(
        tier=Tier(profile.tier) if profile.tier else None,
        state=ChannelState(profile.state),
        owner=profile.owner,
        version=profile.version,
    )
