from alerts.api.episodes import Episodes, OneEpisode
from alerts.api.rules import OneRule, Rules

__all__ = ["Episodes", "OneEpisode", "OneRule", "Rules"]
