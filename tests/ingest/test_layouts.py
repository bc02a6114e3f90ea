"""Files read by layouts that people saved: what goes in, what stays out, what comes again, what is taken back."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from channels.models import Fact, Original, Superseded
from ingest.columns import Column, Said
from ingest.errors import FileRefused
from ingest.models import Import, SavedLayout, State
from ingest.services import import_path, receive, work_next
from ingest.services.layouts import (
    Plan,
    answer,
    ask_again,
    leave_out,
    put_layout_away,
    save_layout,
    take_layout_out,
)
from ingest.staging import Staged, number_sql
from kpis.models import Measure
from kpis.work import catch_up
from organization.models import AuditEntry, Company, Node
from organization.services import Refused
from tests.ingest.files import counts, send, value, write
from tests.ingest.layouts import layout, lines_of, rate, reasons, send_lines, undo
from tests.people import bob, node

pytestmark = pytest.mark.django_db(transaction=True)
D = Decimal


def plan(*columns: tuple[str, str], name: str = "Ours", source: str = "Kuaishou", **options: Any) -> Plan:
    return Plan(Said(tuple(Column(*column) for column in columns), **options), name, source)


# -- Asking


def test_a_file_that_nobody_knows_waits_is_answered_and_the_next_goes_in_by_itself(tmp_path: Path) -> None:
    text = "生成于 8 月\n日子,组,花掉（万元）\n2025-08-01,夏,1.5\n"
    batch = receive(name="a.csv", chunks=[text.encode()], person=bob())
    assert (batch.state, batch.source, work_next()) == (State.ASKS, None, False)
    said = plan(
        ("日子", "day"), ("组", "campaign"), ("花掉（万元）", "measure:cost"), fixed={"channel": "快手"}
    )
    columns = (*said.said.columns[:2], replace(said.said.columns[2], factor=10000))
    saved = answer(batch=batch, plan=replace(said, said=replace(said.said, columns=columns)), person=bob())
    assert work_next()
    catch_up()
    batch.refresh_from_db()
    assert counts(batch) == (1, 1, 0, 0, 0)
    assert value("cost", "channel:快手/夏", "2025-08") == D(15000)
    following = send(write(tmp_path, text.replace("2025-08-01", "2025-08-02")))
    assert (counts(following), following.source) == ((1, 1, 0, 0, 0), saved.source)
    assert value("cost", "channel:快手", "2025-08") == D(30000)
    entry = AuditEntry.objects.get(action="layout.make")
    assert (entry.person, entry.details["columns"]["花掉（万元）"]) == (bob(), "measure:cost × 10000")


def test_columns_that_seem_to_matter_are_asked_about_and_not_passed_over(tmp_path: Path) -> None:
    text = "date,channel,clicks,消耗金额（千元）\n2025-08-01,A,5,1.5\n"
    assert receive(name="a.csv", chunks=[text.encode()], person=None).state == State.ASKS
    assert "消耗金额" in Import.objects.get().error
    assert send(write(tmp_path, text), preset="table").state == State.DONE  # who names the layout means it


@pytest.mark.parametrize("extra", ["note", "点击率", "order_no", "CPC", "备注"])
def test_columns_of_no_use_do_not_stop_a_file(tmp_path: Path, extra: str) -> None:
    assert send(write(tmp_path, f"date,channel,clicks,{extra}\n2025-08-01,A,5,1\n")).state == State.DONE


def test_a_file_that_asks_can_be_left_out_and_asked_again() -> None:
    batch = receive(name="a.csv", chunks=[b"when,x\n2025-08-01,1\n"], person=None)
    leave_out(batch=batch, person=bob())
    with pytest.raises(Refused):
        leave_out(batch=batch, person=bob())
    batch.refresh_from_db()
    assert batch.state == State.FAILED
    again = ask_again(batch=batch, person=bob())
    answer(batch=again, plan=plan(("when", "day"), ("x", "measure:cost")), person=bob())
    assert work_next()
    again.refresh_from_db()
    assert counts(again) == (1, 1, 0, 0, 0)
    with pytest.raises(Refused):
        answer(batch=again, plan=plan(("when", "day"), ("x", "measure:cost"), name="B"), person=bob())
    assert not SavedLayout.objects.filter(name="B").exists()


def test_two_layouts_that_fit_are_not_chosen_between(tmp_path: Path) -> None:
    for name in ("快手", "抖音"):
        layout(("日", "day"), ("x", "measure:cost"), name=name, fixed={"channel": name})
    batch = receive(name="a.csv", chunks=["日,x\n2025-08-01,1\n".encode()], person=None)
    assert (batch.state, "快手" in batch.error, "抖音" in batch.error) == (State.ASKS, True, True)
    code = SavedLayout.objects.get(name="抖音").code
    send(write(tmp_path, "日,x\n2025-08-01,1\n"), preset=code)
    assert value("cost", "channel:抖音", "2025-08") == D(1)


@pytest.mark.parametrize(
    ("headings", "known"),
    [
        (["日", "渠道名", "花掉", "单数"], True),
        (["单数", " 花掉（元）", "渠道名", "日"], True),  # another order, a plain unit
        (["日", "渠道名", "花掉", "单数", "行号", "原因"], True),  # rejected lines that were downloaded
        (["日", "渠道名", "花掉", "单数", "退款"], False),
        (["日", "渠道名", "花掉"], False),
        (["日", "渠道名", "花掉（万元）", "单数"], False),
    ],
)
def test_a_layout_knows_its_headings_again(headings: list[str], known: bool) -> None:
    layout()
    cells = {"日": "2025-08-01", "渠道名": "A", "行号": "2", "原因": "x"}
    text = lines_of([[cells.get(name, "1") for name in headings]], headings)
    batch = receive(name="a.csv", chunks=[text.encode()], person=None)
    assert batch.state == (State.QUEUED if known else State.ASKS)


def test_a_layout_that_is_changed_or_put_away_is_read_so_from_then_on(tmp_path: Path) -> None:
    saved = layout()
    first = send_lines(tmp_path, [["2025-08-01", "A", 10, 1]])
    changed = [("日", "day"), ("渠道名", "channel"), ("花掉", "measure:revenue"), ("单数", "measure:orders")]
    layout(*changed, saved=saved)
    second = send_lines(tmp_path, [["2025-08-01", "A", 10, 1]])
    assert first.sha256 == second.sha256
    assert counts(second) == (1, 1, 0, 0, 1)  # the same bytes, read otherwise
    assert value("revenue", "company", "2025-08") == D(10)
    saved.refresh_from_db()
    assert saved.version == 2
    put_layout_away(saved=saved, person=bob())
    text = lines_of([["2025-08-02", "A", 10, 1]])
    assert receive(name="a.csv", chunks=[text.encode()], person=None).state == State.ASKS
    with pytest.raises(FileRefused):
        receive(name="a.csv", chunks=[text.encode()], preset=saved.code, person=None)
    take_layout_out(saved=saved, person=bob())
    assert receive(name="a.csv", chunks=[text.encode()], person=None).state == State.QUEUED


@pytest.mark.parametrize(
    ("columns", "options", "said"),
    [
        ((("x", "measure:cost"),), {}, "holds the day"),
        ((("日", "day"),), {}, "hold amounts"),
        ((("日", "day"), ("x", "measure:cost"), ("y", "measure:cost")), {}, "said to be the same"),
        ((("日", "day"), ("x", "measure:nonsense")), {}, "one of the list"),
        ((("日", "day"), ("c", "campaign"), ("x", "measure:cost")), {}, "which channel"),
        (
            (("日", "day"), ("c", "channel"), ("x", "measure:cost")),
            {"fixed": {"channel": "A"}},
            "take one of the two",
        ),
        (
            (("日", "day"), ("c", "currency"), ("x", "measure:cost")),
            {"currency": "USD"},
            "take one of the two",
        ),
        ((("日", "day"), ("x", "measure:cost")), {"days": 3}, "one of the list"),
        ((("日", "day"), ("x", "measure:cost")), {"currency": "XXX"}, "one of the list"),
    ],
)
def test_a_layout_that_contradicts_itself_is_not_kept(
    columns: tuple[tuple[str, str], ...], options: dict[str, Any], said: str
) -> None:
    with pytest.raises(Refused, match=said):
        save_layout(plan=plan(*columns, **options), person=None)
    assert not SavedLayout.objects.exists()


def test_two_layouts_do_not_share_a_name_and_may_share_a_source() -> None:
    one = layout(name="Daily", source="Kuaishou")
    with pytest.raises(Refused, match="already"):
        layout(name="daily")
    assert layout(name="Weekly", source="kuaishou").source == one.source


def test_a_measure_that_somebody_made_is_mapped_like_any_other(tmp_path: Path) -> None:
    slot = max(Measure.objects.values_list("slot", flat=True)) + 1
    Measure.objects.create(code="returned", slot=slot, name="Returned", name_zh="退回额", unit="money")
    layout(("日", "day"), ("渠道", "channel"), ("退了", "measure:returned"), days=7)
    send(write(tmp_path, "日,渠道,退了\n2025-08-04,A,70\n"))
    assert {fact.amounts[slot - 1] for fact in Fact.objects.all()} == {D(10)}


# -- Options


def test_repeated_lines_add_up_where_the_layout_says_so(tmp_path: Path) -> None:
    layout(sums=True)
    rows = [
        ["2025-08-01", "A", 1, 1],
        ["2025-08-01", "A", 2, ""],
        ["2025-08-01", "A", 2, ""],
        ["2025-08-02", "A", 4, ""],
    ]
    assert counts(send_lines(tmp_path, rows)) == (4, 4, 0, 0, 0)
    assert (value("cost", "company", "2025-08"), value("orders", "company", "2025-08")) == (D(9), D(1))
    assert value("orders", "company", "2025-08-02") is None  # nothing was said, which is not zero
    assert counts(send_lines(tmp_path, rows)) == (4, 4, 0, 4, 0)
    assert counts(send_lines(tmp_path, [*rows[:3], ["2025-08-02", "A", 5, ""]])) == (4, 4, 0, 3, 1)
    assert counts(send_lines(tmp_path, [*rows[:2], rows[3]])) == (3, 3, 0, 0, 3)


def test_keys_tell_lines_apart_before_they_add_up(tmp_path: Path) -> None:
    columns = [("日", "day"), ("渠道", "channel"), ("单号", "key"), ("花", "measure:cost")]
    layout(*columns)
    text = "日,渠道,单号,花\n2025-08-01,A,1,5\n2025-08-01,A,2,5\n2025-08-01,A,2,6\n"
    assert counts(send(write(tmp_path, text))) == (3, 1, 2, 0, 0)


def test_a_file_that_replaces_takes_away_what_it_no_longer_names_and_undo_brings_it_back(
    tmp_path: Path,
) -> None:
    saved = layout(replaces=True)
    send_lines(tmp_path, [["2025-08-01", "A", 1, 1], ["2025-08-01", "B", 2, 2], ["2025-08-02", "B", 4, 4]])
    before = facts()
    newer = send_lines(tmp_path, [["2025-08-01", "A", 10, 1]])
    assert (counts(newer), newer.gone) == ((1, 1, 0, 0, 1), 1)
    assert value("cost", "company", "2025-08") == D(14)  # the second of August is not in the file
    assert value("cost", "channel:b", "2025-08-01") is None
    same = send_lines(tmp_path, [["2025-08-01", "A", 10, 1]])
    assert (counts(same), same.gone) == ((1, 1, 0, 1, 0), 0)
    assert saved.source.code == "kuaishou"
    undo(newer)
    assert facts() == before
    assert not Superseded.objects.exists()


def test_replacing_touches_neither_other_sources_nor_other_amounts(tmp_path: Path) -> None:
    layout(replaces=True)
    send(write(tmp_path, "date,channel,cost\n2025-08-01,B,100\n"))  # the source Files
    layout(("日", "day"), ("渠道名", "channel"), ("收", "measure:revenue"), name="Revenue", source="Kuaishou")
    send(write(tmp_path, "日,渠道名,收\n2025-08-01,B,7\n"))
    send_lines(tmp_path, [["2025-08-01", "B", 2, 2]])
    batch = send_lines(tmp_path, [["2025-08-01", "A", 1, 1]])
    assert batch.gone == 1
    assert value("revenue", "channel:b", "2025-08") == D(7)
    assert sum(fact.source_id == batch.source_id for fact in Fact.objects.all()) == 2
    assert value("cost", "channel:b", "2025-08") == D(100)


@pytest.mark.parametrize("options", [{"sums": True}, {"replaces": True}])
def test_mended_lines_alone_do_not_stand_for_the_whole(tmp_path: Path, options: dict[str, Any]) -> None:
    layout(**options)
    headings = ["日", "渠道名", "花掉", "单数", "Line", "Reason"]
    batch = import_path(path=write(tmp_path, lines_of([["2025-08-01", "A", 1, 1, 2, "x"]], headings)))
    assert (batch.state, "whole file" in batch.error) == (State.FAILED, True)


def test_a_week_is_spread_over_its_days_and_adds_up(tmp_path: Path) -> None:
    layout(days=7, sums=True)
    send_lines(tmp_path, [["2025-08-04", "A", 10, 7], ["2025-08-04", "A", "0.01", ""]])
    assert Fact.objects.count() == 7
    assert value("cost", "company", "2025-08") == D("10.01")
    assert all(fact.estimated for fact in Fact.objects.all())


def test_a_strict_layout_makes_no_areas_and_tells_the_nearest(tmp_path: Path) -> None:
    node("channel:抖音直播"), node("channel:快手"), node("region:华东/上海")
    layout(("日", "day"), ("渠道", "channel"), ("城市", "city"), ("花", "measure:cost"), strict=True)
    text = (
        "日,渠道,城市,花\n2025-08-01,抖音直播,上海,1\n2025-08-01,抖音直拨,上海,1\n2025-08-01,快手,Nowhere,1\n"
    )
    batch = send(write(tmp_path, text))
    assert counts(batch) == (3, 1, 2, 0, 0)
    why = reasons(batch)
    assert why[3].endswith("The nearest known: 抖音直播.")
    assert why[4] == "“Nowhere” is not known, and this layout makes no new areas."
    assert Node.objects.count() == 4


def test_a_fixed_region_stands_above_the_cities_of_the_file(tmp_path: Path) -> None:
    layout(
        ("日", "day"), ("城市", "city"), ("花", "measure:cost"),
        fixed={"channel": "快手", "region": "华东/上海", "product": "板材"},
    )  # fmt: skip
    send(write(tmp_path, "日,城市,花\n2025-08-01,浦东,1\n2025-08-01,,2\n"))
    assert value("cost", "region:华东/上海/浦东+channel:快手", "2025-08") == D(1)
    assert value("cost", "region:华东/上海", "2025-08") == D(3)
    assert value("cost", "product:板材", "2025-08") == D(3)


# -- Money


def foreign(**options: Any) -> SavedLayout:
    return layout(currency="USD", name="Dollars", **options)


def test_money_is_converted_by_the_rate_of_its_day_and_kept_as_it_was(tmp_path: Path) -> None:
    foreign()
    rate("USD", "2025-08-01", "7.1")
    rate("USD", "2025-08-03", "7.2")
    rows: list[list[object]] = [
        ["2025-08-02", "A", 12000, 3],
        ["2025-08-03", "A", "$10.50", ""],
        ["2025-07-31", "A", 5, 1],
    ]
    batch = send_lines(tmp_path, rows)
    assert counts(batch) == (3, 2, 1, 0, 0)
    assert "no rate from USD to CNY on 2025-07-31 or before" in reasons(batch)[4]
    assert value("cost", "company", "2025-08") == D("85200") + D("75.6")
    assert value("orders", "company", "2025-08") == D(3)
    kept = Original.objects.get(day="2025-08-02")
    assert (kept.currency, kept.rate, [*told(kept.amounts).values()]) == ("USD", D("7.1"), [D(12000)])


def test_the_same_bytes_at_another_rate_are_read_again_and_undo_restores_both(tmp_path: Path) -> None:
    foreign()
    rate("USD", "2025-08-01", "7")
    rows = [["2025-08-01", "A", 10, 1]]
    first = send_lines(tmp_path, rows)
    assert counts(send_lines(tmp_path, rows)) == (1, 1, 0, 1, 0)
    rate("USD", "2025-08-01", "8")
    second = send_lines(tmp_path, rows)
    assert (counts(second), value("cost", "company", "2025-08")) == ((1, 1, 0, 0, 1), D(80))
    assert Original.objects.count() == 2
    undo(second)
    assert value("cost", "company", "2025-08") == D(70)
    assert Original.objects.get().batch_id == first.pk


def test_a_column_says_the_currency_of_each_line(tmp_path: Path) -> None:
    rate("USD", "2025-08-01", "7")
    rate("HKD", "2025-08-01", "0.9")
    layout(("日", "day"), ("渠道", "channel"), ("币种", "currency"), ("花", "measure:cost"), sums=True)
    lines = ["A,USD,1", "A,港币,10", "A,人民币,100", "A,usd,2", "B,,1", "B,坏,1", "B,EUR,1"]
    batch = send(write(tmp_path, "日,渠道,币种,花\n" + "".join(f"2025-08-01,{line}\n" for line in lines)))
    assert counts(batch) == (7, 4, 3, 0, 0)
    why = reasons(batch)
    assert ("no currency" in why[6], "“坏” is not a currency" in why[7], "no rate from EUR" in why[8]) == (
        True, True, True,
    )  # fmt: skip
    assert value("cost", "company", "2025-08") == D(130)
    kept = {one.currency: [*told(one.amounts).values()] for one in Original.objects.all()}
    assert kept == {"USD": [D(3)], "HKD": [D(10)]}


@pytest.mark.parametrize(
    ("currency", "cell", "read"),
    [
        ("", "$100", None),
        ("", "USD 100", None),
        ("", "¥100", "100"),
        ("", "100元", "100"),
        ("", "RMB 1,000", "1000"),
        ("", "1.2万元", "12000"),
        ("USD", "$1,000.5", "2001"),
        ("USD", "US$ 10", "20"),
        ("USD", "10 USD", "20"),
        ("USD", "¥10", None),
        ("USD", "€10", None),
    ],
)
def test_a_sign_of_another_currency_is_not_passed_over(
    tmp_path: Path, currency: str, cell: str, read: str | None
) -> None:
    rate("USD", "2025-01-01", "2")
    layout(currency=currency)
    batch = send_lines(tmp_path, [["2025-08-01", "A", f'"{cell}"', ""]])
    assert batch.accepted == (read is not None)
    assert read or "is in another currency than the line" in reasons(batch)[2]
    assert value("cost", "company", "2025-08") == (D(read) if read else None)


def test_domestic_lines_leave_nothing_beside_and_a_layout_in_the_companys_money_is_domestic(
    tmp_path: Path,
) -> None:
    layout(currency="CNY")
    assert counts(send_lines(tmp_path, [["2025-08-01", "A", 1, 1]])) == (1, 1, 0, 0, 0)
    assert not Original.objects.exists()
    Company.objects.update(currency="USD")
    assert send_lines(tmp_path, [["2025-08-02", "A", 1, 1]]).rejected == 1  # no rate from CNY to USD


# -- Numbers


@pytest.mark.parametrize(
    "cell", ["0x1F", "0X1f", "-0x1F", " 0x1F", "0b101", "0o17", "1_000", "-1_0", "0.1_0"]
)
def test_numbers_as_programs_write_them_are_rejected_and_not_read(tmp_path: Path, cell: str) -> None:
    for text in (f"date,channel,cost\n2025-08-01,A,{cell}\n", f"date,channel,cost\n2025-08-01,A_b,{cell}\n"):
        assert counts(send(write(tmp_path, text))) == (1, 0, 1, 0, 0)


@pytest.mark.parametrize("cell", ["0", "0.5", "-5", "7", "12.3400", "1e3", ".5", "+4", " 8", "007", ""])
@pytest.mark.parametrize("underscores", [False, True])
def test_plain_numbers_are_read_as_they_were(cell: str, underscores: bool) -> None:
    sql = number_sql(Staged("x", underscores=underscores), "c", "numeric(20,4)")
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {sql} FROM (SELECT %s AS c OFFSET 0) AS t", [cell])
        assert cursor.fetchone()[0] == (D(cell.strip()) if cell else None)


def facts() -> dict[tuple[str, int], dict[int, Decimal]]:
    """The amounts that are there, by day and channel, and by slot."""
    return {(str(fact.day), fact.channel_id): told(fact.amounts) for fact in Fact.objects.all()}


def told(amounts: list[Decimal | None]) -> dict[int, Decimal]:
    return {slot: amount for slot, amount in enumerate(amounts) if amount is not None}
