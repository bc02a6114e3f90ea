"""The demo company's monthly targets, made from the story's plan.

Amounts are rounded once, in the smallest cells (top region × channel × product line × month), and summed from there:
the channels' targets add up to the company's exactly, and so do the regions' and the product lines'.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import pandas as pd

from dashboards.demo.story import Story
from dashboards.demo.world import CHANNELS

STEPS = {"revenue": 100, "orders": 1, "new_customers": 1, "cost": 100}
LEADING = ["orders", "cost", "leads", "clicks", "impressions"]
PLACES = {"leads": 0, "cpl": 1, "conversion_rate": 4, "cpc": 2, "ctr": 4}
CTR_SLACK = 0.97  # nobody plans the last decimal of a click-through rate

# A scope as (dimension, path of Chinese names) pairs; none is the company.
Area = tuple[tuple[str, tuple[str, ...]], ...]


@dataclass(frozen=True)
class Aim:
    """What a metric should reach in an area in a month (its first day); money in yuan, rates as shares of 1."""

    metric: str
    area: Area
    month: date
    value: Decimal


def aims(story: Story) -> list[Aim]:
    """Last year's and this year's targets. Provinces, stores, channels within a region, and what leads to results have
    this year's alone.
    """
    plan = story.plan.copy()
    january = date(story.today.year, 1, 1)
    plan = plan[plan["month"] >= date(story.today.year - 1, 1, 1)]
    levels = plan["region"].str.split("/", expand=True)
    plan["top"], plan["province"], plan["store"] = levels[0], levels[1], levels[3]
    cells = plan.groupby(["month", "channel", "top", "product"], as_index=False)[list(STEPS)].sum()
    cells = _rounded(cells)
    this_year = cells[cells["month"] >= january]
    found: list[Aim] = []

    for keys, dimensions in (
        ([], ()),
        (["channel"], ("channel",)),
        (["top"], ("region",)),
        (["product"], ("product",)),
    ):
        sums = _sums(cells, keys)
        metrics = list(STEPS) if keys != ["product"] else ["revenue", "orders"]
        found += _aims_of(sums, dimensions, keys, metrics)
        if keys != ["product"]:
            sums["roas"] = (sums["revenue"] / sums["cost"]).round(2)
            found += _aims_of(sums, dimensions, keys, ["roas"])
    found += _aims_of(
        _sums(this_year, ["top", "channel"]), ("region", "channel"), ["top", "channel"], ["revenue"]
    )

    recent = plan[plan["month"] >= january]
    provinces = _rounded(_sums(recent, ["top", "province"]))
    found += _aims_of(provinces, ("region",), ["top", "province"], ["revenue", "orders"])
    stores = recent[recent["store"].notna()]
    by_store = _rounded(_sums(stores, ["region"]))
    for row in by_store.to_dict("records"):
        if row["revenue"] > 0:
            area: Area = (("region", tuple(str(row["region"]).split("/"))),)
            found.append(Aim("revenue", area, row["month"], Decimal(int(row["revenue"]))))
    found += _leading(this_year)
    months = sorted(cells["month"].unique())
    found += [
        Aim("ctr", (("channel", (channel.name.zh,)),), month, Decimal(str(round(channel.ctr * CTR_SLACK, 4))))
        for channel in CHANNELS
        if channel.ctr
        for month in months
    ]
    return found


def _leading(cells: pd.DataFrame) -> Iterator[Aim]:
    """What leads to the results, as their plan needs it: leads and what each may cost, and of channels that count clicks how
    many of them order and what each may cost. Click-through rates of channels have targets of their own.
    """
    by_name = {channel.name.zh: channel for channel in CHANNELS}
    of = [by_name[name] for name in cells["channel"]]
    clicks = [
        one.conversion and orders / one.conversion for one, orders in zip(of, cells["orders"], strict=True)
    ]
    needed = cells.assign(
        leads=[round(one.leads_per_order * orders) for one, orders in zip(of, cells["orders"], strict=True)],
        clicks=clicks,
        impressions=[one.ctr and some / one.ctr for one, some in zip(of, clicks, strict=True)],
    )
    for keys, dimension in (([], ""), (["channel"], "channel"), (["top"], "region")):
        for row in needed.groupby(["month", *keys], as_index=False)[LEADING].sum().to_dict("records"):
            area: Area = ((dimension, tuple(str(row[key]) for key in keys)),) if keys else ()
            said = {"leads": row["leads"], "cpl": row["cost"] / row["leads"] if row["leads"] else 0}
            if row["clicks"]:
                said |= {"conversion_rate": row["orders"] / row["clicks"], "cpc": row["cost"] / row["clicks"]}
                if dimension != "channel":
                    said["ctr"] = row["clicks"] / row["impressions"] * CTR_SLACK
            for metric, value in said.items():
                planned = Decimal(str(round(value, PLACES[metric])))
                if planned > 0:
                    yield Aim(metric, area, row["month"], planned)


def _rounded(frame: pd.DataFrame) -> pd.DataFrame:
    for column, step in STEPS.items():
        frame[column] = (frame[column] / step).round() * step
    return frame


def _sums(frame: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    return frame.groupby(["month", *keys], as_index=False)[list(STEPS)].sum()


def _aims_of(
    sums: pd.DataFrame, dimensions: tuple[str, ...], keys: list[str], metrics: Sequence[str]
) -> Iterator[Aim]:
    """One dimension: the keys are the steps of its path. Two: a key each."""
    for row in sums.to_dict("records"):
        names = tuple(str(row[key]) for key in keys)
        area: Area = ()
        if len(dimensions) == 1:
            area = ((dimensions[0], names),)
        elif dimensions:
            area = tuple((dimension, (name,)) for dimension, name in zip(dimensions, names, strict=True))
        for metric in metrics:
            value = Decimal(str(row[metric])) if metric == "roas" else Decimal(int(row[metric]))
            if value > 0:
                yield Aim(metric, area, row["month"], value)
