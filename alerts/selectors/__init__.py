"""Reading alerts, rules and messages."""

from alerts.selectors.pages import (
    areas_for_rules,
    episode_page,
    episodes,
    get_rule_or_404,
    may_write_rules,
    message_counts,
    messages,
    rules,
    visible_messages,
)

__all__ = [
    "areas_for_rules",
    "episode_page",
    "episodes",
    "get_rule_or_404",
    "may_write_rules",
    "message_counts",
    "messages",
    "rules",
    "visible_messages",
]
