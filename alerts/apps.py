from __future__ import annotations

from django.apps import AppConfig


class AlertsConfig(AppConfig):
    name = "alerts"

    def ready(self) -> None:
        from kpis.listeners import register_listener

        register_listener("alerts.tasks.evaluate")
