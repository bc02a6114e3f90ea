"""Under which names feedback speaks on the spine."""

from __future__ import annotations

from kpis.facts import FactTable, register_facts

# One source for all ways in: sources of a measure are alternatives, and answers of a form and of a file add up.
SOURCE = "feedback"
TABLE = "feedback"  # of facts


def register() -> None:
    register_facts(FactTable(TABLE, "feedback_feedbackday", ("channel", "region", "product")))
