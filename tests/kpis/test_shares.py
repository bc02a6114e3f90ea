"""What history says about the parts of a target: seasons of a year, shares of siblings."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from common.periods import Period
from kpis.figures import Look
from kpis.models import BesideDay, Metric
from kpis.selectors.shares import Basis, History, Season, history, last_months, season, seasons, unit_of
from organization.models import CalendarEvent, Company
from organization.selectors import parse_scope
from organization.services.merging import merge_node
from tests.dashboards.figures import report, source
from tests.ingest.files import send, write
from tests.kpis.own import metric as own_metric
from tests.people import node, scope

D = Decimal
LOOK_DAY = date(2026, 3, 10)


def look(day: date = LOOK_DAY) -> Look:
    return Look.at(day, today=day)


def learnt(area: str = "company", year: str = "2026", code: str = "revenue", day: date = LOOK_DAY) -> Season:
    start = Company.objects.get().fiscal_year_start
    return season(
        metric=Metric.objects.get(code=code),
        nodes=parse_scope(area),
        year=Period.parse(year, fiscal_start=start),
        look=look(day),
    )


def past(area: str, dimension: str, code: str = "revenue", day: date = LOOK_DAY) -> History:
    return history(
        metric=Metric.objects.get(code=code), nodes=parse_scope(area), dimension=dimension, look=look(day)
    )


def did(found: History) -> dict[str, Decimal | None]:
    return {key: one.did for key, one in found.parts.items()}


def year_of(area: str, year: int, amounts: Mapping[int, str] | None = None, usual: str = "10") -> None:
    """A year of days, with another amount a day in the months named."""
    for month in range(1, 13):
        first = date(year, month, 1)
        days = (first.replace(year=year + month // 12, month=month % 12 + 1) - first).days
        report(area, first, days, revenue=(amounts or {}).get(month, usual), cost=None)


# Seasons.


@pytest.mark.django_db
def test_a_season_is_learnt_from_the_years_before() -> None:
    for year in (2024, 2025):
        year_of("company", year, {12: "30"})
    found = learnt()
    assert (found.basis, found.years, found.months, found.lent) == (Basis.OWN, ("2025", "2024"), 24, ())
    assert sum(found.weights.values()) == pytest.approx(D(1), abs=D("1e-9"))
    assert list(found.weights) == [f"2026-{month:02d}" for month in range(1, 13)]
    # 30 a day against 10 a day in the other 334 days; days at the edge of December are smoothed.
    assert found.weights["2026-12"] == pytest.approx(D(930) / D(4270), rel=D("0.03"))
    assert found.weights["2026-02"] == pytest.approx(D(280) / D(4270), rel=D("0.01"))
    quarters = [Period.parse(f"2026-Q{n}") for n in range(1, 5)]
    assert found.of(quarters)["2026-Q4"] == sum(
        found.weights[month] for month in ("2026-10", "2026-11", "2026-12")
    )


@pytest.mark.django_db
def test_an_event_counts_in_the_month_in_which_it_lies_next() -> None:
    for year in (2023, 2024, 2025):
        year_of("company", year)
    for day in (date(2023, 3, 10), date(2024, 4, 10), date(2025, 5, 10), date(2026, 6, 10)):
        CalendarEvent.objects.create(
            code="fair", name="Fair", first_day=day, last_day=day + timedelta(days=4)
        )
        if day.year < 2026:
            rows = scope("company").pk, day, day + timedelta(days=4)
            with connection.cursor() as cursor:
                cursor.execute(
                    "UPDATE kpis_amountday SET amounts[6] = 200 WHERE scope_id = %s AND day BETWEEN %s AND %s",
                    rows,
                )
    found = learnt()
    assert max(found.weights, key=lambda month: found.weights[month]) == "2026-06"
    assert found.weights["2026-03"] == pytest.approx(found.weights["2026-05"], rel=D("0.001"))


@pytest.mark.django_db
def test_one_large_order_does_not_make_a_season() -> None:
    year_of("company", 2025)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE kpis_amountday SET amounts[6] = 5000 WHERE day = '2025-08-13'")
    found = learnt()
    assert found.weights["2026-08"] == pytest.approx(found.weights["2026-07"], rel=D("0.01"))


@pytest.mark.django_db
def test_a_new_area_goes_as_the_one_above_does_and_without_any_history_by_days() -> None:
    bare = learnt("region:east/shanghai") if node("region:east/shanghai") else None
    assert bare is not None
    assert (bare.basis, bare.lender, bare.months, len(bare.lent)) == (Basis.DAYS, "", 0, 12)
    assert bare.weights["2026-02"] == pytest.approx(D(28) / 365)
    year_of("company", 2025)
    assert learnt("region:east/shanghai").lender == "company"
    year_of("region:east", 2025, {7: "40"})
    found = learnt("region:east/shanghai")
    assert (found.basis, found.lender) == (Basis.LENT, "region:east")
    assert found.weights == learnt("region:east").weights
    # Seen since October: the rest of the year is borrowed.
    report("region:east/shanghai", date(2025, 10, 1), 92, revenue="5", cost=None)
    young = learnt("region:east/shanghai")
    assert (young.basis, young.lender, young.months) == (Basis.OWN, "region:east", 3)
    assert young.lent == tuple(f"2026-{month:02d}" for month in range(1, 10))
    assert young.weights["2026-07"] > 3 * young.weights["2026-08"]


@pytest.mark.django_db
def test_where_the_years_before_are_empty_it_looks_further_back() -> None:
    for year in (2020, 2021):
        year_of("company", year, {2: "30"})
    report("company", date(2022, 1, 1), 20, revenue="10", cost=None)
    found = learnt(year="2027")
    assert (found.basis, found.years) == (Basis.OWN, ("2022", "2021", "2020"))
    assert found.weights["2027-02"] > 2 * found.weights["2027-03"]
    leap = learnt(year="2028")  # 2020 had a 29 February as well, 2021 had none
    assert leap.weights["2028-02"] > 2 * leap.weights["2028-03"]
    assert sum(leap.weights.values()) == pytest.approx(D(1), abs=D("1e-9"))


@pytest.mark.django_db
def test_days_of_the_year_itself_and_days_not_over_teach_nothing() -> None:
    year_of("company", 2025)
    report("company", date(2026, 1, 1), 60, revenue="900", cost=None)
    assert learnt().weights["2026-01"] == pytest.approx(D(31) / 365)
    # For next year they do, as far as they are known by the day of the look.
    assert learnt(year="2027", day=date(2026, 1, 5)).months == 12
    assert learnt(year="2027").months == 14


@pytest.mark.django_db
def test_a_fiscal_year_begins_in_its_own_month() -> None:
    Company.objects.update(fiscal_year_start=4)
    for year in (2023, 2024, 2025):
        year_of("company", year, {1: "30"})
    found = learnt(year="2025", day=date(2025, 3, 10))
    assert (min(found.weights), max(found.weights)) == ("2025-04", "2026-03")
    assert max(found.weights, key=lambda month: found.weights[month]) == "2026-01"
    assert found.years == ("2024", "2023", "2022")


@pytest.mark.django_db(transaction=True)
def test_cross_cuts_and_campaigns_have_seasons_too(tmp_path: Path) -> None:
    lines = ["date,channel,campaign,region,revenue"]
    for n in range(365):
        day = date(2025, 1, 1) + timedelta(days=n)
        lines.append(f"{day},Search,Sale,East/Shanghai,{40 if day.month == 7 else 10}")
        lines.append(f"{day},Search,Sale,West,{40 if day.month == 3 else 10}")
        lines.append(f"{day},Live,,East/Shanghai,10")
    send(write(tmp_path, "\n".join(lines) + "\n"))
    asked = {
        text: parse_scope(text)
        for text in (
            "region:east+channel:search", "region:west+channel:search", "region:east+channel:search/sale",
            "region:east+channel:live", "region:east", "company",
        )
    }  # fmt: skip
    found = seasons(
        metric=Metric.objects.get(code="revenue"), areas=asked, year=Period.parse("2026"), look=look()
    )
    assert {one.basis for one in found.values()} == {Basis.OWN}
    best = {key: max(one.weights, key=lambda month: one.weights[month]) for key, one in found.items()}
    assert best["region:east+channel:search"] == best["region:east+channel:search/sale"] == "2026-07"
    assert best["region:west+channel:search"] == "2026-03"
    assert found["region:east+channel:live"].weights["2026-07"] == pytest.approx(D(31) / 365)
    cut = season(
        metric=Metric.objects.get(code="orders"), nodes=asked["region:east+channel:search"],
        year=Period.parse("2026"), look=look(),
    )  # fmt: skip
    assert (cut.basis, cut.lender) == (Basis.DAYS, "")


@pytest.mark.django_db
def test_many_areas_cost_as_many_queries_as_few() -> None:
    year_of("company", 2025)
    names = [f"region:r{n}" for n in range(30)]
    for name in names:
        report(name, date(2025, 1, 1), 365, revenue="1", cost=None)
        node(f"{name}/city")
    revenue = Metric.objects.get(code="revenue")

    def count(some: list[str]) -> int:
        areas = {name: parse_scope(name) for name in some}
        with CaptureQueriesContext(connection) as queries:
            seasons(metric=revenue, areas=areas, year=Period.parse("2026"), look=look())
        return len(queries)

    def count_history() -> int:
        with CaptureQueriesContext(connection) as queries:
            past("company", "region")
        return len(queries)

    assert count(names) == count(names[:2]) <= 12
    many = count_history()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE organization_node SET archived_at = now() WHERE name > 'r2'")
    assert count_history() == many <= 12


# Shares of siblings.


@pytest.mark.django_db
def test_siblings_share_by_their_last_twelve_months_with_data() -> None:
    report("company", date(2024, 1, 1), 731, revenue="10", cost=None)
    report("region:east", date(2024, 1, 1), 366, revenue="2", cost=None)
    report("region:east", date(2025, 1, 1), 365, revenue="3", cost=None)
    report("region:west", date(2025, 7, 1), 184, revenue="1", cost=None)
    node("region:new")
    found = past("company", "region")
    assert (found.first, found.last) == (date(2025, 1, 1), date(2025, 12, 31))
    assert did(found) == {"region:east": D(1095), "region:new": None, "region:west": D(184)}
    assert found.unknown == ["region:new"]
    assert {key: one.weight for key, one in found.weighed().items()} == {
        "region:east": 1095, "region:new": 0, "region:west": 184,
    }  # fmt: skip
    east = found.parts["region:east"]
    assert east.before == D(732)
    assert east.growth == D(1095) / D(732) - 1
    assert found.parts["region:west"].growth is None


@pytest.mark.django_db
def test_only_what_lies_directly_below_takes_part_and_nothing_put_away_or_merged() -> None:
    report("company", date(2025, 1, 1), 365, revenue="10", cost=None)
    for name in ("region:east", "region:east/shanghai", "region:old", "region:twin"):
        report(name, date(2025, 1, 1), 365, revenue="1", cost=None)
    old = node("region:old")
    old.archived_at = timezone.now()
    old.save(update_fields=["archived_at"])
    merge_node(node=node("region:twin"), into=node("region:east"), person=None)
    assert list(past("company", "region").parts) == ["region:east"]
    assert did(past("region:east", "region")) == {"region:east/shanghai": D(365)}
    # Teams have no figures of their own, and there may be none at all.
    node("team:sales")
    assert did(past("company", "team")) == {"team:sales": None}
    assert dict(past("company", "budget").parts) == {}
    assert past("company", "region", code="orders").last is None


@pytest.mark.django_db
def test_what_stands_beside_another_source_does_not_count() -> None:
    report("company", date(2025, 1, 1), 365, revenue="10", cost=None)
    report("region:east", date(2025, 1, 1), 365, revenue="1", cost=None)
    BesideDay.objects.create(
        scope=scope("region:west"),
        day=date(2025, 5, 1),
        source=source(),
        amounts=[None] * 5 + [D(9)],
        estimated=False,
    )
    assert did(past("company", "region")) == {"region:east": D(365), "region:west": None}


@pytest.mark.django_db(transaction=True)
def test_siblings_within_a_cross_cut_share_by_what_they_did_in_it(tmp_path: Path) -> None:
    lines = ["date,channel,campaign,region,revenue"]
    for n in range(365):
        day = date(2025, 1, 1) + timedelta(days=n)
        lines += [f"{day},Search,Sale,East/Shanghai,3", f"{day},Search,,West,1", f"{day},Live,,West,50"]
    send(write(tmp_path, "\n".join(lines) + "\n"))
    assert did(past("channel:search", "region")) == {
        "region:east+channel:search": D(1095), "region:west+channel:search": D(365),
    }  # fmt: skip
    assert did(past("region:west", "channel")) == {
        "region:west+channel:live": D(18250), "region:west+channel:search": D(365),
    }  # fmt: skip
    assert did(past("channel:search/sale", "region")) == {
        "region:east+channel:search/sale": D(1095), "region:west+channel:search/sale": None,
    }  # fmt: skip
    assert did(past("region:east+channel:search", "region")) == {
        "region:east/shanghai+channel:search": D(1095)
    }
    node("team:sales")
    assert did(past("region:east", "team")) == {"region:east+team:sales": None}


@pytest.mark.django_db
def test_a_sum_of_two_amounts_has_a_share_only_where_both_are_known() -> None:
    own_metric("Surplus", {"revenue": "1", "cost": "-1"}, unit="money")
    report("company", date(2025, 1, 1), 365, revenue="10", cost="4")
    report("region:east", date(2025, 1, 1), 365, revenue="5", cost="2")
    report("region:west", date(2025, 1, 1), 365, revenue="5", cost=None)
    assert did(past("company", "region", code="surplus")) == {"region:east": D(1095), "region:west": None}
    assert learnt(code="surplus").basis == Basis.OWN
    assert learnt("region:west", code="surplus").lender == "company"


@pytest.mark.django_db
def test_the_months_of_last_year_are_told_as_they_were() -> None:
    year_of("company", 2024)
    year_of("company", 2025, {2: "20"})
    report("company", date(2026, 1, 1), 40, revenue="30", cost=None)

    def months(area: str, year: str) -> dict[str, Decimal | None]:
        return last_months(
            metric=Metric.objects.get(code="revenue"),
            nodes=parse_scope(area),
            year=Period.parse(year),
            look=look(),
        )

    found = months("company", "2027")
    # January is this year's; February is not over in the data, so it is last year's.
    assert (found["2027-01"], found["2027-02"], found["2027-03"]) == (D(930), D(560), D(310))
    assert months("company", "2026")["2026-01"] == D(310)
    node("region:east")
    assert set(months("region:east", "2026").values()) == {None}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("code", "currency", "unit"),
    [
        ("revenue", "CNY", "0.01"),
        ("revenue", "JPY", "1"),
        ("revenue", "KWD", "0.001"),
        ("orders", "CNY", "1"),
    ],
)
def test_targets_are_counted_in_the_currency_s_smallest_unit_or_in_pieces(
    code: str, currency: str, unit: str
) -> None:
    Company.objects.update(currency=currency)
    assert unit_of(Metric.objects.get(code=code)) == D(unit)
