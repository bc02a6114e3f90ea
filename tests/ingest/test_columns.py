"""What the columns of a file are: guessed, looked at, said. The page with and without a script."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from channels.models import Fact
from ingest import layout_pages
from ingest.columns import MEASURE, ONCE, TREES, Column, Said, fits, keys_of, layout_of, said_of
from ingest.guessing import guess, guess_currency, head_line
from ingest.layouts import Layout
from ingest.models import Import, Reject, SavedLayout, State
from ingest.services import receive, work_next
from kpis.work import catch_up
from organization.models import AuditEntry, Node
from tests.ingest.files import counts, value
from tests.ingest.layouts import layout, rate
from tests.people import bob, charlie

D = Decimal


def guessed(headings: list[str], *rows: list[str]) -> dict[str, str]:
    found = guess(headings, rows, measures={"refunds": ("Refunds", "退款额")})
    return {
        column.heading: column.role + (f"×{column.factor}" if column.factor != 1 else "") for column in found
    }


@pytest.mark.parametrize(
    ("heading", "cell", "role"),
    [
        ("消耗（万元）", "1.2", "measure:cost×10000"),
        ("Spend (k)", "1.2", "measure:cost×1000"),
        ("总消耗金额", "¥1,200", "measure:cost"),
        ("total_spend_usd", "12", "measure:cost"),
        ("退款额", "5", "measure:refunds"),
        ("线索成本", "12", "measure:cost"),
        ("点击率", "2%", ""),
        ("ROI", "2", ""),
        ("平均点击单价", "2", ""),
        ("CPC", "2", ""),
        ("订单编号", "123", "key"),
        ("campaign_id", "7", "key"),
        ("所在城市", "上海", "city"),
        ("币种", "USD", "currency"),
        ("无名", "USD", "currency"),
        ("备注", "好", ""),
    ],
)
def test_columns_are_guessed_from_names_units_and_contents(heading: str, cell: str, role: str) -> None:
    assert guessed(["日期", heading], ["2025-08-01", cell])[heading] == role


def test_a_day_is_known_by_what_stands_below_it() -> None:
    rows = [["2025/8/1", "2025-08-01 12:00", "3"], ["2025/8/2", "2025-08-01 12:00", "4"]]
    assert guessed(["业务发生", "导出时刻", "点击"], *rows)["业务发生"] == "day"


@pytest.mark.parametrize(
    ("headings", "currency"),
    [
        (["花费（美元）", "成交额(USD)"], "USD"),
        (["花费（美元）", "成交额（万元）"], ""),
        (["花费", "成交额"], ""),
        (["花费（次）"], ""),
    ],
)
def test_the_currency_that_all_headings_name_is_guessed(headings: list[str], currency: str) -> None:
    assert guess_currency([Column(heading, "measure:cost") for heading in headings]) == currency


def test_the_headings_are_found_below_titles() -> None:
    head = [
        (1, ["日报", ""]),
        (2, ["2025-08", "北京"]),
        (5, ["日子", "谁", "花"]),
        (6, ["2025-08-01", "A", "5"]),
    ]
    assert head_line(head) == 5


cells = st.text(max_size=12)
ROLES = ["", "key", *ONCE, f"{MEASURE}cost", f"{MEASURE}clicks"]


@given(st.lists(cells, max_size=8), st.lists(st.lists(cells, max_size=8), max_size=5))
def test_no_file_breaks_the_guess_and_no_role_is_given_twice(
    headings: list[str], rows: list[list[str]]
) -> None:
    found = guess(headings, rows, measures={})
    once = [column.role for column in found if column.role not in {"", "key"}]
    assert (len(found), len(set(once))) == (len(headings), len(once))


@given(
    st.lists(
        st.tuples(st.sampled_from(["日", "a", "A ", "a（元）", "", "b"]), st.sampled_from(ROLES)), max_size=7
    ),
    st.randoms(use_true_random=False),
)
def test_a_layout_reads_the_same_columns_in_whatever_order_they_come(
    told: list[tuple[str, str]], dice: Any
) -> None:
    said = Said(tuple(Column(*one) for one in told))
    headings = [heading for heading, _role in told]

    def read(these: list[str]) -> dict[str, list[tuple[str, int]]] | None:
        made = layout_of(said, these, code="x", source_code="x", source_name="x")
        keys = keys_of(these)
        return meanings(made, keys) if made else None

    assert fits(said, headings) == any(role for _heading, role in told)
    assert said_of(said, headings) == said
    order = list(headings)
    dice.shuffle(order)
    assert read(order) == read(headings)


def meanings(made: Layout, keys: list[tuple[str, int]]) -> dict[str, list[tuple[str, int]]]:
    emission = made.emissions[0]
    found = {code: [keys[amount.column]] for code, amount in emission.amounts.items()}
    found |= {tree: [keys[column] for column in getattr(emission, tree).columns] for tree in TREES}
    return found | {"day": [keys[made.day]], "key": sorted(keys[column] for column in made.key)}


# -- The page

TEXT = "日子,谁,花掉（千元）,单\n2025-08-01,甲,1.5,3\n2025-08-01,甲,2,1\nx,甲,2,1\n"


def browser(who: Any = None) -> Client:
    client = Client()
    client.force_login(who or bob(), backend="django.contrib.auth.backends.ModelBackend")
    return client


def asking(text: bytes | str = TEXT) -> Import:
    content = text if isinstance(text, bytes) else text.encode()
    batch = receive(name="a.csv", chunks=[content], person=None)
    assert batch.state == State.ASKS
    return batch


def form(**more: object) -> dict[str, object]:
    return {
        "line": 1, "role_0": "day", "role_1": "channel", "role_2": "measure:cost", "factor_2": 1000,
        "role_3": "measure:orders", "factor_3": 1, "days": 1, "repeats": "sum", "covered": "upsert", "currency": "",
        "name": "Ours", "source": "Them", "automatic": "on", **more,
    }  # fmt: skip


def post(batch: Import, name: str = "columns", **more: object) -> str:
    response = browser().post(reverse(f"ingest:{name}", args=[batch.pk]), form(**more))
    return (
        re.sub(r"\s+", " ", response.content.decode())
        if response.status_code == 200
        else response["Location"]
    )


@pytest.mark.django_db(transaction=True)
def test_the_page_shows_how_the_file_would_go_in_and_keeps_nothing_of_it() -> None:
    batch = asking()
    for said in (post(batch, "columns_look"), post(batch, look="1")):
        assert "2 lines would go in; 1 is added to a line before it; 1 would be rejected." in said
        assert "¥1,500.00" in said
        assert "“x” is not a date that is clear" in said
        assert "1 area is new and would be made: 甲" in said
        assert "The whole file was looked at." in said
    assert (
        Node.objects.count(),
        Reject.objects.count(),
        SavedLayout.objects.count(),
        Fact.objects.count(),
    ) == (0, 0, 0, 0)
    batch.refresh_from_db()
    assert batch.state == State.ASKS


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"role_0": ""}, "Say which column holds the day."),
        ({"role_3": "measure:cost"}, "is said to be the same"),
        ({"fixed_channel": "乙"}, "A column says it already"),
        ({"currency": "USD"}, "no rate from USD to CNY on 2025-08-01"),
        ({"strict": "on"}, "“甲” is not known, and this layout makes no new areas."),
        ({"repeats": "reject"}, "say different things"),
    ],
)
def test_every_choice_is_seen_in_the_preview(change: dict[str, object], said: str) -> None:
    assert said in post(asking(), "columns_look", **change)


@pytest.mark.django_db(transaction=True)
def test_of_a_long_file_the_first_lines_are_looked_at_and_it_is_said_so() -> None:
    long = "日子,谁,花掉（千元）,单\n" + "".join(f"2025-08-01,甲,{line},3\n" for line in range(5000))
    said = post(asking(long), "columns_look")
    assert "Only the first 200 lines were looked at." in said
    assert "200 lines would go in" in said


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_what_is_said_holds_for_files_in_any_letters(encoding: str) -> None:
    batch = asking(TEXT.encode(encoding))
    assert post(batch) == reverse("ingest:import", args=[batch.pk])
    assert work_next()
    batch.refresh_from_db()
    assert counts(batch) == (3, 2, 1, 0, 0)
    for other in ("utf-8", "gb18030", "utf-16"):
        following = receive(name="b.csv", chunks=[TEXT.encode(other)], person=None)
        assert work_next()
        following.refresh_from_db()
        assert counts(following) == (3, 2, 1, 2, 0)


@pytest.mark.django_db(transaction=True)
def test_a_workbook_asks_and_goes_in_too(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for line in ["日报", *TEXT.splitlines()]:
        sheet.append(line.split(","))
    book.save(tmp_path / "a.xlsx")
    batch = receive(name="a.xlsx", chunks=[(tmp_path / "a.xlsx").read_bytes()], person=None)
    post(batch, line=2)
    assert work_next()
    batch.refresh_from_db()
    assert (counts(batch), batch.encoding) == ((3, 2, 1, 0, 0), "xlsx")


@pytest.mark.django_db(transaction=True)
def test_a_saved_layout_is_changed_for_a_file_with_one_more_column() -> None:
    saved = layout(("日子", "day"), ("谁", "channel"), ("花掉（千元）", "measure:cost", 1000))
    batch = asking()
    page = browser().get(reverse("ingest:columns", args=[batch.pk]), {"start": saved.code}).content.decode()
    assert 'value="Ours"' in page
    assert post(batch, start=saved.code) == reverse("ingest:import", args=[batch.pk])
    saved.refresh_from_db()
    assert (saved.version, len(saved.columns), SavedLayout.objects.count()) == (2, 4, 1)
    assert AuditEntry.objects.get(action="layout.change").details["fields"] == [
        "columns",
        "repeats",
        "source",
    ]


@pytest.mark.django_db(transaction=True)
def test_the_import_says_what_foreign_money_it_was_made_of_and_can_be_read_otherwise() -> None:
    rate("USD", "2025-01-01", "7.1")
    batch = asking("日子,谁,花掉\n2025-08-01,甲,12000\n")
    post(batch, role_3="", currency="USD", factor_2=1)
    assert work_next()
    address = reverse("ingest:import", args=[batch.pk])
    assert "12,000 USD × 7.1 = ¥85,200.00" in browser().get(address).content.decode()
    response = browser().post(reverse("ingest:import_again", args=[batch.pk]))
    again = Import.objects.latest("pk")
    assert response["Location"] == reverse("ingest:columns", args=[again.pk])
    assert (again.state, again.stored_as) == (State.ASKS, batch.stored_as)


@pytest.mark.django_db(transaction=True)
def test_a_file_that_is_gone_from_the_disk_is_said_so_and_asked_for_again() -> None:
    batch = asking("日子,谁,花掉\n2025-08-01,甲,12000\n")
    stored = settings.UPLOAD_DIR / batch.stored_as
    stored.unlink()
    layout_pages._table.cache_clear()
    said = "no longer kept here"
    page = browser().get(reverse("ingest:columns", args=[batch.pk]), follow=True)
    assert said in page.content.decode()
    assert said in browser().post(reverse("ingest:columns_look", args=[batch.pk]), {}).content.decode()
    again = browser().post(reverse("ingest:import_again", args=[batch.pk]), follow=True)
    assert said in again.content.decode()
    assert Import.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_layout_is_looked_at_changed_put_away_and_chosen_at_the_upload() -> None:
    saved = layout(name="Kuaishou daily")
    client = browser()
    address = reverse("ingest:layout", args=[saved.code])
    page = client.get(address).content.decode()
    assert "渠道名" in page
    assert "Version 1" in page
    wrong = client.post(address, {**form(), "role_0": "", "name": "X"}).content.decode()
    assert "Say which column holds the day." in wrong
    client.post(address, {**form(), "name": "Kuaishou", "covered": "replace"})
    shown = client.get(reverse("ingest:layouts")).content.decode()
    assert "Replaces the days covered" in shown
    assert "Ad report: a line an ad and day" in shown
    assert "Kuaishou" in client.get(reverse("ingest:imports")).content.decode()
    client.post(reverse("ingest:layout_put_away", args=[saved.code]))
    assert saved.code not in client.get(reverse("ingest:imports")).content.decode()
    assert "Put away" in client.get(reverse("ingest:layouts")).content.decode()
    assert browser(charlie()).get(address).status_code == 403


@pytest.mark.django_db(transaction=True)
def test_a_fixed_channel_shows_with_its_campaigns() -> None:
    batch = asking()
    assert "快手/甲" in post(batch, "columns_look", role_1="campaign", fixed_channel="快手")
    post(batch, role_1="campaign", fixed_channel="快手")
    assert work_next()
    catch_up()
    assert value("cost", "channel:快手/甲", "2025-08") == D(3500)
