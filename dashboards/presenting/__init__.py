"""From an overview to the pieces that templates draw (dashboards/pieces.py)."""

from dashboards.presenting.campaigns import CampaignTable, campaign_table
from dashboards.presenting.crumbs import crumbs
from dashboards.presenting.drawings import Chart, chart_list
from dashboards.presenting.figures import attention, funnel, key_figures, sources
from dashboards.presenting.filters import Filters, filters
from dashboards.presenting.heat import heat_table
from dashboards.presenting.parts import lights, tabs

__all__ = [
    "CampaignTable",
    "Chart",
    "Filters",
    "attention",
    "campaign_table",
    "chart_list",
    "crumbs",
    "filters",
    "funnel",
    "heat_table",
    "key_figures",
    "lights",
    "sources",
    "tabs",
]
