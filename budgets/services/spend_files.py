"""Entering what files say of spend and commitments, as forms do; taking a file back by entries that say the contrary."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from budgets.models import Entry, EntryKind, Line, LineState, Origin
from budgets.money_text import money_text
from budgets.selectors.numbers import Known, Number, Worth, known_numbers, nets, standing_of
from budgets.services.ledger import New, hold_lines, write
from budgets.services.saying import LONGEST_REFERENCE, Said, correction_of, new_of, plain
from budgets.services.spending import settle
from budgets.spend_files import COMMITMENT, SINK, SPEND
from ingest.layouts import Layout
from ingest.models import Import, State
from ingest.sinks import Fault, Original, Written
from kpis.models import Measure

UNDO = "undo:"  # how the keys begin of what takes a file back
ZERO = Decimal(0)


def _words(of: str) -> str:
    return ", ".join(f"'{one.replace('_', ' ')}', '{one}'" for one in of.split())


KIND = f"""CASE WHEN lower(t_kind) IN ({_words(SPEND)}) THEN 'spend'
    WHEN lower(t_kind) IN ({_words(COMMITMENT)}) THEN 'commitment' END"""
# Lines of approved budgets by whatever people may call them; a name that could be two is none.
LINES = """(
    SELECT lower(of_budget) AS budget, lower(of_line) AS line, min(called.id) AS id FROM (
        SELECT line.id, by_budget.name AS of_budget, by_line.name AS of_line FROM budgets_line AS line
        JOIN organization_node AS line_node ON line_node.id = line.node_id
        JOIN budgets_budget AS budget ON budget.id = line.budget_id AND budget.state <> 'draft'
        JOIN organization_node AS node ON node.id = budget.node_id
        CROSS JOIN unnest(ARRAY[node.name, node.name_zh, node.path, 'budget:' || node.path]) AS by_budget(name)
        CROSS JOIN unnest(ARRAY[line.name, line_node.name, line_node.name_zh, line_node.slug]) AS by_line(name)
        WHERE by_budget.name <> '' AND by_line.name <> ''
    ) AS called GROUP BY 1, 2 HAVING count(DISTINCT called.id) = 1
)"""
BUDGETS = """(
    SELECT lower(by_name.name) AS called, first_day, last_day FROM budgets_budget AS budget
    JOIN organization_node AS node ON node.id = budget.node_id
    CROSS JOIN unnest(ARRAY[node.name, node.name_zh, node.path, 'budget:' || node.path]) AS by_name(name)
    WHERE budget.state <> 'draft' AND by_name.name <> ''
)"""


def _line_that(condition: str) -> str:
    return f"""(lower(t_budget), lower(t_line)) IN (
        SELECT known.budget, known.line FROM {LINES} AS known JOIN budgets_line ON budgets_line.id = known.id
        JOIN budgets_budget ON budgets_budget.id = budgets_line.budget_id WHERE {condition})"""


@dataclass(frozen=True)
class Row:
    number: int
    said: Said


class Spend:
    """The sink of files of spend. They publish no amounts themselves; the lines that they fill do."""

    code = SINK
    reasons: Mapping[str, str | Promise] = {
        "spend-no-budget": _("There is no approved budget called “%(text)s”."),
        "spend-no-line": _("There is no line called “%(text)s” in this budget, or more than one."),
        "spend-bad-kind": _("“%(text)s” in “%(column)s” is neither spend nor commitment."),
        "spend-no-amount": _("There is no amount above zero in this line."),
        "spend-outside": _("This day does not lie in the budget, which runs from %(first)s to %(last)s."),
        "spend-closed": _("This line of the budget is closed."),
        "spend-pool": _("This is a pool: its money leaves by transfers to other lines, and by nothing else."),
        "spend-fed": _(
            "What this line spends is the cost that its channel reports; what is entered beside it would count twice."
        ),
        "spend-long-number": _("A number has at most %(n)s letters."),
        "spend-ahead": _("This day is still to come: spend cannot lie ahead."),
        "spend-not-free": _("This needs %(asked)s, and %(free)s is free."),
        "spend-paused": _("This line of the budget is paused: nothing can be committed on it."),
        "spend-below-drawn": _("%(drawn)s of this commitment has been spent: it cannot be less."),
    }

    def faults(self, *, layout: Layout) -> Sequence[Fault]:
        slot = Measure.objects.values_list("slot", flat=True).get(code="cost")
        known = f"(lower(t_budget), lower(t_line)) IN (SELECT budget, line FROM {LINES} AS known)"
        budget = f"lower(t_budget) IN (SELECT called FROM {BUDGETS} AS known)"
        of_day = f"FROM {BUDGETS} AS known WHERE known.called = lower(t_budget)"
        fed = _line_that("budgets_line.fed_by = 'cost'")
        faults = [
            Fault("spend-no-budget", f"NOT {budget}", {"text": "left(t_budget, 80)"}),
            Fault("spend-no-line", f"{budget} AND NOT {known}", {"text": "left(t_line, 80)"}),
            Fault("spend-bad-kind", f"({KIND}) IS NULL", {"text": "left(t_kind, 80)"}, about="kind"),
            Fault("spend-no-amount", f"coalesce(amounts[{slot}], 0) = 0"),
            Fault(
                "spend-outside",
                f"{budget} AND day IS NOT NULL AND NOT EXISTS (SELECT 1 {of_day} AND day BETWEEN first_day AND last_day)",
                {
                    "first": f"(SELECT min(first_day)::text {of_day})",
                    "last": f"(SELECT max(last_day)::text {of_day})",
                },
            ),
            Fault(
                "spend-closed", _line_that("budgets_line.state = 'closed' OR budgets_budget.state = 'closed'")
            ),
            Fault("spend-pool", _line_that("budgets_line.pool <> ''")),
            Fault("spend-fed", f"({KIND}) = 'spend' AND {fed}"),
        ]
        if "reference" in layout.texts:
            faults.append(
                Fault(
                    "spend-long-number",
                    f"length(t_reference) > {LONGEST_REFERENCE}",
                    {"n": f"'{LONGEST_REFERENCE}'"},
                )
            )
        return faults

    def write(
        self,
        *,
        batch: Import,
        typed: str,
        days: Sequence[date],
        lines: str = "",
        foreign: bool = False,
        replace: bool = False,
    ) -> Written:
        """Line after line, as if each had been entered by hand. What only the money of a line can say, that a commitment
        finds none left, is rejected here.
        """
        now = timezone.now()
        entering = _Entering(batch, _rows(batch, typed, foreign), now)
        entering.enter()
        _reject(batch, entering.late)
        return Written(corrected=entering.corrected, unchanged=entering.unchanged)

    def take_back(self, *, batch: Import) -> date | None:
        _contradict(batch, timezone.now())
        assert batch.source is not None
        last = (
            Import.objects.filter(source=batch.source, state=State.DONE)
            .exclude(pk=batch.pk)
            .order_by("-last_day")
            .values_list("last_day", flat=True)
        )
        return last.exclude(last_day=None).first()

    def originals(self, *, batch: Import, most: int) -> list[Original]:
        found = Entry.objects.filter(batch=batch).exclude(currency="").order_by("pk")[:most]
        return [
            Original("cost", one.original, one.currency, one.rate, one.amount, one.day)
            for one in found
            if one.original is not None and one.rate is not None
        ]


class _Entering:
    """One file on its way into the ledger: what its lines have free, which numbers are known, what is still to be written."""

    def __init__(self, batch: Import, rows: Sequence[Row], now: datetime) -> None:
        self.batch, self.rows, self.now = batch, rows, now
        lines = {row.said.line.pk: row.said.line for row in rows}
        self.free = {pk: balance.free for pk, balance in hold_lines(lines.values()).items()}
        # Looked at again now that they are held.
        self.state = dict(Line.objects.filter(pk__in=lines).values_list("pk", "state"))
        self.known = known_numbers({row.said.number for row in rows if row.said.reference})
        self.standing = _standing_without_number(lines)
        self.pending: list[New] = []
        self.numbers: list[Number | None] = []
        self.unsettled: dict[int, Entry] = {}
        self.late: list[tuple[int, dict[str, str]]] = []
        self.corrected = self.unchanged = 0

    def enter(self) -> None:
        for row in self.rows:
            self._enter(row)
        self._flush()

    def _enter(self, row: Row) -> None:
        said = row.said
        if said.kind == EntryKind.SPEND and said.day > timezone.localdate(self.now):
            self.late.append((row.number, {"code": "spend-ahead"}))
            return
        contract = (said.line.pk, EntryKind.COMMITMENT.value, said.reference)
        if said.reference and (said.number in self.numbers or contract in self.numbers):
            self._flush()
        known = self.known.get(said.number) if said.reference else None
        same = (said.line.pk, said.kind.value, said.day, said.worth.amount)
        if known is None and not said.reference and self.standing[same]:
            self.standing[same] -= 1
            self.unchanged += 1
            return
        new: New | None
        if known is not None:
            new = correction_of(said, known)
            if new is None:
                self.unchanged += 1
                return
        else:
            new = new_of(said)
            if said.kind == EntryKind.SPEND and contract in self.known:
                new = replace(new, commitment=self.known[contract].entry)
        why = self._why_not(new, known)
        if why is not None:
            self.late.append((row.number, why))
            return
        self.corrected += known is not None and bool(known.net.amount)
        self.free[said.line.pk] -= new.amount
        self.pending.append(new)
        self.numbers.append(said.number if said.reference else None)
        if new.commitment is not None:
            self.unsettled[new.commitment.pk] = new.commitment

    def _why_not(self, new: New, known: Known | None) -> dict[str, str] | None:
        if new.kind != EntryKind.COMMITMENT:
            return None
        if new.amount > 0:
            if self.state[new.line.pk] != LineState.OPEN:
                return {"code": "spend-paused"}
            free = self.free[new.line.pk]
            if new.amount > free:
                shown = money_text(max(free, ZERO))
                return {"code": "spend-not-free", "asked": money_text(new.amount), "free": shown}
        elif known is not None:
            drawn = standing_of([known.entry])[known.entry.pk].drawn
            if known.net.amount + new.amount < drawn:
                return {"code": "spend-below-drawn", "drawn": money_text(drawn)}
        return None

    def _flush(self) -> None:
        """Writes what was gathered, so that lines below can be about it."""
        written = write(entries=self.pending, person=self.batch.created_by, now=self.now)
        numbers = {number for number in self.numbers if number is not None}
        self.pending, self.numbers = [], []
        for contract in self.unsettled.values():
            for drawn in settle(
                contract, day=contract.day, origin=Origin.FILE, person=self.batch.created_by, now=self.now
            ):
                self.free[drawn.line_id] -= drawn.amount
        self.unsettled = {}
        if written and numbers:
            self.known.update(known_numbers(numbers))


def _rows(batch: Import, typed: str, foreign: bool) -> list[Row]:
    """What the file says, in its order."""
    slot = Measure.objects.values_list("slot", flat=True).get(code="cost")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0", [typed]
        )
        columns = {name for (name,) in cursor.fetchall()}
        more = ", ".join(name if name in columns else "''" for name in ("t_reference", "t_note"))
        money = f"currency, rate, originals[{slot}]" if foreign else "NULL, NULL, NULL"
        cursor.execute(
            f"SELECT typed.line, known.id, {KIND}, day, amounts[{slot}], {money}, {more} FROM {typed} AS typed"
            f" JOIN {LINES} AS known ON (known.budget, known.line) = (lower(t_budget), lower(t_line)) ORDER BY typed.line"
        )
        found = cursor.fetchall()
    lines = Line.objects.select_related("budget").in_bulk({row[1] for row in found})
    rows = []
    for number, line, kind, day, amount, currency, rate, original, reference, note in found:
        worth = Worth(amount, currency, original, rate) if currency else Worth(amount)
        rows.append(
            Row(
                number,
                Said(
                    lines[line], EntryKind(kind), worth, day, Origin.FILE, plain(reference), note[:1000],
                    f"file:{batch.pk}:{number}", batch,
                ),
            )
        )  # fmt: skip
    return rows


def _standing_without_number(lines: Mapping[int, Line]) -> Counter[tuple[int, str, date, Decimal]]:
    """How often files have said the same of a line and day without a number, and it still stands: said again, it is no
    second payment.
    """
    found = Entry.objects.filter(
        line__in=lines, origin=Origin.FILE, reference="", corrects__isnull=True, commitment__isnull=True
    )
    entries = list(found)
    net = nets(entries)
    return Counter(
        (one.line_id, one.kind, one.day, one.amount) for one in entries if net[one.pk].amount == one.amount
    )


def _reject(batch: Import, late: Sequence[tuple[int, dict[str, str]]]) -> None:
    """Keeps these lines with their reasons, beside those that were kept out before."""
    if not late:
        return
    cells = ", ".join(f"c{column}" for column in range(len(batch.headings)))
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            INSERT INTO ingest_reject (batch_id, line, cells, reasons)
            SELECT %s, stage.line, ARRAY[{cells}]::text[], jsonb_build_array(why::jsonb)
            FROM unnest(%s::bigint[], %s::text[]) AS late(line, why) JOIN ingest_stage_{batch.pk} AS stage USING (line)
            """,
            [batch.pk, [line for line, _why in late], [json.dumps(why) for _line, why in late]],
        )
    batch.rejected += len(late)
    batch.accepted -= len(late)


def _contradict(batch: Import, now: datetime) -> None:
    """What the file said no longer counts; what others have said of the same numbers does, as if it had never come."""
    wrote = list(Entry.objects.filter(batch=batch).order_by("pk").values_list("pk", "corrects_id", "line_id"))
    balances = hold_lines(Line(pk=line) for _pk, _root, line in wrote)
    closed = set(Line.objects.filter(pk__in=balances, state=LineState.CLOSED).values_list("pk", flat=True))
    paused = set(Line.objects.filter(pk__in=balances, state=LineState.PAUSED).values_list("pk", flat=True))
    roots = Entry.objects.filter(pk__in={root or pk for pk, root, _line in wrote}).exclude(line__in=closed)
    said: dict[int | None, list[Any]] = {}
    found = list(roots.select_related("line", "commitment").order_by("pk"))
    for more in Entry.objects.filter(corrects__in=found).select_related("batch").order_by("pk"):
        said.setdefault(more.corrects_id, []).append(more)
    standing = standing_of(one for one in found if one.kind == EntryKind.COMMITMENT)
    entries: list[New] = []
    unsettled: dict[int, Entry] = {}
    left = {pk: balance.free for pk, balance in balances.items()}
    for root in found:
        now_says, should = _without(root, said.get(root.pk, []))
        delta = should.amount - now_says.amount
        if root.kind == EntryKind.COMMITMENT:
            delta = max(delta, standing[root.pk].drawn - now_says.amount)
            if delta > 0 and (root.line_id in paused or delta > left[root.line_id]):
                continue  # the money went elsewhere meanwhile
        if not delta:
            continue
        original = (should.original or ZERO) - (now_says.original or ZERO) if root.currency else ZERO
        left[root.line_id] -= delta
        entries.append(
            New(
                line=root.line, kind=root.kind, amount=delta, day=root.day, origin=Origin.FILE,
                reference=root.reference, currency=root.currency if original else "", original=original or None,
                rate=root.rate if original else None, corrects=root, key=f"{UNDO}{batch.pk}:{root.pk}",
                commitment=root.commitment if root.kind == EntryKind.SPEND else None,
            )
        )  # fmt: skip
        if root.kind == EntryKind.SPEND and root.commitment is not None:
            unsettled[root.commitment.pk] = root.commitment
    write(entries=entries, person=None, now=now)
    for contract in unsettled.values():
        settle(contract, day=contract.day, origin=Origin.FILE, person=None, now=now)


def _without(root: Entry, corrections: Sequence[Entry]) -> tuple[Worth, Worth]:
    """What the number says, and what it would say by the last word on it that was not taken back."""
    amount, original = ZERO, ZERO
    should = Worth(ZERO)
    for one in (root, *corrections):
        amount += one.amount
        original += one.original or ZERO
        if (one.key or "").startswith(UNDO):
            continue
        if one.batch is None or one.batch.state not in (State.UNDOING, State.UNDONE):
            should = Worth(amount, root.currency, original)
    return Worth(amount, root.currency, original), should
