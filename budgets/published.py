"""What the spine calls what budgets publish."""

from __future__ import annotations

from kpis.facts import FactTable, register_facts

SOURCE = "budgets"  # the code of the source, and of its facts
TABLE = "budgets_costday"
RANK = 950  # cost that a channel reports itself counts first, so that nothing counts twice

DAILY = ("planned", "committed", "spent")
TO_DATE = ("budget_total", "budget_used", "budget_spent", "budget_expected")
CONVERSIONS = ("budget_conversions", "budget_conversions_expected")


def register() -> None:
    register_facts(FactTable(SOURCE, TABLE, ("channel", "region", "product")))
