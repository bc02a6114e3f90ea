"""Reading alerts, rules and messages."""

from alerts.selectors.answering import may_answer
from alerts.selectors.causes import causes_of
from alerts.selectors.episode import answer_page, episode_page, get_episode_or_404
from alerts.selectors.lists import episodes_of
from alerts.selectors.pages import (
    areas_for_rules,
    get_rule_or_404,
    may_write_rules,
    message_counts,
    messages,
    rules,
    visible_messages,
)

__all__ = [
    "answer_page",
    "areas_for_rules",
    "causes_of",
    "episode_page",
    "episodes_of",
    "get_episode_or_404",
    "get_rule_or_404",
    "may_answer",
    "may_write_rules",
    "message_counts",
    "messages",
    "rules",
    "visible_messages",
]
