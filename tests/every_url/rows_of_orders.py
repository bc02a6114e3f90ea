"""Who may open what of orders. Alice leads a region, so the margin of a whole channel is not hers to see."""

from __future__ import annotations

from typing import Any

from customers.models import Customer, Margin
from tests.every_url.told import (
    ADMINISTRATORS,
    METRIC_KEEPERS,
    NO_SUCH_METHOD,
    VALUE_WRITERS,
    WITH_A_GRANT,
    Row,
    row,
)
from tests.every_url.world import World
from tests.people import node


def a_margin(world: World) -> dict[str, Any]:
    made, _made = Margin.objects.get_or_create(
        node=node("channel:抖音直播"), first_day="2026-01-01", defaults={"percent": 35}
    )
    return {"pk": made.pk}


def a_customer(world: World) -> dict[str, Any]:
    """Of whom nothing is known but by the whole company."""
    made, _made = Customer.objects.get_or_create(key_hash=b"walked".ljust(16))
    return {"pk": made.pk}


OF_ORDERS: dict[str, Row] = {
    "customers:overview": row(WITH_A_GRANT),
    "customers:cohorts": row(WITH_A_GRANT),
    "customers:lifetime": row(WITH_A_GRANT),
    "customers:lifecycle": row(WITH_A_GRANT),
    "customers:limits": row(METRIC_KEEPERS, POST=METRIC_KEEPERS),
    "customers:work_out": row(NO_SUCH_METHOD, POST="403 3xx 403 403 3xx 403 login"),
    "customers:margins": row(WITH_A_GRANT, POST=VALUE_WRITERS),
    "customers:margin_remove": row(NO_SUCH_METHOD, POST="404 3xx 403 3xx 3xx 403 login", at=a_margin),
    "customers:retention": row(ADMINISTRATORS, POST=ADMINISTRATORS),
    "customers:reveal": row(NO_SUCH_METHOD, POST="404 200 403 403 200 403 login", at=a_customer),
}
