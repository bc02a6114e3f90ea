from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CustomersConfig(AppConfig):
    name = "customers"

    def ready(self) -> None:
        from customers import held, sealed, telling
        from customers.order_files import PRESET, SINK, SOURCE, orders
        from customers.services import OrderSink, ValueRestatement, run_valuing
        from customers.services.value_orders import KIND
        from customers.tree_changes import MarginsFollow
        from ingest.layouts import Preset, register_preset
        from ingest.sinks import register_sink
        from kpis.facts import FactTable, register_facts
        from organization.gate import Action, can, can_somewhere
        from organization.hooks import register_tree_listener
        from organization.jobs import JobKind, register_job_kind

        held.register()
        sealed.register()
        telling.register()
        register_facts(FactTable(SINK, "customers_orderday", ("channel", "region", "product")))
        register_sink(OrderSink())
        register_tree_listener(ValueRestatement())
        register_tree_listener(MarginsFollow())
        register_job_kind(
            JobKind(
                code=KIND,
                label=_("What customers are worth"),
                run=run_valuing,
                may_see=lambda person, _job: can_somewhere(person, Action.VIEW),
                may_cancel=lambda person, _job: can(person, Action.KEEP_METRICS),
            )
        )
        register_preset(
            Preset(
                PRESET,
                orders,
                label=_("Own orders: a line an order, with customer, date and amount"),
                source=_("Own orders"),
                source_code=SOURCE,
                whole=True,
                shown=(
                    "customer (客户, 会员号, user_id)",
                    "date",
                    "amount",
                    "order no",
                    "channel",
                    "region",
                    "product",
                    "…",
                ),
                needs=_(
                    "No line of headings with a customer, a date and an amount was found. Name the columns for example"
                    " customer, date, amount, order no, channel, region, product."
                ),
            )
        )
