"""What is left of the revenue of the channels of a world, and what their customers are worth."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from customers.models import AreaValue, CohortMonth, TierMove, ValueRun
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
    run = ValueRun.objects.first() or ValueRun.objects.create(
        inputs="import 1", first_day=date(2026, 1, 2), last_day=date(2026, 2, 20), orders=2, customers=2,
        limits={"window_days": 365, "new_days": 90, "dormant_days": 180, "high_score": 8, "soon_days": 30,
            "horizon_months": 24},
    )  # fmt: skip
    for place, node in enumerate((channel, made.nodes["region", world])):
        people = {"a": 7_213_817, "b": 8_314_919}[world] + 11 * place
        made.figures.setdefault(f"{people:,}", set()).add(node.code)
        AreaValue.objects.create(
            run=run, scope=node.scope, customers=people, orders=people, amount=people * 3, steps=[people, 5, 3, 1],
            step_amounts=[str(people)] * 4,
        )  # fmt: skip
        TierMove.objects.create(
            run=run, scope=node.scope, month=date(2026, 2, 1), tier="new", customers=people, amount=people
        )
        for later in (0, 1):
            CohortMonth.objects.create(
                run=run,
                scope=node.scope,
                month=date(2026, 1, 1),
                later=later,
                customers=people,
                amount=people,
            )
