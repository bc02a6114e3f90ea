"""Holding money of a line back, pausing a line, and lifting either with a reason."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from budgets.models import EntryKind, Hold, HoldKind, Line, LineState, Origin
from budgets.services.ledger import New, hold_lines, write
from decisions.models import Proposal
from organization.models import Person, Scope
from organization.services import Refused, record

LONGEST_WHY, LONGEST_LIFT = 300, 2000
CENT = Decimal("0.01")


@transaction.atomic
def freeze(
    *,
    line: Line,
    amount: Decimal,
    why: str,
    values: Mapping[str, object] | None = None,
    episode: int | None = None,
    person: Person | None,
    now: datetime,
) -> Hold | None:
    """Freezes so much of what is free, at most all of it; None where nothing is free.

    A line whose money is frozen already keeps what is frozen: that hold is returned. `why` goes through gettext where it
    is shown, so machines (`person` None) write it in English. Raises Refused on a line that is closed.
    """
    why = _reason(why, LONGEST_WHY)
    balance = hold_lines([line])[line.pk]
    if _state(line) == LineState.CLOSED:
        raise Refused(_("“%(line)s” is closed and takes nothing more.") % {"line": line.name})
    standing = Hold.objects.filter(line=line, kind=HoldKind.FREEZE, lifted_at__isnull=True).first()
    if standing is not None:
        return standing
    amount = min(amount, balance.free).quantize(CENT, rounding="ROUND_DOWN")
    if amount <= 0:
        return None
    hold = Hold.objects.create(
        line=line, kind=HoldKind.FREEZE, amount=amount, why=why, values=dict(values or {}), episode=episode,
        made_at=now, made_by=person,
    )  # fmt: skip
    write(
        entries=[
            New(
                line=line, kind=EntryKind.FREEZE, amount=amount, day=timezone.localdate(now),
                origin=Origin.FORM if person else Origin.RULE, hold=hold,
            )
        ],
        person=person,
        now=now,
    )  # fmt: skip
    _record("budget.freeze", hold, person)
    return hold


@transaction.atomic
def pause(
    *,
    line: Line,
    why: str,
    values: Mapping[str, object] | None = None,
    episode: int | None = None,
    proposal: Proposal | None = None,
    person: Person | None,
    now: datetime,
) -> Hold:
    """Pauses the line: nothing can be committed on it until that is lifted; what is committed already may be paid.

    One that is paused stays as it is. Raises Refused on a line that is closed.
    """
    why = _reason(why, LONGEST_WHY)
    balance = hold_lines([line])[line.pk]
    state = _state(line)
    if state == LineState.CLOSED:
        raise Refused(_("“%(line)s” is closed, so there is nothing to pause.") % {"line": line.name})
    standing = Hold.objects.filter(line=line, kind=HoldKind.PAUSE, lifted_at__isnull=True).first()
    if standing is not None:
        return standing
    hold = Hold.objects.create(
        line=line, kind=HoldKind.PAUSE, amount=max(balance.free, Decimal(0)), why=why, values=dict(values or {}),
        episode=episode, proposal=proposal, made_at=now, made_by=person,
    )  # fmt: skip
    _set_state(line, LineState.PAUSED)
    _record("budget.pause", hold, person)
    return hold


@transaction.atomic
def lift(*, hold: Hold, why: str, person: Person | None, now: datetime) -> Hold:
    """Releases what is frozen, or lets a paused line go on; the caller has asked `rights.may_free`.

    Raises Refused without a reason, and where somebody has lifted it before.
    """
    why = _reason(why, LONGEST_LIFT)
    line = Line.objects.select_related("node").get(pk=hold.line_id)
    hold_lines([line])
    row = Hold.objects.select_for_update(of=("self",)).get(pk=hold.pk)
    if row.lifted_at is not None:
        who = row.lifted_by.label if row.lifted_by else "Plumbline"
        raise Refused(_("%(name)s has lifted this meanwhile.") % {"name": who})
    row.lifted_at, row.lifted_by, row.lifted_why = now, person, why
    row.save(update_fields=["lifted_at", "lifted_by", "lifted_why"])
    if row.kind == HoldKind.FREEZE:
        write(
            entries=[
                New(
                    line=line, kind=EntryKind.RELEASE, amount=-row.amount, day=timezone.localdate(now),
                    origin=Origin.FORM if person else Origin.RULE, hold=row,
                )
            ],
            person=person,
            now=now,
        )  # fmt: skip
    elif _state(line) == LineState.PAUSED:
        _set_state(line, LineState.OPEN)
    row.line = line
    _record("budget.lift", row, person, reason=why)
    return row


def _reason(why: str, most: int) -> str:
    why = why.replace("\0", "").strip()
    if not why:
        raise Refused(_("Say why."))
    if len(why) > most:
        raise Refused(_("This is too long: at most %(most)s characters.") % {"most": most})
    return why


def _state(line: Line) -> str:
    """As it stands in the database; the balance is held by the caller, and with it the state."""
    return Line.objects.values_list("state", flat=True).get(pk=line.pk)


def _set_state(line: Line, state: LineState) -> None:
    Line.objects.filter(pk=line.pk).update(state=state)
    line.state = state


def _record(action: str, hold: Hold, person: Person | None, **details: object) -> None:
    scope = Scope.objects.filter(node=hold.line.node_id).first()
    record(
        action=action, subject=scope.key if scope else hold.line.name, person=person, line=hold.line_id,
        hold=hold.pk, kind=hold.kind, amount=f"{hold.amount:f}", why=hold.why, **details,
    )  # fmt: skip
