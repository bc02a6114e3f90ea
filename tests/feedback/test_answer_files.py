"""Files of survey answers: what goes in, what does not and why, what is said again, and what is taken back."""

from __future__ import annotations

import io
import json
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone, translation

from customers.keys import hash_key
from customers.models import Customer
from feedback.models import (
    Answer,
    AnswerBefore,
    AnswerTopic,
    Complaint,
    DirtyDay,
    FeedbackDay,
    FeedbackSettings,
    ScoreMonth,
    Topic,
)
from feedback.services.publishing import feedback_source
from ingest.models import State
from ingest.selectors import import_page
from tests.feedback.files import HEADINGS, reasons, send_answers, standing, take_back
from tests.feedback.made import a_complaint
from tests.ingest.files import look_up, send, text_of, write
from tests.people import bob, node

pytestmark = pytest.mark.django_db(transaction=True)
D = Decimal


def nps(*asked: str) -> dict[str, Any]:
    out = io.StringIO()
    call_command("nps", *asked, stdout=out)
    found: dict[str, Any] = json.loads(out.getvalue())
    return found


def test_a_hundred_answers_go_in_and_the_score_is_what_everybody_computes(tmp_path: Path) -> None:
    rows = [
        (f"2026-11-{number % 28 + 1:02}", f"c{number}", "Search", "华东/上海", "Sofas", "new", score, "")
        for number, score in enumerate([9] * 20 + [10] * 30 + [7] * 15 + [8] * 15 + [0] * 5 + [6] * 15)
    ]
    path = write(tmp_path, text_of(rows, HEADINGS))
    out = io.StringIO()
    call_command("import_file", str(path), "--preset", "survey", stdout=out)
    said = json.loads(out.getvalue())
    assert (said["accepted"], said["rejected"]) == (100, 0)
    score = {"score": 30.0, "low": 14.69, "high": 45.31, "promoters": 50, "passives": 30, "detractors": 20}
    for where in ("company", "channel:search", "region:华东", "region:华东/上海", "product:sofas"):
        assert nps(where, "2026-11") == score
        assert look_up("nps", where, "2026-11").value == 30
    assert nps("company", "2026-Q4") == nps("company", "2026") == score
    assert nps("company", "2026-11", "--segment", "new") == score
    nobody = dict.fromkeys(("score", "low", "high")) | dict.fromkeys(
        ("promoters", "passives", "detractors"), 0
    )
    assert nps("company", "2026-10") == nps("company", "2026-11", "--segment", "old") == nobody
    assert not DirtyDay.objects.exists()


def test_few_answers_have_the_adjusted_interval(tmp_path: Path) -> None:
    send_answers(tmp_path, *[("2026-11-02", f"c{n}", "", "", "", "", n) for n in range(11)])
    assert nps("company", "2026-11") == {
        "score": -45.45, "low": -77.04, "high": 5.61, "promoters": 2, "passives": 2, "detractors": 7,
    }  # fmt: skip


def test_an_area_or_period_that_there_is_not_is_said(tmp_path: Path) -> None:
    for asked in (("channel:nowhere", "2026-11"), ("company", "November")):
        with pytest.raises(CommandError):
            nps(*asked)


def test_only_a_day_and_a_score_are_needed(tmp_path: Path) -> None:
    batch = send_answers(tmp_path, ("2026-11-02", 9), ("2026-11-02", 9), headings=("date", "score"))
    assert (batch.accepted, batch.rejected) == (2, 0)
    assert standing() == [("11-02", 9, ""), ("11-02", 9, "")]
    assert nps("company", "2026-11")["promoters"] == 2


def test_what_an_answer_says_is_kept(tmp_path: Path) -> None:
    send_answers(
        tmp_path,
        ("2026年11月2日", "张三", "Search", "夏季大促", "华东", "上海", "沙发", " 老  客户 ", "９", "4", "6分", "<b>太慢了</b>", "1", "5"),
        headings=("回答时间", "客户", "渠道", "推广计划", "区域", "城市", "产品线", "客户类型", "推荐分", "满意度", "费力度", "评语", "价格", "delivery"),
        encoding="gbk",
    )  # fmt: skip
    answer = Answer.objects.get()
    assert (answer.nps, answer.csat, answer.ces, answer.ratings) == (9, 4, 6, {"delivery": 5})
    assert (answer.segment, answer.comment, answer.language) == ("老 客户", "<b>太慢了</b>", "zh")
    assert answer.day == date(2026, 11, 2)
    customer = answer.customer
    assert customer is not None
    assert bytes(customer.key_hash) == hash_key("张三")
    assert answer.channel_id == node("channel:Search/夏季大促").pk
    assert answer.region_id == node("region:华东/上海").pk


def test_drivers_are_known_by_their_code_and_by_both_names(tmp_path: Path) -> None:
    send_answers(
        tmp_path, ("2026-11-02", 9, 1, 2, 3), headings=("date", "score", "quality", "Value for money", "物流配送")
    )  # fmt: skip
    assert Answer.objects.get().ratings == {"quality": 1, "price": 2, "delivery": 3}


def test_a_workbook_goes_in_like_any_file(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    rows: list[list[Any]] = [
        ["日期", "推荐分", "评语"],
        [date(2026, 11, 2), 3, "慢"],
        [date(2026, 11, 3), 10.0, ""],
    ]
    for row in rows:
        sheet.append(row)
    book.save(tmp_path / "answers.xlsx")
    assert send(tmp_path / "answers.xlsx", preset="survey").accepted == 2
    assert standing() == [("11-02", 3, "慢"), ("11-03", 10, "")]


def test_lines_that_cannot_go_in_say_why_and_leave_the_others_alone(tmp_path: Path) -> None:
    long = "长" * 1_100_000
    batch = send_answers(
        tmp_path,
        ("2026-11-02", "c1", "", "", "", "", 9, "good"),
        ("2026-11-02", "c2", "", "", "", "", 11),
        ("2026-11-02", "c3", "", "", "", "", -1),
        ("2026-11-02", "c4", "", "", "", "", "ten"),
        ("2026-11-02", "c5", "", "", "", "", 7.5),
        ("2026-11-02", "c6", "", "", "", "", "90%"),
        ("2026-11-02", "c7", "", "", "", "", ""),
        ("2026-11-02", "c8", "", "", "", "", 9, long),
        ("2026-11-02", "c9", "", "", "", "x" * 61, 9),
        ("someday", "c10", "", "", "", "", 9),
        ("2026-11-02", "c11", "", "", "", "", "8.0"),
    )
    assert (batch.accepted, batch.rejected, batch.error) == (2, 9, "")
    scale = "is not a whole number from 0 to 10."
    assert reasons(batch) == {
        3: f"“11” in “score” {scale}",
        4: f"“-1” in “score” {scale}",
        5: f"“ten” in “score” {scale}",
        6: f"“7.5” in “score” {scale}",
        7: f"“90%” in “score” {scale}",
        8: "There is no score in this line.",
        9: "The comment in “comment” has 1100000 letters, and at most 4000 are kept. Shorten it.",
        10: "“segment” has at most 60 letters.",
        11: "“someday” is not a date that is clear; write 2025-08-01.",
    }
    assert standing() == [("11-02", 8, ""), ("11-02", 9, "good")]
    assert import_page(batch).whole_again


def test_reasons_are_said_in_chinese_too(tmp_path: Path) -> None:
    batch = send_answers(tmp_path, ("2026-11-02", "c2", "", "", "", "", 11))
    with translation.override("zh-hans"):
        assert reasons(batch)[2]


def test_one_wrong_driver_keeps_its_line_out(tmp_path: Path) -> None:
    batch = send_answers(
        tmp_path, ("2026-11-02", 9, 6), ("2026-11-02", 9, ""), headings=("date", "score", "price")
    )
    assert reasons(batch) == {2: "“6” in “price” is not a whole number from 1 to 5."}
    assert Answer.objects.get().ratings == {}


def test_mended_lines_go_in_with_the_whole_file_and_double_nothing(tmp_path: Path) -> None:
    good = [("2026-11-02", 9, "fine"), ("2026-11-02", 9, "fine")]
    heads = ("date", "score", "comment")
    send_answers(tmp_path, *good, ("2026-11-02", 11, "fine"), headings=heads)
    again = send_answers(tmp_path, *good, ("2026-11-02", 9, "fine"), headings=heads, name="mended.csv")
    assert (again.accepted, again.unchanged, again.corrected) == (3, 2, 0)
    assert Answer.objects.count() == 3


def test_the_same_or_an_overlapping_file_doubles_nothing(tmp_path: Path) -> None:
    rows: list[tuple[object, ...]] = [
        ("2026-11-02", "c1", "Search", "", "", "", 9, ""),
        ("2026-11-02", "", "", "", "", "", 3, "late"),
        ("2026-11-02", "", "", "", "", "", 3, "late"),
        ("2026-11-03", "c1", "Search", "", "", "", 2, ""),
    ]
    send_answers(tmp_path, *rows)
    months = ScoreMonth.objects.order_by("channel_id")
    before = list(months.values())
    turned = send_answers(tmp_path, *rows[::-1], name="turned.csv")
    assert (turned.accepted, turned.unchanged, turned.corrected) == (4, 4, 0)
    part = send_answers(tmp_path, rows[1], rows[3], ("2026-11-04", "", "", "", "", "", 10), name="part.csv")
    assert (part.accepted, part.unchanged) == (3, 2)
    assert Answer.objects.count() == 5
    take_back(part)
    assert list(months.values()) == before


def test_a_customer_who_answers_twice_on_a_day_has_two_answers(tmp_path: Path) -> None:
    rows = [("2026-11-02", "c1", "Search", "", "", "", score) for score in (9, 9, 2)]
    send_answers(tmp_path, *rows)
    assert send_answers(tmp_path, *rows, name="again.csv").unchanged == 3
    assert [nps for _day, nps, _comment in standing()] == [2, 9, 9]
    assert Customer.objects.count() == 1


def test_corrections_replace_and_undoing_brings_back_what_was(tmp_path: Path) -> None:
    first = send_answers(tmp_path, ("2026-11-02", "c1", "Search", "", "", "", 3, "late"))
    pk = Answer.objects.get().pk
    second = send_answers(
        tmp_path, ("2026-11-02", "c1", "Search", "", "", "", 9, "late, then good"), name="second.csv"
    )
    assert (second.corrected, second.unchanged) == (1, 0)
    assert look_up("nps", "channel:search", "2026-11").value == 100
    take_back(second)
    assert standing() == [("11-02", 3, "late")]
    assert Answer.objects.get().pk == pk  # topics and complaints of it stay with it
    assert look_up("nps", "channel:search", "2026-11").value == -100
    take_back(first)
    assert not Answer.objects.exists()
    assert not AnswerBefore.objects.exists()
    assert not FeedbackDay.objects.exists()
    assert not ScoreMonth.objects.exists()
    assert not Customer.objects.exists()


def test_numbers_tell_answers_apart_and_correct_them(tmp_path: Path) -> None:
    heads = ("date", "答卷编号", "score", "customer")
    batch = send_answers(
        tmp_path, ("2026-11-02", "A1", 9, "c1"), ("2026-11-02", "A2", 9, "c1"), ("2026-11-02", "A2", 9, "c1"),
        ("2026-11-02", "A3", 1, "c1"), ("2026-11-02", "A3", 2, "c1"), headings=heads,
    )  # fmt: skip
    assert (batch.accepted, batch.rejected) == (3, 2)
    assert reasons(batch) == dict.fromkeys(
        (5, 6), "Lines 5, 6 have the same number on the same day and say different things."
    )
    assert standing() == [("11-02", 9, ""), ("11-02", 9, "")]
    mended = send_answers(
        tmp_path, ("2026-11-02", "A1", 4, "c9", "2", "why"), headings=(*heads, "Line", "Reason"), name="again.csv"
    )  # fmt: skip
    assert (mended.state, mended.corrected) == (State.DONE, 1)
    assert [mark for _day, mark, _comment in standing()] == [4, 9]


def test_lines_without_numbers_are_not_sent_again_alone(tmp_path: Path) -> None:
    batch = send_answers(
        tmp_path, ("2026-11-02", 9, "2", "why"), headings=("date", "score", "Line", "Reason")
    )
    assert batch.state == State.FAILED
    assert not Answer.objects.exists()


def test_an_import_can_be_taken_out_of_the_middle(tmp_path: Path) -> None:
    batches = [
        send_answers(tmp_path, ("2026-11-02", "c1", "", "", "", "", score), name=f"{score}.csv")
        for score in (1, 2, 3, 4)
    ]
    for number, left in ((1, 4), (3, 3), (2, 1)):
        take_back(batches[number])
        assert standing() == [("11-02", left, "")]
    assert not AnswerBefore.objects.exists()


def test_a_complaint_stays_when_the_answer_it_came_of_is_taken_back(tmp_path: Path) -> None:
    batch = send_answers(tmp_path, ("2026-11-02", "c1", "", "", "", "", 1, "late"))
    answer = Answer.objects.get()
    complaint = a_complaint(answer=answer)
    topic = Topic.objects.create(name="Delays", words=["late"])
    AnswerTopic.objects.create(**_topic_of(topic, answer))
    take_back(batch)
    complaint.refresh_from_db()
    assert complaint.answer_id is None
    assert not AnswerTopic.objects.exists()
    assert Complaint.objects.count() == 1


def _topic_of(topic: Topic, answer: Answer) -> dict[str, Any]:
    """Whatever else the row keeps of the answer."""
    said: dict[str, Any] = {"topic": topic, "answer": answer}
    for name in ("day", "channel_id", "region_id", "product_id"):
        if any(field.attname == name for field in AnswerTopic._meta.fields):
            said[name] = getattr(answer, name)
    return said


def test_bad_answers_of_these_days_are_to_become_complaints_and_those_of_last_year_are_not(
    tmp_path: Path,
) -> None:
    today = timezone.localdate()
    rows: list[tuple[object, ...]] = [
        (today, 6), (today, 7), (today - timedelta(days=6), 0), (today - timedelta(days=7), 0),
        (today - timedelta(days=300), 0),
    ]  # fmt: skip
    send_answers(tmp_path, *rows, headings=("date", "score"))
    due = Answer.objects.filter(complaint_due=True)
    assert sorted(due.values_list("day", "nps")) == [(today - timedelta(days=6), 0), (today, 6)]
    assert not Answer.objects.filter(complaint_due=False).exists()
    FeedbackSettings.objects.update(complaints_from_answers=False)
    send_answers(tmp_path, (today, 1), headings=("date", "score"), name="more.csv")
    assert due.count() == 2


def test_a_comment_that_was_erased_does_not_come_back_with_the_file(tmp_path: Path) -> None:
    send_answers(tmp_path, ("2026-11-02", 3, "my name is Zhang"), headings=("date", "score", "comment"))
    Answer.objects.update(comment="", language="")
    again = send_answers(
        tmp_path, ("2026-11-02", 3, "my name is Zhang"), ("2026-11-03", 9, ""),
        headings=("date", "score", "comment"), name="again.csv",
    )  # fmt: skip
    assert (again.unchanged, again.accepted) == (1, 2)
    assert [comment for _day, _nps, comment in standing()] == ["", ""]


def test_a_file_is_recognised_without_being_told(tmp_path: Path) -> None:
    """Also where a driver is called price, which orders have too."""
    batch = send_answers(
        tmp_path, ("2026-11-02", "c1", "Search", 3, 9, "good"),
        headings=("date", "customer", "channel", "price", "score", "comment"), preset="",
    )  # fmt: skip
    assert batch.state == State.DONE
    assert Answer.objects.get().ratings == {"price": 3}


def test_old_answers_hold_no_other_figure_back(tmp_path: Path) -> None:
    batch = send_answers(tmp_path, ("2026-01-02", 9), headings=("date", "score"))
    assert feedback_source().last_day is None
    take_back(batch)
    assert feedback_source().last_day is None


def test_the_page_of_imports_offers_survey_answers() -> None:
    client = Client()
    client.force_login(bob(), backend="django.contrib.auth.backends.ModelBackend")
    assert "Survey answers: a line an answer" in client.get("/imports/").content.decode()


@pytest.mark.parametrize(
    "headings", [("date", "channel", "clicks", "score"), ("date", "customer", "amount"), ("score", "comment")]
)
def test_other_files_are_not_taken_for_answers(tmp_path: Path, headings: tuple[str, ...]) -> None:
    batch = send_answers(tmp_path, ["2026-11-02", "1", "1", "1"][: len(headings)], headings=headings)
    assert batch.state == State.FAILED
    assert "date and a score" in batch.error


def test_contacts_are_sealed_and_a_file_of_contacts_alone_knows_who_answered(tmp_path: Path) -> None:
    send_answers(
        tmp_path, ("2026-11-02", "c1", "13812341234", 9), headings=("date", "customer", "手机号", "score")
    )
    customer = Customer.objects.get()
    assert customer.contact
    assert "13812341234" not in customer.contact
    send_answers(
        tmp_path, ("2026-11-03", "13812341234", 9), headings=("date", "手机号", "score"), name="b.csv"
    )
    assert Customer.objects.filter(contact="").count() == 1
