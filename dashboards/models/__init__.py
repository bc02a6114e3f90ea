"""What people make of the pages: views they keep, pages of their own, screens, embeds and mailings. No figures."""

from dashboards.models.boards import MOST_PANELS, Board, ChartKind, Panel, Width
from dashboards.models.keeping import SavedView, StartPage
from dashboards.models.mailings import Every, Mailing, Parcel
from dashboards.models.pictures import Picture
from dashboards.models.shown import Embed, Screen, ScreenPage

__all__ = [
    "MOST_PANELS",
    "Board",
    "ChartKind",
    "Embed",
    "Every",
    "Mailing",
    "Panel",
    "Parcel",
    "Picture",
    "SavedView",
    "Screen",
    "ScreenPage",
    "StartPage",
    "Width",
]
