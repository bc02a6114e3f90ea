"""What became of a line, in words, the newest first: what was planned, moved, spent, held back, said and asked, by whom.

Read from entries, transfers, holds, statements, questions and the audit trail; a bounded number of queries however much
there is. Money that came in by files or from a channel's cost is told together, by file or by the day on which it came.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Count, Max, Min, Q, Sum
from django.db.models.functions import TruncDate
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from budgets.models import (
    Entry,
    EntryKind,
    Hold,
    HoldKind,
    Line,
    Origin,
    Question,
    Statement,
    Transfer,
    TransferState,
)
from budgets.money_text import money_text
from common.formats import day as day_text
from common.listing import listed
from organization.history import lines as in_words
from organization.models import AuditEntry, Person

PLUMBLINE = "Plumbline"
OF_THE_LINE = ("node.rename", "responsibility.assign", "responsibility.end")
OF_THE_BUDGET = ("budget.close",)


@dataclass(frozen=True)
class Event:
    """`who` did it or, empty, a rule or a file; `said` are somebody's own words."""

    at: datetime
    what: str
    who: str = ""
    said: str = ""


@dataclass(frozen=True)
class History:
    """`older`: where a further page goes on, before this moment."""

    events: tuple[Event, ...]
    older: datetime | None


def history_of(line: Line, *, before: datetime | None = None, most: int = 30) -> History:
    """The newest events (before a moment), at most so many; those of one moment stay together. Needs `budget`."""
    found: list[Event] = []
    for source in (_plans, _entries, _files, _costs, _transfers, _holds, _statements, _questions, _audit):
        found += source(line, before, most + 1)
    found = [event for event in found if before is None or event.at < before]
    found.sort(key=lambda event: event.at, reverse=True)
    if len(found) <= most:
        return History(tuple(found), None)
    last = found[most - 1].at
    kept = [event for event in found if event.at >= last]
    return History(tuple(kept), last if len(kept) < len(found) else None)


def _plans(line: Line, before: datetime | None, most: int) -> Iterator[Event]:
    """Of each version what it gave the line and took from it."""
    rows = (
        Entry.objects.filter(line=line, kind=EntryKind.PLAN)
        .values("version__number", "person")
        .annotate(moved=Sum("amount"), when=Max("at"))
        .order_by("-when")
    )
    if before is not None:
        rows = rows.filter(when__lt=before)
    found = list(rows[:most])
    people = Person.objects.in_bulk([row["person"] for row in found if row["person"]])
    for row in found:
        moved: Decimal = row["moved"]
        words = {"n": row["version__number"], "amount": money_text(abs(moved))}
        if not words["n"]:
            what = _("%(amount)s planned") % words
        elif moved > 0:
            what = _("Version %(n)s of the plan approved: %(amount)s more") % words
        elif moved < 0:
            what = _("Version %(n)s of the plan approved: %(amount)s less") % words
        else:
            what = _("Version %(n)s of the plan approved: months changed, the sum stays") % words
        yield Event(row["when"], what, _who(people.get(row["person"])))


def _entries(line: Line, before: datetime | None, most: int) -> Iterator[Event]:
    """One by one, what people and programs entered. What a payment took off its commitment goes without saying."""
    drawn = Q(kind=EntryKind.COMMITMENT, commitment__isnull=False, corrects__isnull=True)
    rows = (
        Entry.objects.filter(line=line, kind__in=(EntryKind.SPEND, EntryKind.COMMITMENT), batch__isnull=True)
        .exclude(drawn)
        .exclude(origin=Origin.COST)
        .select_related("person", "corrects")
    )
    if before is not None:
        rows = rows.filter(at__lt=before)
    for entry in rows.order_by("-at", "-pk")[:most]:
        yield Event(entry.at, _entered(entry), _who(entry.person), entry.note)


def _entered(entry: Entry) -> str:
    words = {
        "amount": money_text(abs(entry.amount)),
        "day": day_text(entry.day, get_language() or ""),
        "number": entry.reference or (entry.corrects.reference if entry.corrects else ""),
    }
    spent = entry.kind == EntryKind.SPEND
    if entry.corrects_id is not None or entry.amount < 0:
        if entry.amount < 0:
            text = (
                _("Spend corrected: %(amount)s less") if spent else _("Commitment corrected: %(amount)s less")
            )
        else:
            text = (
                _("Spend corrected: %(amount)s more") if spent else _("Commitment corrected: %(amount)s more")
            )
    elif spent:
        text = _("%(amount)s spent on %(day)s")
    else:
        text = _("%(amount)s committed on %(day)s")
    said = text % words
    return f"{said} ({words['number']})" if words["number"] else said


def _files(line: Line, before: datetime | None, most: int) -> Iterator[Event]:
    rows = (
        Entry.objects.filter(line=line, batch__isnull=False, kind__in=(EntryKind.SPEND, EntryKind.COMMITMENT))
        .values("batch__file_name", "batch", "person")
        .annotate(when=Max("at"), moved=Sum("amount", filter=Q(kind=EntryKind.SPEND)),
                  committed=Sum("amount", filter=Q(kind=EntryKind.COMMITMENT)), rows=Count("pk"))
        .order_by("-when")
    )  # fmt: skip
    found = list((rows.filter(when__lt=before) if before else rows)[:most])
    people = Person.objects.in_bulk([row["person"] for row in found if row["person"]])
    for row in found:
        what = ngettext(
            "%(n)s entry from the file %(file)s: %(spent)s spent, %(committed)s committed",
            "%(n)s entries from the file %(file)s: %(spent)s spent, %(committed)s committed",
            row["rows"],
        ) % {
            "n": row["rows"], "file": row["batch__file_name"], "spent": money_text(row["moved"] or Decimal(0)),
            "committed": money_text(row["committed"] or Decimal(0)),
        }  # fmt: skip
        yield Event(row["when"], what, _who(people.get(row["person"])))


def _costs(line: Line, before: datetime | None, most: int) -> Iterator[Event]:
    rows = (
        Entry.objects.filter(line=line, origin=Origin.COST)
        .annotate(came_on=TruncDate("at"))
        .values("came_on")
        .annotate(when=Max("at"), moved=Sum("amount"), first=Min("day"), last=Max("day"))
        .order_by("-when")
    )
    for row in (rows.filter(when__lt=before) if before else rows)[:most]:
        language = get_language() or ""
        words = {
            "amount": money_text(row["moved"]),
            "first": day_text(row["first"], language),
            "last": day_text(row["last"], language),
        }
        if row["first"] == row["last"]:
            what = _("Cost of its channel on %(first)s: %(amount)s") % words
        else:
            what = _("Cost of its channel from %(first)s to %(last)s: %(amount)s") % words
        yield Event(row["when"], what)


def _transfers(line: Line, before: datetime | None, most: int) -> Iterator[Event]:
    """Asked for, and done. Where the other end is of another budget, which the reader may not see, it has no name."""
    rows = (
        Transfer.objects.filter(Q(from_line=line) | Q(to_line=line))
        .select_related("from_line", "to_line", "asked_by", "proposal")
        .order_by("-pk")
    )
    if before is not None:
        rows = rows.filter(asked_at__lt=before)
    for one in rows[:most]:
        inwards = one.to_line_id == line.pk
        other = one.from_line if inwards else one.to_line
        named = other.name if other.budget_id == line.budget_id else _("another budget")
        words = {"amount": money_text(one.amount), "line": named}
        asked = (
            _("Asked for %(amount)s from %(line)s") if inwards else _("Asked to give %(amount)s to %(line)s")
        )
        yield Event(one.asked_at, asked % words, _who(one.asked_by), one.why)
        if one.done_at is not None:
            done = _("%(amount)s came from %(line)s") if inwards else _("%(amount)s went to %(line)s")
            yield Event(one.done_at, done % words)
        elif one.state == TransferState.REJECTED and one.proposal is not None and one.proposal.decided_at:
            yield Event(one.proposal.decided_at, _("The transfer of %(amount)s was rejected") % words)


def _holds(line: Line, before: datetime | None, most: int) -> Iterator[Event]:
    rows = Hold.objects.filter(line=line).select_related("made_by", "lifted_by").order_by("-pk")
    if before is not None:
        rows = rows.filter(made_at__lt=before)
    for hold in rows[:most]:
        amount = {"amount": money_text(hold.amount)}
        frozen = hold.kind == HoldKind.FREEZE
        what = _("%(amount)s frozen") % amount if frozen else _("Paused: nothing can be committed")
        yield Event(hold.made_at, what, _who(hold.made_by), _worded(hold.why, hold.values, hold.made_by))
        if hold.lifted_at is not None:
            what = _("%(amount)s free again") % amount if frozen else _("Goes on")
            said = _worded(hold.lifted_why, {}, hold.lifted_by)
            yield Event(hold.lifted_at, what, _who(hold.lifted_by), said)


def _statements(line: Line, before: datetime | None, most: int) -> Iterator[Event]:
    rows = Statement.objects.filter(line=line).select_related("said_by").order_by("-pk")
    if before is not None:
        rows = rows.filter(asked_at__lt=before)
    for one in rows[:most]:
        words = {"what": one.get_asked_for_display()}
        yield Event(one.asked_at, _("The owner was asked to say: %(what)s") % words)
        if one.said_at is not None:
            yield Event(one.said_at, _("Said: %(what)s") % words, _who(one.said_by, nobody="—"), one.text)


def _questions(line: Line, before: datetime | None, most: int) -> Iterator[Event]:
    rows = Question.objects.filter(line=line).select_related("asked_by", "answered_by").order_by("-pk")
    if before is not None:
        rows = rows.filter(asked_at__lt=before)
    for one in rows[:most]:
        yield Event(one.asked_at, _("A question was asked"), _who(one.asked_by, nobody="—"), one.text)
        if one.raised_at is not None:
            yield Event(one.raised_at, _("The question went to the manager"))
        if one.answered_at is not None:
            who = _who(one.answered_by, nobody="—")
            yield Event(one.answered_at, _("A question was answered"), who, one.answer)


def _audit(line: Line, before: datetime | None, most: int) -> Iterator[Event]:
    """What was done to the line otherwise."""
    of_line = Q(subject=line.node.code, action__in=OF_THE_LINE)
    of_budget = Q(subject=line.budget.node.code, action__in=OF_THE_BUDGET)
    rows = AuditEntry.objects.filter(of_line | of_budget)
    if before is not None:
        rows = rows.filter(at__lt=before)
    for one in in_words(rows.select_related("person").order_by("-at", "-pk")[:most]):
        details = listed(f"{name}: {value}" for name, value in one.details)
        yield Event(one.at, f"{one.action} ({details})" if details else one.action, _who(one.who))


def _who(person: Person | None, *, nobody: str = PLUMBLINE) -> str:
    return person.label if person is not None else nobody


def _worded(text: str, values: dict[str, object], person: Person | None) -> str:
    """Machines write English with places for values; people write for themselves."""
    if person is not None or not text:
        return text
    try:
        return _(text) % values if values else _(text)
    except (KeyError, TypeError, ValueError):  # a value that its words do not name is no reason for no page
        return _(text)
