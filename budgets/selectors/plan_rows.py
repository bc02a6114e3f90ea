"""The lines of one version of a plan."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal

from budgets.models import PlanLine, Version


def rows_of(version: Version) -> list[PlanLine]:
    """In order, with all that they name. One query."""
    named = ("channel", "region", "team", "owner", "line__node")
    return list(version.lines.select_related(*named).order_by("position", "pk"))


def total_of(rows: Collection[PlanLine]) -> Decimal:
    return sum((row.amount for row in rows), Decimal(0))
