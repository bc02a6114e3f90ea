from kpis.models.amounts import AmountDay, ChangedDay, ChangedScope, CrossDay, CrossMonth, DayTurn, Source
from kpis.models.metrics import Direction, Kind, Measure, Metric, OverTime, Unit
from kpis.models.readings import Reading, ReadingChange, Status, Target, Watch

__all__ = [
    "AmountDay",
    "ChangedDay",
    "ChangedScope",
    "CrossDay",
    "CrossMonth",
    "DayTurn",
    "Direction",
    "Kind",
    "Measure",
    "Metric",
    "OverTime",
    "Reading",
    "ReadingChange",
    "Source",
    "Status",
    "Target",
    "Unit",
    "Watch",
]
