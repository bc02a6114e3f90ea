"""Where a total will end: a distribution, learnt from the days so far. Pure: no database, no clock.

Week, year and events are taken out as factors, one-off amounts are set aside, statsmodels smooths the level that is left,
and the width of the interval comes from what the same forecast would have been off by from earlier days. Chosen by
back-test: docs/forecasting.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pandas as pd

from kpis.forecasting.fitting import LEAST_DAYS, LEAST_DAYS_OF_MONTHS, Fitted, fit
from kpis.forecasting.trials import a_year_before, accuracy, back_test, last_months
from kpis.forecasting.values import (
    PERCENTS,
    Accuracy,
    DayAhead,
    EventDays,
    Forecast,
    Outlier,
    TooLittle,
    Trial,
)

__all__ = [
    "LEAST_DAYS",
    "LEAST_DAYS_OF_MONTHS",
    "PERCENTS",
    "Accuracy",
    "DayAhead",
    "EventDays",
    "Fitted",
    "Forecast",
    "Outlier",
    "TooLittle",
    "Trial",
    "a_year_before",
    "accuracy",
    "back_test",
    "fit",
    "forecast_total",
    "last_months",
    "outliers",
]


def forecast_total(
    history: pd.Series[float], days: Sequence[date], events: Sequence[EventDays] = ()
) -> Forecast | TooLittle:
    """The total over `days`, which follow each other and come after the history; in the history's unit.

    `history` has a row per day, in any order: a day or a few without an amount between others count as zero, a week or
    more as a gap. `events` of all years that the history and the days ahead touch. Several totals of one history: `fit`
    once. Raises ValueError for days ahead that are known, for a day that occurs twice and for infinite amounts.
    """
    fitted = fit(history, events)
    return fitted if isinstance(fitted, TooLittle) else fitted.total(days)


def outliers(history: pd.Series[float], events: Sequence[EventDays] = ()) -> list[Outlier]:
    """Days that season and events do not explain, oldest first; none where there is too little to tell."""
    fitted = fit(history, events)
    return [] if isinstance(fitted, TooLittle) else fitted.outliers()
