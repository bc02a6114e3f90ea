from customers.services.margins import MarginMoved, enter_margin, remove_margin
from customers.services.orders import OrderSink
from customers.services.people import know_customer
from customers.services.value_orders import ValueRestatement, order_valuing
from customers.services.value_settings import ValueDraft, ValueSettingsMoved, keep_value_settings
from customers.services.valuing import run_valuing

__all__ = [
    "MarginMoved",
    "OrderSink",
    "ValueDraft",
    "ValueRestatement",
    "ValueSettingsMoved",
    "enter_margin",
    "keep_value_settings",
    "know_customer",
    "order_valuing",
    "remove_margin",
    "run_valuing",
]
