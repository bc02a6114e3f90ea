"""What happened to proposals, tasks and comments, in the history: about what, by its name in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _

from decisions.kinds import find_kind
from decisions.models import Proposal
from organization.history import Told, register_teller
from organization.models import AuditEntry

PROPOSALS = ("make", "approve", "reject", "ask_back", "answer", "withdraw", "lapse", "raise")
TASKS = ("open", "done", "drop", "hand_over")


def register() -> None:
    for verb in PROPOSALS:
        register_teller(f"proposal.{verb}", in_words)
    for verb in TASKS:
        register_teller(f"task.{verb}", in_words)
    register_teller("comment.add", in_words)
    for verb in ("add", "remove"):
        register_teller(f"band.{verb}", bands_in_words)


def in_words(entries: Sequence[AuditEntry]) -> Mapping[int, Told]:
    """A question to each kind that occurs, and one for the proposals."""
    by_kind: dict[str, set[int]] = {}
    for entry in entries:
        by_kind.setdefault(str(entry.details.get("kind")), set()).add(int(entry.details.get("subject_id", 0)))
    titles: dict[tuple[str, int], str] = {}
    for code, ids in by_kind.items():
        kind = find_kind(code)
        if kind is not None:
            titles |= {(code, pk): f"{kind.label}: {title}" for pk, title in kind.titles_of(ids).items()}
    proposals = {entry.details["proposal"] for entry in entries if entry.details.get("proposal")}
    summaries = dict(Proposal.objects.filter(pk__in=proposals).values_list("pk", "summary"))
    told = {}
    for entry in entries:
        raw = entry.details
        details = [(_("Area"), entry.subject)]
        if raw.get("proposal") in summaries:
            details.append((_("Proposal"), summaries[raw["proposal"]]))
        task = raw.get("title")
        if task:
            details.append((_("Task"), _(task)))
        for name, words in (
            ("note", _("Note")),
            ("in_place_of", _("In the place of")),
            ("whom", _("Person")),
            ("due_on", _("Due")),
            ("to", _("Goes to")),
        ):
            if raw.get(name):
                details.append((words, str(raw[name])))
        title = titles.get((str(raw.get("kind")), int(raw.get("subject_id", 0))))
        told[entry.pk] = Told(title or entry.subject, details)
    return told


def bands_in_words(entries: Sequence[AuditEntry]) -> Mapping[int, Told]:
    told = {}
    for entry in entries:
        raw, kind = entry.details, find_kind(entry.subject)
        details = [
            (_("Up to the amount"), str(raw.get("up_to") or _("any amount"))),
            (_("Approved by"), str(raw.get("duty") or raw.get("role") or "—")),
            (_("Working hours"), str(raw.get("working_hours", "—"))),
        ]
        told[entry.pk] = Told(str(kind.label) if kind else entry.subject, details)
    return told
