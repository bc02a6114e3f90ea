"""Dynamic bands: what a figure may be on a day, learnt from its own history, with a stated false-alarm rate. Pure.

`learn` gives the bands, `breach` holds a figure against one. The method, its sources and what it was measured to do:
docs/alerting.md.
"""

from __future__ import annotations

from alerts.bands.learning import Study, learn, study
from alerts.bands.values import (
    COMMONEST,
    RAREST,
    Band,
    Bands,
    Breach,
    Direction,
    Mark,
    Side,
    Terms,
    TooLittle,
    breach,
    breaches,
    marks_on,
    outside,
)

__all__ = [
    "COMMONEST",
    "RAREST",
    "Band",
    "Bands",
    "Breach",
    "Direction",
    "Mark",
    "Side",
    "Study",
    "Terms",
    "TooLittle",
    "breach",
    "breaches",
    "learn",
    "marks_on",
    "outside",
    "study",
]
