from customers.services.orders import OrderSink

__all__ = ["OrderSink"]
