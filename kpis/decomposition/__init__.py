"""Breaking a whole down: parts that add up to the unit, what they weigh and why, and whether parts and whole agree.

Pure: no database, no clock.
"""

from kpis.decomposition.checks import Disagreement, disagreement, weighted
from kpis.decomposition.dividing import (
    DivisionRefused,
    LocksTooLarge,
    UnitRefused,
    WeightsRefused,
    divide,
)
from kpis.decomposition.grids import Grid, divide_grid
from kpis.decomposition.weights import (
    Cause,
    Policy,
    Reason,
    Stage,
    Standing,
    Weighed,
    by_days,
    by_stage,
    equal,
    from_history,
    weights_of,
)

__all__ = [
    "Cause",
    "Disagreement",
    "DivisionRefused",
    "Grid",
    "LocksTooLarge",
    "Policy",
    "Reason",
    "Stage",
    "Standing",
    "UnitRefused",
    "Weighed",
    "WeightsRefused",
    "by_days",
    "by_stage",
    "disagreement",
    "divide",
    "divide_grid",
    "equal",
    "from_history",
    "weighted",
    "weights_of",
]
