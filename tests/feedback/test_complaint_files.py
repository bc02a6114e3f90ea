"""Files of complaints: taken in as forms are, once, and taken back as far as nobody works on what they brought."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from common.secrets import opened
from customers.keys import hash_key
from feedback.models import Came, Complaint, Severity
from feedback.services import handling
from ingest.models import Import, Reject, State
from ingest.rejecting import word
from organization.models import AccountMail
from tests.customers.files import take_back
from tests.feedback.made import SHANGHAI
from tests.ingest.files import counts, send, text_of, write
from tests.people import bob, node

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("no_broker")]

HEADINGS = (
    "date", "complaint", "category", "severity", "customer", "contact", "channel", "region", "product", "number",
)  # fmt: skip


def sent(
    folder: Path, *rows: Sequence[object], headings: Sequence[str] = HEADINGS, name: str = "file.csv", preset: str = ""
) -> Import:  # fmt: skip
    cells = [[*row, *[""] * (len(headings) - len(row))] for row in rows]
    batch = send(write(folder, text_of(cells, headings), name=name), preset=preset)
    assert batch.state == State.DONE, batch.error
    return batch


def reasons(batch: Import) -> dict[int, list[str]]:
    return {one.line: [word(reason) for reason in one.reasons] for one in Reject.objects.filter(batch=batch)}


def test_a_file_brings_complaints_to_people_in_one_mail(tmp_path: Path) -> None:
    manager = bob()
    node("region:华东/上海")
    batch = sent(
        tmp_path,
        ("2026-08-10", "It broke.", "Product quality", "high", "C1", "13812345678", "抖音", "华东", "", "T1"),
        ("2026-08-11", "It came late.", "delivery", "", "C2", "lin@example.com", "", "华东", "", "T2"),
    )
    assert counts(batch)[:3] == (2, 2, 0)
    first, second = Complaint.objects.order_by("received_at")
    assert (first.came, first.severity, first.category.code, first.batch) == (
        Came.FILE,
        Severity.HIGH,
        "quality",
        batch,
    )
    assert first.scope.key == "region:华东+channel:抖音"
    assert first.received_at == datetime(2026, 8, 10, 9, tzinfo=SHANGHAI)
    assert first.customer is not None
    assert bytes(first.customer.key_hash) == hash_key("C1")
    assert opened(first.customer.phone) == "13812345678"
    assert second.customer is not None
    assert opened(second.customer.email) == "lin@example.com"
    assert {first.assigned_to, second.assigned_to} == {manager}
    assert AccountMail.objects.count() == 1


def test_chinese_headings_and_words_are_known_without_being_told(tmp_path: Path) -> None:
    headings = (
        "投诉日期",
        "投诉内容",
        "投诉类别",
        "严重程度",
        "客户",
        "手机号",
        "渠道",
        "区域",
        "产品线",
        "工单号",
    )
    sent(
        tmp_path,
        ("2026年8月10日", "快递丢了", "物流配送", "紧急", "会员1", "", "", "华东", "", "7"),
        headings=headings,
    )
    made = Complaint.objects.get()
    assert (made.category.code, made.severity, made.scope.key) == ("delivery", Severity.HIGH, "region:华东")


def test_today_is_now_and_no_hour_is_made_up(tmp_path: Path) -> None:
    before = timezone.now()
    sent(tmp_path, (f"{timezone.localdate()}", "It broke."))
    made = Complaint.objects.get()
    assert before <= made.received_at <= timezone.now()
    assert (made.category.code, made.severity, made.customer) == ("other", Severity.NORMAL, None)
    assert made.scope.key == "company"


def test_lines_that_cannot_be_are_kept_with_their_reasons(tmp_path: Path) -> None:
    tomorrow = timezone.localdate() + timedelta(days=2)
    batch = sent(
        tmp_path,
        ("2026-08-10", ""),
        ("2026-08-10", "x" * 8001),
        ("2026-08-10", "It broke.", "weather"),
        ("2026-08-10", "It broke.", "quality", "11"),
        (f"{tomorrow}", "It broke."),
        ("2026-08-10", "=HYPERLINK(1)<script>", "quality"),
    )
    assert counts(batch)[:3] == (6, 1, 5)
    said = reasons(batch)
    for line, words in (
        (2, "what the complaint is about"),
        (3, "8001 letters"),
        (4, "“weather”"),
        (5, "“11”"),
        (6, "still to come"),
    ):
        assert words in said[line][0]
    assert Complaint.objects.get().text == "=HYPERLINK(1)<script>"


def test_the_same_again_is_the_same_complaint(tmp_path: Path) -> None:
    rows = (
        ("2026-08-10", "It broke.", "quality", "", "C1", "", "", "华东", "", "T1"),
        ("2026-08-10", "It broke.", "quality"),
        ("2026-08-10", "It broke.", "quality"),
    )
    sent(tmp_path, *rows)
    assert Complaint.objects.count() == 3
    again = sent(
        tmp_path, *rows, ("2026-08-12", "Another.", "quality", "", "", "", "", "", "", "T1"), name="b.csv"
    )
    assert Complaint.objects.count() == 3
    assert again.unchanged == 4


def test_a_file_is_taken_back_but_for_what_somebody_works_on(tmp_path: Path) -> None:
    manager = bob()
    batch = sent(tmp_path, ("2026-08-10", "One."), ("2026-08-10", "Two."), ("2026-08-10", "Three."))
    one, two, _three = Complaint.objects.order_by("pk")
    handling.note(complaint=one, person=manager, now=timezone.now(), text="I look into it.")
    handling.write_message(complaint=two, person=manager, now=timezone.now(), text="Sorry.")
    take_back(batch)
    assert set(Complaint.objects.all()) == {one, two}
    sent(tmp_path, ("2026-08-10", "Three."), name="b.csv")
    assert Complaint.objects.count() == 3


def test_a_file_of_answers_is_no_file_of_complaints(tmp_path: Path) -> None:
    batch = sent(tmp_path, ("2026-08-10", 3, "It broke."), headings=("date", "score", "comment"))
    assert batch.source is not None
    assert batch.source.code != "complaint-files"
