"""`manage.py decompose`: parts that add up, printed in order; and one clear line where it cannot be."""

from __future__ import annotations

import io
import json
from datetime import date
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from kpis.models import Target
from organization.models import AuditEntry, Company
from organization.services.merging import merge_node
from tests.dashboards.figures import report
from tests.ingest.files import DATA, send
from tests.kpis.own import metric as own_metric
from tests.people import node

D = Decimal


def asked(*words: str, by: str = "month") -> tuple[dict[str, str], str]:
    """What it printed, and what it said besides."""
    out, err = io.StringIO(), io.StringIO()
    call_command("decompose", *words, "--by", by, stdout=out, stderr=err)
    return json.loads(out.getvalue()), err.getvalue()


def refused(*words: str, by: str = "month") -> str:
    out = io.StringIO()
    with pytest.raises(CommandError) as error:
        call_command("decompose", *words, "--by", by, stdout=out, stderr=io.StringIO())
    assert not out.getvalue()
    said = str(error.value)
    assert said
    assert "\n" not in said
    return said


def added(parts: dict[str, str]) -> Decimal:
    return sum(map(D, parts.values()), D(0))


def three_regions() -> None:
    for name in ("region:a", "region:b", "region:c"):
        node(name)


@pytest.mark.django_db(transaction=True)
def test_a_year_goes_by_the_season_of_the_weekly_file() -> None:
    send(DATA / "meridian_geo_full_funnel_weekly.csv")
    # The file ends in January 2024; for years to come it is looked back on.
    for year in ("2024", "2025", "2027"):
        parts, said = asked("revenue", "company", year, "120000000", "--method", "season")
        assert list(parts) == [f"{year}-{month:02d}" for month in range(1, 13)]
        assert added(parts) == 120_000_000
        assert not said
        assert len(set(parts.values())) == 12
        assert all(D(5_000_000) < D(part) < D(20_000_000) for part in parts.values())
    quarters, _said = asked("revenue", "company", "2027", "120000000", "--method", "season", by="quarter")
    assert list(quarters) == ["2027-Q1", "2027-Q2", "2027-Q3", "2027-Q4"]
    assert added(quarters) == 120_000_000
    for n, quarter in enumerate(quarters.values()):
        months = list(parts.values())[3 * n : 3 * n + 3]
        assert abs(sum(map(D, months)) - D(quarter)) <= D("0.03")
    # Regions by what they did.
    regions, said = asked("revenue", "company", "2027", "120000000.01", by="region")
    assert (len(regions), added(regions), said) == (20, D("120000000.01"), "")
    cost, _said = asked("cost", "channel:awarenessvideo", "2027", "1000000", by="region")
    assert (len(cost), added(cost)) == (20, D(1_000_000))
    assert next(iter(cost)) == "region:geo0+channel:awarenessvideo"
    # Of what channels brought nobody knows.
    assert "no history of revenue" in refused("revenue", "company", "2027", "100", by="channel")
    equal, said = asked("revenue", "company", "2027", "100", "--method", "equal", by="channel")
    assert set(equal.values()) == {"33.34", "33.33"}
    locked, _said = asked(
        "revenue", "company", "2027", "120000000", "--lock", "2027-02=5000000", "--lock", "2027-11=20000000"
    )
    assert (locked["2027-02"], locked["2027-11"], added(locked)) == (
        "5000000.00",
        "20000000.00",
        D(120_000_000),
    )
    assert not Target.objects.exists()
    assert not AuditEntry.objects.filter(action__startswith="target").exists()


@pytest.mark.django_db
def test_regions_go_by_weights_and_one_may_be_locked() -> None:
    three_regions()
    words = ("revenue", "company", "2027", "120000000", "--weights", "region:a=3,region:b=2,region:c=1")
    parts, said = asked(*words, by="region")
    assert parts == {"region:a": "60000000.00", "region:b": "40000000.00", "region:c": "20000000.00"}
    assert not said
    parts, _said = asked(*words, "--lock", "region:a=30000000", by="region")
    assert parts == {"region:a": "30000000.00", "region:b": "60000000.00", "region:c": "30000000.00"}
    # Only those named take part, and a locked one needs no weight.
    parts, _said = asked(
        "revenue", "company", "2027", "100", "--weights", "region:b=2", "--lock", "region:c=30", by="region"
    )
    assert parts == {"region:b": "70.00", "region:c": "30.00"}


@pytest.mark.django_db
def test_periods_go_by_weights_too_and_come_in_order() -> None:
    parts, _said = asked(
        "revenue",
        "company",
        "2027",
        "100",
        "--weights",
        "2027-Q4=2,2027-Q1=1",
        "--lock",
        "2027-Q2=10",
        by="quarter",
    )
    assert list(parts.items()) == [("2027-Q1", "30.00"), ("2027-Q2", "10.00"), ("2027-Q4", "60.00")]


@pytest.mark.django_db
def test_within_a_channel_regions_are_named_alone_or_in_full() -> None:
    three_regions()
    node("channel:live")
    parts, _said = asked(
        "orders",
        "channel:live",
        "2027-02",
        "10",
        "--weights",
        "region:a=1, channel:live+region:b=1",
        by="region",
    )
    assert parts == {"region:a+channel:live": "5", "region:b+channel:live": "5"}


@pytest.mark.django_db
def test_without_any_history_a_season_is_the_days_of_the_months_and_it_says_so() -> None:
    parts, said = asked("revenue", "company", "2027", "365")
    assert (parts["2027-01"], parts["2027-02"], added(parts)) == ("31.00", "28.00", D(365))
    assert "no history of revenue" in said
    assert said.count("\n") == 1
    quarter, _said = asked("orders", "company", "2027-Q1", "90", "--method", "season")
    assert quarter == {"2027-01": "31", "2027-02": "28", "2027-03": "31"}
    assert "give --weights, or --method equal" in refused(
        "revenue", "company", "2027", "365", "--method", "history"
    )


@pytest.mark.django_db
def test_history_divides_months_by_what_they_did_and_names_parts_without_any() -> None:
    three_regions()
    report("company", date(2025, 1, 1), 365, revenue="10", cost=None)
    report("region:a", date(2025, 1, 1), 365, revenue="3", cost=None)
    report("region:b", date(2025, 1, 1), 365, revenue="1", cost=None)
    parts, said = asked("revenue", "company", "2026", "365", "--method", "history", "--as-of", "2026-03-01")
    assert (parts["2026-02"], parts["2026-12"], said) == ("28.00", "31.00", "")
    parts, said = asked("revenue", "company", "2026", "100", "--as-of", "2026-03-01", by="region")
    assert parts == {"region:a": "75.00", "region:b": "25.00", "region:c": "0.00"}
    assert said == "No history, so nothing for: region:c.\n"
    # All is locked in what has a history: the others are asked for nothing.
    parts, _said = asked(
        "revenue", "company", "2026", "100", "--as-of", "2026-03-01",
        "--lock", "region:a=60", "--lock", "region:b=40", by="region",
    )  # fmt: skip
    assert parts["region:c"] == "0.00"


@pytest.mark.django_db
def test_months_of_a_young_area_follow_the_company_and_it_says_so() -> None:
    node("region:a")
    report("company", date(2025, 1, 1), 365, revenue="10", cost=None)
    parts, said = asked("revenue", "region:a", "2026", "365", "--as-of", "2026-03-01")
    assert parts["2026-02"] == "28.00"
    assert said.startswith("Months without a history of their own go as those of company do: 2026-01, ")


@pytest.mark.django_db
def test_fiscal_years_and_currencies_are_respected() -> None:
    Company.objects.update(fiscal_year_start=4, currency="JPY")
    parts, _said = asked("revenue", "company", "2027", "1000", "--method", "equal")
    assert (next(iter(parts)), list(parts)[-1]) == ("2027-04", "2028-03")
    assert (set(parts.values()), added(parts)) == ({"83", "84"}, D(1000))
    quarters, _said = asked("revenue", "company", "2027", "1000", by="quarter")
    assert list(quarters) == ["2027-Q1", "2027-Q2", "2027-Q3", "2027-Q4"]
    assert "multiple of 1," in refused("revenue", "company", "2027", "1000.5")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("words", "by", "said"),
    [
        (("revenu", "company", "2027", "1"), "month", "There is no metric 'revenu'"),
        (("roas", "company", "2027", "4"), "month", "roas is a ratio"),
        (("revenue", "region:x", "2027", "1"), "month", "no region with the code 'region:x'"),
        (("revenue", "everywhere", "2027", "1"), "month", "is not a scope"),
        (("revenue", "company", "20277", "1"), "month", "is not a period"),
        (("revenue", "company", "0000", "1"), "month", "There is no period '0000'"),
        (("revenue", "company", "0001", "1"), "month", "too far away"),
        (("revenue", "company", "9999", "1"), "month", "too far away"),
        (("revenue", "company", "2027-02", "1"), "month", "2027-02 has no months"),
        (("revenue", "company", "2027-Q1", "1"), "quarter", "2027-Q1 has no quarters"),
        (("revenue", "company", "2027-W05", "1"), "month", "2027-W05 has no months"),
        (("revenue", "company", "2027", "1"), "week", "'week' is nothing to divide by"),
        (("revenue", "company", "2027", "much"), "month", "'much' is not an amount"),
        (("revenue", "company", "2027", "NaN"), "month", "'NaN' is not an amount"),
        (("revenue", "company", "2027", ""), "month", "'' is not an amount"),
        (("revenue", "company", "2027", "1e18"), "month", "'1e18' is not an amount"),
        (("revenue", "company", "2027", "1000000000000000000"), "month", "too large"),
        (("revenue", "company", "2027", "-1000000000000000"), "month", "too large"),
        (("revenue", "company", "2027", "0.001"), "month", "0.001 is not a multiple of 0.01"),
        (("orders", "company", "2027", "10.5"), "month", "10.5 is not a multiple of 1"),
        (("revenue", "company", "2027", "1", "--method", "magic"), "month", "'magic' is no method"),
        (("revenue", "company", "2027", "1", "--method", "season"), "region", "A season divides years and quarters"),
        (("revenue", "company", "2027", "1"), "product", "There is no product below company"),
        (("revenue", "company", "2027", "1"), "region", "no history of revenue"),
        (("revenue", "company", "2027", "1", "--method", "equal", "--weights", "region:a=1"), "region", "either"),
        (("revenue", "company", "2027", "1", "--weights", "region:a"), "region", "'region:a' is not that"),
        (("revenue", "company", "2027", "1", "--weights", "region:z=1"), "region", "no region with the code"),
        (("revenue", "company", "2027", "1", "--weights", "region:twin=1"), "region", "was merged into region:a"),
        (("revenue", "company", "2027", "1", "--weights", "region:old=1"), "region", "region:old is put away"),
        (("revenue", "company", "2027", "1", "--weights", "channel:live=1"), "region", "is no region of company"),
        (("revenue", "company", "2027", "1", "--weights", "company=1"), "region", "is no region of company"),
        (("revenue", "company", "2027", "1", "--weights", "region:a=1,region:a=2"), "region", "region:a twice"),
        (
            ("revenue", "company", "2027", "1", "--weights", "region:a=1,region:a/city=2"),
            "region",
            "region:a/city lies below region:a",
        ),
        (("revenue", "region:b", "2027", "1", "--weights", "region:a/city=1"), "region", "does not lie below region:b"),
        (("revenue", "region:b", "2027", "1", "--weights", "region:b=1"), "region", "does not lie below region:b"),
        (("revenue", "company", "2027", "1", "--weights", "region:a=0,region:b=0"), "region", "above zero"),
        (("revenue", "company", "2027", "1", "--weights", "region:a=-1,region:b=3"), "region", "that of region:a"),
        (("revenue", "company", "2027", "1", "--weights", "region:a=x"), "region", "'x' is not a weight"),
        (("revenue", "company", "2027", "1", "--weights", "region:a=NaN"), "region", "'NaN' is not a weight"),
        (("revenue", "company", "2027", "1", "--lock", "2027-13=1"), "month", "There is no period '2027-13'"),
        (("revenue", "company", "2027", "1", "--lock", "2026-12=1"), "month", "2026-12 is none of the parts"),
        (("revenue", "company", "2027", "1", "--lock", "2027-01=x"), "month", "'x' is not an amount"),
        (("revenue", "company", "2027", "1", "--lock", "2027-01=0.001"), "month", "2027-01: 0.001 is not a multiple"),
        (
            ("revenue", "company", "2027", "1", "--lock", "2027-01=1", "--lock", "2027-01=1"),
            "month",
            "--lock names 2027-01 twice",
        ),
        (("revenue", "company", "2027", "1", "--lock", "region:a=1"), "month", "is not a period"),
        (
            ("revenue", "company", "2027", "1", "--method", "equal", "--lock", "region:a/city=1"),
            "region",
            "region:a/city is none of the parts, which are region:a, region:b",
        ),
        (
            ("revenue", "company", "2027", "100", "--method", "equal", "--lock", "region:a=130"),
            "region",
            "comes to 130 and goes beyond the total of 100: 30 is missing",
        ),
        (
            ("revenue", "company", "2027", "100", "--weights", "region:a=1,region:b=1", "--lock", "region:a=60",
             "--lock", "region:b=30"),
            "region",
            "10 is missing from the total of 100",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_with_one_clear_line(words: tuple[str, ...], by: str, said: str) -> None:
    for code in ("region:a", "region:b", "region:a/city", "region:old", "region:twin", "channel:live"):
        node(code)
    merge_node(node=node("region:twin"), into=node("region:a"), person=None)
    old = node("region:old")
    old.archived_at = timezone.now()
    old.save(update_fields=["archived_at"])
    assert said in refused(*words, by=by)


@pytest.mark.django_db
def test_figures_that_are_put_away_or_hold_what_stands_are_not_divided() -> None:
    own = own_metric("Surplus", {"revenue": "1", "cost": "-1"}, unit="money")
    parts, _said = asked("surplus", "company", "2027", "-1200", "--method", "equal")
    assert set(parts.values()) == {"-100.00"}
    own.archived_at = timezone.now()
    own.save(update_fields=["archived_at"])
    assert "There is no metric 'surplus'" in refused("surplus", "company", "2027", "1")
    own.archived_at, own.stock = None, True
    own.save(update_fields=["archived_at", "stock"])
    assert "a stock" in refused("surplus", "company", "2027", "1")


@pytest.mark.django_db
def test_amounts_are_read_as_people_type_them() -> None:
    parts, _said = asked("revenue", "company", "2027", "1.2亿", "--method", "equal")
    assert added(parts) == 120_000_000
