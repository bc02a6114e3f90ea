"""Metrics and measures of one's own: made, edited, put away, and what that means for history."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone

from channels.models import Fact
from common.periods import Period
from ingest.models import State
from kpis.models import ChangedScope, Measure, Metric, Reading, ReadingChange, Watch
from kpis.readings import recompute_next
from kpis.services import (
    MeasureRefused,
    MetricInUse,
    MetricMoved,
    MetricRefused,
    bring_metric_back,
    edit_metric,
    make_measure,
    make_metric,
    put_measure_away,
    put_metric_away,
    set_target,
    watch,
    watch_all,
)
from kpis.services.measures import MeasureDraft
from kpis.work import catch_up
from organization.models import AuditEntry, Scope
from tests.ingest.files import send, value, write
from tests.kpis.own import draft, enter, entry, measure, metric
from tests.people import bob, scope

pytestmark = pytest.mark.django_db(transaction=True)
D = Decimal


def sales(folder: Path, day: str = "2025-08-01") -> None:
    send(write(folder, f"date,channel,cost,revenue,orders\n{day},Search,10,55,5\n{day},Social,40,60,2\n"))


def kept(code: str) -> dict[tuple[str, str], Decimal | None]:
    rows = Reading.objects.filter(metric__code=code, grain="month").select_related("scope")
    return {(row.scope.key, f"{row.start:%Y-%m}"): row.value for row in rows}


def test_bobs_own_figure_has_a_history_on_every_area(tmp_path: Path) -> None:
    sales(tmp_path)
    made = make_metric(
        draft=draft("Margin after ads", {"revenue": "0.4", "cost": "-1"}, {"orders": "1"}, unit="money"),
        person=bob(),
    )
    assert made.code == "margin_after_ads"
    assert ChangedScope.objects.filter(metrics=[made.pk]).count() == 3
    before = {row.pk: row.changed_at for row in Reading.objects.all()}
    catch_up()
    found = kept(made.code)
    assert found.pop(("company", "2025-08")) == pytest.approx((D("0.4") * 115 - 50) / 7)
    assert found == {("channel:search", "2025-08"): D("2.4"), ("channel:social", "2025-08"): D("-8")}
    others = {row.pk: row.changed_at for row in Reading.objects.exclude(metric=made)}
    assert others == before, "figures of other metrics were written again"
    assert AuditEntry.objects.filter(action="metric.make", subject=made.code, person=bob()).exists()


def test_an_edit_computes_history_anew_and_a_new_name_does_not(tmp_path: Path) -> None:
    sales(tmp_path)
    made = metric("Thrift", {"revenue": "1"}, {"cost": "1"})
    catch_up()
    named = edit_metric(
        metric=made, draft=draft("Thriftiness", {"revenue": "1"}, {"cost": "1"}), based_on=1, person=None
    )
    assert (named.name, named.code, named.revision) == ("Thriftiness", "thrift", 2)
    assert not ChangedScope.objects.exists()
    edit_metric(metric=made, draft=draft("Thrift", {"revenue": "2"}, {"cost": "1"}), based_on=2, person=None)
    catch_up()
    assert kept("thrift")["channel:search", "2025-08"] == 11


def test_other_bands_change_the_light_of_past_months_and_watchers_hear_of_it(tmp_path: Path) -> None:
    sales(tmp_path)
    search = scope("channel:search")
    roas = Metric.objects.get(code="roas")
    set_target(metric=roas, scope=search, period=Period.parse("2025-08"), value=D(6), person=None)
    watch(watcher="test", metric=roas, scope=search, grain="month")
    catch_up()
    ReadingChange.objects.all().delete()
    assert Reading.objects.get(scope=search, metric=roas, grain="month").status == "yellow"
    wanted = replace(draft("ROAS", {"cost": "1"}), yellow_from=D("0.95"))
    edited = edit_metric(metric=roas, draft=wanted, based_on=1, person=bob())
    catch_up()
    assert (edited.numerator, edited.unit) == ({"revenue": "1"}, "ratio"), "a shipped formula stays"
    assert Reading.objects.get(scope=search, metric=roas, grain="month").status == "red"
    assert ReadingChange.objects.filter(scope=search, metric=roas).count() == 1


def test_two_people_at_one_figure_do_not_overwrite_each_other() -> None:
    made = metric("Thrift", {"revenue": "1"}, {"cost": "1"})
    edit_metric(metric=made, draft=draft("Ada's", {"revenue": "1"}, {"cost": "1"}), based_on=1, person=None)
    with pytest.raises(MetricMoved) as moved:
        edit_metric(
            metric=made, draft=draft("Bob's", {"revenue": "1"}, {"cost": "1"}), based_on=1, person=None
        )
    assert moved.value.current.name == "Ada's"
    same = edit_metric(
        metric=made, draft=draft("Ada's", {"revenue": "1"}, {"cost": "1"}), based_on=1, person=None
    )
    assert same.revision == 2, "who says the same has nothing to be told"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": " "}, "name"),
        ({"above": {}}, "numerator"),
        ({"above": {"nonsense": "1"}}, "numerator"),
        ({"above": {"revenue": "0"}}, "numerator"),
        ({"above": {"revenue": "NaN"}}, "numerator"),
        ({"above": {"revenue": "Infinity"}}, "numerator"),
        ({"above": {"revenue": "1", "followers": "1"}}, "numerator"),
        ({"below": {"orders": "1", "followers": "-1"}}, "denominator"),
        ({"above": {"reach": "1"}}, "numerator"),
        ({"scale": "0"}, "scale"),
        ({"scale": "NaN"}, "scale"),
        ({"direction": "band"}, "band_low"),
        ({"direction": "band", "band_low": D(3), "band_high": D(2)}, "band_high"),
        ({"green_from": D("0.5"), "yellow_from": D("0.6")}, "yellow_from"),
        ({"code": "revenue"}, "code"),
        ({"code": "！！"}, "code"),
        ({"code": "x" * 51}, "code"),
    ],
)  # fmt: skip
def test_what_cannot_be_calculated_is_refused_at_its_place(change: dict[str, Any], field: str) -> None:
    measure("Followers", over_time="last")
    Measure.objects.create(code="reach", slot=98, name="Reach", over_time="computed")
    wanted = {"name": "Try", "above": {"revenue": "1"}, "below": {"cost": "1"}, **change}
    with pytest.raises(MetricRefused) as refused:
        metric(**wanted)
    assert refused.value.field == field
    assert not Metric.objects.filter(shipped=False).exists()


def test_a_stock_may_stand_on_the_other_side_of_the_line() -> None:
    measure("Followers", over_time="last")
    made = metric("Orders a follower", {"orders": "1"}, {"followers": "1"})
    assert not made.stock
    plain = metric("Followers", {"followers": "1"})
    assert (plain.stock, plain.additive) == (True, False)


def test_putting_a_figure_away_says_what_uses_it_and_keeps_what_was(tmp_path: Path) -> None:
    sales(tmp_path)
    made = metric("Thrift", {"revenue": "1"}, {"cost": "1"})
    set_target(
        metric=made, scope=scope("channel:search"), period=Period.parse("2025-08"), value=D(5), person=None
    )
    catch_up()
    with pytest.raises(MetricInUse) as used:
        put_metric_away(metric=made, person=bob())
    assert [use.words for use in used.value.uses] == ["1 area has a target for it"]
    put_metric_away(metric=made, person=bob(), knowing=True)
    before = kept("thrift")
    sales(tmp_path, "2025-08-02")
    assert kept("thrift") == before, "what was computed stays as it was"
    assert made.targets.count() == 1
    bring_metric_back(metric=made, person=bob())
    catch_up()
    assert kept("thrift")["company", "2025-08"] == D("2.3")
    with pytest.raises(MetricRefused):
        put_metric_away(metric=Metric.objects.get(code="revenue"), person=bob(), knowing=True)


def test_a_measure_that_a_figure_needs_is_not_put_away() -> None:
    visits = measure("Visits")
    made = metric("Visits an order", {"visits": "1"}, {"orders": "1"})
    with pytest.raises(MeasureRefused):
        put_measure_away(measure=visits, person=None)
    put_metric_away(metric=made, person=None)
    put_measure_away(measure=visits, person=None)
    with pytest.raises(MetricRefused):
        bring_metric_back(metric=made, person=None)


@pytest.mark.parametrize(
    "wanted",
    [
        MeasureDraft(name="Revenue"),
        MeasureDraft(name="Takings", name_zh="成交额"),
        MeasureDraft(name="cost"),
        MeasureDraft(name="Region"),
        MeasureDraft(name="…"),
        MeasureDraft(name="Awareness", unit="percent"),
        MeasureDraft(name="Reach", over_time="computed"),
    ],
)
def test_a_measure_that_would_be_taken_for_another_or_adds_up_what_cannot_be_is_refused(
    wanted: MeasureDraft,
) -> None:
    with pytest.raises(MeasureRefused):
        make_measure(draft=wanted, person=None)
    assert not Measure.objects.filter(shipped=False).exists()


def test_two_people_who_make_measures_at_once_get_a_place_each() -> None:
    at_once([lambda name=name: measure(name) for name in ("Visits", "Calls", "试驾", "Returns")])  # type: ignore[misc]
    made = Measure.objects.filter(shipped=False)
    shipped = Measure.objects.filter(shipped=True).count()
    assert sorted(made.values_list("slot", flat=True)) == [shipped + turn for turn in (1, 2, 3, 4)]
    assert "试驾" in set(made.values_list("code", flat=True))


def test_two_people_who_make_figures_of_one_name_at_once_make_one() -> None:
    refused: list[str] = []

    def make() -> None:
        try:
            metric("Thrift", {"revenue": "1"})
        except MetricRefused as error:
            refused.append(error.field)

    at_once([make, make, make])
    assert Metric.objects.filter(code="thrift").count() == 1
    assert refused == ["code", "code"]


def at_once(works: list[Callable[[], object]]) -> None:
    start = threading.Barrier(len(works))
    failures: list[BaseException] = []

    def run(work: Callable[[], object]) -> None:
        try:
            start.wait(10)
            work()
        except BaseException as error:
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not failures


@pytest.mark.parametrize("extra", [0, 1, 31])
def test_files_bring_the_last_of_9_10_and_40_measures_beside_older_lines(tmp_path: Path, extra: int) -> None:
    sales(tmp_path)
    assert {len(fact.amounts) for fact in Fact.objects.all()} <= {7}
    last = "gross_profit"
    for number in range(extra):
        last = measure(f"Own {number}").code
    metric("Yield", {last: "1"}, {"cost": "1"})
    text = f"date,channel,{last},cost\n2025-08-01,Search,30,12\n2025-08-02,Search,5,\n"
    send(write(tmp_path, text, name="own.csv"))
    assert value("yield", "channel:search", "2025-08") == pytest.approx(D(35) / 12)
    assert value("roas", "channel:search", "2025-08") == pytest.approx(D(55) / 12)
    assert value("yield", "company", "2025-08") == pytest.approx(D(35) / 52)
    assert value("yield", "channel:social", "2025-08") is None
    # A correction that speaks of old measures alone leaves the new one as it is.
    send(write(tmp_path, "date,channel,cost\n2025-08-01,Search,20\n", name="again.csv"))
    assert value("yield", "channel:search", "2025-08") == pytest.approx(D(35) / 20)


def test_a_column_headed_by_a_measures_chinese_name_is_read_into_it(tmp_path: Path) -> None:
    measure("Store visits", name_zh="到店人数")
    metric("Store visits", {"store_visits": "1"})
    send(write(tmp_path, "日期,渠道,到店人数\n2025-08-01,抖音,70\n"))
    assert value("store_visits", "channel:抖音", "2025-08") == 70


def test_a_source_that_publishes_sums_by_the_period_is_not_summed(tmp_path: Path) -> None:
    Measure.objects.create(code="reach", slot=99, name="Reach", over_time="computed")
    Metric.objects.create(code="reach", name="Reach", numerator={"reach": "1"}, unit="count")
    file = write(tmp_path, "date,channel,reach,cost\n2025-08-01,Search,30,1\n2025-08-02,Search,30,1\n")
    assert send(file).state == State.ASKS  # what a day says of it adds up to nothing
    send(file, preset="table")
    assert value("reach", "channel:search", "2025-08") is None
    assert value("cost", "channel:search", "2025-08") == 2


def test_marks_of_one_metric_and_of_all_become_marks_of_all(tmp_path: Path) -> None:
    sales(tmp_path)
    made = metric("Thrift", {"revenue": "1"}, {"cost": "1"})
    send_more = write(tmp_path, "date,channel,cost,revenue\n2025-08-03,Search,90,45\n", name="more.csv")
    from ingest.services import import_path

    import_path(path=send_more, preset="")
    catch_up()
    assert kept("thrift")["channel:search", "2025-08"] == 1
    assert kept("cost")["channel:search", "2025-08"] == 100
    assert kept(made.code)["channel:social", "2025-08"] == D("1.5")
    assert not ChangedScope.objects.exists()


def test_watching_many_areas_is_three_statements_and_makes_their_days(
    tmp_path: Path, django_assert_max_num_queries: Any
) -> None:
    yesterday = timezone.localdate() - timedelta(days=1)
    lines = [f"{yesterday},Channel {number},{number + 1}" for number in range(120)]
    send(write(tmp_path, "\n".join(["date,channel,cost", *lines]) + "\n"))
    cost = Metric.objects.get(code="cost")
    ids = list(Scope.objects.filter(key__startswith="channel:").values_list("pk", flat=True))
    with django_assert_max_num_queries(8):
        assert watch_all(watcher="test", metric=cost, scope_ids=ids, grain="day") == 120
    assert watch_all(watcher="test", metric=cost, scope_ids=ids, grain="day") == 0
    catch_up()
    assert Reading.objects.filter(grain="day", metric=cost).count() == 120
    assert Watch.objects.count() == 120


def test_a_figure_that_changes_while_somebody_begins_to_watch_is_never_missed(tmp_path: Path) -> None:
    """She watches while figures are being written: either she reads the new one, or it is reported to her."""
    sales(tmp_path)
    cost, search = Metric.objects.get(code="cost"), scope("channel:search")
    from ingest.services import import_path
    from kpis.rollups import roll_up_next

    import_path(path=write(tmp_path, "date,channel,cost\n2025-08-03,Search,1\n", name="b.csv"), preset="")
    while roll_up_next():
        pass
    seen: list[Decimal | None] = []

    def watcher() -> None:
        watch(watcher="test", metric=cost, scope=search, grain="month")  # commits; then she looks
        seen.append(Reading.objects.get(scope=search, metric=cost, grain="month").value)
        connections.close_all()

    thread = threading.Thread(target=watcher)
    with transaction.atomic():
        assert recompute_next()
        thread.start()
        thread.join(1.5)  # as long as the figures are not committed she waits
    thread.join(10)
    told = ReadingChange.objects.filter(scope=search, metric=cost, grain="month").exists()
    assert told or seen == [D(11)]


def test_nobody_but_the_migration_says_what_is_shipped() -> None:
    assert Measure.objects.filter(shipped=True).count() == 58
    assert not measure("Visits").shipped
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM kpis_metric WHERE shipped")
        assert cursor.fetchone()[0] == Metric.objects.filter(shipped=True).count() == 46


def test_values_entered_today_count_for_own_figures() -> None:
    visits = measure("Visits")
    metric("Visits", {"visits": "1"})
    enter(entry(visits, "company", "2026-03-01", "12"), today=date(2026, 3, 20))
    assert value("visits", "company", "2026-03") == 12
