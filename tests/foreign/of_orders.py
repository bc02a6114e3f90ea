"""What is left of the revenue of the channels of a world."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from customers.services import enter_margin
from tests.foreign.worlds import Company


def sold(made: Company, world: str) -> None:
    channel = made.nodes["channel", world]
    percent = {"a": "61.37", "b": "47.83"}[world]
    made.figures.setdefault(percent, set()).add(channel.code)
    margin = enter_margin(
        node=channel, first_day=date(2026, 1, 2), percent=Decimal(percent), based_on=0, person=None
    )
    made.things[world]["margin"] = margin.pk
