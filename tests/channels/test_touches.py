"""Files of touches come in: keyed, timed, converted or not; what cannot be used is kept out with its reason."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from channels.models import Touch
from customers.keys import hash_key
from ingest.models import Import, State
from ingest.rejecting import word
from ingest.services import import_path
from ingest.services.undo import ask_undo
from ingest.services.work import work_next
from kpis.models import ChangedDay, Source
from organization.models import Node

pytestmark = pytest.mark.django_db(transaction=True)

HEAD = "key,time,channel,campaign,converted,value\n"


def sent(folder: Path, text: str | bytes, name: str = "touches.csv") -> Import:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return import_path(path=path)


def kept(batch: Import | None = None) -> list[tuple[Any, ...]]:
    """Key, day, second, area, conversions and value of what is kept, in the order of lines."""
    rows = Touch.objects.order_by("batch_id", "line")
    if batch is not None:
        rows = rows.filter(batch=batch)
    names = dict(Node.objects.values_list("pk", "path"))
    return [
        (bytes(row.key), row.day, row.second, names.get(row.channel_id, ""), row.conversions, row.value)
        for row in rows
    ]


def test_touches_come_in_by_the_hash_of_their_customer(tmp_path: Path) -> None:
    text = HEAD + (
        "Kim@x.cn,2025-08-01 09:30:15,Search,,0,\n"
        " kim@X.cn ,2025-08-02T21:05,Live,Summer,1,120.5\n"
        "lee,2025-08-03,Search,,no,99\n"
    )
    batch = sent(tmp_path, text)
    assert (batch.state, batch.accepted, batch.rejected) == (State.DONE, 3, 0), batch.error
    kim, lee = hash_key("kim@x.cn"), hash_key("LEE")
    assert kept() == [
        (kim, date(2025, 8, 1), 34215, "search", 0, 0),
        (kim, date(2025, 8, 2), 75900, "live/summer", 1, Decimal("120.5")),
        (lee, date(2025, 8, 3), 0, "search", 0, 0),
    ]
    assert not ChangedDay.objects.exists()
    source = Source.objects.get(code="touches")
    assert (source.slots, source.facts, source.last_day) == ([], "touches", date(2025, 8, 3))


@pytest.mark.parametrize(
    ("time", "second"),
    [
        ("2025-08-01 00:00:00", 0),
        ("2025-08-01T23:59:59Z", 86399),
        ("2025/8/1 9:05", 32700),
        ("2025年8月1日 9：05", 32700),
        ("45870.5", 43200),
        ("20250801", 0),
    ],
)
def test_a_time_is_read_as_people_and_programs_write_it(tmp_path: Path, time: str, second: int) -> None:
    batch = sent(tmp_path, HEAD + f"a,{time},x,,1,5\n")
    assert batch.rejected == 0, [word(reason) for one in batch.rejects.all() for reason in one.reasons]
    assert [(row[1], row[2]) for row in kept()] == [(date(2025, 8, 1), second)]


@pytest.mark.parametrize(
    ("time", "second"),
    [("9:05", 32700), ("下午 3:20", 55200), ("3:20 PM", 55200), ("12:00 am", 0), ("", 0)],
)
def test_the_clock_may_stand_beside_the_day(tmp_path: Path, time: str, second: int) -> None:
    batch = sent(tmp_path, f"用户,日期,时间,渠道,是否转化\na,2025-08-01,{time},直播,是\n")
    assert batch.rejected == 0, batch.error
    assert [row[1:] for row in kept()] == [(date(2025, 8, 1), second, "直播", 1, 0)]


def test_chinese_headings_and_letters_of_an_older_encoding_are_read(tmp_path: Path) -> None:
    text = "客户,触点时间,渠道,活动,是否转化,转化金额\n会员一,2025-08-01 10:00,抖音直播,夏季大促,是,1.2万\n"
    batch = sent(tmp_path, text.encode("gbk"))
    assert (batch.encoding, batch.accepted) == ("gb18030", 1)
    assert kept() == [(hash_key("会员一"), date(2025, 8, 1), 36000, "抖音直播/夏季大促", 1, Decimal(12000))]


def test_lines_that_cannot_be_used_stay_out_with_their_reasons(tmp_path: Path) -> None:
    text = HEAD + (
        ",2025-08-01 09:30,Search,,0,\n"
        "a,2025-08-01 29:30,Search,,0,\n"
        "a,2025-08-01 09:30,Search,,perhaps,\n"
        "a,2025-08-01 09:30,,,0,\n"
        "a,someday,Search,,0,\n"
        "a,2025-08-01 09:30,Search,,1,-5\n"
        "a,2025-08-01 09:30,,,1,5\n"
    )
    batch = sent(tmp_path, text)
    assert (batch.accepted, batch.rejected) == (1, 6)
    why = {one.line: [word(reason) for reason in one.reasons] for one in batch.rejects.all()}
    assert why == {
        2: ["There is no customer in “key”."],
        3: ["“2025-08-01 29:30” in “time” is no time of day; write 2025-08-01 09:30."],
        4: ["“perhaps” in “converted” does not say whether she converted; write 1 or 0, or how often."],
        5: ["This line names no channel, and no conversion."],
        6: ["“someday” is not a date that is clear; write 2025-08-01."],
        7: ["What a conversion brought cannot be below zero: -5."],
    }
    assert kept() == [(hash_key("a"), date(2025, 8, 1), 34200, "", 1, 5)]


def test_a_line_twice_counts_once_and_two_orders_of_a_moment_add_up(tmp_path: Path) -> None:
    text = HEAD + "a,2025-08-01 09:30,x,,1,5\n" * 2 + "a,2025-08-01 09:30,x,,1,7\na,2025-08-01 09:30,x,,0,\n"
    sent(tmp_path, text)
    assert [row[4:] for row in kept()] == [(2, 12)]


def test_the_same_touches_again_change_nothing_and_others_correct(tmp_path: Path) -> None:
    first = sent(tmp_path, HEAD + "a,2025-08-01 09:30,x,,0,\nb,2025-08-02,x,,0,\n")
    source = Source.objects.get(code="touches")
    assert source.revision == 1
    again = sent(tmp_path, HEAD + "b,2025-08-02,x,,0,\na,2025-08-01 09:30,x,,0,\n", "again.csv")
    assert (again.unchanged, again.corrected) == (2, 0)
    source.refresh_from_db()
    assert source.revision == 1
    other = sent(
        tmp_path, HEAD + "b,2025-08-02,x,,1,9\na,2025-08-01 09:30,x,,0,\nc,2025-08-03,x,,0,\n", "other.csv"
    )
    assert (other.unchanged, other.corrected) == (1, 1)
    source.refresh_from_db()
    assert source.revision == 2
    assert ask_undo(batch=other, person=None)
    while work_next():
        pass
    source.refresh_from_db()
    assert (source.revision, source.last_day) == (3, date(2025, 8, 2))
    assert len(kept(first)) == len(kept(again)) == 2
    assert not kept(other)


def test_a_file_that_names_no_customers_is_told_what_it_lacks(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("time,channel,converted\n2025-08-01,x,1\n")
    batch = import_path(path=path, preset="touches")
    assert batch.state == State.FAILED
    assert "key, time, channel, campaign, converted" in batch.error
