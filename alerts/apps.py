from __future__ import annotations

from django.apps import AppConfig


class AlertsConfig(AppConfig):
    name = "alerts"

    def ready(self) -> None:
        from alerts import alert_kind, held, telling_history
        from alerts.models import Connection, Message
        from alerts.services.asking import register_task
        from alerts.services.letters import carry
        from alerts.tree_changes import Coverage
        from alerts.uses import rules_of
        from kpis.listeners import register_listener
        from kpis.uses import register_uses
        from organization.hooks import register_tree_listener
        from organization.letters import register_courier
        from organization.sealed import SealedField, register_sealed

        register_uses(rules_of)
        register_tree_listener(Coverage())
        register_listener("alerts.tasks.evaluate")
        register_courier(carry)
        alert_kind.register()
        held.register()
        telling_history.register()
        register_task()
        register_sealed(SealedField(Connection, "sealed"), SealedField(Message, "sealed"))
