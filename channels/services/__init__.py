from channels.services.facts import ChannelFacts
from channels.services.profiles import ProfileDraft, ProfileMoved, change_state, keep_profile

__all__ = ["ChannelFacts", "ProfileDraft", "ProfileMoved", "change_state", "keep_profile"]
