"""Prints how a line burns as JSON: `manage.py burn BUDGET LINE --as-of DATE`."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from budgets.burn import Burn
from budgets.models import Budget, BudgetState, Line
from budgets.selectors.burn import burn_as_of


class Command(BaseCommand):
    help = (
        "Print what a line has planned, committed and spent by the end of a day, what was expected by then, the variance"
        " (a part of what was expected), the forecast for the end with its range, and the day on which the money runs"
        " out; null is not known."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("budget", metavar="BUDGET", help="its name")
        parser.add_argument("line", metavar="LINE", help="its name")
        parser.add_argument(
            "--as-of",
            type=_day,
            default=None,
            metavar="DATE",
            help="the last day that counts, 2026-08-15; today where nothing is said",
        )

    def handle(self, *, budget: str, line: str, as_of: date | None, **options: Any) -> None:
        found = (
            Line.objects.filter(budget=_budget(budget), name__iexact=line.strip())
            .select_related("budget")
            .first()
        )
        if found is None:
            raise CommandError(f"{budget!r} has no line {line!r}: its approved plan names the lines.")
        self.stdout.write(
            json.dumps(told(burn_as_of(found, by=as_of or timezone.localdate())), ensure_ascii=False)
        )


def told(burn: Burn) -> dict[str, Any]:
    """Amounts with two digits, parts of one with four; days in ISO form."""
    ahead = burn.forecast
    return {
        "as_of": burn.by.isoformat(),
        "planned": _number(burn.total),
        "committed": _number(burn.committed),
        "spent": _number(burn.spent),
        "frozen": _number(burn.frozen),
        "free": _number(burn.free),
        "used": _number(burn.consumed, 4),
        "expected": _number(burn.expected),
        "variance": _number(burn.variance, 4),
        "light": str(burn.light.colour),
        "daily_rate": _number(burn.rate.day if burn.rate else None),
        "forecast": _number(ahead.mean if ahead else None),
        "forecast_low": _number(ahead.low if ahead else None),
        "forecast_high": _number(ahead.high if ahead else None),
        "run_out": burn.run_out.isoformat() if burn.run_out else None,
    }


def _number(value: Decimal | None, places: int = 2) -> float | None:
    return None if value is None else float(round(value, places))


def _budget(name: str) -> Budget:
    """By its name, or by its code; drafts have no lines yet."""
    named = Budget.objects.select_related("node").exclude(state=BudgetState.DRAFT)
    found = [one for one in named if name.strip().casefold() in _names(one)]
    if not found:
        raise CommandError(f"There is no approved budget {name!r}.")
    return found[-1]


def _names(budget: Budget) -> set[str]:
    node = budget.node
    return {one.casefold() for one in (node.name, node.name_zh, node.path, f"budget:{node.path}") if one}


def _day(text: str) -> date:
    return date.fromisoformat(text)
