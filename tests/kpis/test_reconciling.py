"""Every night the last 35 days are summed anew: what differs is told, repaired, and looked at again."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from common.periods import Period
from kpis.models import CheckState, Difference, Metric, Reconciliation, Source
from kpis.readings import recompute_next
from kpis.reconciling import check_next, check_now, checks_wait, night_of, start_night
from kpis.reconciling.comparing import _FIGURES, _ROLL_UPS
from kpis.rollups import roll_up
from kpis.services import mark_scopes_changed, set_target
from kpis.work import catch_up
from tests.ingest.files import send, text_of, value, write
from tests.people import ada, scope

pytestmark = pytest.mark.django_db(transaction=True)

TODAY = timezone.localdate()
DAY = TODAY - timedelta(days=3)
MONTH = f"{DAY:%Y-%m}"


@pytest.fixture(autouse=True)
def company(settings: Any, tmp_path: Path) -> None:
    """Two months of two channels in two regions; a target; all computed."""
    settings.UPLOAD_DIR = tmp_path / "uploads"
    rows = [
        [TODAY - timedelta(days=back), channel, "Brand", region, "Boards", 1000, 100, 5, "50.25", 10]
        for back in range(1, 60)
        for channel in ("Search", "Video")
        for region in ("North", "South")
    ]
    send(write(tmp_path, text_of(rows)))
    set_target(
        metric=Metric.objects.get(code="revenue"),
        scope=scope("region:North+channel:Search"),
        period=Period.parse(MONTH),
        value=Decimal(5000),
        person=ada(),
    )
    mark_scopes_changed(spans=[(scope("region:North+channel:Search").pk, TODAY - timedelta(days=60), TODAY)])
    catch_up()


def damage(sql: str, *params: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return int(cursor.rowcount)


def check(night: date = TODAY) -> list[Reconciliation]:
    """A night from the first look to the last, without a worker."""
    start_night(today=night)
    while checks_wait():
        check_next(today=TODAY)
        catch_up()
    return list(Reconciliation.objects.order_by("pk"))


def everything() -> dict[str, list[Any]]:
    with connection.cursor() as cursor:
        found = {}
        for table, columns in TABLES.items():
            cursor.execute(f"SELECT {columns} FROM {table} ORDER BY {columns}")
            found[table] = cursor.fetchall()
        return found


TABLES = {
    "kpis_amountday": "scope_id, day, source_id, amounts, estimated",
    "kpis_crossday": "day, channel_id, region_id, product_id, source_id, amounts",
    "kpis_crossmonth": "month, channel_id, region_id, product_id, source_id, amounts",
    "kpis_topmonth": "month, channel_id, region_id, product_id, source_id, amounts",
    "kpis_reading": "scope_id, metric_id, grain, start, value, target, expected, attainment, status, through",
}


def test_when_all_is_well_nothing_is_found_and_nothing_is_touched() -> None:
    before = everything()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM kpis_stamp")
        stamps = cursor.fetchone()
    found = check()
    assert [(one.state, one.different, one.remaining) for one in found] == [(CheckState.DONE, 0, 0)] * 2
    assert [one.source is None for one in found] == [False, True]
    assert all(one.compared > 100 for one in found)
    assert everything() == before
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM kpis_stamp")
        assert cursor.fetchone() == stamps
    assert not Difference.objects.exists()


SLOT = "(SELECT slot FROM kpis_measure WHERE code = 'revenue')"


@pytest.mark.parametrize(
    ("sql", "params", "table", "place"),
    [
        (f"UPDATE kpis_amountday SET amounts[{SLOT}] = 99 WHERE day = %s AND scope_id = (SELECT id FROM organization_scope WHERE key = 'channel:search')", [DAY], "amountday", "channel:search"),
        (f"UPDATE kpis_crossday SET amounts[{SLOT}] = amounts[{SLOT}] + 0.0001 WHERE day = %s", [DAY], "crossday", "region:north+channel:search+product:boards"),
        ("DELETE FROM kpis_crossmonth WHERE month = %s", [DAY.replace(day=1)], "crossmonth", "region:north+channel:search/brand+product:boards"),
        ("DELETE FROM kpis_topmonth WHERE month = %s", [DAY.replace(day=1)], "topmonth", "region:north+channel:search+product:boards"),
        ("INSERT INTO kpis_amountday (scope_id, day, source_id, amounts, estimated) SELECT scope_id, %s, source_id, amounts, estimated FROM kpis_amountday WHERE day = %s", [TODAY, DAY], "amountday", "company"),
        ("UPDATE kpis_amountday SET estimated = true WHERE day = %s", [DAY], "amountday", "company"),
        ("INSERT INTO kpis_uncounted (month, source_id, channel_id, slots) SELECT %s, id, 0, '{1}' FROM kpis_source", [DAY.replace(day=1)], "uncounted", "files —"),
    ],
)  # fmt: skip
def test_roll_ups_that_differ_are_told_repaired_and_looked_at_again(
    sql: str, params: list[Any], table: str, place: str
) -> None:
    good = everything()
    changed = damage(sql, *params)
    assert changed
    found = check()
    assert found[0].different >= changed if table != "uncounted" else found[0].different == 1
    assert (found[0].state, found[0].remaining) == (CheckState.DONE, 0)
    told = list(Difference.objects.filter(check_of=found[0]))
    assert (table, place) in {(one.table, one.place) for one in told}
    assert not any(one.remains for one in told)
    assert everything() == good
    assert value("revenue", "channel:search", MONTH) is not None


def test_what_is_told_says_what_stood_there_and_what_should() -> None:
    damage(
        f"UPDATE kpis_amountday SET amounts[{SLOT}] = 99 WHERE day = %s AND scope_id ="
        " (SELECT id FROM organization_scope WHERE key = 'channel:search')",
        DAY,
    )
    check()
    told = Difference.objects.get()
    assert (told.table, told.what, told.start, told.grain) == ("amountday", "revenue", DAY, "day")
    assert (told.kept, told.expected) == (Decimal(99), Decimal("100.5"))


@pytest.mark.parametrize(
    ("sql", "table"),
    [
        ("UPDATE kpis_reading SET value = value + 1 WHERE metric_id = (SELECT id FROM kpis_metric WHERE code = 'revenue') AND grain = 'month' AND start = %s", "figure.value"),
        ("DELETE FROM kpis_reading WHERE grain = 'year' AND %s IS NOT NULL AND scope_id IN (SELECT id FROM organization_scope WHERE node_id IS NOT NULL OR key = 'company')", "figure.value"),
        ("UPDATE kpis_reading SET status = 'green', attainment = 2 WHERE target IS NOT NULL AND start = %s", "figure.attainment"),
        ("UPDATE kpis_reading SET status = 'grey' WHERE target IS NOT NULL AND start = %s", "figure.status"),
        ("INSERT INTO kpis_reading (scope_id, metric_id, grain, start, value, status, estimated) SELECT (SELECT id FROM organization_scope WHERE key = 'company'), id, 'month', %s, 5, 'grey', false FROM kpis_metric WHERE id NOT IN (SELECT metric_id FROM kpis_reading) LIMIT 1", "figure.value"),
    ],
)  # fmt: skip
def test_figures_that_differ_are_told_repaired_and_looked_at_again(sql: str, table: str) -> None:
    good = everything()
    changed = damage(sql, DAY.replace(day=1))
    assert changed
    source, figures = check()
    assert (source.different, figures.different, figures.remaining) == (0, changed, 0)
    assert {one.table for one in Difference.objects.filter(check_of=figures)} == {table}
    assert everything() == good


def test_a_night_is_checked_once_however_many_beats_there_are() -> None:
    assert [start_night(today=TODAY) for _beat in range(3)] == [True, False, False]
    assert Reconciliation.objects.count() == 2
    check()
    assert start_night(today=TODAY + timedelta(days=1))
    assert Reconciliation.objects.count() == 4


def test_what_is_still_to_be_computed_is_waited_for_and_not_told() -> None:
    damage("UPDATE kpis_amountday SET amounts = '{1}' WHERE day = %s", DAY)
    damage(
        "INSERT INTO kpis_changedday (source_id, month, days) SELECT id, %s, datemultirange(daterange(%s, %s, '[]'))"
        " FROM kpis_source",
        DAY.replace(day=1), DAY, DAY,
    )  # fmt: skip
    start_night(today=TODAY)
    assert check_next(today=TODAY)
    assert not checks_wait()
    catch_up()
    Reconciliation.objects.update(not_before=timezone.now())
    found = check()
    assert [one.different for one in found] == [0, 0]


def test_a_check_whose_worker_died_is_done_by_another_one() -> None:
    from kpis.reconciling.nights import _claim

    start_night(today=TODAY)
    dead = _claim()
    assert dead is not None
    assert not checks_wait()
    Reconciliation.objects.filter(pk=dead.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    assert [one.state for one in check()] == [CheckState.DONE] * 2


def test_what_cannot_be_repaired_is_said(monkeypatch: Any) -> None:
    damage("UPDATE kpis_topmonth SET amounts = '{1}' WHERE month = %s", DAY.replace(day=1))
    start_night(today=TODAY)
    check_next(today=TODAY)
    with connection.cursor() as cursor:  # somebody's repair is lost
        cursor.execute("DELETE FROM kpis_changedday")
    found = check()
    assert found[0].remaining == found[0].different > 0
    assert all(one.remains for one in Difference.objects.all())


def test_two_sources_that_report_the_same_are_expected_as_they_are_counted(tmp_path: Path) -> None:
    other = ["date_day", "platform", "account_id", "campaign_id", "campaign_name", "ad_group_id", "ad_id", "impressions", "clicks", "spend", "conversions", "conversions_value"]  # fmt: skip
    rows = [[DAY, "Search", 1, 1, "Brand", 1, 1, 10, 5, 1, 2, 7]]
    send(write(tmp_path, text_of(rows, other), name="ads.csv"))
    assert Source.objects.count() == 2
    damage("UPDATE kpis_besideday SET amounts = '{1}' WHERE day = %s", DAY)
    found = check()
    by_source = {one.source.code: one for one in found if one.source}
    assert by_source["ad-report"].different > 0
    assert by_source["ad-report"].remaining == 0
    assert by_source["files"].different == 0
    assert {one.table for one in Difference.objects.all()} == {"besideday"}


def test_every_table_that_is_written_is_one_that_stands_aside_while_comparing() -> None:
    """Whoever adds a roll-up must say here that it is compared too."""
    with transaction.atomic(), connection.cursor() as cursor:
        before = writes(cursor)
        roll_up(source=Source.objects.get(), month=DAY.replace(day=1), days=[DAY])
        written = {table for table, count in writes(cursor).items() if count > before.get(table, 0)}
        assert written <= set(_ROLL_UPS)
        assert {"kpis_amountday", "kpis_crossday", "kpis_topmonth"} <= written
    damage("UPDATE kpis_reading SET value = 1")
    with transaction.atomic(), connection.cursor() as cursor:
        before = writes(cursor)
        mark_scopes_changed(spans=[(scope("company").pk, DAY, DAY)])
        recompute_next(today=TODAY)
        written = {table for table, count in writes(cursor).items() if count > before.get(table, 0)}
        assert written <= set(_FIGURES)
        assert "kpis_reading" in written


def writes(cursor: Any) -> dict[str, int]:
    """By table, what this session has not told the statistics yet: its own transaction, and perhaps some before."""
    cursor.execute(
        "SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_xact_user_tables"
        " WHERE schemaname = current_schema()"
    )
    return dict(cursor.fetchall())


def test_an_administrator_runs_it_at_the_console() -> None:
    said = StringIO()
    damage("UPDATE kpis_topmonth SET amounts = '{1}' WHERE month = %s", DAY.replace(day=1))
    call_command("reconcile", stdout=said)
    assert "files: " in said.getvalue()
    assert " 0 left" in said.getvalue()
    assert "topmonth region:north+channel:search+product:boards" in said.getvalue()
    said = StringIO()
    call_command("reconcile", stdout=said)
    assert said.getvalue().count(" 0 different, 0 left") == 2


def test_a_check_that_somebody_asked_for_is_not_doubled() -> None:
    assert check_now(today=TODAY, person=ada())
    assert not check_now(today=TODAY, person=ada())
    check()
    assert check_now(today=TODAY, person=ada())


def test_the_night_begins_at_two() -> None:
    two = timezone.localtime().replace(hour=2, minute=0, second=0, microsecond=0)
    assert night_of(two - timedelta(seconds=1)) is None
    assert night_of(two) == night_of(two + timedelta(hours=12)) == two
