from kpis.models.amounts import (
    AmountDay,
    BesideDay,
    ChangedDay,
    ChangedScope,
    CrossDay,
    CrossMonth,
    DayTurn,
    Source,
    SourceOrder,
    Uncounted,
)
from kpis.models.metrics import Direction, Kind, Measure, Metric, OverTime, Unit
from kpis.models.readings import Reading, ReadingChange, Status, Target, Watch

__all__ = [
    "AmountDay",
    "BesideDay",
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
    "SourceOrder",
    "Status",
    "Target",
    "Uncounted",
    "Unit",
    "Watch",
]
