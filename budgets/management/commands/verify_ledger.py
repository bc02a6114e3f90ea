"""Adds all entries up anew and says as JSON whether what is kept agrees: `manage.py verify_ledger`."""

from __future__ import annotations

import json
import sys
import time
from decimal import Decimal
from typing import Any

from django.core.management.base import BaseCommand

from budgets.models import Line
from budgets.selectors.verifying import Difference, verify_ledger


class Command(BaseCommand):
    help = (
        "Add up all entries of all budgets anew and print as JSON whether the sums that are kept of lines, days and months"
        " agree, or which differ. Exits with 1 where any does. Nothing is written."
    )

    def handle(self, **options: Any) -> None:
        began = time.perf_counter()
        found = verify_ledger()
        names = {
            line.pk: f"{line.budget.node.name}/{line.name}"
            for line in Line.objects.filter(pk__in={one.line for one in found.differences}).select_related(
                "budget__node"
            )
        }
        told = {
            "agrees": found.agrees,
            "entries": found.entries,
            "lines": found.lines,
            "differing": found.differing,
            "differences": [_told(one, names.get(one.line, "")) for one in found.differences],
            "seconds": round(time.perf_counter() - began, 3),
        }
        self.stdout.write(json.dumps(told, ensure_ascii=False))
        if not found.agrees:
            sys.exit(1)


def _told(one: Difference, name: str) -> dict[str, Any]:
    return {
        "table": one.table,
        "line": one.line,
        "name": name,
        **({"day": one.day.isoformat()} if one.day else {}),
        "kept": {column: _number(amount) for column, amount in one.kept.items()},
        "entries": {column: _number(amount) for column, amount in one.entries.items()},
    }


def _number(amount: Decimal) -> str:
    return f"{amount:f}"
