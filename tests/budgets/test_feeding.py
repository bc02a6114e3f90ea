"""Lines that follow the cost of their channel: whatever files say, and say again, it is spent once."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection

from budgets.models import Balance, CostMark, Entry, Line, LineDay
from budgets.services.feeding import feed_next, lines_wait
from ingest.services import ask_undo
from ingest.services.work import work_next
from kpis.work import catch_up
from organization.services.merging import merge_node
from tests.budgets.books import a_budget, a_line
from tests.ingest.files import send, text_of, write
from tests.people import bob, node

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2026, 8, 20, 3, tzinfo=UTC)
HEADINGS = ("date", "channel", "campaign", "region", "cost")


def files(folder: Path, *rows: tuple[object, ...], name: str = "file.csv") -> Any:
    return send(write(folder, text_of(rows, HEADINGS), name=name))


def feed() -> None:
    while feed_next(now=NOW):
        pass


def fed(channel: str = "channel:抖音直播", region: str = "", **more: Any) -> Line:
    budget = more.pop("budget", None) or a_budget(**more)
    return a_line(
        budget, f"{channel} {region}", planned=10_000, fed_by="cost", channel=node(channel),
        region=node(region) if region else None,
    )  # fmt: skip


def days(line: Line) -> dict[int, Decimal]:
    feed()
    found = LineDay.objects.filter(line=line).exclude(spent=0).values_list("day", "spent")
    return {day.day: spent for day, spent in found}


def three_days(folder: Path) -> Any:
    return files(
        folder,
        ("2026-08-01", "抖音直播", "夏季", "华东/上海", 100),
        ("2026-08-01", "抖音直播", "种草", "华北", 40),
        ("2026-08-02", "抖音直播", "夏季", "华北", 7),
        ("2026-08-02", "小红书", "夏季", "华东", 1000),
        ("2026-07-31", "抖音直播", "夏季", "华东", 500),
    )


@pytest.mark.parametrize(
    ("channel", "region", "cost"),
    [
        ("channel:抖音直播", "", {1: 140, 2: 7}),
        ("channel:抖音直播", "region:华东", {1: 100}),
        ("channel:抖音直播/夏季", "", {1: 100, 2: 7}),
        ("channel:抖音直播/夏季", "region:华北", {2: 7}),
        ("channel:抖音直播/夏季", "region:华东/上海", {1: 100}),
    ],
)
def test_cost_that_comes_in_is_spent_on_the_line_of_its_place(
    tmp_path: Path, channel: str, region: str, cost: dict[int, int]
) -> None:
    line = fed(channel, region)
    three_days(tmp_path)
    assert days(line) == cost
    assert Balance.objects.get(line=line).spent == sum(cost.values())


def test_a_line_made_later_takes_what_came_before(tmp_path: Path) -> None:
    three_days(tmp_path)
    assert days(fed()) == {1: 140, 2: 7}


def test_a_file_that_corrects_a_day_adds_the_difference(tmp_path: Path) -> None:
    line = fed()
    three_days(tmp_path)
    assert days(line) == {1: 140, 2: 7}
    files(tmp_path, ("2026-08-01", "抖音直播", "夏季", "华东/上海", 130), name="corrected.csv")
    assert days(line) == {1: 170, 2: 7}
    entries = Entry.objects.filter(line=line, kind="spend", day=date(2026, 8, 1)).order_by("pk")
    assert [entry.amount for entry in entries] == [140, 30]
    assert [entry.key for entry in entries] == [
        f"cost:{line.pk}:2026-08-01:1",
        f"cost:{line.pk}:2026-08-01:2",
    ]


def test_an_import_taken_back_takes_its_spend_back(tmp_path: Path) -> None:
    line = fed()
    batch = three_days(tmp_path)
    assert days(line) == {1: 140, 2: 7}
    ask_undo(batch=batch, person=bob())
    while work_next():
        pass
    catch_up()
    assert days(line) == {}
    assert Balance.objects.get(line=line).spent == 0


def test_the_same_file_again_changes_nothing(tmp_path: Path) -> None:
    line = fed()
    three_days(tmp_path)
    feed()
    before = Entry.objects.count()
    files(
        tmp_path,
        ("2026-08-02", "抖音直播", "夏季", "华北", 7),
        ("2026-08-01", "抖音直播", "种草", "华北", 40),
        name="again.csv",
    )
    assert days(line) == {1: 140, 2: 7}
    assert Entry.objects.count() == before


def test_what_was_merged_is_spent_where_it_counts(tmp_path: Path) -> None:
    budget = a_budget()
    gone, stays = fed("channel:抖音", budget=budget), fed(budget=budget)
    files(
        tmp_path, ("2026-08-01", "抖音", "夏季", "华东", 40), ("2026-08-01", "抖音直播", "夏季", "华东", 100)
    )
    assert (days(gone), days(stays)) == ({1: 40}, {1: 100})
    merge_node(node=node("channel:抖音"), into=node("channel:抖音直播"), person=bob())
    catch_up()
    assert (days(gone), days(stays)) == ({}, {1: 140})


def test_a_line_goes_along_when_its_channel_is_merged(tmp_path: Path) -> None:
    line = fed("channel:抖音")
    files(
        tmp_path, ("2026-08-01", "抖音", "夏季", "华东", 40), ("2026-08-01", "抖音直播", "夏季", "华东", 100)
    )
    merge_node(node=node("channel:抖音"), into=node("channel:抖音直播"), person=bob())
    catch_up()
    assert days(line) == {1: 140}


def test_a_line_that_is_closed_or_of_another_period_is_left_alone(tmp_path: Path) -> None:
    closed = fed()
    Line.objects.filter(pk=closed.pk).update(state="closed")
    autumn = fed(name="Autumn", days=(date(2026, 9, 1), date(2026, 9, 30)))
    three_days(tmp_path)
    assert (days(closed), days(autumn)) == ({}, {})
    assert not lines_wait()


def test_a_line_that_people_feed_is_not_fed_by_cost(tmp_path: Path) -> None:
    line = a_line(a_budget(), planned=100, channel=node("channel:抖音直播"))
    three_days(tmp_path)
    assert days(line) == {}


def test_a_line_that_is_over_its_plan_takes_its_cost_all_the_same(tmp_path: Path) -> None:
    line = a_line(a_budget(), planned=10, fed_by="cost", channel=node("channel:抖音直播"))
    three_days(tmp_path)
    assert days(line) == {1: 140, 2: 7}


def test_many_workers_at_once_enter_a_cost_once(tmp_path: Path) -> None:
    line = fed()
    three_days(tmp_path)
    start = Barrier(4)

    def help_out() -> None:
        try:
            start.wait()
            for _turn in range(3):
                feed()
        finally:
            connection.close()

    helpers = [Thread(target=help_out) for _ in range(4)]
    for one in helpers:
        one.start()
    for one in helpers:
        one.join()
    assert days(line) == {1: 140, 2: 7}
    assert Entry.objects.filter(line=line, kind="spend").count() == 2
    assert not CostMark.objects.exists()
