from alerts.models.connections import Connection, ConnectionCode, ConnectionKind
from alerts.models.life import CloseReason, Episode, EpisodeEvent, Instance, LearntBand
from alerts.models.rules import (
    LEVEL_CODES,
    LEVELS,
    WAYS,
    Recipient,
    Rule,
    Schedule,
    Spread,
    Tier,
    WithoutData,
)
from alerts.models.telling import EventChart, Message, MessageState, Notice
from alerts.models.watching import WatchdogReport

__all__ = [
    "LEVELS",
    "LEVEL_CODES",
    "WAYS",
    "CloseReason",
    "Connection",
    "ConnectionCode",
    "ConnectionKind",
    "Episode",
    "EpisodeEvent",
    "EventChart",
    "Instance",
    "LearntBand",
    "Message",
    "MessageState",
    "Notice",
    "Recipient",
    "Rule",
    "Schedule",
    "Spread",
    "Tier",
    "WatchdogReport",
    "WithoutData",
]
