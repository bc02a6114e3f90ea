"""Words of this floor for people: kinds of places, names of actions in the history."""

from __future__ import annotations

from typing import Any

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
    "event": _("Event"),
    "pace": _("Shape of a year"),
    "target": _("Target"),
    "margin": _("Gross margin"),
    "targets": _("Targets"),
    "calibration": _("Calibration"),
    "import": _("Import"),
    "rule": _("Alert rule"),
    "rate": _("Exchange rate"),
    "transfer": _("Transfer"),
    "layout": _("Layout"),
    "episode": _("Alert"),
    "connection": _("Connection"),
    "demo": _("Demo company"),
    "token": _("API token"),
    "invitation": _("Invitation"),
    "factor": _("Second factor"),
    "address": _("Address"),
    "audit": _("History"),
    "objective": _("Objective"),
    "key_result": _("Key result"),
    "milestone": _("Milestone"),
    "proposal": _("Proposal"),
    "task": _("Task"),
    "comment": _("Comment"),
    "band": _("Who approves"),
    "delegation": _("Deciding in another's place"),
    "channel": _("Channel"),
    "content": _("Content piece"),
    "sides": _("Three sides of an investment"),
    "attribution": _("Attribution"),
    "paths": _("File of paths"),
    "budget": _("Budget"),
    "customer": _("Customer"),
    "retention": _("How long personal data is kept"),
    "secrets": _("Sealed secrets"),
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
    "learn_again": _("learnt again"),
    "undo": _("undone"),
    "acknowledge": _("acknowledged"),
    "leave": _("left out"),
    "done": _("finished"),
    "begin": _("begun"),
    "grant_receipt": _("figures granted"),
    "withdraw_receipt": _("figures withdrawn"),
    "resend": _("sent again"),
    "withdraw": _("withdrawn"),
    "accept": _("accepted"),
    "reset": _("reset"),
    "add": _("added"),
    "codes": _("new recovery codes"),
    "deactivate": _("deactivated"),
    "reactivate": _("activated again"),
    "end_sessions": _("logged out everywhere"),
    "connect": _("tied to the company's sign-in"),
    "export": _("downloaded"),
    "edit": _("changed"),
    "switch": _("switched"),
    "enter": _("entered"),
    "put_away": _("put away"),
    "bring_back": _("brought back"),
    "ask": _("code asked for"),
    "confirm": _("confirmed"),
    "refused": _("refused for good"),
    "merge": _("merged"),
    "move": _("moved"),
    "alias": _("name added"),
    "unalias": _("name taken away"),
    "close": _("closed"),
    "carry_over": _("carried over"),
    "check_in": _("checked in"),
    "reach": _("reached"),
    "approve": _("approved"),
    "ask_back": _("asked back"),
    "reject": _("rejected"),
    "answer": _("answered"),
    "lapse": _("lapsed"),
    "raise": _("raised to those above"),
    "open": _("opened"),
    "file": _("filed"),
    "grid": _("typed or pasted"),
    "upload": _("from a workbook"),
    "break_down": _("broken down"),
    "suggestion": _("from a suggestion"),
    "calibration": _("calibrated"),
    "drop": _("dropped"),
    "hand_over": _("handed over"),
    "test": _("test sent"),
    "switch_off": _("switched off"),
    "switch_on": _("switched on"),
    "new_secret": _("new secret"),
    "state": _("state changed"),
    "draft": _("drafted"),
    "version": _("another version begun"),
    "plan": _("planned anew"),
    "plan_line": _("a line planned"),
    "drop_line": _("a line left out"),
    "send": _("sent for approval"),
    "tag": _("tagged"),
    "freeze": _("frozen"),
    "pause": _("paused"),
    "lift": _("lifted"),
    "require": _("asked of its owner"),
    "settings": _("settings changed"),
    "spend": _("spend recorded"),
    "commitment": _("money committed"),
    "fulfil": _("commitment paid"),
    "correct": _("corrected"),
    "fed": _("followed the cost of channels"),
    "question": _("question asked"),
    "question_raised": _("question went to the manager"),
    "reply": _("question answered"),
    "audience": _("who may look changed"),
    "reveal": _("contact shown"),
    "forget": _("forgotten"),
    "sweep": _("erased what was old"),
    "rotate": _("sealed anew"),
}

# Of the details that entries carry.
DETAILS: dict[str, str | Promise] = {
    "name": _("Name"),
    "name_zh": _("Chinese name"),
    "role": _("Role"),
    "scope": _("Area"),
    "whose": _("Responsible"),
    "whom": _("Person"),
    "duty": _("Duty"),
    "first_day": _("From"),
    "last_day": _("To"),
    "fields": _("What changed"),
    "logs_in": _("Logs in"),
    "nodes": _("Areas"),
    "events": _("Events"),
    "changed": _("Days changed"),
    "gone": _("Days removed"),
    "currency": _("Currency"),
    "columns": _("Columns"),
    "fixed": _("The whole file is about"),
    "source": _("Source"),
    "repeats": _("Repeated lines"),
    "covered": _("What the source said before"),
    "days": _("Days of a line"),
    "strict": _("Unknown names are rejected"),
    "automatic": _("Goes in by itself"),
    "fiscal_year_start": _("The fiscal year starts in"),
    "close_after_working_days": _("Working days until a month closes"),
    "calibration_threshold": _("Off plan by so much, a month is to be explained"),
    "display_name": _("Name"),
    "email": _("Email"),
    "phone": _("Phone"),
    "language": _("Language"),
    "time_zone": _("Time zone"),
    "is_active": _("Active"),
    "metric": _("Figure"),
    "period": _("Period"),
    "month": _("Month"),
    "cause": _("What it was"),
    "reason": _("Why"),
    "targets": _("Targets"),
    "value": _("Value"),
    "target": _("Target"),
    "batch": _("Import"),
    "accepted": _("Lines accepted"),
    "rejected": _("Lines rejected"),
    "corrected": _("Lines corrected"),
    "before": _("Before"),
    "after": _("After"),
    "scopes": _("It may"),
    "handed_over": _("Handed over"),
    "kinds": _("What"),
    "second_factor_roles": _("A second factor is needed by"),
    "invitation_days": _("Days an invitation lasts"),
    "session_hours": _("Hours until one must log in again"),
    "by": _("By"),
    "filters": _("Filters"),
    "enabled": _("Switched on"),
    "responsibilities": _("Responsibilities"),
    "duties": _("Duties"),
    "alert_rules": _("Alert rules"),
    "alert_messages": _("Told by alert rules"),
    "connections": _("Connections"),
    "tokens": _("API tokens"),
    "totp_activated": _("Authenticator app"),
    "totp_deactivated": _("Authenticator app"),
    "totp": _("Authenticator app"),
    "webauthn": _("Passkey"),
    "webauthn_added": _("Passkey"),
    "webauthn_removed": _("Passkey"),
    "recovery_codes": _("Recovery codes"),
    "recovery_codes_generated": _("Recovery codes"),
    "title": _("Title"),
    "quarter": _("Quarter"),
    "level": _("Whose"),
    "team": _("Team"),
    "owner": _("Owner"),
    "description": _("Description"),
    "commitment": _("Kind"),
    "supports": _("Supports"),
    "objective": _("Objective"),
    "how": _("How it is measured"),
    "baseline": _("Begins at"),
    "unit": _("Unit"),
    "weight": _("Weight"),
    "milestones": _("Milestones"),
    "confidence": _("Confidence"),
    "note": _("Note"),
    "comment": _("Comment"),
    "grade": _("Grade"),
    "key_results": _("Key results"),
    "processes": _("Process figures"),
    "kind": _("Kind"),
    "place": _("Where it leads"),
    "format": _("Format"),
    "platform": _("Platform"),
    "published_on": _("Published on"),
    "scenes": _("Scenes"),
    "audiences": _("Audiences"),
    "products": _("Products"),
}

# Which row it was, for those who look into the database; people know it by its subject.
NUMBERS_OF_ROWS = frozenset({"rule", "recipient"})


def action_in_words(action: str) -> str:
    """`grant.revoke` → "Role taken away"; an action that has no words here stays as it is written."""
    subject, _dot, verb = action.partition(".")
    if subject in SUBJECTS and verb in VERBS:
        return f"{SUBJECTS[subject]} · {VERBS[verb]}"
    return action


def details_in_words(details: dict[str, Any]) -> list[tuple[str, str]]:
    """What an entry says besides: a name and a value each. A change has its old and new value side by side."""
    old, new = details.get("old"), details.get("new")
    if isinstance(old, dict) and isinstance(new, dict):
        return [
            (_word(field), f"{_said(old.get(field))} → {_said(value)}")
            for field, value in new.items()
            if value != old.get(field)
        ]
    return [
        (_word(name), _said(value))
        for name, value in details.items()
        if value not in (None, "", 0, [], {}) and name not in NUMBERS_OF_ROWS
    ]


def _word(name: str) -> str:
    return str(DETAILS.get(name, name))


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    if isinstance(value, list):
        return ", ".join(_word(str(part)) for part in value) or "—"
    return "—" if value in (None, "") else str(value)
