"""What happened to complaints, in the history: by number, whom and how, and never what anybody wrote."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.listing import listed
from feedback.models import Came, Category, Severity
from feedback.services.handling import BY, By
from organization.history import Told, register_teller
from organization.models import AuditEntry

TOLD = (
    "complaint", "complaint_assign", "complaint_reassign", "complaint_severity", "complaint_area",
    "complaint_answer", "complaint_message", "complaint_heard", "complaint_note", "complaint_wait",
    "complaint_resume", "complaint_solve", "complaint_reopen", "complaint_confirm", "complaint_follow_up",
)  # fmt: skip
WORDS: dict[str, str | Promise] = {
    "came": gettext_lazy("Came by"),
    "category": gettext_lazy("Category"),
    "severity": gettext_lazy("Severity"),
    "whom": gettext_lazy("Person"),
    "whose": gettext_lazy("Before"),
    "before": gettext_lazy("Before"),
    "after": gettext_lazy("After"),
    "by": gettext_lazy("How"),
}


def register() -> None:
    for verb in TOLD:
        register_teller(f"feedback.{verb}", in_words)
    register_teller("feedback.complaints_late", late_in_words)


def in_words(entries: Sequence[AuditEntry]) -> Mapping[int, Told]:
    """One query, for the names of categories."""
    categories = {one.code: one.label for one in Category.objects.all()}
    told = {}
    for entry in entries:
        details = [
            (str(WORDS[name]), said)
            for name, value in entry.details.items()
            if name in WORDS and (said := _said(entry.action, name, value, categories))
        ]
        number = _("Complaint %(number)s") % {"number": entry.details.get("complaint", "—")}
        told[entry.pk] = Told(number, [(_("Area"), entry.subject), *details])
    return told


def late_in_words(entries: Sequence[AuditEntry]) -> Mapping[int, Told]:
    told = {}
    for entry in entries:
        details = [
            (words, listed(entry.details[name]))
            for name, words in (("warned", _("Time is running out")), ("breached", _("Out of time")))
            if entry.details.get(name)
        ]
        told[entry.pk] = Told(_("Complaints"), details)
    return told


def _said(action: str, name: str, value: Any, categories: Mapping[str, str]) -> str:
    if value in (None, ""):
        return ""
    if name == "severity" or (action == "feedback.complaint_severity" and name in ("before", "after")):
        return str(Severity(value).label) if value in Severity.values else str(value)
    how: dict[str, Callable[[Any], str]] = {
        "category": lambda code: categories.get(code, str(code)),
        "came": lambda code: str(Came(code).label) if code in Came.values else str(code),
        "by": lambda code: (
            str(BY[By(code)]) if code in list(By) else {"task": _("By a task")}.get(code, str(code))
        ),
    }
    return how[name](value) if name in how else str(value)
