"""Orders on their way in, down to the figures."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from django.core.management import call_command

from common.secrets import unseal
from customers.keys import hash_key
from customers.models import Customer, Order, OrderBefore, OrderDay
from ingest.models import Import, State
from ingest.selectors import import_page
from kpis.models import Source
from tests.customers.files import (
    HEADINGS,
    orders_of,
    published,
    reasons,
    send_orders,
    standing,
    take_back,
)
from tests.ingest.files import send, text_of, value, write
from tests.ingest.layouts import rate

pytestmark = pytest.mark.django_db(transaction=True)
D = Decimal


def test_a_file_of_orders_is_known_by_its_headings_and_goes_down_to_the_figures(tmp_path: Path) -> None:
    batch = send_orders(
        tmp_path,
        ("c1", "2026-01-05", 100, "A1", "Search", "East", "Tea"),
        ("c1", "2026-01-20", 50, "A2", "Search", "East", "Tea"),
        ("c2", "2026-01-20", 30, "A3", "Video", "West", "Mugs"),
        ("c1", "2026-02-03", -20, "A2", "Search", "East", "Tea"),
    )
    assert (batch.state, batch.error, batch.accepted, batch.rejected) == (State.DONE, "", 4, 0)
    assert Source.objects.get(code="own-orders").facts == "customers"
    assert Customer.objects.count() == 2
    assert (value("revenue", "company", "2026-01"), value("revenue", "company", "2026-02")) == (180, -20)
    assert (value("orders", "company", "2026-01"), value("orders", "channel:search", "2026-01")) == (3, 2)
    assert value("new_customers", "channel:video", "2026-01") == 1
    assert value("repeat_share", "company", "2026-01") == pytest.approx(D(1) / 3)
    assert published("refunds") == {"01-05": 0, "01-20": 0, "02-03": 20}


def test_lines_of_one_number_are_one_order_and_others_of_a_customer_add_up(tmp_path: Path) -> None:
    send_orders(
        tmp_path,
        ("c1", "2026-01-05", 60, "A1", "Search", "", "Tea"),
        ("c1", "2026-01-05", 40, "A1", "Search", "", "Mugs"),  # the same order, of another product line
        ("c1", "2026-01-05", 5, "A1", "Search", "", "Tea"),  # and a line more of the first
        ("c2", "2026-01-06", 10, "", "Search"),
        ("c2", "2026-01-06", 11, "", "Search"),  # without a number, a line is an order
        ("c1", "2026-01-09", 20, "A1", "Search", "", "Tea"),  # the rest of A1, paid later: counted already
    )
    assert standing() == [
        ("01-05", 65, 1, True),
        ("01-05", 40, 0, False),
        ("01-06", 21, 2, True),
        ("01-09", 20, 0, False),
    ]
    assert published("orders") == {"01-05": 1, "01-06": 2, "01-09": 0}
    assert published("repeat_orders") == {"01-05": 0, "01-06": 0, "01-09": 0}


def test_a_refund_is_netted_on_its_day_and_is_no_order(tmp_path: Path) -> None:
    send_orders(tmp_path, ("c1", "2026-01-05", 100, "A1"), ("c1", "2026-01-05", -100, "A1"))
    assert standing() == [("01-05", 100, 1, True), ("01-05", -100, 0, False)]
    assert (published("revenue"), published("refunds")) == ({"01-05": 0}, {"01-05": 100})
    send_orders(tmp_path, ("c9", "2026-01-07", -7, "B1"), name="more.csv")
    assert Customer.objects.get(key_hash=hash_key("c9")).first_order_day is None
    assert published("new_customers")["01-07"] == 0


def test_a_column_of_refunds_is_taken_off_beside_the_amount(tmp_path: Path) -> None:
    headings = ("会员号", "支付时间", "实付金额", "退款金额", "订单编号", "渠道")
    batch = send_orders(
        tmp_path,
        ("甲", "2026-01-05 10:20:00", "1,000.00", "200", "A1", "抖音直播"),
        ("乙", "2026-01-05 11:00:00", "50", "", "A2", "抖音直播"),
        headings=headings,
        encoding="gb18030",
    )
    assert (batch.state, batch.encoding, batch.accepted, batch.unchanged) == (State.DONE, "gb18030", 2, 0)
    assert (published("revenue"), published("refunds"), published("orders")) == (
        {"01-05": 850}, {"01-05": 200}, {"01-05": 2},
    )  # fmt: skip


def test_lines_that_cannot_be_somebodys_order_are_rejected_with_the_reason(tmp_path: Path) -> None:
    batch = send_orders(
        tmp_path,
        ("c1", "2026-01-05", 100, "A1"),
        ("\u3000", "2026-01-05", 100, "A2"),
        ("NULL", "2026-01-05", 100, "A3"),
        ("c2", "2026-01-05", "", "A4"),
        ("c2", "31/31/2026", "x", "A5"),
    )
    assert (batch.accepted, batch.rejected) == (1, 4)
    assert import_page(batch).whole_again  # so that nobody sends the mended lines alone
    assert reasons(batch) == {
        3: "There is no customer in “customer”, so nobody knows whose order it is.",
        4: "There is no customer in “customer”, so nobody knows whose order it is.",
        5: "“amount” is empty. An order has an amount; write 0 for a gift.",
        6: "“31/31/2026” is not a date that is clear; write 2025-08-01. “x” in “amount” is not a number.",
    }


def test_earlier_orders_that_come_later_move_the_day_on_which_a_customer_was_new(tmp_path: Path) -> None:
    send_orders(tmp_path, ("c1", "2026-03-05", 100, "A2"), ("c1", "2026-03-09", 10, "A3"))
    assert (published("new_customers"), published("repeat_orders")) == (
        {"03-05": 1, "03-09": 0}, {"03-05": 0, "03-09": 1},
    )  # fmt: skip
    earlier = send_orders(tmp_path, ("c1", "2026-01-05", 100, "A1"), name="earlier.csv")
    assert published("new_customers") == {"01-05": 1, "03-05": 0, "03-09": 0}
    assert published("repeat_orders") == {"01-05": 0, "03-05": 1, "03-09": 1}
    assert value("new_customers", "company", "2026-03") == 0
    take_back(earlier)
    assert published("new_customers") == {"03-05": 1, "03-09": 0}
    assert value("new_customers", "company", "2026-03") == 1


def test_a_file_sent_again_corrects_and_undoing_brings_back_what_was(tmp_path: Path) -> None:
    first = send_orders(tmp_path, ("c1", "2026-01-05", 100, "A1", "Search"), ("c2", "2026-01-06", 5, "A2"))
    second = send_orders(
        tmp_path,
        ("c3", "2026-01-05", 90, "A1", "Video"),  # it was somebody else's, by another channel, and less
        ("c2", "2026-01-06", 5, "A2"),
        ("c2", "2026-01-07", 6, "A4"),
        name="again.csv",
    )
    assert (second.accepted, second.corrected, second.unchanged) == (3, 1, 1)
    assert (orders_of("c1"), orders_of("c3")) == ([], [("01-05", 90)])
    assert published("revenue") == {"01-05": 90, "01-06": 5, "01-07": 6}
    assert Customer.objects.count() == 3  # c1 may come back
    take_back(second)
    assert (orders_of("c1"), orders_of("c3")) == ([("01-05", 100)], [])
    assert published("revenue") == {"01-05": 100, "01-06": 5}
    assert Customer.objects.count() == 2
    assert value("revenue", "channel:search", "2026-01") == 100
    take_back(first)
    assert not Order.objects.exists()
    assert not OrderBefore.objects.exists()
    assert not OrderDay.objects.exists()
    assert not Customer.objects.exists()
    assert Source.objects.get(code="own-orders").last_day is None


def test_an_import_can_be_taken_out_of_the_middle(tmp_path: Path) -> None:
    batches = [
        send_orders(tmp_path, ("c1", "2026-01-05", amount, "A1"), name=f"{amount}.csv")
        for amount in (1, 2, 3, 4)
    ]
    for number, left in ((1, 4), (3, 3), (2, 1)):
        take_back(batches[number])
        assert standing() == [("01-05", left, 1, True)]
    assert not OrderBefore.objects.exists()


def test_the_same_file_twice_changes_nothing(tmp_path: Path) -> None:
    rows = [("c1", "2026-01-05", 100, "A1"), ("c2", "2026-01-06", 5, "")]
    send_orders(tmp_path, *rows)
    again = send_orders(tmp_path, *rows[::-1], name="turned.csv")
    assert (again.accepted, again.unchanged, again.corrected) == (2, 2, 0)
    assert Order.objects.count() == 2


def test_customers_are_hashed_and_contacts_sealed(tmp_path: Path) -> None:
    headings = ("user_id", "手机号", "日期", "金额")
    rows = [
        (" U1 ", "13800000000", "2026-01-05", 1),
        ("ｕ1", "", "2026-01-06", 2),
        ("u2", "", "2026-01-06", 2),
    ]
    send_orders(tmp_path, *rows, headings=headings)
    one = Customer.objects.get(key_hash=hash_key("u1"))
    assert (bytes(one.key_hash), len(one.key_hash), unseal(one.contact)) == (
        hash_key("U1"),
        16,
        "13800000000",
    )
    assert [order[0] for order in orders_of("u1")] == ["01-05", "01-06"]
    assert Customer.objects.get(key_hash=hash_key("u2")).contact == ""


def test_a_telephone_number_that_is_the_key_is_kept_as_a_hash_alone(tmp_path: Path) -> None:
    send_orders(tmp_path, ("13800000000", "2026-01-05", 1), headings=("手机号", "日期", "金额"))
    assert [one.contact for one in Customer.objects.all()] == [""]


def test_money_of_another_currency_is_kept_with_its_rate(tmp_path: Path) -> None:
    rate("USD", "2026-01-01", "7.1")
    headings = ("customer", "date", "amount", "currency", "order no")
    batch = send_orders(
        tmp_path,
        ("c1", "2026-01-05", 100, "USD", "A1"),
        ("c1", "2026-01-06", 100, "CNY", "A2"),
        ("c1", "2026-01-06", 100, "EUR", "A3"),
        headings=headings,
    )
    assert (batch.accepted, batch.rejected) == (2, 1)
    order = Order.objects.get(currency="USD")
    assert (order.amount, order.rate, order.original) == (710, D("7.1"), 100)
    assert published("revenue") == {"01-05": 710, "01-06": 100}


def test_orders_come_in_workbooks_too(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["客户编号", "下单日期", "订单金额", "订单号", "渠道"])
    sheet.append([10023, "2026-01-05", 99.5, 7001, "抖音"])
    book.save(tmp_path / "订单.xlsx")
    batch = send(tmp_path / "订单.xlsx")
    assert (batch.state, batch.accepted, orders_of("10023")) == (State.DONE, 1, [("01-05", D("99.5"))])


def test_the_command_imports_orders_by_name_and_says_what_a_file_lacks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path, text_of([("c1", "2026-01-05", 1, "", "", "", "")], HEADINGS))
    call_command("import_file", str(path), "--preset", "orders")
    assert json.loads(capsys.readouterr().out)["accepted"] == 1
    batch = send(write(tmp_path, "day,paid\n2026-01-05,1\n", name="no.csv"), preset="orders")
    assert (batch.state, "with a customer, a date and an amount" in batch.error) == (State.FAILED, True)


def test_a_file_of_touches_is_not_taken_for_orders() -> None:
    from customers.order_files import orders

    assert orders(("user_id", "time", "channel", "converted", "amount")) is None
    assert orders(("date", "channel", "amount")) is None
    layout = orders(("created_at", "付款时间", "user_id", "amount"))
    assert layout is not None
    assert layout.day == 1


def test_mended_lines_alone_are_refused(tmp_path: Path) -> None:
    batch = send_orders(
        tmp_path, ("c1", "2026-01-05", 1, "A1", "", "", "", 2, "?"), headings=(*HEADINGS, "line", "reason")
    )
    assert (batch.state, "mended lines alone" in batch.error) == (State.FAILED, True)
    assert Import.objects.count() == 1


def test_a_number_that_two_customers_claim_leaves_nobody_without_an_order(tmp_path: Path) -> None:
    send_orders(
        tmp_path,
        ("c1", "2026-01-05", 60, "A1"),
        ("c2", "2026-01-05", 40, "A1"),
        ("c3", "2026-01-05", 7, "A2", "Search"),
        ("c3", "2026-01-05", 8, "A3", "Search"),  # two numbers on her first day: the larger brought her
    )
    assert Customer.objects.count() == 2
    assert standing() == [("01-05", 100, 1, True), ("01-05", 8, 1, True), ("01-05", 7, 1, False)]


def test_files_in_any_order_end_in_the_same_figures(tmp_path: Path) -> None:
    rows = [
        ("c1", "2026-01-05", 60, "A1", "Search"), ("c1", "2026-01-05", 40, "A2", "Video"),
        ("c2", "2026-01-06", 5, ""), ("c2", "2026-01-04", -5, ""), ("c1", "2026-01-03", 9, "A1", "Video"),
    ]  # fmt: skip
    send_orders(tmp_path, *rows)
    whole = (standing(), published("new_customers"), published("orders"), published("repeat_orders"))
    take_back(Import.objects.get())
    for number, row in enumerate(reversed(rows)):
        send_orders(tmp_path, row, name=f"{number}.csv")
    assert (standing(), published("new_customers"), published("orders"), published("repeat_orders")) == whole
