from __future__ import annotations

from django.apps import AppConfig


class BudgetsConfig(AppConfig):
    name = "budgets"

    def ready(self) -> None:
        from budgets import (
            entering,
            line_kind,
            pause_kind,
            plan_kind,
            published,
            rule_consequences,
            telling_transfers,
            transfer_kind,
            transfers_part,
        )
        from budgets.services import ladder
        from budgets.services.plans import on_approved

        entering.register()
        line_kind.register()
        plan_kind.register()
        transfer_kind.register()
        telling_transfers.register()
        transfers_part.register()
        published.register()
        pause_kind.register()
        rule_consequences.register_all()
        on_approved(ladder.follow_approved)
