from channels.models.facts import KEY, Fact, Original, Superseded
from channels.models.profiles import ChannelState, Profile, StateChange, Tier

__all__ = ["KEY", "ChannelState", "Fact", "Original", "Profile", "StateChange", "Superseded", "Tier"]
