from customers.services.margins import MarginMoved, enter_margin, remove_margin
from customers.services.orders import OrderSink

__all__ = ["MarginMoved", "OrderSink", "enter_margin", "remove_margin"]
