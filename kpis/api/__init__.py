from kpis.api.figures import Measures, Metrics, Readings, Targets
from kpis.api.okr import CheckIns, Objectives

__all__ = ["CheckIns", "Measures", "Metrics", "Objectives", "Readings", "Targets"]
