from customers.services.margins import MarginMoved, enter_margin, remove_margin
from customers.services.orders import OrderSink
from customers.services.people import know_customer, reveal_contact
from customers.services.retention import RetentionMoved, keep_retention
from customers.services.value_orders import ValueRestatement, order_valuing
from customers.services.value_settings import ValueDraft, ValueSettingsMoved, keep_value_settings
from customers.services.valuing import run_valuing

__all__ = [
    "MarginMoved",
    "OrderSink",
    "RetentionMoved",
    "ValueDraft",
    "ValueRestatement",
    "ValueSettingsMoved",
    "enter_margin",
    "keep_retention",
    "keep_value_settings",
    "know_customer",
    "order_valuing",
    "remove_margin",
    "reveal_contact",
    "run_valuing",
]
