from alerts.views.answering import answer, episode_acknowledge, episode_close, episode_hand_over
from alerts.views.episodes import episode, episode_task, episode_why, episodes
from alerts.views.pages import message, message_html, outbox
from alerts.views.rule_files import rules_file, rules_import
from alerts.views.rules import rule_edit, rule_new, rule_preview, rule_switch, rules

__all__ = [
    "answer",
    "episode",
    "episode_acknowledge",
    "episode_close",
    "episode_hand_over",
    "episode_task",
    "episode_why",
    "episodes",
    "message",
    "message_html",
    "outbox",
    "rule_edit",
    "rule_new",
    "rule_preview",
    "rule_switch",
    "rules",
    "rules_file",
    "rules_import",
]
