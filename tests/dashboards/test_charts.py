"""Figure dictionaries from selector results; no database."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal as D

import pytest

from common.periods import Period
from dashboards import charts
from dashboards.selectors import Area, Campaigns, Compared, Day, Funnel, OverTime, Overview, Part, Spend
from kpis.models import Metric
from kpis.selectors import Figure
from organization.models import Node

NAMES = {
    "actual": "Actual",
    "plan": "Plan",
    "original": "Original plan",
    "last_year": "Last year",
    "band": "Just off plan",
}
METRICS = {
    "revenue": Metric(code="revenue", unit="money", yellow_from=D("0.85")),
    "cost": Metric(code="cost", unit="money", direction="lower", yellow_from=D("0.8")),
}


def day(revenue: int, cost: int | None = None) -> Day:
    return Day({"revenue": D(revenue), "cost": None if cost is None else D(cost)})


def page(
    period: str,
    *,
    figures: Mapping[str, Figure] | None = None,
    days: Mapping[date, Day] | None = None,
    months: Mapping[tuple[str, date], Figure] | None = None,
    originals: Mapping[tuple[str, date], D | None] | None = None,
    step: str = "day",
) -> Overview:
    at = Period.parse(period)
    return Overview(
        area=Area("company", "Pinestone", {}, 1), company="Pinestone", crumbs=(), period=at, first=None,
        last=None, through=None,
        complete=date(2026, 11, 21), newest=None, metrics=METRICS, figures=figures or {},
        compared=Compared(at.next(-1), {}, same_days=False), last_year=Compared(at.last_year(), {}, same_days=False),
        splits=(), split=None, spend=None, funnel=Funnel({}, {}), heat=None, heat_metric="revenue",
        campaigns=Campaigns("roas"), step=step,
        over_time=OverTime(days or {}, months or {}, originals or {}), sources=(), may_set_targets=False,
    )  # fmt: skip


def part(name: str, value: str | None, target: str | None = None, attainment: str | None = None) -> Part:
    number, due, share = (D(text) if text is not None else None for text in (value, target, attainment))
    figure = Figure(value=number, target=due, expected=due, attainment=share, status="grey")
    return Part(f"channel:{name}", Node(dimension="channel", name=name, depth=1), {"roas": figure})


def month_of_days() -> Overview:
    first = date(2026, 11, 1)
    return page(
        "2026-11",
        figures={"revenue": Figure(value=D(30), target=D(60), through=date(2026, 11, 3))},
        days={
            first: day(10, 1),
            first + timedelta(days=2): day(20),
            first + timedelta(days=5): day(99, 9),
            date(2025, 11, 2): day(7),
        },
    )


def test_days_without_a_report_are_gaps_and_days_that_are_not_over_are_not_drawn() -> None:
    drawn = charts.lines(month_of_days(), "revenue")
    assert drawn.actual[:6] == (D(10), None, D(20), None, None, None)
    assert len(drawn.at) == 30


def test_the_plan_is_the_months_target_by_day_and_adds_up_to_it() -> None:
    drawn = charts.lines(month_of_days(), "revenue")
    assert sum(value or D(0) for value in drawn.plan) == D(60)


def test_each_month_of_a_quarter_keeps_its_own_plan() -> None:
    months = {
        ("revenue", date(2026, 10, 1)): Figure(target=D(310)),
        ("revenue", date(2026, 11, 1)): Figure(target=D(600)),
    }
    whole = {"revenue": Figure(value=D(1), target=D(9200), through=date(2026, 11, 3))}
    drawn = charts.lines(page("2026-Q4", figures=whole, months=months), "revenue")
    assert (drawn.plan[0], drawn.plan[31], drawn.plan[-1]) == (D(10), D(20), D(100))


def test_without_a_target_no_plan_is_drawn() -> None:
    found = page(
        "2026-11",
        figures={"cost": Figure(value=D(1), through=date(2026, 11, 3))},
        days=month_of_days().over_time.days,
    )
    figure = charts.over_time(charts.lines(found, "cost"), names=NAMES)
    assert [trace["name"] for trace in figure["data"]] == ["Actual"]


def test_last_year_lies_under_the_plan_and_the_plan_under_what_was() -> None:
    figure = charts.over_time(charts.lines(month_of_days(), "revenue"), names=NAMES)
    assert [trace["meta"]["role"] for trace in figure["data"]] == [
        "edge",
        "band",
        "last_year",
        "plan",
        "actual",
    ]
    assert figure["data"][2]["y"][1] == 7.0
    assert figure["data"][4]["x"][0] == "2026-11-01"


@pytest.mark.parametrize(("code", "edge"), [("revenue", "1.7"), ("cost", "2.5")])
def test_the_band_of_the_yellow_light_lies_on_the_wrong_side_of_the_plan(code: str, edge: str) -> None:
    months = {(code, date(2026, 11, 1)): Figure(target=D(60))}
    assert charts.lines(page("2026-11", months=months), code).edge[0] == D(edge)


def test_weeks_are_sums_of_days_and_a_week_that_is_cut_or_not_over_is_not_drawn() -> None:
    days = {date(2026, 10, 1) + timedelta(days=n): day(1) for n in range(20)}
    whole = {"revenue": Figure(value=D(20), through=date(2026, 10, 20))}
    drawn = charts.lines(page("2026-Q4", figures=whole, days=days, step="week"), "revenue")
    assert drawn.at[:3] == (date(2026, 10, 5), date(2026, 10, 12), date(2026, 10, 19))
    assert drawn.actual[:3] == (D(7), D(7), None)


def test_a_page_that_is_asked_for_a_step_it_has_not_draws_its_usual_one() -> None:
    assert charts.step_of(page("2026-11", step="year")) == charts.Step.DAY
    assert charts.step_of(page("2026-Q4", step="")) == charts.Step.WEEK


def test_spending_is_stacked_up_to_six_parts_others_and_what_is_not_split() -> None:
    month = date(2026, 11, 1)
    nodes = {pk: Node(pk=pk, dimension="channel", name=str(pk), depth=1) for pk in range(1, 10)}
    amounts = {(month, pk): D(pk) for pk in range(10)} | {(month, 0): D(5)}
    figure = charts.spend(Spend((month,), nodes, amounts), unit="money", others="Others", rest="Not split")
    shown = {trace["name"]: trace["y"][0] for trace in figure["data"]}
    assert list(shown) == ["9", "8", "7", "6", "5", "4", "Others", "Not split"]
    assert (shown["Others"], shown["Not split"], sum(shown.values())) == (6.0, 5.0, 50.0)


def test_a_channel_keeps_its_colour_whatever_it_spends() -> None:
    month = date(2026, 11, 1)
    nodes = {pk: Node(pk=pk, dimension="channel", name=str(pk), depth=1) for pk in range(1, 4)}

    def colours(*spent: int) -> dict[str, int]:
        amounts = {(month, pk): D(amount) for pk, amount in enumerate(spent, 1)}
        figure = charts.spend(Spend((month,), nodes, amounts), unit="money", others="", rest="")
        return {trace["name"]: trace["meta"]["series"] for trace in figure["data"]}

    assert colours(1, 2, 3) == colours(3, 1, 2)


def test_29_february_has_no_day_a_year_before() -> None:
    drawn = charts.lines(page("2028-02", days={date(2027, 2, 28): day(5)}), "revenue")
    assert drawn.last_year[27:] == (D(5), None)


def test_a_year_is_drawn_by_months_as_bars_from_zero() -> None:
    months = {
        ("revenue", date(2026, 1, 1)): Figure(value=D(5), target=D(6)),
        ("revenue", date(2025, 1, 1)): Figure(value=D(4)),
    }
    figure = charts.over_time(charts.lines(page("2026", months=months), "revenue"), names=NAMES)
    bars, last_year, plan = figure["data"]
    assert (bars["type"], bars["y"][:2], len(bars["x"])) == ("bar", [5.0, None], 12)
    assert (last_year["y"][0], plan["y"][0]) == (4.0, 6.0)
    assert figure["layout"]["meta"] == {"unit": "money", "ground": True, "grain": "month"}


def test_where_a_target_was_set_anew_the_original_plan_is_a_line_of_its_own() -> None:
    months = {("revenue", date(2026, month, 1)): Figure(value=D(5), target=D(60)) for month in (10, 11, 12)}
    originals: dict[tuple[str, date], D | None] = {
        ("revenue", date(2026, 11, 1)): D(90),
        ("revenue", date(2026, 12, 1)): None,
    }
    year = charts.lines(page("2026", months=months, originals=originals), "revenue")
    assert year.plan[9:] == (D(60), D(60), D(60))
    assert year.original[9:] == (D(60), D(90), None)
    quarter = charts.lines(page("2026-Q4", months=months, originals=originals, step="month"), "revenue")
    assert [round(value or D(0), 6) for value in quarter.original] == [60, 90, 0]
    by_day = charts.lines(page("2026-11", months=months, originals=originals), "revenue")
    assert (by_day.plan[0], by_day.original[0]) == (D(2), D(3))
    traces = charts.over_time(by_day, names=NAMES)["data"]
    assert [(one["name"], one["meta"]["role"], one["meta"]["label"]) for one in traces[-3:-1]] == [
        ("Original plan", "original", True),
        ("Plan", "plan", True),
    ]
    # Cost was not set anew.
    assert charts.lines(page("2026", months=months, originals=originals), "cost").original == ()


def test_nothing_to_draw_is_known_before_it_is_drawn() -> None:
    assert charts.lines(page("2026-11"), "revenue").empty


def test_bars_are_sorted_with_the_longest_on_top_and_ticks_where_the_plan_is() -> None:
    parts = charts.bars_of(
        [part("A", "2", "3"), part("None", None, "9"), part("B", "5"), part("C", "1", "1")], "roas"
    )
    figure = charts.bars(parts, "roas", unit="ratio", names=NAMES)
    bars, ticks = figure["data"]
    assert (bars["y"], bars["x"]) == (["C", "A", "B"], [1.0, 2.0, 5.0])
    assert (ticks["y"], ticks["x"]) == (["C", "A"], [1.0, 3.0])


def test_of_sixty_channels_the_fifteen_farthest_behind_are_drawn() -> None:
    parts = [part(str(n), str(n + 1), "10", str(D(n + 1) / 10)) for n in range(60)]
    shown = charts.bars_of(parts, "roas")
    assert [one.node.name for one in shown] == [str(n) for n in range(charts.BARS)]


def test_two_shops_of_one_name_stay_two_bars() -> None:
    figure = charts.bars([part("Yuhua", "1"), part("Yuhua", "2")], "roas", unit="ratio", names=NAMES)
    assert figure["data"][0]["y"] == ["Yuhua", "Yuhua (2)"]


@pytest.mark.parametrize(("count", "wide"), [(1, 0.09), (3, 0.27), (12, 0.65)])
def test_few_bars_do_not_become_walls(count: int, wide: float) -> None:
    figure = charts.bars([part(str(n), "1") for n in range(count)], "roas", unit="ratio", names=NAMES)
    assert figure["data"][0]["width"] == wide
