"""Stocks: what each place last said in the period counts, added up over the places below, against a plain model."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from common.periods import Period
from kpis.figures import Look
from kpis.models import Metric, Reading, Source
from kpis.selectors import Figure, figure
from kpis.services import set_target
from kpis.work import catch_up
from organization.selectors import parse_scope
from organization.services.merging import merge_node
from organization.services.moving import move_node
from organization.services.undoing import undo_change
from tests.ingest.files import send, write
from tests.kpis.own import TODAY, enter, entry, measure, metric
from tests.people import node, scope

pytestmark = pytest.mark.django_db(transaction=True)
D = Decimal


def seen(code: str, area: str, period: str, as_of: date | None = None) -> Figure:
    return figure(
        metric=Metric.objects.get(code=code),
        nodes=parse_scope(area),
        period=Period.parse(period),
        look=Look.at(as_of or TODAY, today=TODAY),
    )


def value(code: str, area: str, period: str) -> Decimal | None:
    return seen(code, area, period).value


@dataclass(frozen=True)
class Said:
    area: str
    day: date
    amount: int


AREAS = (
    "company",
    "channel:weibo",
    "channel:weibo/sale",
    "channel:douyin",
    "region:east",
    "region:east/shanghai",
    "region:east+channel:weibo",
    "region:east/shanghai+channel:weibo/sale",
    "region:west+channel:douyin",
)
ASKED = (*AREAS, "region:west", "region:east+channel:weibo/sale", "region:east+channel:douyin")


def parts(area: str) -> dict[str, str]:
    return {} if area == "company" else dict(part.split(":") for part in area.split("+"))


def lies_in(place: str, area: str) -> bool:
    inside, around = parts(place), parts(area)
    return all(
        dimension in inside and f"{inside[dimension]}/".startswith(f"{path}/")
        for dimension, path in around.items()
    )


def model(reports: Sequence[Said], area: str, period: Period) -> int | None:
    """The plain way: look at every place alone."""
    newest: dict[str, Said] = {}
    for one in sorted(reports, key=lambda one: one.day):
        if one.day in period and lies_in(one.area, area):
            newest[one.area] = one
    return sum(one.amount for one in newest.values()) if newest else None


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_followers_of_every_area_and_period_are_what_the_plain_model_says(seed: int) -> None:
    chance = random.Random(seed)
    followers = measure("Followers", over_time="last")
    metric("Followers", {"followers": "1"})
    first = date(2025, 10, 1)
    cells = {(area, first + timedelta(days=chance.randrange(120))) for area in AREAS for _ in range(5)}
    reports = [Said(area, day, chance.randrange(1000)) for area, day in sorted(cells)]
    enter(*(entry(followers, one.area, one.day.isoformat(), str(one.amount)) for one in reports))
    wrong = []
    for area in ASKED:
        scope(area)
        for text in ("2025-10", "2025-11", "2025-12", "2026-01", "2025-Q4", "2025", "2025-W45", "2025-11-11"):
            found, expected = value("followers", area, text), model(reports, area, Period.parse(text))
            if found != expected:
                wrong.append((area, text, found, expected))
    assert not wrong
    # What is kept as rows says the same.
    rows = Reading.objects.filter(metric__code="followers", grain="month").select_related("scope")
    assert rows
    for row in rows:
        assert row.value == model(reports, row.scope.key, Period.containing(row.start, "month"))  # type: ignore[arg-type]


def test_two_channels_that_report_on_different_days_are_both_counted_from_a_file(tmp_path: Path) -> None:
    measure("Followers", over_time="last")
    metric("Followers", {"followers": "1"})
    metric("Orders a follower", {"orders": "1"}, {"followers": "1"})
    lines = [
        "date,channel,campaign,region,followers,orders",
        "2025-08-03,Weibo,,East,100,10", "2025-08-20,Weibo,,East,110,10", "2025-08-05,Douyin,,East,1000,5",
        "2025-08-07,Weibo,Sale,West,7,", "2025-09-02,Weibo,,East,120,1",
    ]  # fmt: skip
    send(write(tmp_path, "\n".join(lines) + "\n"))
    assert value("followers", "company", "2025-08") == 1117
    assert value("followers", "channel:weibo", "2025-08") == 117
    assert value("followers", "region:east+channel:weibo", "2025-08") == 110
    assert value("followers", "region:west+channel:weibo/sale", "2025-08") == 7
    assert value("followers", "channel:douyin", "2025-09") is None
    assert value("followers", "company", "2025-Q3") == 1127
    assert value("orders_a_follower", "company", "2025-08") == pytest.approx(D(25) / 1117)
    assert value("orders", "company", "2025-08") == 25


def test_a_correction_and_an_undone_month_are_followed(tmp_path: Path) -> None:
    followers = measure("Followers", over_time="last")
    metric("Followers", {"followers": "1"})
    enter(
        entry(followers, "channel:weibo", "2025-08-03", "100"),
        entry(followers, "channel:weibo", "2025-08-20", "90"),
    )
    assert value("followers", "company", "2025-08") == 90
    enter(entry(followers, "channel:weibo", "2025-08-20", None))
    assert value("followers", "company", "2025-08") == 100
    enter(entry(followers, "channel:weibo", "2025-08-03", None))
    assert value("followers", "company", "2025-08") is None
    assert not Reading.objects.filter(metric__code="followers").exists()


def test_awareness_does_not_add_up_over_areas() -> None:
    awareness = measure("Awareness", unit="percent", over_time="last")
    metric("Awareness", {"awareness": "1"}, unit="percent")
    enter(
        entry(awareness, "company", "2025-08", "0.42"),
        entry(awareness, "region:east", "2025-08", "0.5"),
        entry(awareness, "region:east/shanghai", "2025-08", "0.61"),
        entry(awareness, "region:east+channel:tv", "2025-08", "0.3"),
    )
    assert value("awareness", "company", "2025-08") == D("0.42")
    assert value("awareness", "region:east", "2025-08") == D("0.5")
    assert value("awareness", "region:east/shanghai", "2025-08") == D("0.61")
    assert value("awareness", "region:east+channel:tv", "2025-08") == D("0.3")
    assert value("awareness", "channel:tv", "2025-08") is None
    scope("team:field")
    assert value("awareness", "team:field", "2025-08") is None, "the company's is not every team's"


def test_a_target_for_a_stock_is_due_in_full_and_holds_for_parts_of_the_year() -> None:
    followers = measure("Followers", over_time="last")
    made = metric("Followers", {"followers": "1"})
    enter(entry(followers, "channel:weibo", "2026-03-05", "80"))
    for period, target in (("2026-03", 100), ("2026-Q2", 300)):
        set_target(
            metric=made,
            scope=scope("channel:weibo"),
            period=Period.parse(period),
            value=D(target),
            person=None,
        )
    catch_up()
    now = seen("followers", "channel:weibo", "2026-03")
    assert (now.value, now.expected, now.status) == (D(80), D(100), "red")
    assert seen("followers", "channel:weibo", "2026-Q1").target is None, "one month is not a quarter's sum"
    assert seen("followers", "channel:weibo", "2026-05").target == 300


def test_entering_by_hand_does_not_hold_back_what_files_report(tmp_path: Path) -> None:
    awareness = measure("Awareness", unit="percent", over_time="last")
    lines = [f"2026-03-{day:02d},Search,10" for day in range(1, 19)]
    send(write(tmp_path, "\n".join(["date,channel,cost", *lines]) + "\n"))
    enter(entry(awareness, "company", "2026-03", "0.4"))
    found = seen("cost", "company", "2026-03")
    assert (found.value, found.through, found.estimated) == (D(180), date(2026, 3, 18), False)
    assert Source.objects.get(code="entered").last_day is None


def test_a_channel_that_moves_takes_its_followers_along() -> None:
    followers = measure("Followers", over_time="last")
    metric("Followers", {"followers": "1"})
    enter(
        entry(followers, "channel:weibo/sale", "2025-08-03", "100"),
        entry(followers, "channel:douyin", "2025-08-09", "1"),
    )
    move_node(node=node("channel:weibo/sale"), parent=node("channel:douyin"), person=None)
    catch_up()
    assert value("followers", "channel:douyin", "2025-08") == 101
    assert value("followers", "channel:weibo", "2025-08") is None
    assert kept("channel:douyin") == D(101)


def test_two_channels_that_are_one_do_not_have_their_followers_twice() -> None:
    followers = measure("Followers", over_time="last")
    awareness = measure("Awareness", unit="percent", over_time="last")
    metric("Followers", {"followers": "1"})
    metric("Awareness", {"awareness": "1"}, unit="percent")
    enter(
        entry(followers, "channel:weibo", "2025-08-03", "100"),
        entry(followers, "channel:新浪微博", "2025-08-09", "110"),
        entry(awareness, "channel:新浪微博", "2025-08-09", "0.3"),
    )
    change = merge_node(node=node("channel:新浪微博"), into=node("channel:weibo"), person=None)
    catch_up()
    assert value("followers", "channel:weibo", "2025-08") == 110, "the newest report of the one place"
    assert value("followers", "company", "2025-08") == 110
    assert value("awareness", "channel:weibo", "2025-08") == D("0.3")
    assert kept("channel:weibo") == D(110)
    undo_change(change=change, person=None)
    catch_up()
    assert value("followers", "company", "2025-08") == 210


def kept(area: str) -> Decimal | None:
    found: Decimal | None = Reading.objects.get(
        metric__code="followers", scope__key=area, grain="month"
    ).value
    return found
