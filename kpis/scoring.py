"""How far a figure is, and which light it gets. Source: design.md §2 (attainment, status)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

ONE = Decimal(1)


@dataclass(frozen=True)
class Bands:
    """Attainment from which a light is green, and from which it is yellow; edges of the band for band metrics."""

    green_from: Decimal = ONE
    yellow_from: Decimal = Decimal("0.85")
    low: Decimal | None = None
    high: Decimal | None = None


@dataclass(frozen=True)
class Score:
    """`attainment` is None where there is no number; `met` None where there is nothing to judge."""

    attainment: Decimal | None
    met: bool | None


NOTHING = Score(None, None)


def score(*, value: Decimal | None, expected: Decimal | None, direction: str, bands: Bands) -> Score:
    """Attainment of a value against what is expected by now (a ratio: 1 is on plan).

    higher is better: a/e for e > 0, 1 + (a − e)/|e| for e < 0; lower is better: e/a for a, e > 0, met without a number
    for a ≤ 0 < e, 1 − (a − e)/|e| for e < 0; e = 0: met or not, no number. Band: 1 inside, else
    1 − distance/|nearest edge|.
    """
    if value is None:
        return Score(None, None)
    if direction == "band":
        return _score_band(value, bands)
    if expected is None:
        return Score(None, None)
    if direction == "higher":
        met = value >= expected
        if expected == 0:
            return Score(None, met)
        return Score(value / expected if expected > 0 else 1 + (value - expected) / abs(expected), met)
    met = value <= expected
    if expected == 0 or value <= 0 < expected:
        return Score(None, met)
    return Score(expected / value if expected > 0 else 1 - (value - expected) / abs(expected), met)


def _score_band(value: Decimal, bands: Bands) -> Score:
    assert bands.low is not None
    assert bands.high is not None
    if bands.low <= value <= bands.high:
        return Score(ONE, True)
    edge = bands.low if value < bands.low else bands.high
    return Score(1 - abs(value - edge) / abs(edge) if edge != 0 else None, False)


def too_few(base: Decimal | None, least: int | None) -> bool:
    """Whether what stands below the line is less than what a metric wants before it is judged."""
    return least is not None and base is not None and base < least


def light(result: Score, bands: Bands) -> str:
    """green, yellow, red; grey where there is nothing to judge, never green for want of data.

    What rests on too few has no score: `NOTHING`.
    """
    if result.met is None:
        return "grey"
    if result.attainment is None:
        return "green" if result.met else "red"
    if result.attainment >= bands.green_from:
        return "green"
    return "yellow" if result.attainment >= bands.yellow_from else "red"


# The same in SQL, over the columns value, expected, direction, band_low, band_high, green_from, yellow_from, and few.
# tests/kpis/test_scoring.py holds the two against each other.
ATTAINMENT_SQL = """
    CASE
        WHEN value IS NULL OR few THEN NULL
        WHEN direction = 'band' THEN
            CASE WHEN value BETWEEN band_low AND band_high THEN 1
                 WHEN value < band_low THEN 1 - (band_low - value) / abs(nullif(band_low, 0))
                 ELSE 1 - (value - band_high) / abs(nullif(band_high, 0)) END
        WHEN expected IS NULL OR expected = 0 THEN NULL
        WHEN direction = 'higher' THEN
            CASE WHEN expected > 0 THEN value / expected ELSE 1 + (value - expected) / abs(expected) END
        WHEN expected < 0 THEN 1 - (value - expected) / abs(expected)
        WHEN value > 0 THEN expected / value
    END"""

# Needs the column attainment besides.
STATUS_SQL = """
    CASE
        WHEN value IS NULL OR few OR (expected IS NULL AND direction <> 'band') THEN 'grey'
        WHEN attainment >= green_from THEN 'green'
        WHEN attainment >= yellow_from THEN 'yellow'
        WHEN attainment IS NOT NULL THEN 'red'
        WHEN direction = 'higher' AND value >= expected THEN 'green'
        WHEN direction = 'lower' AND value <= expected THEN 'green'
        ELSE 'red'
    END"""
