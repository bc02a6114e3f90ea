"""Keeping what is decided about a channel: its tier, its owner and its state, which has a history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from channels.models import ChannelState, Profile, StateChange, Tier
from decisions.models import Proposal
from organization.gate import can
from organization.models import Dimension, Node, Person, Role
from organization.services import Refused, record

LONGEST_REASON = 2000


class ProfileMoved(Exception):
    """Somebody else changed it first; nothing was written. `current` is how it stands."""

    def __init__(self, current: Profile) -> None:
        super().__init__(str(current))
        self.current = current


@dataclass(frozen=True)
class ProfileDraft:
    """`why` is asked for where the state changes. `tier` None is none yet."""

    tier: Tier | None
    owner: Person | None
    state: ChannelState
    why: str = ""


@transaction.atomic
def keep_profile(
    *, node: Node, draft: ProfileDraft, based_on: int, person: Person | None, now: datetime
) -> Profile:
    """Saves what was entered; what holds already makes no change. `based_on` is the version that was on screen.

    Raises ProfileMoved where another one stands; Refused for what is no channel, a state without a reason, and an
    owner who cannot see the channel.
    """
    profile = _held(node)
    if profile.version != based_on:
        raise ProfileMoved(profile)
    owner = draft.owner
    if owner is not None and owner.pk != profile.owner_id and not _sees(owner, node):
        raise Refused(_("%(name)s cannot see this channel, so it cannot be theirs.") % {"name": owner.label})
    old = {"tier": profile.tier, "owner": profile.owner.username if profile.owner else ""}
    new = {"tier": draft.tier.value if draft.tier else "", "owner": owner.username if owner else ""}
    kept = old == new
    if not kept:
        profile.tier, profile.owner = new["tier"], owner
        record(action="channel.change", subject=node.code, person=person, old=old, new=new)
    moved = _move(profile, draft.state, why=draft.why, person=person, now=now, proposal=None)
    if not kept or moved:
        _save(profile)
    return profile


@transaction.atomic
def change_state(
    *,
    node: Node,
    state: ChannelState,
    why: str,
    person: Person | None,
    now: datetime,
    proposal: Proposal | None = None,
) -> bool:
    """Pauses, stops, expands ... a channel, whatever its state is now; False where it is in that state already.

    Raises Refused for what is no channel, and without a reason.
    """
    profile = _held(node)
    moved = _move(profile, state, why=why, person=person, now=now, proposal=proposal)
    if moved:
        _save(profile)
    return moved


def _sees(person: Person, node: Node) -> bool:
    return person.is_active and can(person, Role.VIEWER, node.scope)


def _held(node: Node) -> Profile:
    """The profile under lock, made where there is none. Raises Refused for what cannot have one."""
    if node.dimension != Dimension.CHANNEL:
        raise Refused(_("%(name)s is no channel.") % {"name": node.label})
    if node.merged_into_id is not None:
        raise Refused(_("%(name)s has been merged already.") % {"name": node.label})
    Profile.objects.get_or_create(node=node)
    held = Profile.objects.select_for_update(of=("self",)).select_related("owner").get(node=node)
    held.node = node
    return held


def _move(
    profile: Profile,
    state: ChannelState,
    *,
    why: str,
    person: Person | None,
    now: datetime,
    proposal: Proposal | None,
) -> bool:
    before = profile.state
    if state == before:
        return False
    why = why.replace("\0", "").strip()
    if not why:
        raise Refused(_("Say why the state changes; it is kept with the change."))
    if len(why) > LONGEST_REASON:
        raise Refused(_("This is too long: at most %(most)s characters.") % {"most": LONGEST_REASON})
    profile.state = state
    StateChange.objects.create(
        profile=profile, before=before, after=state, why=why, at=now, by=person, proposal=proposal
    )
    record(
        action="channel.state", subject=profile.node.code, person=person, old={"state": before},
        new={"state": state.value, "reason": why},
    )  # fmt: skip
    return True


def _save(profile: Profile) -> None:
    profile.version += 1
    profile.save(update_fields=["tier", "owner", "state", "version"])
