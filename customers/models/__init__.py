from customers.models.customer import Customer
from customers.models.margins import Margin
from customers.models.orders import Order, OrderBefore, OrderDay
from customers.models.privacy import FieldClass, Retention, RetentionSettings
from customers.models.value import (
    AreaValue,
    CohortMonth,
    Outlook,
    TierMove,
    TopCustomer,
    ValueRun,
    ValueSettings,
)

__all__ = [
    "AreaValue",
    "CohortMonth",
    "Customer",
    "FieldClass",
    "Margin",
    "Order",
    "OrderBefore",
    "OrderDay",
    "Outlook",
    "Retention",
    "RetentionSettings",
    "TierMove",
    "TopCustomer",
    "ValueRun",
    "ValueSettings",
]
