from channels.models.attribution import (
    AttributedFact,
    AttributionRun,
    AttributionSettings,
    Credit,
    PathUpload,
    Touch,
)
from channels.models.facts import KEY, Fact, Original, Superseded
from channels.models.profiles import ChannelState, Profile, StateChange, Tier

__all__ = [
    "KEY",
    "AttributedFact",
    "AttributionRun",
    "AttributionSettings",
    "ChannelState",
    "Credit",
    "Fact",
    "Original",
    "PathUpload",
    "Profile",
    "StateChange",
    "Superseded",
    "Tier",
    "Touch",
]
