from kpis.api.benchmarks import Benchmarks, OneBenchmark
from kpis.api.break_downs import ApplyBreakDown, BreakDowns
from kpis.api.calibrations import Calibrations, FileCalibration, OneCalibration
from kpis.api.changes import Changes, UndoChange
from kpis.api.figures import Measures, Metrics, Readings, Targets
from kpis.api.forecasts import Forecasts
from kpis.api.movement import WhyMoved
from kpis.api.okr import CheckIns, Objectives
from kpis.api.planning import PlanCheck, Suggestions
from kpis.api.scores import OnePlan, PlanNotes, Scores
from kpis.api.warnings import AnswerWarning, Warnings

__all__ = [
    "AnswerWarning",
    "ApplyBreakDown",
    "Benchmarks",
    "BreakDowns",
    "Calibrations",
    "Changes",
    "CheckIns",
    "FileCalibration",
    "Forecasts",
    "Measures",
    "Metrics",
    "Objectives",
    "OneBenchmark",
    "OneCalibration",
    "OnePlan",
    "PlanCheck",
    "PlanNotes",
    "Readings",
    "Scores",
    "Suggestions",
    "Targets",
    "UndoChange",
    "Warnings",
    "WhyMoved",
]
