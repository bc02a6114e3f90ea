"""The transfers of a line, on its page."""

from __future__ import annotations

from datetime import datetime

from budgets.line_parts import Part, register_part
from budgets.models import BudgetState, Line, LineState, Pool
from budgets.selectors.rights import may_spend
from budgets.selectors.transfers import transfers_of
from organization.models import Person


def register() -> None:
    register_part("transfers", _part)


def _part(person: Person, line: Line, now: datetime) -> Part:
    goes_on = line.budget.state == BudgetState.OPEN and line.state != LineState.CLOSED
    asks = goes_on and may_spend(person, line)
    context = {
        "line": line,
        "rows": transfers_of(person, line, now=now),
        "may_ask": asks and line.pool != Pool.EMERGENCY,
        "end": "from" if line.pool else "to",
        "may_emergency": asks and not line.pool and line.budget.lines.filter(pool=Pool.EMERGENCY).exists(),
    }
    return Part("transfers", "budgets/_part_transfers.html", context)
