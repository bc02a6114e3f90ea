from __future__ import annotations

from django.apps import AppConfig


class AlertsConfig(AppConfig):
    name = "alerts"

    def ready(self) -> None:
        from alerts.uses import rules_of
        from kpis.listeners import register_listener
        from kpis.uses import register_uses

        register_uses(rules_of)
        register_listener("alerts.tasks.evaluate")
