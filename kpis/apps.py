from __future__ import annotations

from django.apps import AppConfig


class KpisConfig(AppConfig):
    name = "kpis"

    def ready(self) -> None:
        from kpis import calibration_kind, held, okr_history, telling
        from kpis.facts import FactTable, register_facts
        from kpis.services.entering import SOURCE
        from kpis.services.okr import todo
        from kpis.services.sources import money_is_kept
        from kpis.tree_changes import Restatement
        from kpis.uses import key_results_of, register_uses, results_of, targets_of
        from organization.hooks import register_tree_listener
        from organization.in_use import register_money

        register_facts(FactTable(SOURCE, "kpis_enteredfact", ("channel", "region", "product")))
        register_uses(targets_of)
        register_uses(key_results_of)
        register_uses(results_of)
        register_tree_listener(Restatement())
        register_money(money_is_kept)
        telling.register()
        calibration_kind.register()
        held.register()
        okr_history.register()
        todo.register()
