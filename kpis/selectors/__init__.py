"""Reading for pages and the API. Figures are named here; what a page needs stands in the room of its name."""

from kpis.selectors.figures import (
    NO_FIGURE,
    Figure,
    Said,
    figure,
    figures,
    figures_of_scopes,
    figures_over,
    said_by_source,
    scope_id_of,
    shape_of,
)

__all__ = [
    "NO_FIGURE",
    "Figure",
    "Said",
    "figure",
    "figures",
    "figures_of_scopes",
    "figures_over",
    "said_by_source",
    "scope_id_of",
    "shape_of",
]
