"""What the pages of this floor read: kept figures and roll-ups, never facts."""

from dashboards.selectors.amounts import Day, Freshness
from dashboards.selectors.areas import SPLITS, Area, Found, Lineage, Place, area_of, company_name, name_of
from dashboards.selectors.campaigns import Campaign, Campaigns
from dashboards.selectors.catalog import Amounts, Catalog, catalog
from dashboards.selectors.frame import Frame, Framed, frame_of
from dashboards.selectors.heat import ATTAINMENT, HeatMap
from dashboards.selectors.overview import Asked, overview
from dashboards.selectors.shapes import Compared, Funnel, OverTime, Overview, Part, Spend, Split

__all__ = [
    "ATTAINMENT",
    "SPLITS",
    "Amounts",
    "Area",
    "Asked",
    "Campaign",
    "Campaigns",
    "Catalog",
    "Compared",
    "Day",
    "Found",
    "Frame",
    "Framed",
    "Freshness",
    "Funnel",
    "HeatMap",
    "Lineage",
    "OverTime",
    "Overview",
    "Part",
    "Place",
    "Spend",
    "Split",
    "area_of",
    "catalog",
    "company_name",
    "frame_of",
    "name_of",
    "overview",
]
