from alerts.models.connections import Connection, ConnectionCode, ConnectionKind
from alerts.models.consequences import ConsequenceRun, RunState
from alerts.models.digests import DigestRun
from alerts.models.life import CloseReason, Episode, EpisodeEvent, Instance, LearntBand
from alerts.models.policies import Policy, PolicyStep, Rota, RotaPlace, RotaSwap, StepTarget, TargetKind
from alerts.models.rules import LEVEL_CODES, LEVELS, Recipient, Rule, Schedule, Spread, Tier, WithoutData
from alerts.models.silences import Silence, SilenceKind
from alerts.models.telling import EventChart, Message, MessageState, Notice
from alerts.models.watching import WatchdogReport
from alerts.models.ways import MESSAGE_WAYS, WAYS, Digest, FollowedFigure, Listening

__all__ = [
    "LEVELS",
    "LEVEL_CODES",
    "MESSAGE_WAYS",
    "WAYS",
    "CloseReason",
    "Connection",
    "ConnectionCode",
    "ConnectionKind",
    "ConsequenceRun",
    "Digest",
    "DigestRun",
    "Episode",
    "EpisodeEvent",
    "EventChart",
    "FollowedFigure",
    "Instance",
    "LearntBand",
    "Listening",
    "Message",
    "MessageState",
    "Notice",
    "Policy",
    "PolicyStep",
    "Recipient",
    "Rota",
    "RotaPlace",
    "RotaSwap",
    "Rule",
    "RunState",
    "Schedule",
    "Silence",
    "SilenceKind",
    "Spread",
    "StepTarget",
    "TargetKind",
    "Tier",
    "WatchdogReport",
    "WithoutData",
]
