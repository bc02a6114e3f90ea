from channels.services.facts import ChannelFacts
from channels.services.profiles import ProfileDraft, ProfileMoved, change_state, keep_profile
from channels.services.proposing import propose_by_hand

__all__ = ["ChannelFacts", "ProfileDraft", "ProfileMoved", "change_state", "keep_profile", "propose_by_hand"]
