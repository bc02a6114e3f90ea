"""The ledger's one writer. Who decides by a line's state or sums takes `hold_lines` first, then looks, then writes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from budgets.models import (
    Balance,
    Entry,
    EntryKind,
    Hold,
    HoldKind,
    Line,
    LineState,
    Origin,
    Transfer,
    Version,
)
from budgets.money_text import money_text
from common.columns import column
from common.formats import day as day_text
from common.formats import listed
from common.queueing import enqueue
from ingest.models import Import
from organization.gate import ROLES_FOR, Action
from organization.models import Person, Scope
from organization.selectors import role_holders
from organization.services import Refused

LIMIT = Decimal(10) ** 15
PLACES = Decimal("0.0001")
AT_ONCE = 2000
NAMED = 3  # people in a sentence


class NotFree(Refused):
    """More than is free. The message says what is free, what holds the rest back, and who can free it."""

    def __init__(self, message: str, *, line: Line, free: Decimal) -> None:
        super().__init__(message)
        self.line = line
        self.free = free


class LineClosed(Refused):
    """The line is closed, or paused and so takes no commitment. The message says why and who can change it."""

    def __init__(self, message: str, *, line: Line) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True)
class New:
    """An entry to be; the fields are those of `Entry`. `amount` is signed, in the company's currency, to four places."""

    line: Line
    kind: EntryKind | str
    amount: Decimal
    day: date
    origin: Origin | str
    reference: str = ""
    note: str = ""
    currency: str = ""
    original: Decimal | None = None
    rate: Decimal | None = None
    batch: Import | None = None
    version: Version | None = None
    transfer: Transfer | None = None
    hold: Hold | None = None
    commitment: Entry | None = None
    corrects: Entry | None = None
    flagged: bool = False
    key: str | None = None


def hold_lines(lines: Iterable[Line]) -> dict[int, Balance]:
    """The balances of these lines, locked to the end of the transaction in the order of their ids.

    What is read of the lines afterwards (their state, sums, numbers of invoices, keys) stays as it is until then.
    """
    ids = sorted({line.pk for line in lines})
    held = _held(ids) if len(ids) == 1 else {}
    if len(held) < len(ids):  # rows are made in order too, before any is held
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO budgets_balance (line_id) SELECT unnest(%s::bigint[]) ORDER BY 1 ON CONFLICT DO NOTHING",
                [column(ids)],
            )
        held = _held(ids)
    return held


def _held(ids: Sequence[int]) -> dict[int, Balance]:
    rows = Balance.objects.filter(line__in=ids).order_by("line_id").select_for_update(of=("self",))
    return {balance.line_id: balance for balance in rows}


@transaction.atomic
def write(*, entries: Sequence[New], person: Person | None, now: datetime) -> list[Entry]:
    """Writes the entries, all or none, in their order; the audit entry is the caller's.

    A call of which a key stands already is the same call again (a double click, a task run twice): it writes nothing
    and returns the entries that stand under its keys. Raises NotFree for what takes more than is free, LineClosed for
    a line that is closed, or paused and asked for a commitment, and Refused for amounts that no line can have.
    """
    if not entries:
        return []
    lines = {entry.line.pk: entry.line for entry in entries}
    for entry in entries:
        _check(entry.amount)
    hold_lines(lines.values())
    keys = [entry.key for entry in entries if entry.key]
    if keys:
        standing = list(Entry.objects.filter(key__in=keys).order_by("pk"))
        if standing:
            return standing
    rows = [
        Entry(
            line_id=entry.line.pk,
            kind=entry.kind,
            amount=entry.amount.quantize(PLACES),
            day=entry.day,
            at=now,
            person=person,
            origin=entry.origin,
            reference=entry.reference,
            note=entry.note,
            currency=entry.currency,
            original=entry.original,
            rate=entry.rate,
            batch=entry.batch,
            version=entry.version,
            transfer=entry.transfer,
            hold=entry.hold,
            commitment=entry.commitment,
            corrects=entry.corrects,
            flagged=entry.flagged,
            key=entry.key,
        )
        for entry in entries
    ]
    try:
        with transaction.atomic():
            made = Entry.objects.bulk_create(rows, batch_size=AT_ONCE)
    except DatabaseError as error:
        refusal = _refusal(error, entries, lines)
        if refusal is None:
            raise
        raise refusal from error
    enqueue("budgets.tasks.publish")
    return made


def _check(amount: Decimal) -> None:
    if not amount.is_finite() or abs(amount) >= LIMIT:
        raise Refused(_("This amount is no number that a budget can have."))
    if amount.quantize(PLACES) == 0:
        raise Refused(_("An amount of nothing moves nothing."))


# -- What the database refuses, in words -------------------------------------------------------------


def _refusal(error: DatabaseError, entries: Sequence[New], lines: dict[int, Line]) -> Refused | None:
    """What to say of an error that the ledger's triggers and constraints raise; None for any other."""
    cause = error.__cause__
    code = getattr(cause, "pgcode", "")
    if code == "PL001":
        return _not_free(entries, lines)
    if code == "PL003":
        return _closed(entries, lines)
    constraint = getattr(getattr(cause, "diag", None), "constraint_name", None)
    if constraint == "balance_committed_not_negative":
        return Refused(_("That is more than is still committed on this line."))
    if constraint == "balance_frozen_not_negative":
        return Refused(_("That is more than is frozen on this line."))
    if constraint == "balance_has_no_negative_plan":
        return Refused(_("With that the line would have less than nothing."))
    return None


def _takes(entry: New) -> bool:
    """As in the trigger: what needs free money."""
    if entry.kind == EntryKind.TRANSFER:
        return entry.amount < 0
    return entry.kind in (EntryKind.COMMITMENT, EntryKind.FREEZE) and entry.amount > 0


def _short(entries: Sequence[New], balances: dict[int, Balance]) -> tuple[Line, Decimal, Decimal]:
    """The line that lacks, what is asked of it, and what is free just before that."""
    free = {pk: balance.free for pk, balance in balances.items()}
    for entry in entries:
        before = free[entry.line.pk]
        after = before + (
            entry.amount if entry.kind in (EntryKind.PLAN, EntryKind.TRANSFER) else -entry.amount
        )
        if _takes(entry) and after < 0:
            return entry.line, abs(entry.amount), before
        free[entry.line.pk] = after
    raise AssertionError("the database refused what is free")


def _not_free(entries: Sequence[New], lines: dict[int, Line]) -> NotFree:
    line, asked, free = _short(entries, hold_lines(lines.values()))
    said = [
        _("“%(line)s” has %(free)s free, and this needs %(asked)s.")
        % {"line": line.name, "free": money_text(max(free, Decimal(0))), "asked": money_text(asked)}
    ]
    said += what_holds(line)
    return NotFree(" ".join(said), line=line, free=free)


def _closed(entries: Sequence[New], lines: dict[int, Line]) -> LineClosed:
    states = dict(Line.objects.filter(pk__in=lines).values_list("pk", "state"))
    for entry in entries:
        line, state = entry.line, states[entry.line.pk]
        if state == LineState.CLOSED:
            return LineClosed(
                _("“%(line)s” is closed and takes nothing more.") % {"line": line.name}, line=line
            )
        if state == LineState.PAUSED and entry.kind == EntryKind.COMMITMENT and entry.amount > 0:
            said = [_("“%(line)s” is paused, so nothing can be committed on it.") % {"line": line.name}]
            return LineClosed(" ".join(said + what_holds(line)), line=line)
    raise AssertionError("the database refused what is open")


def what_holds(line: Line) -> list[str]:
    """Sentences on each hold that is not lifted: since when, why, and who can lift it; [] where nothing is held."""
    holds = list(Hold.objects.filter(line=line, lifted_at__isnull=True).order_by("kind", "pk"))
    if not holds:
        return []
    language = get_language() or ""
    said = []
    for hold in holds:
        values = {
            "amount": money_text(hold.amount),
            "day": day_text(timezone.localdate(hold.made_at), language),
            "why": why_text(hold),
        }
        if hold.kind == HoldKind.FREEZE:
            said.append(_("%(amount)s are frozen since %(day)s: %(why)s") % values)
        else:
            said.append(_("Paused since %(day)s: %(why)s") % values)
    people = who_can_free(line)
    if people:
        said.append(
            _("Ask %(people)s, who can free it.")
            % {"people": listed([str(one) for one in people[:NAMED]], language)}
        )
    else:
        said.append(_("A manager or finance can free it."))
    return said


def why_text(hold: Hold) -> str:
    """Its reason in the reader's language, as one sentence."""
    text = (_(hold.why) % hold.values if hold.values else _(hold.why)) if hold.why else ""
    return text if text.endswith((".", "!", "?", "。", "！", "？")) else f"{text}{_full_stop()}"


def _full_stop() -> str:
    return "。" if (get_language() or "").startswith("zh") else "."


def who_can_free(line: Line) -> list[Person]:
    """Those nearest to the line who may lift what holds it."""
    scope = Scope.objects.filter(node=line.node_id).first()
    return role_holders(ROLES_FOR[Action.FREE_MONEY], scope) if scope is not None else []
