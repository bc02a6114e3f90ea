from customers.models.customer import Customer
from customers.models.margins import Margin
from customers.models.orders import Order, OrderBefore, OrderDay

__all__ = ["Customer", "Margin", "Order", "OrderBefore", "OrderDay"]
