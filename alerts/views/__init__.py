from alerts.views.pages import episode, episodes, message, message_html, outbox
from alerts.views.rules import rule_edit, rule_new, rule_preview, rule_switch, rules

__all__ = [
    "episode",
    "episodes",
    "message",
    "message_html",
    "outbox",
    "rule_edit",
    "rule_new",
    "rule_preview",
    "rule_switch",
    "rules",
]
