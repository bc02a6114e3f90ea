from alerts.views.pages import episode, episodes, message, message_html, outbox
from alerts.views.rule_files import rules_file, rules_import
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
    "rules_file",
    "rules_import",
]
