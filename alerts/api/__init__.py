from alerts.api.answering import Acknowledge, Close, HandOver
from alerts.api.episodes import Episodes, OneEpisode
from alerts.api.rules import OneRule, Rules

__all__ = ["Acknowledge", "Close", "Episodes", "HandOver", "OneEpisode", "OneRule", "Rules"]
