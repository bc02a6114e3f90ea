"""What orders say of a customer: what she bought, in figures. Nothing of it goes when she is forgotten."""

from __future__ import annotations

from collections.abc import Collection

from customers.forgetting import Holder, register_holder
from customers.models import Order, OrderBefore, TopCustomer
from organization.gate import Action, rows_where, scopes_where
from organization.models import Person

AREA = {"channel": "channel_id", "region": "region_id", "product": "product_id"}


def register() -> None:
    register_holder(
        Holder(
            code="orders",
            table="customers_order",
            column="customer_id",
            forget=lambda customer: None,
            seen_by=_sees_order,
            batches=_batches,
        )
    )
    register_holder(
        Holder("earlier orders", "customers_orderbefore", "customer_id", forget=lambda customer: None)
    )


def _sees_order(person: Person, needs: Action, customer: int) -> bool:
    """Or she stands among the best of an area of hers."""
    return (
        Order.objects.filter(rows_where(person, needs, AREA), customer=customer).exists()
        or TopCustomer.objects.filter(customer=customer, scope__in=scopes_where(person, needs)).exists()
    )


def _batches(customer: int) -> Collection[int]:
    found: set[int] = set()
    for model in (Order, OrderBefore):
        found.update(model.objects.filter(customer=customer).values_list("batch_id", flat=True).distinct())
    return found
