"""The method of `kpis.forecasting` beside others on a file of weeks: what docs/forecasting.md shows.

`python -m config.bench.back_tests [FILE]` prints the tables as Markdown. FILE has the columns of the shipped data: geo,
time (a week's first day), conversions, revenue_per_conversion. The others are told the same complete weeks, and forecast
weeks, of which a month gets its days' share.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from kpis.forecasting import EventDays, Trial, accuracy, back_test, last_months
from organization.calendars import events_of

SHIPPED = Path(__file__).parent.parent.parent / "tests" / "data" / "meridian_geo_full_funnel_weekly.csv"
CHOSEN, NAIVE = "ours", "seasonal naive"
YEAR_OF_WEEKS = 52
Floats = npt.NDArray[np.float64]
# Means of the weeks ahead, and the standard deviation of their sum by the model's own reckoning.
Weeks = Callable[[Floats, int], tuple[Floats, float]]
Z80 = 1.2816


def read(file: Path) -> dict[str, pd.Series[float]]:
    """Revenue by day for each region: each week spread over its days."""
    table = pd.read_csv(file, parse_dates=["time"])
    table["revenue"] = table["conversions"] * table["revenue_per_conversion"]
    found = {}
    for region, rows in table.sort_values("time").groupby("geo"):
        days = pd.date_range(rows["time"].iloc[0], periods=7 * len(rows))
        found[str(region)] = pd.Series(np.repeat(rows["revenue"].to_numpy() / 7, 7), index=days)
    return found


def naive(weeks: Floats, ahead: int) -> tuple[Floats, float]:
    last = weeks[-YEAR_OF_WEEKS:]
    means = np.resize(last, ahead)
    off = weeks[YEAR_OF_WEEKS:] - weeks[:-YEAR_OF_WEEKS]
    return means, float(off.std() * np.sqrt(ahead))


def two_years(weeks: Floats) -> bool:
    """What a season needs; before that the seasonal ones do without."""
    return len(weeks) >= 2 * YEAR_OF_WEEKS


def mean_of_all(weeks: Floats, ahead: int) -> tuple[Floats, float]:
    return np.full(ahead, weeks.mean()), float(weeks.std() * np.sqrt(ahead))


def ets(weeks: Floats, ahead: int, *, trend: bool) -> tuple[Floats, float]:
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel

    scale = weeks.mean()
    model = ETSModel(weeks / scale, error="add", trend="add" if trend else None, damped_trend=trend)
    fitted = model.fit(disp=False)
    paths = fitted.simulate(ahead, anchor="end", repetitions=400, rng=np.random.default_rng(1)).reshape(
        ahead, -1
    )
    return np.asarray(fitted.forecast(ahead)) * scale, float(np.std(paths.sum(axis=0))) * scale


def theta(weeks: Floats, ahead: int, *, season: bool) -> tuple[Floats, float]:
    from statsmodels.tsa.forecasting.theta import ThetaModel

    index = pd.date_range("2000-01-03", periods=len(weeks), freq="W-MON")
    seasonal = season and two_years(weeks)
    model = ThetaModel(
        pd.Series(weeks, index=index), period=YEAR_OF_WEEKS, deseasonalize=seasonal, use_test=False
    )
    fitted = model.fit()
    ends = fitted.prediction_intervals(ahead, alpha=0.2)
    single = (ends["upper"] - ends["lower"]).to_numpy() / 2 / Z80
    return fitted.forecast(ahead).to_numpy(), float(np.sqrt((single**2).sum()))


def winters(weeks: Floats, ahead: int) -> tuple[Floats, float]:
    from statsmodels.tsa.holtwinters import ExponentialSmoothing

    model = ExponentialSmoothing(
        weeks,
        trend="add",
        damped_trend=True,
        seasonal="add" if two_years(weeks) else None,
        seasonal_periods=YEAR_OF_WEEKS,
        initialization_method="heuristic",
    )
    fitted = model.fit()
    return np.asarray(fitted.forecast(ahead)), float(np.std(fitted.resid) * np.sqrt(ahead))


RIVALS: dict[str, Weeks] = {
    NAIVE: naive,
    "mean of all weeks": mean_of_all,
    "ETS(A,N,N)": partial(ets, trend=False),
    "ETS(A,Ad,N)": partial(ets, trend=True),
    "Theta": partial(theta, season=False),
    "Theta, seasonal": partial(theta, season=True),
    "Holt-Winters, damped": winters,
}


def rival(history: pd.Series[float], spans: Iterable[tuple[date, date]], weeks_ahead: Weeks) -> list[Trial]:
    """As `back_test`, with a model that knows weeks only."""
    begin = pd.DatetimeIndex(history.index)[0].date()
    amounts: Floats = np.asarray(history.to_numpy(), dtype=np.float64)
    trials = []
    for first, last in spans:
        known = (first - begin).days // 7
        ahead = (last - begin).days // 7 + 1 - known
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            means, error = weeks_ahead(amounts[: 7 * known].reshape(-1, 7).sum(axis=1), ahead)
        here = slice((first - begin).days - 7 * known, (last - begin).days + 1 - 7 * known)
        share = (here.stop - here.start) / (7 * ahead)
        told = float(np.repeat(means / 7, 7)[here].sum())
        wide = Z80 * error * np.sqrt(share)
        came = slice((first - begin).days, (last - begin).days + 1)
        before = slice(came.start - 7 * YEAR_OF_WEEKS, came.stop - 7 * YEAR_OF_WEEKS)
        actual, year_ago = float(amounts[came].sum()), float(amounts[before].sum())
        trials.append(
            Trial(first - timedelta(days=1), first, last, actual, told, told - wide, told + wide, year_ago)
        )
    return trials


def _rival(work: tuple[str, str, pd.Series[float]]) -> tuple[str, str, list[Trial]]:
    method, region, history = work
    months = last_months(pd.DatetimeIndex(history.index)[-1].date(), 12)
    return method, region, rival(history, months, RIVALS[method])


MONTHS = "a month, from its first day"


def _ours(work: tuple[str, pd.Series[float]]) -> tuple[str, dict[str, list[Trial]]]:
    region, history = work
    end = pd.DatetimeIndex(history.index)[-1].date()
    months = last_months(end, 12)
    halves = [(first + timedelta(days=15), last) for first, last in months]
    return region, {
        MONTHS: back_test(history, months),
        "the rest of a month, from its 16th": back_test(history, halves),
        "a month, told a month before": back_test(history, months, wait=30),
        "three months": back_test(history, last_months(end, 10, months=3)),
        "twelve months": back_test(history, last_months(end, 1, months=12)),
    }


@dataclass(frozen=True)
class Business:
    """A made one: yearly growth of which each year strays by 6 points, over `growing` years; a week's wander of the
    level and a day's noise as logarithms."""

    growth: float
    growing: int = 9
    wander: float = 0.01
    noise: float = 0.25


MADE = {
    "grows by 15% a year": Business(0.15),
    "stays as it is": Business(0.0),
    "shrinks by 15% a year": Business(-0.15),
    "grows by 40% a year": Business(0.4),
    "grew by 30%, for a year no more": Business(0.3, growing=3),
    "wanders": Business(0.1, wander=0.04),
    "is noisy": Business(0.1, noise=0.6),
}
MADE_FROM, MADE_TO, SEEDS = date(2022, 1, 1), date(2025, 12, 31), 20


def make(business: Business, seed: int, events: list[EventDays]) -> pd.Series[float]:
    """Four years of days with a week, a season of three waves and a feeling for the events of its own."""
    draw = np.random.default_rng(seed)
    days = pd.date_range(MADE_FROM, MADE_TO)
    year = np.arange(len(days)) / 365.2425
    growth = business.growth + 0.06 * draw.standard_normal(5)
    growth[business.growing :] = 0
    size = np.cumsum(growth[year.astype(int)] / 365.2425)
    for wave, swing in enumerate(0.2 * draw.dirichlet(np.ones(3)), start=1):
        size += swing * np.sin(2 * np.pi * wave * year + draw.uniform(0, 2 * np.pi))
    size += (0.2 * draw.standard_normal(7))[days.day_of_week]
    size += np.cumsum(business.wander / np.sqrt(7) * draw.standard_normal(len(days)))
    size += business.noise * draw.standard_normal(len(days)) - business.noise**2 / 2
    loss, gain = draw.uniform(0.3, 1.2), draw.uniform(0.1, 0.6)
    for event in events:
        inside = (days >= pd.Timestamp(event.first_day)) & (days <= pd.Timestamp(event.last_day))
        size[inside] += -loss if event.code == "spring-festival" else gain
    return pd.Series(1000 * np.exp(size), index=days)


BESIDE = ("ETS(A,Ad,N)", "Theta")


def _made(kind: str) -> tuple[str, dict[str, list[Trial]]]:
    """The last year of each, told on its first day."""
    years = range(MADE_FROM.year, MADE_TO.year + 1)
    events = [EventDays(one.code, one.first_day, one.last_day) for year in years for one in events_of(year)]
    last_year = [(date(MADE_TO.year, 1, 1), MADE_TO)]
    found: dict[str, list[Trial]] = {}
    for seed in range(SEEDS):
        history = make(MADE[kind], seed, events)
        found.setdefault(CHOSEN, []).extend(back_test(history, last_year, events))
        for method in BESIDE:
            found.setdefault(method, []).extend(rival(history, last_year, RIVALS[method]))
    return kind, found


def percent(share: float | None, places: int = 1) -> str:
    return "-" if share is None else f"{100 * share:.{places}f}%"


def table(head: list[str], rows: Iterable[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def width(trials: list[Trial]) -> float:
    return sum(one.high - one.low for one in trials) / sum(one.actual for one in trials)


def main(file: Path) -> None:
    histories = read(file)
    by_method: dict[str, dict[str, list[Trial]]] = {CHOSEN: {}}
    by_span: dict[str, list[Trial]] = {}
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as hands:
        for region, spans in hands.map(_ours, histories.items()):
            by_method[CHOSEN][region] = spans[MONTHS]
            for span, trials in spans.items():
                by_span.setdefault(span, []).extend(trials)
        work = [(method, region, one) for method in RIVALS for region, one in histories.items()]
        for method, region, trials in hands.map(_rival, work):
            by_method.setdefault(method, {})[region] = trials
        made = dict(hands.map(_made, MADE))
    rows = []
    for method, regions in by_method.items():
        trials = [one for region in regions.values() for one in region]
        all_of_it = accuracy(trials)
        rows.append([method, percent(all_of_it.error), percent(all_of_it.held), percent(width(trials))])
    print(table(["method", "error", "80% intervals that held", "their width"], rows))
    rows = []
    for span, trials in by_span.items():
        found_all = accuracy(trials)
        rows.append(
            [
                span,
                str(found_all.trials),
                percent(found_all.error),
                percent(found_all.error_naive),
                percent(found_all.held),
            ]
        )
    print(table(["what is forecast", "trials", "error", f"{NAIVE}'s", "held"], rows))
    rows = []
    every = {
        method: [one for found in made.values() for one in found[method]] for method in (CHOSEN, *BESIDE)
    }
    for kind, found in [*made.items(), ("all of them", every)]:
        ours = accuracy(found[CHOSEN])
        others = [percent(ours.error_naive), *(percent(accuracy(found[method]).error) for method in BESIDE)]
        rows.append([kind, percent(ours.error), percent(ours.held, 0), *others])
    print(table(["a made business that", "error", "held", NAIVE, *BESIDE], rows))
    rows = []
    for region in sorted(histories, key=lambda name: (len(name), name)):
        ours, last_year = accuracy(by_method[CHOSEN][region]), accuracy(by_method[NAIVE][region])
        held = sum(one.held for one in by_method[CHOSEN][region])
        rows.append([region, f"{held} of {ours.trials}", percent(ours.error), percent(last_year.error)])
    print(table(["region", "held", "error", f"{NAIVE}'s"], rows))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else SHIPPED)
