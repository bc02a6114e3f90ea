"""Files on their way in, through the real database, down to the figures."""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.core.management import CommandError, call_command

from channels.models import Fact, Superseded
from ingest.models import Import, State
from ingest.rejecting import word
from kpis.models import AmountDay, Reading
from organization.models import Node
from tests.ingest.files import DATA, HEADINGS, counts, look_up, send, text_of, value, write

pytestmark = pytest.mark.django_db(transaction=True)
D = Decimal


def line(
    day: object = "2025-08-01",
    channel: str = "Search",
    cost: object = 10,
    revenue: object = 50,
    **more: object,
) -> list[object]:
    cells = {
        "campaign": "",
        "region": "",
        "product": "",
        "impressions": 1000,
        "clicks": 100,
        "orders": 5,
        **more,
    }
    return [
        day,
        channel,
        *(cells[name] for name in ("campaign", "region", "product", "impressions", "clicks", "orders")),
        revenue,
        cost,
    ]


def reasons(batch: Import) -> dict[int, str]:
    return {
        reject.line: " ".join(word(reason) for reason in reject.reasons) for reject in batch.rejects.all()
    }


def test_the_ad_report_goes_all_the_way(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("import_file", str(DATA / "ad_report_daily.csv"))
    printed = json.loads(capsys.readouterr().out)
    assert {name: printed[name] for name in ("rows", "accepted", "rejected", "unchanged", "corrected")} == {
        "rows": 16, "accepted": 16, "rejected": 0, "unchanged": 0, "corrected": 0,
    }  # fmt: skip
    assert Node.objects.filter(dimension="channel", depth=1).count() == 3
    assert value("roas", "channel:google-ads", "2025-08") == pytest.approx(D("1475") / D("587.05"))
    assert value("cpa", "channel:tiktok-ads", "2025-08") == pytest.approx(D("13.885"), abs=D("0.001"))
    assert (value("cost", "company", "2025"), value("revenue", "company", "2025-Q3")) == (
        D("2247.15"),
        D("4585"),
    )
    call_command("readings", "roas", "channel:google-ads", "2025-08")
    printed = json.loads(capsys.readouterr().out)
    assert printed["value"].startswith("2.5125")
    assert (printed["target"], printed["status"]) == (None, "grey")
    call_command("import_file", str(DATA / "ad_report_daily.csv"))
    assert json.loads(capsys.readouterr().out)["unchanged"] == 16
    assert Fact.objects.count() == 16


def test_the_weekly_file_adds_up_to_the_cent_and_gives_channels_no_revenue() -> None:
    batch = send(DATA / "meridian_geo_full_funnel_weekly.csv")
    assert counts(batch) == (3120, 3120, 0, 0, 0)

    def over_all_years(metric: str, scope: str) -> Decimal:
        values = [value(metric, scope, str(year)) for year in range(2021, 2025)]
        return sum((amount for amount in values if amount is not None), D(0))

    assert over_all_years("cost", "channel:awarenessvideo") == pytest.approx(D("42275725.11"), abs=D("0.01"))
    assert over_all_years("cost", "channel:performancenative") == pytest.approx(
        D("32740118.66"), abs=D("0.01")
    )
    assert over_all_years("revenue", "company") == pytest.approx(D("1198071598.79"), rel=D("0.00001"))
    assert value("roas", "channel:awarenessvideo", "2022") is None
    assert value("roas", "company", "2022") is not None
    week = [value("cost", "region:geo0+channel:awarenessvideo", f"2021-01-{day}") for day in range(25, 32)]
    assert sum(filter(None, week), D(0)) == D("16785.031")
    assert look_up("cost", "channel:awarenessvideo", "2021-02").estimated


def test_a_gb18030_file_with_chinese_headings_goes_in_as_well_as_its_utf8_twin(tmp_path: Path) -> None:
    headings = ["日期", "渠道", "推广计划", "地区", "产品", "曝光量", "点击量", "订单数", "成交额", "消耗"]
    rows = [
        [
            "2025年8月1日",
            "抖音直播",
            "夏季大促",
            "华东/上海",
            "板材",
            "1,000",
            "１００",
            "5",
            "¥12,345.60",
            "￥500",
        ],
        ["20250802", "抖音直播", "夏季大促", "上海", "板材", "2000", "200", "6", "1.5万", "600元"],
    ]
    text = text_of(rows, headings)
    first = send(write(tmp_path, text, name="gb.csv", encoding="gb18030"))
    assert (counts(first), first.encoding) == ((2, 2, 0, 0, 0), "gb18030")
    assert value("revenue", "region:华东+channel:抖音直播/夏季大促", "2025-08") == D("27345.6")
    for name, encoding in [("u8.csv", "utf-8"), ("bom.csv", "utf-8-sig"), ("u16.csv", "utf-16")]:
        assert counts(send(write(tmp_path, text, name=name, encoding=encoding))) == (2, 2, 0, 2, 0)


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_other_separators_are_recognised(tmp_path: Path, delimiter: str) -> None:
    text = text_of([line(), line(day="2025-08-02")]).replace(",", delimiter)
    assert counts(send(write(tmp_path, text))) == (2, 2, 0, 0, 0)


def test_a_workbook_with_a_title_real_dates_and_numbers_goes_in(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    rows: list[list[object]] = [
        ["Report of August"],
        [],
        [*HEADINGS],
        line(day=datetime(2025, 8, 1)),
        line(day=45871),
    ]
    for row in rows:
        sheet.append(list[Any](row))
    path = tmp_path / "file.xlsx"
    book.save(path)
    batch = send(path)
    assert (counts(batch), batch.encoding) == ((2, 2, 0, 0, 0), "xlsx")
    assert value("cost", "channel:search", "2025-08-02") == D(10)


def test_bad_lines_stay_out_with_their_reason_and_good_ones_go_in(tmp_path: Path) -> None:
    rows: list[list[object]] = [
        line(),
        line(day=""),
        line(day="someday"),
        line(cost=-1),
        line(clicks=2000),
        line(revenue="abc"),
        line(day="2025-08-05", revenue=1),
        line(day="2025-08-05", revenue=2),
        line(day="2025-08-06"),
        line(day="2025-08-06"),
        line(day="2025-08-07", channel="", campaign="Lonely"),
        ["2025-08-08", "Search"],
        line(cost="1000000000000"),
        line(day="2099-01-01"),
    ]
    batch = send(write(tmp_path, text_of(rows)))
    assert counts(batch) == (14, 3, 11, 1, 0)
    told = reasons(batch)
    assert told[3] == "There is no date in “date”."
    assert told[4] == "“someday” is not a date that is clear; write 2025-08-01."
    assert told[5] == "“cost” is negative: -1."
    assert told[6] == "There are more clicks (2000) than impressions (1000)."
    assert told[7] == "“abc” in “revenue” is not a number."
    assert told[8] == told[9] == "Lines 8, 9 are about the same day and place and say different things."
    assert told[12] == "This line names a campaign but no channel."
    assert told[13] == "This line has 2 cells, the headings have 10."
    assert "too large" in told[14]
    assert "a month ahead" in told[15]
    assert value("cost", "company", "2025-08") == D(20)


def test_a_refund_is_no_mistake(tmp_path: Path) -> None:
    assert counts(send(write(tmp_path, text_of([line(revenue="-20.50")])))) == (1, 1, 0, 0, 0)
    assert value("revenue", "channel:search", "2025-08") == D("-20.5")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"\n\n  \n", "headings"),
        (b"%PDF-1.7 ...", "no table"),
        (b"\x89PNG\r\n\x1a\n", "no table"),
        (b"PK\x03\x04 broken", "cut off"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"), "password"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "old Excel"),
        (b"just a letter\nto someone\n", "headings"),
        (text_of([]).encode(), "no line below"),
        (text_of([line(), line(day="2025-08-02")]).encode()[:-12], "cut off"),
        (text_of([line()]).encode() + b'2025-08-02,"Sea', "cut off"),
        ("日期,渠道,花费\n2025-08-01,搜索,5\n2025-08-02,搜索".encode()[:-1], "cut off"),
        (b"date,channel,cost,spend\n2025-08-01,a,1,2\n", "mean the same"),
        (b"date,channel,cost\n" + bytes(range(256)), "no text"),
    ],
)
def test_a_file_that_cannot_be_says_why_and_changes_nothing(
    tmp_path: Path, content: bytes, said: str
) -> None:
    path = tmp_path / "file.csv"
    path.write_bytes(content)
    with pytest.raises(CommandError, match=said):
        call_command("import_file", str(path))
    assert Import.objects.get().state == (State.ASKS if said == "mean the same" else State.FAILED)
    assert not Node.objects.exists()
    assert not Fact.objects.exists()
    assert not Reading.objects.exists()


def test_a_file_over_the_limit_leaves_nothing_behind(tmp_path: Path, settings: object) -> None:
    settings.UPLOAD_LIMIT_BYTES = 100  # type: ignore[attr-defined]
    with pytest.raises(CommandError, match="larger than"):
        call_command("import_file", str(write(tmp_path, text_of([line()] * 50))))
    assert not Import.objects.exists()


def test_a_later_file_corrects_and_undoing_it_restores(tmp_path: Path) -> None:
    first = send(write(tmp_path, text_of([line(cost=10), line(day="2025-08-02", cost=20)])))
    second = send(write(tmp_path, text_of([line(cost=11), line(day="2025-08-03", cost=5)])))
    assert (counts(second), value("cost", "channel:search", "2025-08")) == ((2, 2, 0, 0, 1), D(36))
    undo(second)
    assert value("cost", "channel:search", "2025-08") == D(30)
    assert value("cost", "channel:search", "2025-08-03") is None
    undo(first)
    assert value("cost", "company", "2025-08") is None
    assert not Fact.objects.exists()
    assert not Superseded.objects.exists()
    assert not AmountDay.objects.exists()
    assert not Reading.objects.exists()


def test_an_import_can_be_taken_out_of_the_middle(tmp_path: Path) -> None:
    send(write(tmp_path, text_of([line(cost=1)])))
    middle = send(write(tmp_path, text_of([line(cost=2), line(day="2025-08-02", cost=7)])))
    send(write(tmp_path, text_of([line(cost=3)])))
    undo(middle)
    assert value("cost", "channel:search", "2025-08") == D(3)


def test_a_file_speaks_only_for_the_columns_that_it_has(tmp_path: Path) -> None:
    send(write(tmp_path, "date,channel,cost\n2025-08-01,Search,10\n"))
    earned = send(write(tmp_path, "date,channel,revenue\n2025-08-01,Search,50\n"))
    assert value("roas", "channel:search", "2025-08") == D(5)
    send(write(tmp_path, "date,channel,cost\n2025-08-01,Search,20\n"))
    undo(earned)
    assert (value("cost", "company", "2025"), value("revenue", "company", "2025")) == (D(20), None)


def test_a_blank_amount_is_absent_and_zero_is_zero(tmp_path: Path) -> None:
    send(write(tmp_path, "date,channel,cost,orders\n2025-08-01,Search,10,\n2025-08-02,Social,10,0\n"))
    assert value("orders", "channel:search", "2025-08") is None
    assert value("orders", "channel:social", "2025-08") == 0
    assert value("cpa", "channel:social", "2025-08") is None


def test_two_areas_of_one_name_are_not_guessed_between(tmp_path: Path) -> None:
    send(write(tmp_path, "date,channel,region,cost\n2025-08-01,A,北京/朝阳,1\n2025-08-01,A,辽宁/朝阳,1\n"))
    batch = send(write(tmp_path, "date,channel,region,cost\n2025-08-02,A,朝阳,1\n2025-08-02,A,北京,1\n"))
    assert counts(batch) == (2, 1, 1, 0, 0)
    assert "朝阳" in reasons(batch)[2]


def test_lines_of_one_key_that_differ_in_anything_are_not_taken_for_one(tmp_path: Path) -> None:
    text = "date,channel,order_no,revenue\n2025-08-01,A,1,100\n2025-08-01,A,2,100\n2025-08-02,A,3,5\n2025-08-02,A,3,5\n"
    batch = send(write(tmp_path, text))
    assert counts(batch) == (4, 2, 2, 1, 0)
    assert value("revenue", "company", "2025-08") == D(5)


def test_weeks_that_overlap_stay_out(tmp_path: Path) -> None:
    headings = "geo,time,TV_spend,conversions,revenue_per_conversion\n"
    batch = send(
        write(tmp_path, f"{headings}G,2025-10-07,700,7,1\nG,2025-10-09,700,7,1\nG,2025-10-20,70,7,1\n")
    )
    assert counts(batch) == (3, 1, 2, 0, 0)
    assert value("cost", "company", "2025-10") == D(70)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("date,channel,cost（万元）\n2025-08-01,A,1.5\n", "No line of headings"),
        (
            "geo,time,TV_spend,tv_spend,conversions,revenue_per_conversion\nG,2025-10-07,1,2,3,4\n",
            "mean the same",
        ),
    ],
)
def test_headings_that_could_be_misread_are_asked_about(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(CommandError, match=said):
        call_command("import_file", str(write(tmp_path, text)))
    assert Import.objects.get().state == State.ASKS
    assert not Fact.objects.exists()


def test_units_that_change_nothing_and_titles_do_not_hide_headings(tmp_path: Path) -> None:
    text = "渠道,渠道\n日期,时间,渠道,消耗（元）,成交额/元,,\n2025-08-01,10:00,A,1,2\n2025-08-01,,合计,1,2\n"
    batch = send(write(tmp_path, text))
    assert counts(batch) == (2, 1, 1, 0, 0)
    assert reasons(batch)[4] == "This is a line of totals."


@pytest.mark.parametrize(
    ("text", "encoding", "code"),
    [
        ("date,channel,cost\n2025-08-01,Québec,1\n", "cp1252", "channel:québec"),
        ("date,channel,cost\n2025-08-01,Télé,1\n2025-08-01,Besançon,1\n", "cp1252", "channel:besançon"),
        ("date,channel,cost\n2025-08-01,抖音A直播,1\n", "gb18030", "channel:抖音a直播"),
        ("date,channel,cost\n2025-08-01,搜索,1\n", "utf-16-le", "channel:搜索"),
    ],
)
def test_letters_of_other_scripts_are_read_as_they_were_written(
    tmp_path: Path, text: str, encoding: str, code: str
) -> None:
    send(write(tmp_path, text, encoding=encoding))
    assert value("cost", code, "2025-08") == 1


def test_a_gb18030_file_that_ends_within_a_letter_is_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "cut.csv"
    path.write_bytes("日期,渠道,花费\n2025-08-01,搜索,5\n2025-08-02,搜".encode("gb18030")[:-1])
    with pytest.raises(CommandError, match="cut off"):
        call_command("import_file", str(path))


def test_a_workbook_gives_its_one_visible_table_or_says_that_there_are_several(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    cover = book.active
    assert cover is not None
    cover.title = "说明"
    cover.append(["Figures of August"])
    hidden, shown = book.create_sheet("old"), book.create_sheet("8月")
    hidden.sheet_state = "hidden"
    for sheet, cost in ((hidden, 999), (shown, 20)):
        sheet.append(["date", "channel", "cost"])
        sheet.append(["2025-08-01", "A", cost])
    book.save(tmp_path / "one.xlsx")
    send(tmp_path / "one.xlsx")
    assert value("cost", "company", "2025-08") == D(20)
    hidden.sheet_state = "visible"
    book.save(tmp_path / "two.xlsx")
    with pytest.raises(CommandError, match="several sheets"):
        call_command("import_file", str(tmp_path / "two.xlsx"))


def undo(batch: Import) -> None:
    from ingest.services import ask_undo, work_next
    from kpis.work import catch_up

    assert ask_undo(batch=batch, person=None)
    assert work_next()
    catch_up()
    batch.refresh_from_db()
    assert batch.state == State.UNDONE
