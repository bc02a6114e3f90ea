from __future__ import annotations

from django.apps import AppConfig


class ChannelsConfig(AppConfig):
    name = "channels"

    def ready(self) -> None:
        from channels import attribution_work, held, telling_history
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
        held.register()
        telling_history.register()
