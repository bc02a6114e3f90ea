from kpis.services.changes import mark_days_changed, mark_metric_changed, mark_scopes_changed, turn_day
from kpis.services.entering import (
    Entered,
    Entry,
    EntryMoved,
    EntryRefused,
    enter_value,
    enter_values,
)
from kpis.services.measures import (
    MeasureDraft,
    MeasureMoved,
    MeasureRefused,
    bring_measure_back,
    edit_measure,
    make_measure,
    put_measure_away,
)
from kpis.services.metrics import (
    MetricDraft,
    MetricInUse,
    MetricMoved,
    MetricRefused,
    bring_metric_back,
    edit_metric,
    make_metric,
    put_metric_away,
)
from kpis.services.plans import change_targets, undo_change
from kpis.services.publishing import CodeTaken, Published, ensure_measure, ensure_metric, publish_amounts
from kpis.services.revisions import Revision, TargetMoved, TargetsMoved, revise_target, revise_targets
from kpis.services.sources import ensure_source, forget_order, order_sources
from kpis.services.targets import TargetEntry, TargetRefused, set_target, set_targets
from kpis.services.watches import unwatch, watch, watch_all

__all__ = [
    "CodeTaken",
    "Entered",
    "Entry",
    "EntryMoved",
    "EntryRefused",
    "MeasureDraft",
    "MeasureMoved",
    "MeasureRefused",
    "MetricDraft",
    "MetricInUse",
    "MetricMoved",
    "MetricRefused",
    "Published",
    "Revision",
    "TargetEntry",
    "TargetMoved",
    "TargetRefused",
    "TargetsMoved",
    "bring_measure_back",
    "bring_metric_back",
    "change_targets",
    "edit_measure",
    "edit_metric",
    "ensure_measure",
    "ensure_metric",
    "ensure_source",
    "enter_value",
    "enter_values",
    "forget_order",
    "make_measure",
    "make_metric",
    "mark_days_changed",
    "mark_metric_changed",
    "mark_scopes_changed",
    "order_sources",
    "publish_amounts",
    "put_measure_away",
    "put_metric_away",
    "revise_target",
    "revise_targets",
    "set_target",
    "set_targets",
    "turn_day",
    "undo_change",
    "unwatch",
    "watch",
    "watch_all",
]
