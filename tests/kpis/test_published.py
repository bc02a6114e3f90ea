"""What sources say of a whole period: kept as it is said, judged like anything else, and never added up."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from common.periods import Grain, Period
from kpis.figures import Look
from kpis.models import ChangedScope, Direction, Metric, OverTime, PublishedAmount, Reading, Source, Unit
from kpis.selectors import figure
from kpis.services import (
    CodeTaken,
    Published,
    TargetEntry,
    ensure_measure,
    ensure_metric,
    ensure_source,
    publish_amounts,
    set_targets,
)
from kpis.work import catch_up
from organization.selectors import parse_scope
from tests.ingest.files import send, write
from tests.people import scope

pytestmark = pytest.mark.django_db(transaction=True)
D = Decimal
AUGUST, SEPTEMBER = date(2025, 8, 1), date(2025, 9, 1)
SALES = (
    "date,channel,cost,revenue\n2025-08-01,Search,90,45\n2025-08-01,Social,10,15\n2025-09-01,Search,40,80\n"
)


def orders(rank: int = 100) -> Source:
    return ensure_source(code=f"own-{rank}", name="Own orders", facts="", rank=rank)


def said(area: str, measure: str, amount: str, start: date = AUGUST) -> Published:
    return Published(scope(area).pk, measure, start, D(amount))


def publish(
    *rows: Published, source: Source | None = None, through: date = date(2025, 12, 31), last: date = SEPTEMBER
) -> int:
    changed = publish_amounts(
        source=source or orders(), grain=Grain.MONTH, first=AUGUST, last=last,
        measures=["customers", "repeat_customers", "ltv_against_cost"], rows=rows, through=through,
    )  # fmt: skip
    catch_up()
    return changed


def value(metric: str, area: str, period: str, as_of: date | None = None) -> Decimal | None:
    return figure(
        metric=Metric.objects.get(code=metric), nodes=parse_scope(area), period=Period.parse(period),
        look=Look.at(as_of),
    ).value  # fmt: skip


def test_a_share_of_distinct_customers_has_a_value_where_it_was_published_and_nowhere_else(
    tmp_path: Path,
) -> None:
    send(write(tmp_path, SALES))
    publish(
        said("channel:search", "customers", "50"), said("channel:search", "repeat_customers", "10"),
        said("company", "customers", "80"),
    )  # fmt: skip
    assert value("repurchase_rate", "channel:search", "2025-08") == D("0.2")
    assert Reading.objects.get(metric__code="repurchase_rate").value == D("0.2")
    for area, period in (
        ("channel:search", "2025-09"), ("channel:search", "2025-Q3"), ("channel:search", "2025-08-01"),
        ("channel:social", "2025-08"), ("company", "2025-08"),
    ):  # fmt: skip
        assert value("repurchase_rate", area, period) is None, (area, period)


def test_it_is_held_against_a_target_and_against_what_adds_up(tmp_path: Path) -> None:
    send(write(tmp_path, SALES))
    set_targets(
        entries=[
            TargetEntry(
                Metric.objects.get(code="ltv_cac"), scope("channel:search"), Period.parse("2025-08"), D(4)
            )
        ],
        person=None,
    )
    publish(said("channel:search", "ltv_against_cost", "270"))
    reading = Reading.objects.get(metric__code="ltv_cac", grain="month", scope__key="channel:search")
    assert (reading.value, reading.attainment, reading.status) == (D(3), D("0.75"), "red")


def test_saying_it_again_changes_nothing_and_another_word_only_what_it_is_about(tmp_path: Path) -> None:
    send(write(tmp_path, SALES))
    rows = [said("channel:search", "customers", "50"), said("channel:social", "customers", "9")]
    assert publish(*rows) == 2
    assert publish(*rows) == 0
    assert not ChangedScope.objects.exists()
    assert publish(rows[0], said("channel:social", "customers", "8"), said("company", "customers", "57")) == 2
    assert publish(said("company", "customers", "57")) == 2
    assert list(PublishedAmount.objects.values_list("scope__key", "amount")) == [("company", D(57))]


def test_of_two_sources_the_first_in_order_is_heard_and_the_other_when_it_falls_silent(
    tmp_path: Path,
) -> None:
    send(write(tmp_path, SALES))
    for source, customers in ((orders(50), "40"), (orders(10), "80")):
        publish(
            said("channel:search", "customers", customers), said("channel:search", "repeat_customers", "20"),
            source=source,
        )  # fmt: skip
    assert value("repurchase_rate", "channel:search", "2025-08") == D("0.25")
    publish(source=orders(10))
    assert value("repurchase_rate", "channel:search", "2025-08") == D("0.5")


def test_what_counts_days_to_come_is_not_seen_from_an_earlier_day(tmp_path: Path) -> None:
    send(write(tmp_path, SALES))
    publish(
        said("channel:search", "customers", "50"), said("channel:search", "repeat_customers", "10"),
        through=date(2025, 8, 20),
    )  # fmt: skip
    assert value("repurchase_rate", "channel:search", "2025-08", as_of=date(2025, 8, 19)) is None
    assert value("repurchase_rate", "channel:search", "2025-08", as_of=date(2025, 8, 20)) == D("0.2")


def test_a_period_outside_of_what_is_replaced_and_a_measure_that_adds_up_are_not_published() -> None:
    with pytest.raises(ValueError, match="not among those replaced"):
        publish(said("company", "customers", "1", date(2025, 10, 1)))
    assert publish_amounts(
        source=orders(), grain=Grain.MONTH, first=AUGUST, last=AUGUST, measures=["revenue"],
        rows=[said("company", "revenue", "1")], through=AUGUST,
    ) == 0  # fmt: skip
    assert not PublishedAmount.objects.exists()


def test_a_source_brings_its_measure_and_metric_along_once_and_leaves_ones_own_alone() -> None:
    def bring() -> tuple[int, int]:
        made = ensure_measure(
            code="attributed_revenue_linear", name="Revenue, linear", name_zh="归因成交额（线性）", unit=Unit.MONEY,
            over_time=OverTime.SUM,
        )  # fmt: skip
        metric = ensure_metric(
            code="attributed_roas_linear", name="ROAS, linear", name_zh="归因投产比（线性）",
            numerator={made.code: "1"}, denominator={"cost": "1"}, unit=Unit.RATIO, direction=Direction.HIGHER,
        )  # fmt: skip
        return made.pk, metric.pk

    assert bring() == bring()
    with pytest.raises(CodeTaken):
        ensure_measure(
            code="attributed_revenue_linear",
            name="Other",
            name_zh="",
            unit=Unit.COUNT,
            over_time=OverTime.SUM,
        )
    with pytest.raises(CodeTaken):
        ensure_metric(
            code="attributed_roas_linear", name="Other", name_zh="", numerator={"cost": "1"}, unit=Unit.MONEY
        )
