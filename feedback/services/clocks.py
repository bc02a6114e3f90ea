"""The sweep over complaints: warnings, breaches, following up. Each once, whoever looks, and however late.

Whoever looks claims rows and writes what follows in one transaction: killed in between, nothing has happened. One look
takes one step: after a night without a worker nobody is warned of what is over, and each person gets one mail.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_noop

from decisions.selectors.rights import today_of
from decisions.services import open_task
from feedback.complaint_kind import KIND
from feedback.models import Complaint, ComplaintEvent, Happened, State
from feedback.services.above import Above
from feedback.services.assigning import able_there
from feedback.services.customer_mail import ask_whether_solved
from feedback.services.due import UNHEARD, next_look
from feedback.services.handling import close
from feedback.services.keeping import SCOPES, happened, keep, mark, note_down
from feedback.services.telling import ASK, BREACHED, ESCALATED, WARNED, Told, tell
from feedback.services.writing_clocks import write_clocks
from organization.services import record

log = structlog.get_logger(__name__)

BATCH = 1000
AGAIN = timedelta(minutes=10)  # after a fault of ours about one
CLOCKS_OF = ("answer", "solve")
TITLE = gettext_noop("Ask the customer whether it stayed solved")


def look_next(*, now: datetime, limit: int = BATCH) -> int:
    """Takes the step that is due on some complaints; returns how many it claimed. Call it until none is left."""
    try:
        with transaction.atomic():
            rows = list(_claimed(now)[:limit])
            _Look(now).at(rows)
            return len(rows)
    except Exception:
        log.exception("complaints_not_looked_at")
    return _one_by_one(now, limit)


def complaints_wait(*, now: datetime) -> bool:
    return Complaint.objects.filter(look_at__lte=now).exists()


def _claimed(now: datetime) -> QuerySet[Complaint]:
    return (
        Complaint.objects.filter(look_at__lte=now)
        .select_for_update(of=("self",), no_key=True, skip_locked=True)
        .select_related("scope", *SCOPES, "category", "customer", "assigned_to", "task")
        .order_by("look_at", "pk")
    )


def _one_by_one(now: datetime, limit: int) -> int:
    """One of them is at fault, and must not keep the others waiting: it is looked at again a while later."""
    waiting = (
        Complaint.objects.filter(look_at__lte=now).order_by("look_at", "pk").values_list("pk", flat=True)
    )
    claimed = 0
    for pk in list(waiting[:limit]):
        try:
            with transaction.atomic():
                rows = list(_claimed(now).filter(pk=pk))
                _Look(now).at(rows)
                claimed += len(rows)
        except Exception:
            log.exception("complaint_not_looked_at", complaint=pk)
            claimed += Complaint.objects.filter(pk=pk).update(look_at=now + AGAIN)
    return claimed


class _Look:
    """One transaction's looking: what happened is gathered, and written together."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.events: list[ComplaintEvent] = []
        self.told: list[Told] = []
        self.steps: dict[str, list[int]] = {}

    def at(self, rows: Sequence[Complaint]) -> None:
        timed = [row for row in rows if row.state in Complaint.OPEN]
        self._above = Above([row.scope for row in timed])
        for row in timed:
            self._look(row)
        ComplaintEvent.objects.bulk_create(self.events)
        write_clocks(timed)
        # What is late counts from now on.
        mark(row for row in timed if row.pk in self.steps.get("breached", ()))
        if self.steps:
            record(action="feedback.complaints_late", subject="", person=None, **self.steps)
        for row in rows:
            if row.state == State.SOLVED:
                self._follow_up(row)
        tell(self.told, self.now)

    # -- Time -------------------------------------------------------------------------------------

    def _look(self, row: Complaint) -> None:
        warned = [clock for clock in CLOCKS_OF if self._step(row, clock) == "warned"]
        late = [clock for clock in CLOCKS_OF if getattr(row, f"{clock}_breached_at") == self.now]
        for kind, clocks in ((Happened.WARNED, warned), (Happened.BREACHED, late)):
            for clock in clocks:
                due = getattr(row, f"{clock}_due_at")
                self._event(row, kind, clock=clock, due=due.isoformat() if due else None)
        if late:
            self._escalate(row)
        if row.assigned_to is not None and (late or warned):
            self.told.append(Told(row.assigned_to, BREACHED if late else WARNED, row))
        for step, clocks in (("warned", warned), ("breached", late)):
            if clocks:
                self.steps.setdefault(step, []).append(row.pk)
        row.look_at = next_look(row)

    def _step(self, row: Complaint, clock: str) -> str:
        if getattr(row, f"{clock}_breached_at") is not None or (
            clock == "answer" and row.answered_at is not None
        ):
            return ""
        due, warn = getattr(row, f"{clock}_due_at"), getattr(row, f"{clock}_warn_at")
        if due is not None and due <= self.now:
            setattr(row, f"{clock}_breached_at", self.now)
            return "breached"
        if warn is not None and warn <= self.now and getattr(row, f"{clock}_warned_at") is None:
            setattr(row, f"{clock}_warned_at", self.now)
            return "warned"
        return ""

    def _escalate(self, row: Complaint) -> None:
        """First to who manages the area, then to who administers; one level a look, whatever is over."""
        row.level += 1
        whom = self._above.of(row.scope, row.level, but=row.assigned_to)
        self._event(row, Happened.ESCALATED, level=row.level, whom=[one.label for one in whom])
        self.told += [Told(one, ESCALATED, row) for one in whom]

    def _event(self, row: Complaint, kind: Happened, **values: object) -> None:
        self.events.append(ComplaintEvent(complaint=row, kind=kind, at=self.now, values=values))

    # -- Whether it stayed solved -----------------------------------------------------------------

    def _follow_up(self, row: Complaint) -> None:
        if row.followed_up_at is not None:
            close(row, "", None, self.now, heard=False)
            return
        token = secrets.token_urlsafe(24)
        row.followed_up_at = self.now
        by = "mail"
        if ask_whether_solved(row, token, self.now):
            row.follow_up_hash = hash_of(token)
        else:
            by = "task"
            self._ask_by_hand(row)
        happened(row, Happened.ASKED, self.now, by=by)
        row.look_at = next_look(row)
        keep(row, "followed_up_at", "follow_up_hash", "task", "look_at")
        note_down("complaint_follow_up", row, None, by=by)

    def _ask_by_hand(self, row: Complaint) -> None:
        whom = row.assigned_to
        if whom is not None and not able_there([whom.pk], row.scope):
            whom = None  # whoever is responsible for the area
        row.task = open_task(
            kind=KIND, subject_id=row.pk, scope=row.scope, title=TITLE, assigned_to=whom,
            opened_for=f"feedback.follow_up:{row.pk}:{row.reopened}", due_on=today_of(self.now + UNHEARD),
            as_of=self.now,
        )  # fmt: skip
        if whom is not None:
            self.told.append(Told(whom, ASK, row))


def hash_of(token: str) -> bytes:
    """What is kept of a token that a customer answers with."""
    return hashlib.sha256(token.encode()).digest()
