"""Money that a decision asks for. The floor that decides knows no budgets; the floor that keeps them registers here how
money moves, and says whether it has taken the matter up.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from decisions.kinds import Decision
from decisions.models import Proposal
from organization.models import Node


@dataclass(frozen=True)
class MoneyWanted:
    """That a channel is to have so much more (`more`), or so much less, of the company's money."""

    node: Node
    more: bool
    amount: Decimal
    proposal: Proposal
    decision: Decision


Mover = Callable[[MoneyWanted], bool]
_movers: list[Mover] = []


def register_mover(mover: Mover) -> None:
    _movers.append(mover)


def taken_up(wanted: MoneyWanted) -> bool:
    """Whether somebody moves it; part of the decision's transaction. Otherwise it is for people to do."""
    return any(mover(wanted) for mover in _movers)
