"""What the demo company has spent: the year's lines follow the cost of their channels, the quarter's have invoices and
contracts, one of them said twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.utils import timezone

from budgets.models import Entry, EntryKind, Line
from budgets.services.feeding import feed_next
from budgets.services.spending import commit, correct, fulfil, record
from common.periods import Grain, Period
from dashboards.demo.budget import CREATORS, FAIR, FILM, MEETINGS, PRESS, quarter_name
from organization.models import Person

# Line, who enters it, its number and what it is for, and its amount.
CONTRACTS = (
    (FAIR, "lead", "HF-2026-031", "Booth and hall. 展位与展馆。", 140_000),
    (FILM, "viewer", "BF-2026-007", "Shooting and editing, in three parts. 拍摄与剪辑，分三期。", 150_000),
)
# The parts of these contracts: after how many days of the quarter, and how much.
PARTS = {
    FAIR: ((12, "INV-3108", 60_000), (33, "INV-3177", 45_000)),
    FILM: ((18, "INV-2204", 50_000), (46, "INV-2291", 50_000)),
}
# What is paid again and again: line, who, number, note, every so many days, how much each time.
RUNNING = (
    (PRESS, "viewer", "PR", "Column of the week. 每周专栏。", 7, 6_200),
    (CREATORS, "lead", "KOL", "Creators of the week. 本周达人。", 6, 7_900),
    (MEETINGS, "manager", "MT", "Dealers' evening. 经销商之夜。", 16, 17_400),
)
SLIP = "The travel of two people was on it. 其中含两人的差旅费。"


def make(*, staff: Mapping[str, Person], today: date) -> int:
    """After the transfers, before what uses a line up. Returns how many entries of spend there are."""
    while feed_next(now=_at(today, 6)):
        pass
    quarter = Period.containing(today, Grain.QUARTER)
    lines = {line.name: line for line in Line.objects.filter(budget__node__name=quarter_name(quarter))}
    spent = Entry.objects.filter(kind=EntryKind.SPEND)
    if lines and not spent.filter(line__in=lines.values()).exists():
        _contracts(lines, staff, quarter.start, today)
        _running(lines, staff, quarter.start, today)
    return spent.count()


def _contracts(lines: Mapping[str, Line], staff: Mapping[str, Person], start: date, today: date) -> None:
    for name, who, number, note, amount in CONTRACTS:
        signed = start + timedelta(days=2)
        if signed >= today:
            continue
        contract = commit(
            line=lines[name], amount=Decimal(amount), day=signed, reference=number, note=note, person=staff[who],
            now=_at(signed, 11),
        ).entry  # fmt: skip
        for after, invoice, part in PARTS[name]:
            day = start + timedelta(days=after)
            if day < today:
                fulfil(
                    commitment=contract, amount=Decimal(part), day=day, reference=invoice, person=staff[who],
                    now=_at(day, 15),
                )  # fmt: skip


def _running(lines: Mapping[str, Line], staff: Mapping[str, Person], start: date, today: date) -> None:
    first: Entry | None = None
    for name, who, letters, note, every, amount in RUNNING:
        day, number = start + timedelta(days=every // 2), 1
        while day < today:
            done = record(
                line=lines[name], amount=Decimal(amount + 130 * (number % 4)), day=day,
                reference=f"{letters}-{number:03}", note=note, person=staff[who], now=_at(day, 16),
            )  # fmt: skip
            first = first or done.entry
            day, number = day + timedelta(days=every), number + 1
    if first is None:
        return
    # Said again with another amount, and one that was wrong: what it said before stays on record.
    record(
        line=first.line, amount=first.amount + 400, day=first.day, reference=first.reference,
        person=staff["finance"], now=_at(min(first.day + timedelta(days=3), today), 9),
    )  # fmt: skip
    last = Entry.objects.filter(line=lines[MEETINGS], kind=EntryKind.SPEND).order_by("pk").first()
    if last is not None:
        correct(
            entry=last, amount=last.amount - 2_400, why=SLIP, person=staff["manager"],
            now=_at(min(last.day + timedelta(days=5), today), 10),
        )  # fmt: skip


def _at(day: date, hour: int) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(hour)))
