from __future__ import annotations

from django.apps import AppConfig


class BudgetsConfig(AppConfig):
    name = "budgets"

    def ready(self) -> None:
        from budgets import (
            entering,
            held,
            hold_parts,
            line_kind,
            open_parts,
            pause_kind,
            plan_kind,
            published,
            rule_consequences,
            telling_holds,
            telling_open,
            telling_plans,
            telling_transfers,
            transfer_kind,
            transfers_part,
        )
        from budgets.services import audience, channel_money, ladder, plan_intake
        from budgets.services.plans import on_approved
        from decisions.money import register_mover

        entering.register()
        held.register()
        line_kind.register()
        open_parts.register()
        on_approved(audience.open_up)
        plan_kind.register()
        plan_intake.register()
        transfer_kind.register()
        telling_plans.register()
        telling_open.register()
        telling_transfers.register()
        telling_holds.register()
        transfers_part.register()
        published.register()
        pause_kind.register()
        hold_parts.register()
        rule_consequences.register_all()
        on_approved(ladder.follow_approved)
        register_mover(channel_money.move)
