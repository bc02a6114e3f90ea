"""How often bands are wrong and what they catch, beside a z-score of 3: what docs/alerting.md shows.

`python -m config.bench.false_alarms` prints the tables as Markdown. The made series and the planted troubles are
those of config.bench.series; the method was chosen on other seeds than these. The shipped data are the demo company's
days (dashboards.demo) and the weeks of tests/data.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial

import numpy as np
import numpy.typing as npt
import pandas as pd

from alerts.bands import Mark, Terms, breaches, learn, study
from common.periods import Grain, Period
from config.bench.back_tests import SHIPPED
from config.bench.series import (
    DAYS,
    DRIFT,
    FAMILIES,
    FIRST,
    HISTORY,
    OUTAGE,
    SPIKE,
    TROUBLE_DAYS,
    TROUBLES,
    Made,
    calendar,
    make,
    with_trouble,
)
from dashboards.demo import season, story
from organization.calendars import days_of, events_of

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

SEED, SERIES = 41_077, 200
RATES = (50, 100, 200)
EVERY = 5  # of the last year's days one is judged; not a multiple of a week
CHOSEN = Terms(100)
PLANTED = 6  # days on which each trouble begins
BACK = 728  # days behind which the z-score does not look
Z = 3.0


@dataclass
class Tally:
    of: int = 0
    by: dict[str, int] = field(default_factory=dict)

    def add(self, of: int, **counts: int) -> None:
        self.of += of
        for name, count in counts.items():
            self.by[name] = self.by.get(name, 0) + count

    def share(self, name: str) -> float:
        return self.by.get(name, 0) / self.of if self.of else float("nan")


@dataclass(frozen=True)
class Found:
    """`rates` by N of "one in N" and "z"; each trouble's caught on the first day, within three, while it lasts."""

    judged: int
    rates: dict[int | str, float]
    caught: dict[str, Tally]


def z_alarms(history: Floats, places: Sequence[int], ordinary: Bools) -> Bools:
    """The rival: farther than three standard deviations from the mean of the same days; it gets the calendar too."""
    found = np.zeros((len(history), len(places)), dtype=np.bool_)
    for column, place in enumerate(places):
        before = history[:, max(0, place - BACK) : place][:, ordinary[max(0, place - BACK) : place]]
        mean, spread = np.nanmean(before, axis=1), np.nanstd(before, axis=1, ddof=1)
        with np.errstate(invalid="ignore"):
            found[:, column] = np.abs(history[:, place] - mean) > Z * spread
    return found


def false_alarms(
    values: Floats, counts: Bools, first: Period, marks: Sequence[Mark], places: Sequence[int]
) -> tuple[int, dict[int | str, float]]:
    """Share of alarms among the judged ordinary periods: figures that are there, `counts`, and not marked."""
    starts = [first.next(place).start for place in places]
    studied = study(values, first=first, marks=marks)
    ordinary = np.array([not found for found in studied.marks])
    here = counts[:, places] & np.isfinite(values[:, places]) & ordinary[places]
    rates: dict[int | str, float] = {}
    judged = 0
    for one_in, bands in zip(
        RATES, studied.on_terms(starts, [Terms(one_in) for one_in in RATES]), strict=True
    ):
        known = here & np.isfinite(bands.expected)
        judged = judged or int(known.sum())
        alarms = (breaches(values[:, places], bands) != 0)[known]
        rates[one_in] = float(alarms.mean()) if len(alarms) else float("nan")
    rates["z"] = float(z_alarms(values, places, ordinary)[here].mean())
    return judged, rates


def caught(
    made: Made, planted: Callable[[int], Floats], first: Period, marks: Sequence[Mark], starts: Iterable[int]
) -> Tally:
    """What bands at the chosen rate and the z-score see of a trouble that begins on these days."""
    tally = Tally()
    for start in starts:
        values = planted(start)
        places = list(range(start, start + TROUBLE_DAYS))
        studied = study(values[:, : places[-1] + 1], first=first, marks=marks)
        ordinary = np.array([not found for found in studied.marks])
        bands = studied.bands([first.next(place).start for place in places], CHOSEN)
        ours = breaches(values[:, places], bands) != 0
        theirs = z_alarms(values, places, ordinary) & ordinary[places]
        with np.errstate(invalid="ignore"):
            changed = (np.abs(values - made.values)[:, places] > 0) & np.isfinite(bands.expected)
        there = changed.any(axis=1)
        for name, seen in (("ours", ours & changed), ("z", theirs & changed)):
            counts = {
                f"{name} {days}": int(seen[there, :days].any(axis=1).sum()) for days in (1, 3, TROUBLE_DAYS)
            }
            tally.add(0, **counts)
        tally.add(int(there.sum()))
    return tally


def family(
    name: str, *, seed: int = SEED, count: int = SERIES, every: int = EVERY, planted: int = PLANTED
) -> Found:
    made, first, marks = make(name, seed, count), Period(Grain.DAY, FIRST), calendar()
    judged, rates = false_alarms(made.values, made.ordinary, first, marks, range(HISTORY, DAYS, every))
    return Found(judged, rates, troubles(made, first, marks, quiet(first, marks, planted)) if planted else {})


def troubles(made: Made, first: Period, marks: Sequence[Mark], starts: Sequence[int]) -> dict[str, Tally]:
    """By trouble. What goes below zero all the time has no outage to zero."""
    below = bool(np.nanmean(made.values < 0) > 0.05)
    return {
        trouble: caught(made, partial(with_trouble, made, trouble), first, marks, starts)
        for trouble in TROUBLES
        if not (below and trouble is OUTAGE)
    }


def quiet(
    first: Period, marks: Sequence[Mark], count: int, begin: int = HISTORY, end: int = DAYS
) -> list[int]:
    """Days between the two from which on three weeks are not marked, spread over them."""
    marked = np.zeros(end, dtype=np.bool_)
    for mark in marks:
        place = (mark.first_day - first.start).days - mark.before
        marked[max(0, place) : max(0, (mark.last_day - first.start).days + mark.after + 1)] = True
    free = [day for day in range(begin, end - 21) if not marked[day : day + 21].any()]
    return [free[round(step)] for step in np.linspace(0, len(free) - 1, count)]


# -- Shipped data -----------------------------------------------------------------------------------

TODAY = date(2026, 11, 29)  # of the demo's story, which is told up to the day before
WEEKS, DEMO = "shipped weeks of 20 regions", "the demo company's days"
LATER, BEGINNING = (
    "the same, from the 4th of each month",
    4,
)  # the demo's channels get another level every month
MEASURES = ("revenue", "orders", "cost", "clicks", "leads")
WEEKLY = (
    "revenue",
    "conversions",
    "AwarenessVideo_spend",
    "PerformanceDisplay_spend",
    "PerformanceNative_spend",
)


def demo_days() -> tuple[Period, Floats, list[Mark]]:
    """Five measures of each channel and of each channel's province, by day; rows that report on most days only."""
    told = story.tell(TODAY).facts
    told["province"] = told["region"].str.split("/").str[0]
    told["day"] = pd.to_datetime(told["day"])
    span = pd.date_range(told["day"].min(), told["day"].max())
    rows = []
    for keys in (["channel"], ["channel", "province"]):
        for measure in MEASURES:
            sums = told.groupby([*keys, "day"])[measure].sum(min_count=1)
            table = sums.astype("float64").unstack("day").reindex(columns=span)
            rows.append(table[table.notna().mean(axis=1) > 0.8].to_numpy())
    years = range(span[0].year, span[-1].year + 1)
    marks = [
        Mark(
            event.name,
            event.first_day,
            event.last_day,
            event.kind,
            *((16, 20) if event.kind == "holiday" else (1, 1)),
        )
        for year in years
        for event in events_of(year)
    ]
    marks += [Mark(day.name, day.day, day.day, "holiday") for year in years for day in days_of(year)]
    # What the demo's own season knows besides: 12.12, and the stores' sales around the two long holidays.
    for year in years:
        marks.append(Mark("12.12", date(year, 12, 12), date(year, 12, 12), "promotion"))
        for begin, end, _ in season.STORE_DAYS:
            marks.append(Mark("Store days", date(year, *begin), date(year, *end), "promotion"))
    return Period(Grain.DAY, span[0].date()), np.vstack(rows), marks


def shipped_weeks() -> tuple[Period, Floats]:
    """Revenue, conversions and the spend of three channels of 20 regions, by week."""
    table = pd.read_csv(SHIPPED, parse_dates=["time"])
    table["revenue"] = table["conversions"] * table["revenue_per_conversion"]
    rows = [table.pivot(index="geo", columns="time", values=name).to_numpy() for name in WEEKLY]
    return Period(Grain.WEEK, table["time"].min().date()), np.vstack(rows)


def as_made(values: Floats, first: Period, marks: Sequence[Mark], places: Sequence[int]) -> Made:
    """Shipped figures as if made: a day's spread is what their errors were around the expected value of late."""
    bands = learn(values, first=first, judged=[first.next(place).start for place in places], marks=marks)
    off = np.where(bands.marked, np.nan, np.abs(values[:, places] - bands.expected))
    known = np.isfinite(off).any(axis=1)
    spread = np.full((len(values), 1), np.nan)
    spread[known, 0] = np.nanmedian(off[known], axis=1) * 1.4826
    return Made(values, np.broadcast_to(spread, values.shape), np.isfinite(values))


def shipped(name: str) -> Found:
    if name == WEEKS:
        first, values = shipped_weeks()
        marks: list[Mark] = []
        places, starts = list(range(108, values.shape[1])), [112, 120, 128, 136, 142]
    else:
        first, values, marks = demo_days()
        end = values.shape[1] - story.RECENT_DAYS  # then its own troubles begin, which are no false alarms
        places = list(range(365, end, EVERY))
        starts = quiet(first, marks, PLANTED, 365, end)
    counts = np.isfinite(values)
    if name == LATER:
        counts &= [(first.start + timedelta(days=day)).day >= BEGINNING for day in range(values.shape[1])]
    judged, rates = false_alarms(values, counts, first, marks, places)
    if name == LATER:
        return Found(judged, rates, {})
    return Found(judged, rates, troubles(as_made(values, first, marks, places), first, marks, starts))


# -- Tables -----------------------------------------------------------------------------------------


def one_in(rate: float) -> str:
    if np.isnan(rate):
        return "too little is known"
    return f"1 in {1 / rate:.0f}" if rate > 0 else "none"


def percent(share: float) -> str:
    return "-" if np.isnan(share) else f"{100 * share:.0f}%"


def table(head: list[str], rows: Iterable[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def seen(found: Found, who: str) -> Iterator[str]:
    for trouble in TROUBLES:
        tally = found.caught.get(trouble, Tally())
        if trouble is SPIKE:
            yield percent(tally.share(f"{who} 1"))
        elif trouble is DRIFT:
            yield f"{percent(tally.share(f'{who} 3'))}, {percent(tally.share(f'{who} {TROUBLE_DAYS}'))}"
        else:
            yield f"{percent(tally.share(f'{who} 1'))}, {percent(tally.share(f'{who} 3'))}"


def main() -> None:
    every = {name: family(name) for name in FAMILIES} | {name: shipped(name) for name in (WEEKS, DEMO, LATER)}
    head = ["family", "judged", *(f"chosen 1 in {rate}" for rate in RATES), "z-score of 3"]
    rows = [
        [name, f"{found.judged:,}", *(one_in(found.rates[rate]) for rate in (*RATES, "z"))]
        for name, found in every.items()
    ]
    print(table(head, rows))
    for who in ("ours", "z"):
        print(
            table(
                [f"caught by {who}", *TROUBLES],
                [[name, *seen(found, who)] for name, found in every.items() if found.caught],
            )
        )
    made = make(next(iter(FAMILIES)), SEED, 10_000).values[:, :HISTORY]
    began = time.monotonic()
    learn(made, first=Period(Grain.DAY, FIRST), judged=[FIRST + timedelta(days=HISTORY)], marks=calendar())
    print(f"10,000 series of {HISTORY} days, the band of one day: {time.monotonic() - began:.1f} s.")


if __name__ == "__main__":
    main()
