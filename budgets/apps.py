from __future__ import annotations

from django.apps import AppConfig


class BudgetsConfig(AppConfig):
    name = "budgets"

    def ready(self) -> None:
        from budgets import line_kind, plan_kind, published

        line_kind.register()
        plan_kind.register()
        published.register()
