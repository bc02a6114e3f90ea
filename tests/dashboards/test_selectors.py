"""What the overview reads, against figures made by hand."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D

import pytest

from common.periods import Period
from dashboards import selectors
from dashboards.selectors import Overview
from organization.models import Person
from tests.dashboards.figures import TODAY, keep, report
from tests.people import alice, bob, charlie, node, scope

pytestmark = pytest.mark.django_db


def page_of(who: Person, area: str = "company", *, period: str | None = "2026-11", by: str = "") -> Overview:
    return selectors.overview(
        person=who,
        area=selectors.area_of(scope(area), company="Pinestone"),
        period=Period.parse(period) if period else None,
        by=by,
        company="Pinestone",
        fiscal_start=1,
        today=TODAY,
    )


def names(page: Overview) -> list[str]:
    assert page.split is not None
    return [part.node.name for part in page.split.parts]


def test_bob_sees_the_worst_channel_first() -> None:
    keep("channel:Fine", "revenue", "110", expected="100")
    keep("channel:Late", "revenue", "90", expected="100")
    keep("channel:Bad", "revenue", "40", expected="100")
    keep("channel:Worse", "revenue", "30", expected="100")
    keep("channel:Unplanned", "revenue", "70")
    assert names(page_of(bob())) == ["Worse", "Bad", "Late", "Fine", "Unplanned"]


def test_a_channel_that_loses_money_comes_before_one_that_is_farther_behind() -> None:
    keep("channel:Behind", "revenue", "10", expected="100")
    keep("channel:Loses", "revenue", "1400", expected="2000")
    report("channel:Loses", date(2026, 11, 8), 14, revenue="50", cost="80")
    page = page_of(bob())
    assert names(page) == ["Loses", "Behind"]
    assert page.troubles[0].lost == D(14 * 30)


def test_a_loss_that_is_planned_is_no_trouble() -> None:
    keep("channel:Brand", "revenue", "700", expected="600")
    report("channel:Brand", date(2026, 11, 8), 14, revenue="50", cost="80")
    assert page_of(bob()).troubles == ()


def test_what_nobody_split_by_channel_is_not_counted_as_lost() -> None:
    keep("channel:TV", "cost", "1120")
    report("channel:TV", date(2026, 11, 8), 13, revenue=None, cost="80")
    report("channel:TV", date(2026, 11, 21), 1, revenue="5", cost="80")
    assert page_of(bob()).split.parts[0].lost is None  # type: ignore[union-attr]


def test_two_weeks_are_two_weeks() -> None:
    keep("channel:Recovered", "revenue", "900", expected="1000")
    report("channel:Recovered", date(2026, 11, 1), 7, revenue="0", cost="500")
    report("channel:Recovered", date(2026, 11, 8), 14, revenue="90", cost="80")
    assert not page_of(bob()).troubles[0].loses


def test_green_revenue_on_poor_clicks_is_seen() -> None:
    keep("channel:Red book", "revenue", "120", expected="100")
    keep("channel:Red book", "ctr", "0.017", expected="0.035")
    part = page_of(bob()).troubles[0]
    assert (part.worst, part.status) == ("revenue", "green")
    assert [risk.metric.code for risk in part.at_risk] == ["ctr"]


def test_clicks_decide_a_row_only_where_no_result_has_a_light() -> None:
    keep("channel:Red book", "ctr", "0.017", expected="0.035")
    part = page_of(bob()).troubles[0]
    assert (part.worst, part.status, part.at_risk) == ("ctr", "red", ())


def test_a_green_channel_at_risk_stands_before_green_ones_and_needs_someone_before_those_a_little_behind() -> (
    None
):
    keep("channel:Fine", "revenue", "101", expected="100")
    keep("channel:Red book", "revenue", "120", expected="100")
    keep("channel:Red book", "ctr", "0.017", expected="0.035")
    keep("channel:Late", "revenue", "90", expected="100")
    page = page_of(bob())
    assert names(page) == ["Late", "Red book", "Fine"]
    assert [part.node.name for part in page.troubles] == ["Red book", "Late"]


def test_the_period_before_puts_nothing_at_risk() -> None:
    keep("channel:Red book", "revenue", "120", expected="100")
    keep("channel:Red book", "ctr", "0.017", expected="0.035", period="2026-10")
    assert page_of(bob()).troubles == ()


def test_spending_more_than_planned_alone_does_not_turn_a_row_red() -> None:
    keep("channel:Search", "revenue", "120", expected="100")
    keep("channel:Search", "cost", "40", expected="20")
    part = page_of(bob()).split.parts[0]  # type: ignore[union-attr]
    assert (part.figure("cost").status, part.status) == ("red", "green")


def test_parts_and_what_is_not_split_add_up_to_the_whole() -> None:
    keep("company", "revenue", "1000.55")
    keep("company", "roas", "4")
    keep("channel:A", "revenue", "300.25")
    keep("channel:B", "revenue", "500.10")
    split = page_of(bob()).split
    assert split is not None
    assert split.rest == {"revenue": D("200.20")}
    assert sum((part.figure("revenue").value or D(0) for part in split.parts), D(0)) + split.rest[
        "revenue"
    ] == D("1000.55")


def test_where_parts_add_up_nothing_is_said_to_be_left() -> None:
    keep("company", "revenue", "800")
    keep("channel:A", "revenue", "300")
    keep("channel:B", "revenue", "500")
    assert page_of(bob()).split.rest == {}  # type: ignore[union-attr]


def test_a_channel_opens_into_its_campaigns_and_leads_back_up() -> None:
    keep("channel:Douyin/Summer", "revenue", "10")
    keep("channel:Douyin/Winter", "revenue", "20")
    keep("channel:Other/Else", "revenue", "30")
    page = page_of(bob(), "channel:Douyin")
    assert sorted(names(page)) == ["Summer", "Winter"]
    assert [place.key for place in page.crumbs] == ["company"]
    below = page_of(bob(), "channel:Douyin/Summer")
    assert [place.key for place in below.crumbs] == ["company", "channel:douyin"]


def test_alices_region_is_split_by_its_provinces_and_by_the_channels_within_it() -> None:
    keep("region:华东/上海", "revenue", "10")
    keep("region:华东+channel:Douyin", "revenue", "4")
    keep("region:华北+channel:Douyin", "revenue", "7")
    keep("channel:Douyin", "revenue", "11")
    page = page_of(alice(), "region:华东")
    assert {split.dimension: [part.key for part in split.parts] for split in page.splits} == {
        "region": ["region:华东/上海"],
        "channel": ["region:华东+channel:douyin"],
    }
    assert page.crumbs == ()


def test_without_a_period_bob_sees_the_month_of_the_newest_figures() -> None:
    report("company", date(2025, 8, 1), 10, revenue="10", cost="1")
    page = page_of(bob(), period=None)
    assert str(page.period) == "2025-08"
    assert page.sources[0].age == (date(2026, 11, 21) - date(2025, 8, 10)).days


def test_without_any_figures_bob_sees_the_month_of_yesterday() -> None:
    page = page_of(bob(), period=None)
    assert str(page.period) == "2026-11"
    assert not page.has_values


def test_a_running_month_is_compared_with_as_many_days_of_the_month_before() -> None:
    keep("company", "revenue", "2100", through=date(2026, 11, 21))
    keep("company", "revenue", "9999", period="2026-10", through=date(2026, 10, 31))
    report("company", date(2026, 10, 1), 21, revenue="80", cost="10")
    report("company", date(2026, 10, 22), 10, revenue="800", cost="10")
    compared = page_of(bob()).compared
    assert compared.same_days
    assert compared.figures["revenue"].value == D(21 * 80)


def test_a_month_that_is_over_is_compared_with_the_whole_month_before() -> None:
    keep("company", "revenue", "2100", period="2026-10")
    keep("company", "revenue", "1900", period="2026-09")
    compared = page_of(bob(), period="2026-10").compared
    assert not compared.same_days
    assert compared.figures["revenue"].value == D(1900)


def test_only_those_who_may_set_targets_are_offered_it() -> None:
    assert page_of(bob()).may_set_targets
    assert not page_of(charlie()).may_set_targets
    assert page_of(alice(), "region:华东").may_set_targets


def test_names_come_in_the_readers_language() -> None:
    from django.utils import translation

    node("channel:Douyin", name_zh="抖音")
    keep("channel:Douyin", "revenue", "10")
    with translation.override("zh-hans"):
        assert page_of(bob()).split.parts[0].node.label == "抖音"  # type: ignore[union-attr]


def test_a_month_that_has_not_begun_has_targets_but_no_troubles() -> None:
    keep("channel:Search", "revenue", None, target="100", period="2026-12")
    page = page_of(bob(), period="2026-12")
    assert page.has_targets
    assert page.troubles == ()
