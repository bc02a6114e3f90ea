"""Figures from roll-ups and targets: by now, inherited targets, and what is kept as rows."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.utils import timezone

from common.periods import Period
from kpis.figures import Look
from kpis.models import Metric, Reading, ReadingChange, Target
from kpis.readings import recompute_next
from kpis.selectors import Figure, figure
from kpis.services import TargetEntry, TargetRefused, set_target, set_targets, turn_day, watch
from kpis.work import catch_up
from organization.models import Company, Scope
from organization.selectors import closed_through, parse_scope
from tests.ingest.files import send, write
from tests.people import bob, scope

pytestmark = pytest.mark.django_db(transaction=True)
D = Decimal


def metric(code: str) -> Metric:
    return Metric.objects.get(code=code)


def aim(code: str, scope_text: str, period: str, value: str | None) -> Target | None:
    made = set_target(
        metric=metric(code), scope=scope(scope_text), period=Period.parse(period),
        value=D(value) if value is not None else None, person=None,
    )  # fmt: skip
    catch_up()
    return made


def seen(
    code: str, scope_text: str, period: str, as_of: date | None = None, today: date | None = None
) -> Figure:
    return figure(
        metric=metric(code), nodes=parse_scope(scope_text), period=Period.parse(period),
        look=Look.at(as_of, today=today),
    )  # fmt: skip


def days_of_cost(folder: Path, first: date, count: int, amount: int = 10) -> None:
    lines = [f"{first + timedelta(days=step)},Search,{amount}" for step in range(count)]
    send(write(folder, "\n".join(["date,channel,cost", *lines]) + "\n", name=f"{first}.csv"))


def test_an_open_month_is_judged_by_now_for_actual_and_expected_alike(tmp_path: Path) -> None:
    days_of_cost(tmp_path, date(2025, 8, 1), 20)
    aim("cost", "channel:search", "2025-08", "310")
    by_the_15th = seen("cost", "channel:search", "2025-08", as_of=date(2025, 8, 15))
    assert (by_the_15th.value, by_the_15th.expected, by_the_15th.through) == (
        D(150),
        D(150),
        date(2025, 8, 15),
    )
    # The 21st has not been reported yet: both sides wait at the 20th, so the light does not sag in the morning.
    late = seen("cost", "channel:search", "2025-08", as_of=date(2025, 8, 22), today=date(2025, 8, 22))
    assert (late.value, late.expected, late.through) == (D(200), D(200), date(2025, 8, 20))
    # Closed: all of it is due.
    closed = seen("cost", "channel:search", "2025-08")
    assert (closed.value, closed.expected, closed.status) == (D(200), D(310), "green")


def test_today_is_not_over_and_does_not_count(tmp_path: Path) -> None:
    today = date(2025, 8, 10)
    days_of_cost(tmp_path, date(2025, 8, 1), 10)
    found = seen("cost", "channel:search", "2025-08", as_of=today, today=today)
    assert (found.value, found.through) == (D(90), date(2025, 8, 9))


def test_targets_add_up_to_longer_periods_only_where_all_parts_stand() -> None:
    for month in ("2025-07", "2025-08"):
        aim("revenue", "company", month, "100")
    assert seen("revenue", "company", "2025-Q3").target is None
    aim("revenue", "company", "2025-09", "50")
    assert seen("revenue", "company", "2025-Q3").target == D(250)
    aim("revenue", "company", "2025-Q3", "999")
    assert seen("revenue", "company", "2025-Q3").target == D(999)
    assert seen("revenue", "company", "2025-08").target == D(100)
    for quarter in ("2025-Q1", "2025-Q2", "2025-Q4"):
        aim("revenue", "company", quarter, "1")
    assert seen("revenue", "company", "2025").target == D(1002)
    assert seen("revenue", "company", "2025-02").target is None
    assert seen("revenue", "company", "2025-08-10").target == pytest.approx(D(100) / 31)
    assert seen("revenue", "company", "2025-W36").target == pytest.approx(D(50) / 30 * 7)


def test_a_ratio_inherits_downwards_in_time_and_is_due_in_full() -> None:
    aim("roas", "company", "2025", "3")
    aim("roas", "company", "2025-Q3", "4")
    assert [seen("roas", "company", period).target for period in ("2025-01", "2025-Q3", "2025-08", "2025-08-10")] == [
        D(3), D(4), D(4), D(4),
    ]  # fmt: skip
    assert seen("roas", "company", "2025-08").expected == D(4)


def test_targets_do_not_cross_trees(tmp_path: Path) -> None:
    days_of_cost(tmp_path, date(2025, 8, 1), 3)
    aim("cost", "company", "2025-08", "100")
    assert seen("cost", "channel:search", "2025-08").target is None


def test_a_new_target_is_a_new_version_and_looking_back_sees_the_old_one() -> None:
    first = aim("revenue", "company", "2025-08", "100")
    assert first is not None
    Target.objects.filter(pk=first.pk).update(set_at=timezone.now() - timedelta(days=10))
    second = aim("revenue", "company", "2025-08", "120")
    assert second is not None
    assert second.version == 2
    assert aim("revenue", "company", "2025-08", "120") is None
    yesterday = timezone.localdate() - timedelta(days=1)
    assert seen("revenue", "company", "2025-08").target == D(120)
    assert seen("revenue", "company", "2025-08", as_of=yesterday).target == D(100)
    aim("revenue", "company", "2025-08", None)
    assert seen("revenue", "company", "2025-08").target is None


@pytest.mark.parametrize("value", ["NaN", "Infinity", "1e18", "-1e15"])
def test_a_target_beyond_all_measure_is_refused_and_nothing_of_the_change_is_kept(value: str) -> None:
    entries = [
        TargetEntry(metric("revenue"), scope("company"), Period.parse(month), D(number))
        for month, number in [("2025-08", "100"), ("2025-09", value)]
    ]
    with pytest.raises(TargetRefused):
        set_targets(entries=entries, person=bob())
    assert not Target.objects.exists()


def test_kept_figures_are_those_that_are_computed_now(tmp_path: Path) -> None:
    today = timezone.localdate()
    days_of_cost(tmp_path, today - timedelta(days=70), 70)
    aim("cost", "channel:search", f"{today:%Y-%m}", "500")
    rows = Reading.objects.filter(scope__key="channel:search", metric__code="cost")
    assert {row.grain for row in rows} == {"month", "quarter", "year"}
    for row in rows:
        period = Period.containing(row.start, row.grain)  # type: ignore[arg-type]
        now = seen("cost", "channel:search", str(period))
        assert (row.value, row.target, row.expected, row.attainment, row.status) == (
            now.value, now.target, now.expected, now.attainment, now.status,
        )  # fmt: skip


def test_days_and_cross_cuts_are_kept_only_where_watched(tmp_path: Path) -> None:
    yesterday = timezone.localdate() - timedelta(days=1)
    send(write(tmp_path, f"date,channel,region,cost,revenue\n{yesterday},Search,East,10,50\n"))
    cross = scope("region:east+channel:search")
    catch_up()
    assert not Reading.objects.filter(scope=cross).exists()
    watch(watcher="test", metric=metric("roas"), scope=cross, grain="day")
    catch_up()
    row = Reading.objects.get(scope=cross, grain="day")
    assert (row.metric.code, row.value, row.start) == ("roas", D(5), yesterday)
    assert ReadingChange.objects.filter(scope=cross, grain="day").count() == 1
    ReadingChange.objects.all().delete()
    send(write(tmp_path, f"date,channel,region,cost,revenue\n{yesterday},Search,East,10,60\n", name="b.csv"))
    assert Reading.objects.get(scope=cross, grain="day").value == D(6)
    assert ReadingChange.objects.filter(scope=cross, grain="day").count() == 1


def test_the_day_turns_once_however_many_ask(tmp_path: Path) -> None:
    days_of_cost(tmp_path, timezone.localdate() - timedelta(days=3), 3)
    today = timezone.localdate()
    since = closed_through(today) + timedelta(days=1)
    assert turn_day(today=today, open_since=since)
    assert not turn_day(today=today, open_since=since)
    assert recompute_next()
    assert not recompute_next()


def test_a_month_closes_on_the_nth_working_day_after_its_end() -> None:
    Company.objects.update(close_after_working_days=5)
    # August 2025 ended on a Sunday; the fifth working day of September was Friday the 5th.
    assert closed_through(date(2025, 9, 4)) < date(2025, 8, 31)
    assert closed_through(date(2025, 9, 5)) >= date(2025, 8, 31)


def test_a_fiscal_year_from_april_has_its_own_quarters(tmp_path: Path) -> None:
    Company.objects.update(fiscal_year_start=4)
    days_of_cost(tmp_path, date(2025, 3, 30), 4)
    starts = set(
        Reading.objects.filter(scope__key="company", metric__code="cost").values_list(
            "grain", "start", "value"
        )
    )
    assert starts == {
        ("month", date(2025, 3, 1), D(20)), ("month", date(2025, 4, 1), D(20)),
        ("quarter", date(2025, 1, 1), D(20)), ("quarter", date(2025, 4, 1), D(20)),
        ("year", date(2024, 4, 1), D(20)), ("year", date(2025, 4, 1), D(20)),
    }  # fmt: skip


def test_a_region_without_a_channel_gives_the_channel_nothing(tmp_path: Path) -> None:
    send(
        write(
            tmp_path, "date,channel,region,cost,revenue\n2025-08-01,Search,East,10,\n2025-08-01,,East,,99\n"
        )
    )
    assert seen("roas", "channel:search", "2025-08").value is None
    assert seen("roas", "region:east", "2025-08").value == D("9.9")
    assert seen("revenue", "region:east+channel:search", "2025-08").value is None
    assert Scope.objects.filter(key="region:east+channel:search").count() == 0


def test_a_campaign_in_a_region_is_the_same_by_month_and_by_days(tmp_path: Path) -> None:
    lines = [
        f"2025-0{7 + step // 31}-{step % 31 + 1:02d},Search,Sale,East/Shanghai,{step}" for step in range(40)
    ]
    send(write(tmp_path, "\n".join(["date,channel,campaign,region,cost", *lines]) + "\n"))
    area = "region:east+channel:search/sale"
    by_days = [seen("cost", area, f"2025-07-{day:02d}").value for day in range(1, 32)]
    assert sum(filter(None, by_days), D(0)) == seen("cost", area, "2025-07").value == D(sum(range(31)))
    assert seen("cost", area, "2025-Q3").value == D(sum(range(40)))
    assert seen("cost", area, "2025-Q3", as_of=date(2025, 8, 3)).value == D(sum(range(34)))
