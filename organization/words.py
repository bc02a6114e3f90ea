"""Words of this floor for people: kinds of places, names of actions in the history."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

KINDS: dict[str, str | Promise] = {
    "channel": _("Channel"),
    "campaign": _("Campaign"),
    "content": _("Content piece"),
    "region": _("Region"),
    "province": _("Province"),
    "city": _("City"),
    "store": _("Store"),
    "product_line": _("Product line"),
    "product": _("Product"),
    "team": _("Team"),
    "person": _("Person"),
    "budget": _("Budget"),
    "line": _("Budget line"),
}

DIMENSION_NAMES: dict[str, str | Promise] = {
    "region": _("Regions"),
    "channel": _("Channels"),
    "product": _("Product lines"),
    "team": _("Teams"),
    "budget": _("Budgets"),
}

# Of the first part of an action's name; actions are named by the floors that do them.
SUBJECTS: dict[str, str | Promise] = {
    "node": _("Area"),
    "person": _("Person"),
    "grant": _("Role"),
    "responsibility": _("Responsibility"),
    "duty": _("Duty"),
    "company": _("Company settings"),
    "calendar": _("Calendar"),
    "target": _("Target"),
    "import": _("Import"),
    "rule": _("Alert rule"),
    "episode": _("Alert"),
}
VERBS: dict[str, str | Promise] = {
    "make": _("added"),
    "rename": _("renamed"),
    "review": _("looked at"),
    "archive": _("put away"),
    "restore": _("restored"),
    "change": _("changed"),
    "update": _("changed"),
    "revise": _("changed"),
    "set": _("set"),
    "revoke": _("taken away"),
    "assign": _("assigned"),
    "end": _("ended"),
    "remove": _("removed"),
    "load": _("days loaded"),
    "load_events": _("events loaded"),
    "undo": _("undone"),
    "acknowledge": _("acknowledged"),
}


def action_in_words(action: str) -> str:
    """`grant.revoke` → "Role taken away"; an action that has no words here stays as it is written."""
    subject, _dot, verb = action.partition(".")
    if subject in SUBJECTS and verb in VERBS:
        return f"{SUBJECTS[subject]} · {VERBS[verb]}"
    return action
