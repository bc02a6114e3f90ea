"""What people do with complaints: hand on, answer, wait, solve, open again. Each with its event, its clocks, and on record.

Every function raises PermissionDenied for whoever may not handle complaints of the area, Settled where the complaint
has changed since `revision` or its state does not allow it any more, and Refused where it cannot be so.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from decisions.services import Settled, complete_task
from feedback.models import Category, Cause, Complaint, Happened, Pause, Severity, State
from feedback.services.assigning import BY_HAND, Choice, able_there, assign_by_rules, give
from feedback.services.causes import find_or_make
from feedback.services.customer_mail import send_message
from feedback.services.due import CLOCKS, next_look, pauses_of, set_clocks, stop_answer, stop_solve, terms
from feedback.services.intake import earlier, known_area
from feedback.services.keeping import checked, happened, hold_for, keep, note_down
from feedback.services.telling import ASSIGNED, REOPENED, Told, tell
from organization.gate import Action, can
from organization.models import Person, Scope
from organization.services import Refused

OVER = (State.SOLVED, State.CLOSED)


class By(StrEnum):
    """How something was said."""

    PHONE = "phone"
    MAIL = "mail"
    CHAT = "chat"
    IN_PERSON = "person"
    OTHER = "other"


BY = {
    By.PHONE: gettext_lazy("By phone"),
    By.MAIL: gettext_lazy("By mail"),
    By.CHAT: gettext_lazy("By chat"),
    By.IN_PERSON: gettext_lazy("In person"),
    By.OTHER: gettext_lazy("In another way"),
}


@transaction.atomic
def assign(
    *, complaint: Complaint, person: Person, now: datetime, whom: Person, revision: int | None = None
) -> Complaint:
    """Gives it to somebody, herself too. The one who has it already keeps it."""
    row = hold_for(complaint, person, revision)
    _must_be(row, Complaint.OPEN)
    if row.assigned_to == whom:
        return row
    if not able_there([whom.pk], row.scope):
        raise Refused(_("%(name)s may not handle complaints of this area.") % {"name": whom.label})
    give(row, Choice(whom, BY_HAND), now, by=person, because="hand")
    keep(row, "assigned_to", "assigned_why", "assigned_at")
    note_down("complaint_assign", row, person, whom=whom.username)
    if whom != person:
        tell([Told(whom, ASSIGNED, row)], now)
    return row


@transaction.atomic
def change_severity(
    *, complaint: Complaint, person: Person, now: datetime, severity: int, text: str = "",
    revision: int | None = None,
) -> Complaint:  # fmt: skip
    """Its clocks run from its coming in by the terms of the other severity."""
    row = hold_for(complaint, person, revision)
    _must_be(row, Complaint.OPEN)
    if severity not in Severity.values:
        raise Refused(_("There is no such severity."))
    if row.severity == severity:
        return row
    before, row.severity = row.severity, severity
    happened(
        row, Happened.SEVERITY, now, person=person, text=checked(text, ""), before=before, after=severity
    )
    _set_clocks(row, now)
    keep(row, "severity", *CLOCKS)
    note_down("complaint_severity", row, person, before=before, after=severity)
    return row


@transaction.atomic
def change_area(
    *, complaint: Complaint, person: Person, now: datetime, scope: Scope, category: Category, text: str = "",
    revision: int | None = None,
) -> Complaint:  # fmt: skip
    """Says where it belongs and what it is about; whoever has it keeps it, if she may handle it there."""
    row = hold_for(complaint, person, revision)
    if not can(person, Action.HANDLE_COMPLAINTS, scope):
        raise PermissionDenied
    scope = known_area(scope)
    if category != row.category and category.archived_at is not None:
        raise Refused(_("The category “%(name)s” is not in use any more.") % {"name": category.label})
    if (row.scope_id, row.category_id) == (scope.pk, category.pk):
        return row
    happened(
        row, Happened.AREA, now, person=person, text=checked(text, ""), before=row.scope.key, after=scope.key,
        category_before=row.category.code, category_after=category.code,
    )  # fmt: skip
    before, row.scope, row.category = row.scope.key, scope, category
    fields = ["scope", "category"]
    if row.state in Complaint.OPEN and not (row.assigned_to_id and able_there([row.assigned_to_id], scope)):
        choice = assign_by_rules(row, now, because="right")
        fields += ["assigned_to", "assigned_why", "assigned_at"]
        if choice.person is not None and choice.person != person:
            tell([Told(choice.person, ASSIGNED, row)], now)
    keep(row, *fields)
    note_down("complaint_area", row, person, before=before, category=category.code)
    return row


@transaction.atomic
def write_message(
    *, complaint: Complaint, person: Person, now: datetime, text: str, by: str = By.OTHER, mail: bool = False,
    revision: int | None = None,
) -> Complaint:  # fmt: skip
    """Keeps what the customer was told, and how (`By`). The first message is the first answer.

    `mail` sends it to her besides, where she left an address; raises Refused where she did not.
    """
    row = hold_for(complaint, person, revision)
    text = checked(text, _("Write what the customer is told."))
    by = _way(By.MAIL if mail else by)
    if mail:
        send_message(row, text, now)
    first = row.answered_at is None
    happened(
        row,
        Happened.ANSWERED if first else Happened.MESSAGE,
        now,
        person=person,
        text=text,
        by=by,
        mailed=mail,
    )
    fields: list[str] = []
    if first:
        fields = ["answered_at", "answer_minutes_taken", "state", *CLOCKS]
        _answer(row, now)
        if row.state == State.NEW:
            row.state = State.OPEN
        row.look_at = next_look(row)
    keep(row, *fields)
    note_down("complaint_answer" if first else "complaint_message", row, person, by=by, mailed=mail)
    return row


@transaction.atomic
def hear(
    *, complaint: Complaint, person: Person, now: datetime, text: str, by: str = By.OTHER,
    revision: int | None = None,
) -> Complaint:  # fmt: skip
    """Keeps what the customer said. Where she was waited for, the clock of the solution goes on."""
    row = hold_for(complaint, person, revision)
    text, by = checked(text, _("Write what the customer said.")), _way(by)
    happened(row, Happened.HEARD, now, person=person, text=text, by=by)
    fields: list[str] = []
    if row.state == State.WAITING:
        fields = _go_on(row, now)
    keep(row, *fields)
    note_down("complaint_heard", row, person, by=by)
    return row


@transaction.atomic
def note(
    *, complaint: Complaint, person: Person, now: datetime, text: str, revision: int | None = None
) -> Complaint:
    """For those who handle it; the customer does not read it."""
    row = hold_for(complaint, person, revision)
    happened(row, Happened.NOTE, now, person=person, text=checked(text, _("Write something first.")))
    keep(row)
    note_down("complaint_note", row, person)
    return row


@transaction.atomic
def wait_for_customer(
    *, complaint: Complaint, person: Person, now: datetime, text: str = "", revision: int | None = None
) -> Complaint:
    """The clock of the solution stands still until she is heard, or somebody takes it up again."""
    row = hold_for(complaint, person, revision)
    _must_be(row, (State.NEW, State.OPEN))
    Pause.objects.create(complaint=row, began_at=now)
    row.state = State.WAITING
    happened(row, Happened.WAITING, now, person=person, text=checked(text, ""))
    _set_clocks(row, now)
    keep(row, "state", *CLOCKS)
    note_down("complaint_wait", row, person)
    return row


@transaction.atomic
def resume(
    *, complaint: Complaint, person: Person, now: datetime, text: str = "", revision: int | None = None
) -> Complaint:
    row = hold_for(complaint, person, revision)
    _must_be(row, (State.WAITING,))
    happened(row, Happened.RESUMED, now, person=person, text=checked(text, ""))
    keep(row, *_go_on(row, now))
    note_down("complaint_resume", row, person)
    return row


@transaction.atomic
def solve(
    *, complaint: Complaint, person: Person, now: datetime, cause: Cause | Sequence[str], solution: str,
    revision: int | None = None,
) -> Complaint:  # fmt: skip
    """`cause`: a known one, or the path of whys from the first to the last. A customer who was told nothing before is
    answered by the solution. After some weeks she is asked whether it stayed solved.
    """
    row = hold_for(complaint, person, revision)
    _must_be(row, Complaint.OPEN)
    solution = checked(solution, _("Write how it was solved."))
    found = cause if isinstance(cause, Cause) else find_or_make(whys=cause, person=person, now=now)
    agreed = terms(since=row.received_at, now=now)
    if row.state == State.WAITING:
        _end_pause(row, now)
    row.state = State.OPEN
    pauses = pauses_of(row)
    set_clocks(row, pauses, agreed)
    if row.answered_at is None:
        _answer(row, now)
    if stop_solve(row, pauses, agreed, now):
        happened(row, Happened.BREACHED, now, clock="solve")
    row.state, row.cause, row.solution = State.SOLVED, found, solution
    row.follow_up_at = now + timedelta(days=agreed.settings.follow_up_days)
    row.followed_up_at = row.follow_up_hash = row.stayed_solved = None
    happened(row, Happened.SOLVED, now, person=person, text=solution, cause=found.pk, path=_path(found))
    fields = [
        "state", "cause", "solution", "answered_at", "answer_minutes_taken", "solved_at", "solve_minutes_taken",
        "follow_up_at", "followed_up_at", "follow_up_hash", "stayed_solved", *CLOCKS,
    ]  # fmt: skip
    if row.repeat_of_id is None:
        row.repeat_of = earlier(row, agreed.settings, cause=found)
        if row.repeat_of is not None:
            fields.append("repeat_of")
            happened(row, Happened.REPEAT, now, of=row.repeat_of.pk, same="cause")
    row.look_at = next_look(row)
    keep(row, *fields)
    note_down("complaint_solve", row, person, cause=found.pk)
    return row


@transaction.atomic
def reopen(
    *, complaint: Complaint, person: Person, now: datetime, text: str, revision: int | None = None
) -> Complaint:
    """It did not stay solved: counted, and the clock of the solution starts anew."""
    row = hold_for(complaint, person, revision)
    _must_be(row, OVER)
    return open_again(row, checked(text, _("Write why it is opened again.")), person, now)


@transaction.atomic
def confirm(
    *, complaint: Complaint, person: Person, now: datetime, text: str = "", revision: int | None = None
) -> Complaint:
    """The customer said that it stayed solved."""
    row = hold_for(complaint, person, revision)
    _must_be(row, (State.SOLVED,))
    return close(row, checked(text, ""), person, now, heard=True)


# -- Also for the customer herself, and for the clock (`follow_up`, `clocks`) ------------------------


def open_again(row: Complaint, text: str, person: Person | None, now: datetime) -> Complaint:
    """On a row that is held. `person` None is the customer."""
    row.stayed_solved = False
    row.state, row.solved_at, row.reopened_at = State.OPEN, None, now
    row.reopened += 1
    row.solve_warned_at = row.solve_breached_at = row.solve_minutes_taken = None
    row.follow_up_at = row.followed_up_at = row.follow_up_hash = None
    happened(row, Happened.REOPENED, now, person=person, text=text, by="customer" if person is None else "us")
    _drop_task(row, now)
    fields = [
        "state", "solved_at", "reopened_at", "reopened", "solve_minutes_taken", "follow_up_at", "followed_up_at",
        "follow_up_hash", "stayed_solved", "task", *CLOCKS,
    ]  # fmt: skip
    if not (row.assigned_to_id and able_there([row.assigned_to_id], row.scope)):
        assign_by_rules(row, now, because="left")
        fields += ["assigned_to", "assigned_why", "assigned_at"]
    _set_clocks(row, now)
    keep(row, *fields)
    note_down("complaint_reopen", row, person)
    if row.assigned_to is not None and row.assigned_to != person:
        tell([Told(row.assigned_to, REOPENED, row)], now)
    return row


def close(row: Complaint, text: str, person: Person | None, now: datetime, *, heard: bool) -> Complaint:
    """On a row that is held. Not `heard`: the customer was asked and did not say."""
    row.state, row.look_at, row.follow_up_hash = State.CLOSED, None, None
    row.stayed_solved = True if heard else None
    happened(row, Happened.CONFIRMED, now, person=person, text=text, heard=heard)
    _drop_task(row, now, done=heard)
    keep(row, "state", "look_at", "follow_up_hash", "stayed_solved", "task")
    note_down("complaint_confirm", row, person, heard=heard)
    return row


def _drop_task(row: Complaint, now: datetime, *, done: bool = False) -> None:
    if row.task is not None:
        complete_task(task=row.task, person=None, as_of=now, dropped=not done)
        row.task = None


# -- Clocks -----------------------------------------------------------------------------------------


def _set_clocks(row: Complaint, now: datetime) -> None:
    set_clocks(row, pauses_of(row), terms(since=row.received_at, now=now))


def _answer(row: Complaint, now: datetime) -> None:
    if stop_answer(row, terms(since=row.received_at, now=now), now):
        happened(row, Happened.BREACHED, now, clock="answer")


def _go_on(row: Complaint, now: datetime) -> list[str]:
    """Ends the pause; returns the fields to save."""
    _end_pause(row, now)
    row.state = State.OPEN
    _set_clocks(row, now)
    return ["state", *CLOCKS]


def _end_pause(row: Complaint, now: datetime) -> None:
    for pause in Pause.objects.filter(complaint=row, ended_at__isnull=True):
        pause.ended_at = max(now, pause.began_at)
        pause.save(update_fields=["ended_at"])


# -- Checks -----------------------------------------------------------------------------------------

TOO_LATE = {
    State.NEW: gettext_lazy("This complaint was not taken up yet."),
    State.OPEN: gettext_lazy("This complaint is in progress."),
    State.WAITING: gettext_lazy("The customer is being waited for."),
    State.SOLVED: gettext_lazy("This complaint is solved already. Open it again first."),
    State.CLOSED: gettext_lazy(
        "This complaint is closed: its customer confirmed it, or did not say. Open it again first."
    ),
}


def _must_be(row: Complaint, states: Collection[str]) -> None:
    if row.state not in states:
        raise Settled(str(TOO_LATE[State(row.state)]))


def _way(by: str) -> str:
    if by not in list(By):
        raise Refused(_("Say how it was said: by phone, mail, chat, in person, or in another way."))
    return str(by)


def _path(cause: Cause) -> list[str]:
    names: list[str] = []
    at: Cause | None = cause
    while at is not None:
        names.insert(0, at.name)
        at = at.parent
    return names
