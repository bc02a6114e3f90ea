"""The demo company's targets add up, and its files hold every fact once."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path

import pandas as pd
import pytest

from dashboards.demo import files
from dashboards.demo.story import Story, tell
from dashboards.demo.targets import Aim, aims

TODAY = date(2026, 11, 22)


@cache
def story() -> Story:
    return tell(TODAY)


@cache
def all_aims() -> tuple[Aim, ...]:
    return tuple(aims(story()))


def levels(metric: str) -> dict[tuple[tuple[str, int], ...], dict[date, Decimal]]:
    """Sums of targets by month, for each kind of area: (("channel", 1),) are the channels."""
    sums: dict[tuple[tuple[str, int], ...], dict[date, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for aim in all_aims():
        if aim.metric == metric:
            sums[tuple((dimension, len(path)) for dimension, path in aim.area)][aim.month] += aim.value
    return sums


@pytest.mark.parametrize("metric", ["revenue", "orders", "new_customers", "cost"])
def test_the_channels_targets_and_the_regions_add_up_to_the_companys(metric: str) -> None:
    sums = levels(metric)
    assert len(sums[()]) == 24
    assert sums[("channel", 1),] == sums[()]
    assert sums[("region", 1),] == sums[()]


def test_a_regions_channels_add_up_to_the_region_this_year() -> None:
    sums = levels("revenue")
    this_year = {month: value for month, value in sums[()].items() if month.year == TODAY.year}
    assert sums[("region", 1), ("channel", 1)] == this_year
    assert sums[("product", 1),] == sums[()]


def test_no_area_has_two_targets_for_a_month() -> None:
    keys = [(aim.metric, aim.area, aim.month) for aim in all_aims()]
    assert len(keys) == len(set(keys))
    assert all(aim.value > 0 for aim in all_aims())


def test_the_plan_reaches_to_the_end_of_the_year() -> None:
    months = {aim.month for aim in all_aims() if aim.area == ()}
    assert min(months) == date(2025, 1, 1)
    assert max(months) == date(2026, 12, 1)


def test_the_files_hold_every_fact_once_in_three_encodings_and_a_workbook(tmp_path: Path) -> None:
    history, online, stores, partners = files.write(story(), tmp_path)
    assert online.read_bytes().startswith(b"\xef\xbb\xbf")
    with pytest.raises(UnicodeDecodeError):
        stores.read_text("utf-8")
    tables = [
        pd.read_csv(history, encoding="utf-8"),
        pd.read_csv(online, encoding="utf-8-sig"),
        pd.read_csv(stores, encoding="gb18030"),
        pd.read_excel(partners, engine="openpyxl"),
    ]
    assert sum(map(len, tables)) == len(story().facts) + len(files.BAD_ROWS)
    assert tables[3].columns.tolist() == list(files.ENGLISH_HEADINGS)
    assert tables[3].iloc[:, :5].notna().all().all()
    cost = sum(table.iloc[:, 11].sum() for table in (tables[0], tables[1], tables[3]))
    typed = tables[2].iloc[: -len(files.BAD_ROWS), 11].str.replace("[¥,]", "", regex=True).astype(float)
    assert cost + typed.sum() == pytest.approx(story().facts["cost"].sum())


def test_what_leads_to_results_has_targets_of_this_year() -> None:
    leads = levels("leads")
    assert leads[("channel", 1),] == leads[("region", 1),] == leads[()]
    assert {month.year for month in leads[()]} == {TODAY.year}
    company = {aim.metric: aim.value for aim in all_aims() if aim.area == () and aim.month.month == 8}
    assert Decimal("0.02") < company["conversion_rate"] < Decimal("0.04")
    assert {"cpl", "cpc", "ctr"} <= company.keys()
    counting = {
        aim.area for aim in all_aims() if aim.metric == "cpc" and aim.area and aim.area[0][0] == "channel"
    }
    assert len(counting) == 8  # shops and partners count no clicks
