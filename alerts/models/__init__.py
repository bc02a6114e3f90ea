from alerts.models.life import CloseReason, Episode, EpisodeEvent, Instance
from alerts.models.rules import LEVELS, Recipient, Rule, Spread, Tier
from alerts.models.telling import WAYS, Message, MessageState, Notice

__all__ = [
    "LEVELS",
    "WAYS",
    "CloseReason",
    "Episode",
    "EpisodeEvent",
    "Instance",
    "Message",
    "MessageState",
    "Notice",
    "Recipient",
    "Rule",
    "Spread",
    "Tier",
]
