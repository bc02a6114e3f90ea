"""How spend comes in, made known to the floors below at start-up."""

from __future__ import annotations

from datetime import datetime

from budgets.line_parts import Part, register_part
from budgets.models import FedBy, Line
from budgets.selectors.entries import MONEY, latest, open_commitments
from budgets.selectors.rights import may_spend
from budgets.services.feeding import mark_lines
from budgets.services.spend_files import Spend
from budgets.spend_files import PRESET
from ingest.layouts import register_preset
from ingest.sinks import register_sink
from kpis.rolled import register_roll_listener
from organization.models import Person


def register() -> None:
    register_roll_listener(mark_lines)
    register_part("entries", entries_part)
    register_sink(Spend())
    register_preset(PRESET)


def entries_part(person: Person, line: Line, now: datetime) -> Part | None:
    """What was spent and committed last, and what is still to be invoiced; nothing where money only passes through."""
    if line.pool:
        return None
    commitments = open_commitments(line)
    return Part(
        "entries",
        "budgets/_part_entries.html",
        {
            "line": line.pk,
            "rows": latest(line),
            "commitments": commitments,
            "fed": line.fed_by == FedBy.COST,
            "fulfils": bool(commitments) and line.fed_by == FedBy.ENTRIES and may_spend(person, line),
            "money": MONEY,
        },
    )
