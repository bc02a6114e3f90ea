from __future__ import annotations

from django.apps import AppConfig


class ChannelsConfig(AppConfig):
    name = "channels"

    def ready(self) -> None:
        from channels import (
            allocation_work,
            attribution_work,
            change_kind,
            held,
            rule_consequences,
            telling_history,
        )
        from channels.services import ChannelFacts
        from channels.services.touches import Touches
        from channels.touch_files import PRESET
        from ingest.layouts import register_preset
        from ingest.sinks import register_sink
        from kpis.facts import FactTable, register_facts

        register_facts(FactTable("channels", "channels_fact", ("channel", "region", "product")))
        register_sink(ChannelFacts())
        register_sink(Touches())
        register_preset(PRESET)
        attribution_work.register()
        allocation_work.register()
        held.register()
        change_kind.register()
        rule_consequences.register_all()
        telling_history.register()
