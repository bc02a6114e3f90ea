from channels.models.allocation import Allocation, AllocationState, ResponseCurve, ResponseRun
from channels.models.attribution import (
    AttributedFact,
    AttributionRun,
    AttributionSettings,
    Credit,
    PathUpload,
    Touch,
)
from channels.models.content import Format, Piece
from channels.models.facts import KEY, Fact, Original, Superseded
from channels.models.profiles import ChannelState, Profile, StateChange, Tier
from channels.models.sides import SideMetric, SidesPlan

__all__ = [
    "KEY",
    "Allocation",
    "AllocationState",
    "AttributedFact",
    "AttributionRun",
    "AttributionSettings",
    "ChannelState",
    "Credit",
    "Fact",
    "Format",
    "Original",
    "PathUpload",
    "Piece",
    "Profile",
    "ResponseCurve",
    "ResponseRun",
    "SideMetric",
    "SidesPlan",
    "StateChange",
    "Superseded",
    "Tier",
    "Touch",
]
