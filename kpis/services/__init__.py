from kpis.services.changes import mark_days_changed, mark_metric_changed, mark_scopes_changed, turn_day
from kpis.services.revisions import Revision, TargetMoved, TargetsMoved, revise_target, revise_targets
from kpis.services.sources import ensure_source, forget_order, order_sources
from kpis.services.targets import TargetEntry, TargetRefused, set_target, set_targets
from kpis.services.watches import unwatch, watch, watch_all

__all__ = [
    "Revision",
    "TargetEntry",
    "TargetMoved",
    "TargetRefused",
    "TargetsMoved",
    "ensure_source",
    "forget_order",
    "mark_days_changed",
    "mark_metric_changed",
    "mark_scopes_changed",
    "order_sources",
    "revise_target",
    "revise_targets",
    "set_target",
    "set_targets",
    "turn_day",
    "unwatch",
    "watch",
    "watch_all",
]
