"""Any cut, also one that nobody has pointed to, against a plain adding up of the very lines that were imported."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal as D
from pathlib import Path
from random import Random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dashboards import selectors, spans
from dashboards.selectors import Area, Overview
from kpis.work import catch_up
from organization.gate import get_scope_or_404
from tests.ingest.files import send, write
from tests.people import alice, bob

pytestmark = pytest.mark.django_db(transaction=True)

TODAY = date(2026, 11, 22)
NEWEST = date(2026, 11, 21)
CHANNELS = ("Search/Brand", "Search/Generic", "Shops/Autumn", "Shops/Winter", "Radio/Morning")
REGIONS = ("East/Shanghai", "East/Jiangsu", "North/Beijing", "")
PRODUCTS = ("Boards", "Panels")
PERIODS = ("2026-11", "2026-10", "2026-Q4", "2026", "last-7", "2026-W45")


@dataclass(frozen=True)
class Line:
    day: date
    channel: str
    region: str
    product: str
    revenue: int
    cost: int


def lines() -> list[Line]:
    chance = Random(7)
    return [
        Line(
            date(2025, 10, 1) + timedelta(days=chance.randrange((NEWEST - date(2025, 10, 1)).days + 1)),
            chance.choice(CHANNELS),
            chance.choice(REGIONS),
            chance.choice(PRODUCTS),
            chance.randrange(1, 900),
            chance.randrange(1, 300),
        )
        for _ in range(1500)
    ] + [Line(NEWEST, CHANNELS[0], REGIONS[0], PRODUCTS[0], 5, 3)]


@pytest.fixture
def told(tmp_path: Path) -> list[Line]:
    """The lines, imported and rolled up; several of one place and day are summed first, as a file must have them."""
    sums: dict[tuple[date, str, str, str], list[int]] = {}
    for line in lines():
        found = sums.setdefault((line.day, line.channel, line.region, line.product), [0, 0])
        found[0] += line.revenue
        found[1] += line.cost
    rows = []
    for (day, channel, region, product), (revenue, cost) in sums.items():
        top, campaign = channel.split("/")
        area, _, province = region.partition("/")
        rows.append(f"{day},{top},{campaign},{area},{province},{product},{revenue},{cost}")
    head = "day,channel,campaign,region,province,product,revenue,cost"
    send(write(tmp_path, "\n".join([head, *rows]) + "\n"))
    catch_up(today=TODAY)
    return lines()


def page_of(key: str, period: str, *, area: Area | None = None) -> Overview:
    who = bob()
    return selectors.overview(
        person=who,
        area=area or selectors.area_of(get_scope_or_404(who, key), company="Pinestone"),
        period=spans.parse(period, newest=NEWEST, fiscal_start=1),
        company="Pinestone",
        fiscal_start=1,
        today=TODAY,
    )


def lies_in(line: Line, key: str) -> bool:
    named = dict(part.split(":") for part in key.split("+")) if key != "company" else {}
    return all(
        f"{getattr(line, dimension).lower()}/".startswith(f"{path}/") for dimension, path in named.items()
    )


def added(told: list[Line], key: str, first: date, last: date) -> tuple[D, D]:
    """Revenue and cost, line by line."""
    there = [line for line in told if first <= line.day <= last and lies_in(line, key)]
    return D(sum(line.revenue for line in there)), D(sum(line.cost for line in there))


def keys() -> Iterator[str]:
    for region in ("", "region:east", "region:east/shanghai"):
        for channel in ("", "channel:search", "channel:search/brand"):
            for product in ("", "product:boards"):
                yield "+".join(part for part in (region, channel, product) if part) or "company"


def value(page: Overview, code: str) -> D:
    return page.figure(code).value or D(0)


def test_every_cut_in_every_period_is_the_sum_of_its_lines(told: list[Line]) -> None:
    for key in keys():
        by_month_alone = "search/brand" in key and "+" in key
        for text in PERIODS:
            if by_month_alone and (text.startswith("last") or "W" in text):
                continue  # a campaign's cut is kept by month
            page = page_of(key, text)
            wanted = added(told, key, page.period.start, min(page.period.end, NEWEST))
            assert (value(page, "revenue"), value(page, "cost")) == wanted, (key, text)
            if wanted[1]:
                assert value(page, "roas").quantize(D("0.000001")) == (wanted[0] / wanted[1]).quantize(
                    D("0.000001")
                ), (key, text)


def test_parts_and_what_is_not_split_are_the_whole(told: list[Line]) -> None:
    for key in keys():
        for text in ("2026-11", "2026-Q4"):
            page = page_of(key, text)
            for split in page.splits:
                for part in split.parts:
                    wanted = added(told, part.key, page.period.start, min(page.period.end, NEWEST))
                    assert (part.figure("revenue").value or D(0)) == wanted[0], (part.key, text)
                parts = sum((part.figure("revenue").value or D(0) for part in split.parts), D(0))
                assert parts + split.rest.get("revenue", D(0)) == value(page, "revenue"), (key, text)


def test_every_cell_of_the_heat_map_is_the_sum_of_its_lines(told: list[Line]) -> None:
    for key, text in (("company", "2026-11"), ("company", "2026"), ("company", "last-7"),
                      ("product:boards", "2026-Q4"), ("channel:search", "2026-10")):  # fmt: skip
        page = page_of(key, text)
        assert page.heat is not None
        for row in page.heat.rows:
            for column in page.heat.columns:
                nodes = {**page.area.nodes, page.heat.down: row, page.heat.across: column}
                cut = "+".join(f"{dimension}:{node.path}" for dimension, node in nodes.items())
                wanted = added(told, cut, page.period.start, min(page.period.end, NEWEST))[0]
                assert (page.heat.figure(row.pk, column.pk).value or D(0)) == wanted, (cut, text)
        whole = sum((figure.value or D(0) for figure in page.heat.cells.values()), D(0))
        assert whole == value(page, "revenue"), (key, text)


def test_changes_stand_beside_as_many_days(told: list[Line]) -> None:
    for key in ("company", "region:east", "region:east+channel:search", "channel:search+product:boards"):
        page = page_of(key, "2026-11")
        before = added(told, key, date(2026, 10, 1), date(2026, 10, 21))
        year_ago = added(told, key, date(2025, 11, 1), date(2025, 11, 21))
        assert page.compared.figures["revenue"].value == before[0]
        assert page.last_year.figures["revenue"].value == year_ago[0]


def test_spending_by_month_and_channel_adds_up(told: list[Line]) -> None:
    for key in ("company", "region:east", "channel:search", "region:east+channel:search"):
        spend = page_of(key, "2026-11").spend
        assert spend is not None
        for (month, pk), amount in spend.amounts.items():
            if pk:
                path = spend.nodes[pk].path
                others = [
                    part for part in key.split("+") if not part.startswith("channel") and part != "company"
                ]
                last = (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)
                assert amount == added(told, "+".join([*others, f"channel:{path}"]), month, last)[1], (
                    key,
                    month,
                )


def test_campaigns_are_ranked_by_what_their_lines_say(told: list[Line]) -> None:
    def roas(key: str) -> D:
        revenue, cost = added(told, key, date(2026, 10, 1), date(2026, 10, 31))
        return revenue / cost

    for key in ("company", "region:east"):
        found = page_of(key, "2026-10").campaigns
        ranked = [*found.best, *reversed(found.worst)]
        assert len(ranked) == found.judged == 5
        values = [roas(one.key) for one in ranked]
        assert values == sorted(values, reverse=True)
        for one, wanted in zip(ranked, values, strict=True):
            assert abs((one.figure("roas").value or D(0)) - wanted) < D("0.000001")


def test_no_cut_reads_facts_or_more_queries_than_another(told: list[Line]) -> None:
    counts: dict[str, int] = {}
    who = bob()
    for key in keys():
        area = selectors.area_of(get_scope_or_404(who, key), company="Pinestone")
        with CaptureQueriesContext(connection) as made:
            page_of(key, "2026-11", area=area)
        assert not [one["sql"] for one in made if "channels_fact" in one["sql"]]
        counts[key] = len(made)
    assert max(counts.values()) <= 21, counts  # of which 4 look up Bob


def test_alices_cut_shows_nothing_of_the_north(told: list[Line]) -> None:
    who = alice("region:East")
    page = selectors.overview(
        person=who,
        area=selectors.area_of(get_scope_or_404(who, "region:east+channel:search"), company="Pinestone"),
        period=spans.parse("2026-11", newest=NEWEST, fiscal_start=1),
        company="Pinestone",
        fiscal_start=1,
        today=TODAY,
    )
    names = {node.path for split in page.splits for node in (part.node for part in split.parts)}
    names |= {node.path for node in (*page.heat.rows, *page.heat.columns)} if page.heat else set()
    assert not {name for name in names if name.startswith("north")}
    assert [place.key for place in page.crumbs] == ["region:east"]
