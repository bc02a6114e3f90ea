from kpis.api.figures import Measures, Metrics, Readings, Targets

__all__ = ["Measures", "Metrics", "Readings", "Targets"]
