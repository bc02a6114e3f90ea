"""Budgets on the spine: figures of lines, of their budget and of the company, and cost where money was entered."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from budgets.models import CostDay, DirtyLine
from budgets.services.publishing import mark_lines, publish_next, turn_day
from kpis.models import ChangedScope, Measure, Metric, PublishedAmount, Reading
from kpis.work import catch_up
from organization.models import Scope
from tests.budgets.books import a_budget, a_line, put
from tests.people import node, scope

pytestmark = pytest.mark.django_db
TODAY = date(2026, 8, 16)


def publish(today: date = TODAY) -> None:
    while publish_next(today=today):
        pass
    catch_up(today=today)


def said(scope: Scope, grain: str = "month", start: date = date(2026, 8, 1)) -> dict[str, Decimal]:
    codes = dict(Measure.objects.values_list("slot", "code"))
    rows = PublishedAmount.objects.filter(scope=scope, grain=grain, start=start)
    return {codes[slot]: amount for slot, amount in rows.values_list("slot", "amount")}


def figure(scope: Scope, metric: str, start: date = date(2026, 8, 1), grain: str = "month") -> Decimal | None:
    return (
        Reading.objects.filter(scope=scope, metric__code=metric, grain=grain, start=start)
        .values_list("value", flat=True)
        .first()
    )


def test_alice_sees_how_a_line_burns_on_the_line_its_budget_and_the_company() -> None:
    budget = a_budget()
    line = a_line(budget, "Search", planned=310_000)
    other = a_line(budget, "Fair", planned=90_000)
    for day in range(1, 16):
        put(line, "spend", Decimal(200_000) / 15, on=date(2026, 8, day))
    put(other, "commitment", 60_000, on=date(2026, 8, 3))
    publish()
    here = said(line.node.scope)
    assert here["budget_total"] == here["planned"] == 310_000
    assert here["budget_spent"] == here["spent"] == pytest.approx(200_000)
    assert here["budget_expected"] == 150_000
    assert round(figure(line.node.scope, "budget_variance") or 0, 4) == Decimal("0.3333")
    assert round(figure(line.node.scope, "budget_use") or 0, 4) == Decimal("0.6452")
    assert said(budget.node.scope)["budget_used"] == pytest.approx(260_000)
    assert said(scope("company")) == said(budget.node.scope)
    assert figure(budget.node.scope, "budget_use") == pytest.approx(Decimal("0.65"))
    assert not DirtyLine.objects.exists()


def test_a_day_is_held_against_its_share_of_the_month() -> None:
    budget = a_budget()
    line = a_line(budget, "Search", planned=310_000)
    a_line(budget, "Reserve", planned=155_000, pool="reserve")
    put(line, "spend", 15_000, on=date(2026, 8, 10))
    publish()
    assert said(line.node.scope, "day", date(2026, 8, 10)) == {
        "planned": 10_000, "committed": 0, "spent": 15_000,
    }  # fmt: skip
    assert said(budget.node.scope, "day", date(2026, 8, 10))["planned"] == 10_000
    assert said(line.node.scope, "day", date(2026, 8, 11)) == {}


def test_a_correction_changes_the_month_it_belongs_to_and_what_comes_after() -> None:
    budget = a_budget(days=(date(2026, 7, 1), date(2026, 8, 31)))
    line = a_line(budget, "Search", planned=100_000)
    put(line, "spend", 30_000, on=date(2026, 7, 10))
    put(line, "spend", 20_000, on=date(2026, 8, 10))
    publish()
    put(line, "spend", -10_000, on=date(2026, 7, 10))
    publish()
    july, august = (said(line.node.scope, start=date(2026, month, 1)) for month in (7, 8))
    assert (july["spent"], july["budget_spent"]) == (20_000, 20_000)
    assert (august["spent"], august["budget_spent"]) == (20_000, 40_000)
    assert said(line.node.scope, "quarter", date(2026, 7, 1))["spent"] == 40_000
    assert said(line.node.scope, "year", date(2026, 1, 1))["spent"] == 40_000


def test_one_entry_touches_only_its_line_its_budget_and_the_company() -> None:
    line, other = a_line(a_budget(), planned=1000), a_line(a_budget("Plan B"), planned=1000)
    publish()
    put(line, "spend", 10, on=date(2026, 8, 10))
    publish_next(today=TODAY)
    due = set(ChangedScope.objects.values_list("scope__key", flat=True))
    assert due == {line.node.scope.key, line.budget.node.scope.key, "company"}
    assert said(other.node.scope)["budget_spent"] == 0
    assert said(scope("company"))["budget_spent"] == 10


def test_tomorrow_more_is_expected_without_any_entry() -> None:
    line = a_line(a_budget(), planned=310_000)
    publish()
    assert said(line.node.scope)["budget_expected"] == 150_000
    tomorrow = date(2026, 8, 17)
    assert turn_day(today=tomorrow)
    assert not turn_day(today=tomorrow)
    publish(tomorrow)
    assert said(line.node.scope)["budget_expected"] == 160_000


def test_conversions_are_said_once_most_is_used() -> None:
    channel = node("channel:fair")
    budget = a_budget()
    line = a_line(budget, planned=1000, channel=channel, conversions=200)
    put(line, "spend", 790, on=date(2026, 8, 10))
    publish()
    assert "budget_conversions" not in said(line.node.scope)
    put(line, "spend", 10, on=date(2026, 8, 10))
    publish()
    here = said(line.node.scope)
    assert (here["budget_conversions"], here["budget_conversions_expected"]) == (0, 200)
    assert figure(line.node.scope, "budget_conversions_share") == 0
    assert said(budget.node.scope)["budget_conversions_expected"] == 200
    put(line, "spend", -700, on=date(2026, 8, 10))
    publish()
    assert "budget_conversions" not in said(line.node.scope)


def test_what_dana_enters_counts_as_cost_of_the_channel_and_in_no_place_twice() -> None:
    fair, ads = node("channel:fair"), node("channel:ads")
    budget = a_budget()
    entered = a_line(budget, "Fair", planned=1000, channel=fair)
    fed = a_line(budget, "Ads", planned=1000, channel=ads, fed_by="cost")
    loose = a_line(budget, "Gifts", planned=1000)
    for line in (entered, fed, loose):
        put(line, "spend", 100, on=date(2026, 8, 10))
    put(entered, "commitment", 50, on=date(2026, 8, 10))
    publish()
    assert figure(fair.scope, "cost") == 100
    assert figure(ads.scope, "cost") is None
    assert figure(scope("company"), "cost") == 100
    put(entered, "spend", -100, on=date(2026, 8, 10))
    publish()
    assert figure(fair.scope, "cost") is None
    assert not CostDay.objects.exists()


def test_cost_follows_a_line_to_another_channel() -> None:
    fair, show = node("channel:fair"), node("channel:show")
    line = a_line(a_budget(), "Fair", planned=1000, channel=fair)
    put(line, "spend", 100, on=date(2026, 8, 10))
    publish()
    line.channel = show
    line.save()
    mark_lines([line])
    publish()
    assert (figure(fair.scope, "cost"), figure(show.scope, "cost")) == (None, 100)


def test_figures_of_budgets_ship() -> None:
    codes = ["budget_use", "budget_variance", "budget_day", "budget_over", "budget_conversions_share"]
    assert Metric.objects.in_use().filter(code__in=codes).count() == len(codes)
