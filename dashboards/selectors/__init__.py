"""What the pages of this floor read: kept figures and roll-ups, never facts."""

from dashboards.selectors.amounts import Day, Freshness
from dashboards.selectors.areas import Area, Choices, Place, area_of, company_name
from dashboards.selectors.overview import GRAINS, Compared, OverTime, Overview, Part, Split, overview

__all__ = [
    "GRAINS",
    "Area",
    "Choices",
    "Compared",
    "Day",
    "Freshness",
    "OverTime",
    "Overview",
    "Part",
    "Place",
    "Split",
    "area_of",
    "company_name",
    "overview",
]
