"""Curves and a proposal on the shipped data of three channels, and how honest intervals are: what docs/allocation.md shows.

`python -m config.bench.curves` prints the tables as Markdown and draws docs/allocation.svg. Nobody split the revenue of
that data by channel: regions × weeks of it, and of each channel's spend.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from channels.allocation import LIKELY, Option, propose
from channels.response import Curve, Fitted, Floats, adstock, fit, fit_one, hill

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "tests" / "data" / "meridian_geo_full_funnel_weekly.csv"
CHANNELS = ("AwarenessVideo", "PerformanceDisplay", "PerformanceNative")
WEEKS = 52
STEPS = (0.5, 0.7, 1.0, 1.3, 1.5)


@cache
def panel() -> tuple[dict[str, Floats], Floats, Floats]:
    """Spend by channel, revenue, and how much people searched for the kind of goods; each regions × weeks."""
    frame = pd.read_csv(FILE)
    frame["revenue"] = frame["conversions"] * frame["revenue_per_conversion"]

    def wide(column: str) -> Floats:
        return np.asarray(frame.pivot(index="geo", columns="time", values=column).to_numpy(dtype=np.float64))

    return {name: wide(f"{name}_spend") for name in CHANNELS}, wide("revenue"), wide("GenericGQV_control")


@cache
def fitted(*, searches: bool = True) -> dict[str, Fitted]:
    spend, revenue, searched = panel()
    return fit(spend, revenue, controls=[searched] if searches else [])


def options(found: dict[str, Fitted], *, room: float = 0.3) -> list[Option]:
    """Last year's spend of each channel, and as much less and more as there is room for."""
    told = []
    for code, weeks in panel()[0].items():
        cents = round(float(weeks[:, -WEEKS:].sum()) * 100)
        low, high = round(cents * (1 - room)), round(cents * (1 + room))
        told.append(Option(code, cents, low, high, found[code].curve))
    return told


def told(draws: Floats, digits: int = 2) -> str:
    low, high = np.percentile(draws, LIKELY)
    return f"{draws.mean():,.{digits}f} ({low:,.{digits}f} to {high:,.{digits}f})"


def show(*, searches: bool) -> None:
    found = fitted(searches=searches)
    channels = options(found)
    for each in channels:
        print(f"\n{each.code}: {found[each.code].verdict}, {each.today / 100:,.0f} in the last year")
        if each.curve is None:
            continue
        week = each.today / 100 / WEEKS
        print("| a week's spend | of last year's | it brings | return | of the next 1% |")
        print("| --- | --- | --- | --- | --- |")
        for step in STEPS:
            at = np.array([week * step])
            brings, onward = each.curve.brings(at)[:, 0], each.curve.next(at)[:, 0]
            print(
                f"| {at[0]:,.0f} | {step:.0%} | {told(brings, 0)} | {told(brings / at[0])} | {told(onward)} |"
            )
    plan = propose(channels, sum(each.today for each in channels), weeks=WEEKS)
    print("\n| channel | last year | proposed | |\n| --- | --- | --- | --- |")
    for each in channels:
        share = plan.split[each.code] / each.today - 1
        print(
            f"| {each.code} | {each.today / 100:,.2f} | {plan.split[each.code] / 100:,.2f} | {share:+.1%} |"
        )
    print(
        f"\nGain {told(plan.outlook.brings - plan.outlook.instead, 0)}, more than 0 by {plan.outlook.chance:.0%}"
    )


def drawn() -> str:
    """Both curves with their intervals, as an SVG that reads on light and dark."""
    width, height, edge = 360, 260, 46
    parts = []
    for place, each in enumerate(each for each in options(fitted()) if each.curve is not None):
        curve = each.curve
        assert curve is not None
        parts.append(_drawn(curve, each, place * width, width, height, edge))
    text = 'font-family="Inter, sans-serif" font-size="12" fill="#687076"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width * len(parts)} {height}" {text}>'
        f"{''.join(parts)}</svg>\n"
    )


def _drawn(curve: Curve, option: Option, left: int, width: int, height: int, edge: int) -> str:
    today = option.today / 100 / WEEKS
    spends = np.linspace(0, 1.6 * today, 41)
    brings = curve.brings(spends)
    low, high = np.percentile(brings, LIKELY, axis=0)
    top = float(high.max())

    def at(spend: float, amount: float) -> str:
        across = left + edge + spend / spends[-1] * (width - edge - 14)
        return f"{across:.1f},{height - edge + 16 - amount / top * (height - edge - 14):.1f}"

    def line(amounts: Floats) -> str:
        return " ".join(at(spend, amount) for spend, amount in zip(spends, amounts, strict=True))

    back = " ".join(reversed(line(low).split()))
    x, y = at(today, float(curve.brings(np.array([today])).mean())).split(",")
    floor = at(0, 0).split(",")[1]
    return (
        f'<polygon points="{line(high)} {back}" fill="#3E63DD" fill-opacity="0.18"/>'
        f'<polyline points="{line(brings.mean(axis=0))}" fill="none" stroke="#3E63DD" stroke-width="2"/>'
        f'<line x1="{x}" x2="{x}" y1="{y}" y2="{floor}" stroke="#687076" stroke-dasharray="3 3"/>'
        f'<circle cx="{x}" cy="{y}" r="4" fill="#3E63DD"/>'
        f'<text x="{left + edge}" y="14">{option.code}: up to {top / 1e6:.1f} M a week</text>'
        f'<text x="{x}" y="{height - 10}" text-anchor="middle">{today / 1e3:,.0f} K a week today</text>'
    )


def made_channels(weeks: int, noise: float, count: int = 60) -> str:
    """How often the gain of 20% more spend was inside its interval, on channels whose truth is known."""
    random = np.random.default_rng(5)
    held, widths, ratios = [], [], []
    for _each in range(count):
        carry, steep, half = random.uniform(0, 0.8), random.uniform(0.7, 2), random.uniform(0.4, 4)
        back, base, turn = random.uniform(1, 5), random.uniform(0.1, 1), random.uniform(0, 6)
        at = np.arange(weeks)
        spend = np.exp(0.35 * random.standard_normal(weeks)) * (1 + 0.3 * np.sin(2 * np.pi * at / 13 + turn))
        spend = spend / spend.mean()
        worked = back * hill(adstock(spend, carry), steep, half) / hill(np.ones(1), steep, half)
        errors = random.standard_normal(weeks)
        for week in range(1, weeks):
            errors[week] += 0.3 * errors[week - 1]
        base = base * worked.mean()
        seen = worked + base * (1 + 0.1 * np.sin(2 * np.pi * at / 52.18))
        found = fit_one(spend, np.maximum(seen + noise * seen.mean() * errors, 0))
        if found.curve is None:
            continue
        more = found.curve.brings(np.array([1.0, 1.2]))
        gain = more[:, 1] - more[:, 0]
        low, high = np.percentile(gain, LIKELY)
        true = back * (float(hill(np.full(1, 1.2), steep, half)[0] / hill(np.ones(1), steep, half)[0]) - 1)
        held.append(low <= true <= high)
        widths.append((high - low) / true)
        ratios.append(gain.mean() / true)
    figures = f"{np.mean(held):.0%} | {np.mean(widths):.0%} | {np.mean(ratios):.2f}"
    return f"| {weeks} | {noise:.0%} | {len(held)} of {count} | {figures} |"


def main() -> None:
    for searches in (True, False):
        print(f"\n## {'With' if searches else 'Without'} searches for the kind of goods")
        show(searches=searches)
    (ROOT / "docs" / "allocation.svg").write_text(drawn(), encoding="utf-8")
    print("\n| weeks | noise | fitted | intervals that held | their width | gain told ÷ true |")
    print("| --- | --- | --- | --- | --- | --- |")
    for weeks in (60, 120, 156):
        for noise in (0.05, 0.1, 0.2):
            print(made_channels(weeks, noise), flush=True)


if __name__ == "__main__":
    main()
