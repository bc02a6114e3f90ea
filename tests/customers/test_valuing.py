"""From files of orders to tiers, cohorts, steps, forecasts and published figures, by the job."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.utils import timezone

from customers.models import (
    AreaValue,
    CohortMonth,
    Margin,
    Order,
    Outlook,
    TierMove,
    ValueRun,
    ValueSettings,
)
from customers.services import ValueDraft, keep_value_settings, order_valuing
from customers.services.value_orders import KIND
from kpis.models import PublishedAmount
from kpis.work import catch_up
from organization.models import Job, JobState
from organization.services import Refused
from organization.services.jobs import work_next_job
from organization.services.merging import merge_node
from tests.customers.drawn import drawn
from tests.customers.files import send_orders, take_back
from tests.customers.made import START
from tests.ingest.files import send, value, write
from tests.people import bob, node

pytestmark = pytest.mark.django_db(transaction=True)
D = Decimal


def work() -> None:
    """As if the quiet time after the newest change had passed."""
    while work_next_job(now=timezone.now() + timedelta(minutes=5)):
        pass
    catch_up()


def some_orders(folder: Path) -> None:
    """c1 buys in January by search, in February and March by video; c2 in January and c3 in March by search."""
    send_orders(
        folder,
        ("c1", "2026-01-05", 100, "A1", "Search", "East", "Tea"),
        ("c2", "2026-01-20", 40, "A2", "Search", "East", "Mugs"),
        ("c1", "2026-02-03", 50, "A3", "Video", "West", "Tea"),
        ("c1", "2026-03-10", 25, "A4", "Video", "West", "Tea"),
        ("c3", "2026-03-12", 10, "A5", "Search", "West", "Tea"),
        ("c2", "2026-03-20", -40, "A2", "Search", "East", "Mugs"),
        ("c9", "2026-03-21", -7, "Z9", "Search", "East", "Mugs"),
        ("", "2026-03-22", 7, "Z8", "Search", "East", "Mugs"),
    )
    work()


def area(key: str) -> AreaValue:
    return AreaValue.objects.get(scope__key=key)


def test_an_import_has_customers_worked_out_and_says_of_what(tmp_path: Path) -> None:
    some_orders(tmp_path)
    run = ValueRun.objects.get()
    assert (run.first_day, run.last_day, run.customers, run.orders) == (
        date(2026, 1, 5), date(2026, 3, 21), 3, 5,
    )  # fmt: skip
    assert run.limits["window_days"] == 365
    assert Job.objects.get(kind=KIND).state == JobState.DONE
    company = area("company")
    assert (company.customers, company.orders, company.amount, company.outlook) == (
        3, 5, 185, Outlook.TOO_LITTLE,
    )  # fmt: skip
    assert (company.foretold, company.ahead, company.profit, company.lifetime) == (0, None, None, None)
    # Customers belong where they first ordered, with all that they bought since.
    assert (area("channel:search").customers, area("channel:search").amount) == (3, 185)
    assert not AreaValue.objects.filter(scope__key="channel:video").exists()
    assert (area("region:east").customers, area("region:west").customers) == (2, 1)


def test_tiers_move_by_the_month_and_add_up(tmp_path: Path) -> None:
    some_orders(tmp_path)
    company = TierMove.objects.filter(scope__key="company")
    by_month = [
        [
            (one.came_from, one.tier, one.customers, one.amount)
            for one in company.filter(month=date(2026, month, 1)).order_by("came_from", "tier")
        ]
        for month in (1, 2, 3)
    ]
    assert by_month == [
        [("", "new", 2, D(140))],
        [("new", "new", 2, D(190))],
        [("", "new", 1, D(10)), ("new", "high", 1, D(175)), ("new", "new", 1, D(0))],
    ]


def test_cohorts_and_steps_are_kept_by_area(tmp_path: Path) -> None:
    some_orders(tmp_path)
    rows = CohortMonth.objects.filter(scope__key="company").order_by("month", "later")
    assert [(one.month.month, one.later, one.customers, one.amount) for one in rows] == [
        (1, 0, 2, D(140)), (1, 1, 1, D(50)), (1, 2, 1, D(-15)), (3, 0, 1, D(10)),
    ]  # fmt: skip
    assert area("company").steps == []  # nobody has had 90 days for a second order yet
    keep_value_settings(
        draft=ValueDraft(365, 90, 180, 8, 30, 24), based_on=1, person=bob(), now=timezone.now()
    )
    work()
    assert area("company").steps == [2, 1, 1, 1]
    assert area("company").step_amounts == ["175.0000", "175.0000", "175.0000", "175.0000"]


def test_published_counts_make_figures_of_every_area(tmp_path: Path) -> None:
    some_orders(tmp_path)
    assert value("repurchase_rate", "company", "2026-03") == pytest.approx(D(1) / 3)
    assert value("repurchase_rate", "company", "2026-01") == 0
    assert value("repurchase_rate", "channel:video", "2026-03") == 1  # she ordered there twice
    assert value("retention", "company", "2026-02") == D("0.5")
    assert value("retention", "company", "2026-03") is None  # March is not over: its last day is the 21st
    assert value("arpu", "company", "2026-01") == 70
    assert value("ltv", "company", "2026-01") is None  # nobody has entered a margin
    assert not PublishedAmount.objects.filter(
        scope__key="channel:video", start=date(2026, 1, 1), grain="month"
    )


def test_lifetime_value_is_published_in_gross_profit_where_margins_are_known(tmp_path: Path) -> None:
    tea, mugs = node("product:Tea"), node("product:Mugs")
    Margin.objects.create(node=tea, first_day=date(2026, 1, 1), percent=60)
    some_orders(tmp_path)
    # c1: 175 of tea at 60%: 105. c3: 10 at 60%. c2 bought mugs, of which nobody knows.
    assert value("ltv", "region:west", "2026-03") == 6
    assert value("ltv", "company", "2026-01") is None
    assert area("region:west").profit == 6
    assert area("company").profit is None
    Margin.objects.create(node=mugs, first_day=date(2026, 1, 1), percent=10)
    order_valuing()
    work()
    assert value("ltv", "company", "2026-01") == D("52.5")  # (105 + 0) / 2: the mugs went back
    # Who only ever gave something back is nobody's customer.
    assert area("company").lifetime == area("company").profit == 111


def test_nothing_is_held_against_the_cost_or_sales_of_channels_whose_customers_nobody_knows(
    tmp_path: Path,
) -> None:
    for name, percent in (("Tea", 60), ("Mugs", 10)):
        Margin.objects.create(node=node(f"product:{name}"), first_day=date(2026, 1, 1), percent=percent)
    spend = "date,channel,cost,orders,revenue\n2026-01-05,Search,21,,\n"
    send(write(tmp_path, spend))
    some_orders(tmp_path)
    # The two who came in January are worth 105 and 0, and all that January cost was spent where they came from.
    assert value("ltv_cac", "channel:search", "2026-01") == value("ltv_cac", "company", "2026-01") == 5
    assert value("payback_months", "company", "2026-01") == pytest.approx(D(21) / D("8.75"))
    send(write(tmp_path, f"{spend}2026-01-09,Dealers,1000,900,90000\n", name="dealers.csv"))
    order_valuing()
    work()
    assert value("cost", "company", "2026-01") == 1021
    assert value("ltv_cac", "channel:search", "2026-01") == 5
    for figure in ("ltv_cac", "payback_months"):
        assert value(figure, "company", "2026-01") is None, figure
    assert value("ltv_cac", "region:east", "2026-01") is None
    # Shares are of what is known, however much the dealers sell besides.
    assert value("revenue", "company", "2026-01") == 90140
    assert value("arpu", "company", "2026-01") == 70
    assert value("gross_margin", "company", "2026-01") == pytest.approx(D(64) / 140)
    assert value("repeat_share", "company", "2026-01") == 0
    assert value("repeat_share", "company", "2026-02") == 1


def test_an_order_on_two_product_lines_is_one_order_of_each_and_of_the_company(tmp_path: Path) -> None:
    send_orders(
        tmp_path,
        ("c1", "2026-01-05", 60, "A1", "Search", "", "Tea/Green"),
        ("c1", "2026-01-05", 40, "A1", "Search", "", "Tea/Black"),
        ("c1", "2026-01-05", 30, "A1", "Search", "", "Mugs"),
    )
    node("product:Tea")
    work()
    codes = {row.scope.key for row in AreaValue.objects.select_related("scope")}
    assert "company" in codes
    assert value("repurchase_rate", "company", "2026-01") == 0
    counts = PublishedAmount.objects.filter(
        grain="month", start=date(2026, 1, 1), scope__product__isnull=False
    )
    assert set(counts.filter(slot=_slot("active_customers")).values_list("amount", flat=True)) == {D(1)}
    assert set(counts.filter(slot=_slot("repeat_customers")).values_list("amount", flat=True)) == {D(0)}


def test_undoing_the_only_file_leaves_nothing_behind(tmp_path: Path) -> None:
    batch = send_orders(tmp_path, ("c1", "2026-01-05", 60, "A1", "Search"))
    work()
    assert ValueRun.objects.exists()
    assert PublishedAmount.objects.exists()
    take_back(batch)
    work()
    assert not Order.objects.exists()
    assert not ValueRun.objects.exists()
    assert not PublishedAmount.objects.exists()
    assert value("repurchase_rate", "company", "2026-01") is None


def test_several_files_in_a_row_are_one_piece_of_work(tmp_path: Path) -> None:
    for number in range(3):
        send_orders(tmp_path, ("c1", f"2026-01-0{number + 1}", 60, f"A{number}"), name=f"{number}.csv")
    assert Job.objects.filter(kind=KIND).count() == 1
    assert not work_next_job()  # it waits for a quiet moment


def test_merging_channels_has_their_customers_counted_together(tmp_path: Path) -> None:
    some_orders(tmp_path)
    merge_node(node=node("channel:Video"), into=node("channel:Search"), person=bob())
    work()
    assert value("repurchase_rate", "channel:search", "2026-03") == pytest.approx(D(1) / 3)


def test_a_channel_with_enough_customers_is_foretold_with_an_interval_and_a_check(tmp_path: Path) -> None:
    made = drawn(500, 600, 11)
    lines = [
        (f"c{who}", date(1970, 1, 1) + timedelta(days=int(day)), f"{amount / 10_000:.2f}", f"n{at}", "Search")
        for at, (who, day, amount) in enumerate(zip(made.customers, made.days, made.amounts, strict=True))
    ]
    Margin.objects.create(node=node("channel:Search"), first_day=date(1970, 1, 1), percent=50)
    send_orders(tmp_path, *lines, ("x1", date(1970, 1, 1) + timedelta(days=START + 300), 80, "m1", "Small"))
    work()
    search, company = area("channel:search"), area("company")
    assert search.outlook == company.outlook == Outlook.PREDICTED
    assert (search.foretold, company.foretold, company.customers) == (500, 500, 501)
    assert search.low and search.ahead and search.high and search.profit  # noqa: PT018
    assert search.low < search.ahead / 500 < search.high
    assert search.check_actual
    assert search.lifetime == pytest.approx(search.profit + search.ahead / 2, abs=D(1))
    assert set(search.parameters) == {"r", "alpha", "a", "b", "p", "q", "gamma"}
    assert area("channel:small").outlook == Outlook.TOO_LITTLE
    assert area("channel:small").ahead is None
    assert company.lifetime is None  # of the small one nobody knows the margin


@pytest.mark.parametrize(
    "draft",
    [
        ValueDraft(365, 90, 400, 8, 90, 24),
        ValueDraft(10, 5, 5, 8, 90, 24),
        ValueDraft(365, 0, 180, 8, 90, 24),
        ValueDraft(365, 90, 180, 11, 90, 24),
        ValueDraft(365, 90, 180, 8, 0, 24),
        ValueDraft(365, 90, 180, 8, 90, 61),
    ],
)
def test_limits_without_a_meaning_are_refused_and_change_nothing(draft: ValueDraft) -> None:
    with pytest.raises(Refused):
        keep_value_settings(draft=draft, based_on=1, person=bob(), now=timezone.now())
    assert not ValueSettings.objects.exclude(version=1).exists()
    assert not Job.objects.exists()


def _slot(code: str) -> int:
    from kpis.models import Measure

    return Measure.objects.get(code=code).slot
