"""What speaks against a target: kept with it, worded with the figure and its source, answered by who set it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from common.periods import Period
from kpis.models import Benchmark, Metric, TargetWarning
from kpis.services import Revision, TargetEntry, revise_targets
from kpis.smart import Doubt, Past, doubts
from kpis.smart_words import sentence
from organization.models import Person
from tests.dashboards.figures import keep
from tests.people import alice, bob, charlie, scope

D = Decimal
YEAR = date.today().year + 1


def found(value: str, past: Past, *, additive: bool = True, direction: str = "higher") -> list[str]:
    return [one.doubt.value for one in doubts(D(value), past, additive=additive, direction=direction)]


@pytest.mark.parametrize(
    ("value", "past", "said"),
    [
        ("130", Past(last_year=D(100)), []),  # just at the limit
        ("131", Past(last_year=D(100)), ["growth"]),
        ("69", Past(last_year=D(100)), ["growth"]),
        ("500", Past(), []),  # nothing is known, so nothing speaks against it
        ("500", Past(last_year=D(0)), []),
        ("123", Past(last_year=D(100), benchmark=D("0.12")), ["benchmark"]),
        ("122", Past(last_year=D(100), benchmark=D("0.12")), []),
        ("120", Past(best=D(100)), []),
        ("121", Past(best=D(100), best_month="2026-11"), ["capacity"]),
        ("1000", Past(planned_cost=D(100), return_on_cost=D(5)), ["budget"]),
        ("550", Past(planned_cost=D(100), return_on_cost=D(5)), []),
        ("1000", Past(planned_cost=D(100), return_on_cost=D(0)), []),
    ],
)
def test_a_higher_target_is_held_against_what_is_known(value: str, past: Past, said: list[str]) -> None:
    assert found(value, past) == said


def test_where_lower_is_better_beyond_means_below() -> None:
    past = Past(last_year=D(100), best=D(80), benchmark=D(90))
    assert found("60", past, additive=False, direction="lower") == ["growth", "benchmark", "capacity"]
    assert found("85", past, additive=False, direction="lower") == []


def test_a_band_is_judged_by_its_edges_alone() -> None:
    assert found("500", Past(last_year=D(1), best=D(1)), direction="band") == []


# -- With the database ------------------------------------------------------------------------------


def set_month(
    value: str, who: Person, *, area: str = "region:华东", metric: str = "revenue"
) -> list[TargetWarning]:
    entry = TargetEntry(Metric.objects.get(code=metric), scope(area), Period.parse(f"{YEAR}-06"), D(value))
    (made,) = revise_targets(revisions=[Revision(entry, None)], person=who)
    return list(made.warnings.order_by("pk"))


@pytest.mark.django_db
def test_a_bold_target_is_set_and_keeps_what_speaks_against_it_with_figures() -> None:
    keep("region:华东", "revenue", "1000000", period=f"{YEAR - 1}-06")
    keep("region:华东", "revenue", "1400000", period=f"{YEAR - 1}-03")
    keep("region:华东", "revenue", "900000", period=f"{YEAR - 1}-07")
    growth, capacity = set_month("1700000", alice())
    assert sentence(growth, Metric.objects.get(code="revenue")) == (
        "The same month of last year brought ¥1,000,000.00; this is +70%."
    )
    assert sentence(capacity, Metric.objects.get(code="revenue")) == (
        f"The best month of the last two years brought ¥1,400,000.00 (March {YEAR - 1})."
    )
    # A humbler one replaces it, and nothing speaks against that.
    assert set_month("1100000", alice()) == []


@pytest.mark.django_db
def test_the_nearest_benchmark_counts() -> None:
    revenue = Metric.objects.get(code="revenue")
    keep("region:华东/上海", "revenue", "100", period=f"{YEAR - 1}-06")
    for area, value, source in (("company", "0.5", "Chamber"), ("region:华东", "0.05", "East report")):
        Benchmark.objects.create(
            metric=revenue, scope=scope(area), first_day=date(YEAR - 1, 1, 1), value=D(value), source=source
        )
    (warned,) = set_month("120", alice(), area="region:华东/上海")
    assert warned.code == Doubt.BENCHMARK
    assert "East report" in sentence(warned, revenue)


@pytest.mark.django_db
def test_the_planned_cost_must_carry_the_revenue() -> None:
    for month in range(1, 13):
        keep("region:华东", "revenue", "1000", period=f"{YEAR - 1}-{month:02d}")
        keep("region:华东", "cost", "200", period=f"{YEAR - 1}-{month:02d}")
    set_month("100", bob(), metric="cost")
    (warned,) = set_month("1100", bob())
    assert warned.code == Doubt.BUDGET
    assert sentence(warned, Metric.objects.get(code="revenue")) == (
        "At the return of the last twelve months (5 for each 1 spent) it needs ¥220.00; ¥100.00 is planned as cost."
    )


@pytest.mark.django_db
def test_what_speaks_against_many_targets_costs_few_queries() -> None:
    revenue = Metric.objects.get(code="revenue")
    areas = [scope(f"region:R{number}") for number in range(30)]

    def queries(n: int, month: int) -> int:
        entries = [
            Revision(TargetEntry(revenue, area, Period.parse(f"{YEAR}-{month:02d}"), D(5)), None)
            for area in areas[:n]
        ]
        who = bob()
        with CaptureQueriesContext(connection) as made:
            revise_targets(revisions=entries, person=who)
        return len([one for one in made if "audit" not in one["sql"]])

    queries(1, 1)
    assert queries(30, 3) == queries(2, 2)


@pytest.mark.django_db
def test_an_answer_is_kept_by_who_may_set_the_target() -> None:
    keep("region:华东", "revenue", "100", period=f"{YEAR - 1}-06")
    warning = set_month("200", alice())[0]
    address = f"/plan/warnings/{warning.pk}/answer/"
    for who, status in ((charlie(), 403), (alice("region:西南"), 200)):
        client = Client()
        client.force_login(who)
        assert client.post(address, {"answer": "A new shop opens."}).status_code == status
    warning.refresh_from_db()
    assert warning.answer == "A new shop opens."
    assert warning.answered_by == alice()
    page = client.get(f"/plan/grid/?year={YEAR}&areas=region")
    assert "A new shop opens." in page.content.decode()


@pytest.mark.django_db
def test_a_benchmark_is_entered_corrected_and_taken_out_by_managers() -> None:
    client = Client()
    client.force_login(bob())
    typed = {
        "metric": Metric.objects.get(code="revenue").pk, "area": "company", "value": "12%", "source": "Chamber",
        "first_day": "2026-01-01",
    }  # fmt: skip
    assert client.post("/plan/benchmarks/", typed).status_code == 302
    assert client.post("/plan/benchmarks/", {**typed, "value": "15"}).status_code == 302
    made = Benchmark.objects.get()
    assert (made.value, made.source) == (D("0.15"), "Chamber")
    assert "Chamber" in client.get("/plan/benchmarks/").content.decode()
    wrong = client.post("/plan/benchmarks/", {**typed, "value": "much"})
    assert "not a number" in wrong.content.decode()
    assert client.post(f"/plan/benchmarks/{made.pk}/remove/").status_code == 302
    assert Benchmark.objects.count() == 0
