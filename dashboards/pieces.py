"""What pages hand to the shared partials: values that travel from a selector to a template, nothing worked out here.

Units: amounts are Decimals in their metric's unit, shares and changes of amounts are fractions, changes of
percent metrics are points (see common/formats.py). None is "no value" and is drawn as a dash.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from common.formats import Figured
from kpis.outlook_words import Brief


@dataclass(frozen=True)
class KeyFigure:
    """One tile, for `_key_figure.html`."""

    name: str
    metric: Figured
    value: Decimal | None
    status: str = "grey"
    reason: str = (
        ""  # "no_data", "no_target" or "few" where the light is grey, "over" where less would be better
    )
    expected: Decimal | None = None  # by now
    target: Decimal | None = None  # at the end of the period
    attainment: Decimal | None = None
    change: Decimal | None = None
    change_since: str = ""  # "on July", "on last year"
    change_on_year: Decimal | None = None
    on_year: str = ""  # "on last year"; "" says nothing about it
    standing: str = ""  # "7% over plan", said instead of the attainment
    why: str = ""  # where it is said why the light is so, and where the figure comes from
    as_of: date | None = None
    url: str = ""
    help: str = ""  # the formula in words
    step: str = ""  # where there is no target: what to do, a link to `url`
    estimated: bool = False
    at_risk: tuple[str, ...] = ()  # beside a green light: what leads to it and is off plan
    ahead: Brief | None = None  # where it will probably end
    trend: Sequence[Decimal | None] = ()  # the last periods as a small line
    trend_said: str = ""  # the same in words


class CellKind(StrEnum):
    FIGURE = "figure"  # in full, right-aligned
    SHORT = "short"  # three digits, exact on hover
    SHARE = "share"
    CHANGE = "change"
    SPARK = "spark"
    DAY = "day"
    TEXT = "text"


@dataclass(frozen=True)
class Cell:
    """`label` is its column's heading, which a phone shows above the value. `status` "" prints no light of its own."""

    label: str
    value: object
    kind: CellKind = CellKind.TEXT
    metric: Figured | None = None
    status: str = ""
    reason: str = ""
    estimated: bool = False
    why: str = ""
    at_risk: tuple[str, ...] = ()
    said: str = ""  # of a small line, for those who do not see it

    @property
    def numeric(self) -> bool:
        return self.kind not in {CellKind.TEXT, CellKind.SPARK}


@dataclass(frozen=True)
class LightRow:
    """One line of a table of lights. `tone` is "" or "muted" ("not split") or "total"."""

    name: str
    cells: tuple[Cell, ...]
    status: str = ""  # "" prints no light
    reason: str = ""
    url: str = ""
    detail: str = ""
    tone: str = ""
    at_risk: tuple[str, ...] = ()


@dataclass(frozen=True)
class LightsTable:
    """For `_lights_table.html`; every row has the same labels in the same order."""

    caption: str
    first: str  # heading of the first column
    rows: tuple[LightRow, ...]
    more: int = 0  # rows that were left out

    @property
    def columns(self) -> tuple[Cell, ...]:
        return self.rows[0].cells if self.rows else ()

    @property
    def lit(self) -> bool:
        """Whether any row has a light; bare figures need no column for them."""
        return any(row.status for row in self.rows)


@dataclass(frozen=True)
class Attention:
    """Something that needs someone, with one next step, for `_attention.html`. `name`: what it is about, set apart,
    a link to `area` where the step leads elsewhere.
    """

    words: str
    status: str
    step: str  # "Open", "Explain"
    url: str
    name: str = ""
    area: str = ""
    at_risk: tuple[str, ...] = ()


@dataclass(frozen=True)
class Progress:
    """Long work, for `_progress.html`. `state` is waiting, running, done or failed."""

    words: str
    state: str
    rows: int = 0
    percent: int | None = None  # None: not known yet
    seconds_left: int | None = None
    url: str = ""  # where to ask again; "" asks no more
    error: str = ""
