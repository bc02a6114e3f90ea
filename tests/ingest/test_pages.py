"""The pages of imports, as people use them. Who may open which is in tests/every_url."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation
from pytest_django import Settings

from ingest import words
from ingest.layouts import find_layout
from ingest.models import Import, Reject, State
from ingest.rejects_csv import csv_lines, safe
from ingest.selectors import REJECTS_A_PAGE, work_of
from kpis.models import ChangedScope
from kpis.services import ensure_source, mark_days_changed, mark_scopes_changed
from organization.models import AuditEntry, Person
from organization.services import make_node
from tests.people import ada, bob, dana, node, scope

pytestmark = pytest.mark.django_db
HEADINGS = ["日期", "渠道", "花费"]


@pytest.fixture(autouse=True)
def english_again() -> Any:
    yield
    translation.deactivate()


@pytest.fixture(autouse=True)
def own_uploads(settings: Settings, tmp_path: Path) -> None:
    settings.UPLOAD_DIR = tmp_path


def browser(who: Person, language: str = "en") -> Client:
    client = Client()
    client.force_login(who, backend="django.contrib.auth.backends.ModelBackend")
    client.cookies["django_language"] = language
    return client


def page(client: Client, name: str, *args: Any, **query: Any) -> str:
    response = client.get(reverse(name, args=args), query)
    assert response.status_code == 200
    return response.content.decode()


def an_import(state: str = State.DONE, **fields: Any) -> Import:
    now = timezone.now()
    known = {
        "file_name": "week 33.csv", "stored_as": "x", "size": 100, "sha256": "0" * 64, "state": state,
        "headings": HEADINGS, "encoding": "gb18030", "created_by": bob(), "started_at": now, "finished_at": now,
        "source": ensure_source(code="files", name="Files", facts="channels"),
    }  # fmt: skip
    return Import.objects.create(**{**known, **fields})


def reject(batch: Import, line: int, cells: list[str] | None = None, **reason: Any) -> Reject:
    reason = reason or {"code": "negative", "column": "花费", "text": "-5"}
    return Reject.objects.create(
        batch=batch, line=line, cells=cells or ["2025-08-01", "抖音", "-5"], reasons=[reason]
    )


# -- Sending a file


def upload(client: Client, content: bytes, name: str = "a.csv", **fields: str) -> Any:
    return client.post(reverse("ingest:imports"), {"file": SimpleUploadedFile(name, content), **fields})


def test_bob_sends_a_file_and_is_taken_to_its_progress() -> None:
    client = browser(bob())
    response = upload(client, b"date,channel,cost\n2025-08-01,x,1\n", "八月.csv", preset="table")
    batch = Import.objects.get()
    assert response["Location"] == reverse("ingest:import", args=[batch.pk])
    assert (batch.file_name, batch.preset, batch.created_by) == ("八月.csv", "table", bob())
    assert "Waiting for its turn" in page(client, "ingest:import", batch.pk)


def test_an_empty_file_is_refused_at_the_field() -> None:
    response = upload(browser(bob()), b"")
    assert "<span>This file is empty." in response.content.decode()
    assert not Import.objects.exists()


def test_a_file_over_the_limit_is_refused_at_the_field_and_leaves_nothing(
    settings: Settings, tmp_path: Path
) -> None:
    settings.UPLOAD_LIMIT_BYTES = 10
    response = upload(browser(bob()), b"date,channel,cost\n")
    assert "Split it and send the parts." in response.content.decode()
    assert not Import.objects.exists()
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_no_file_and_an_unknown_layout_are_said_at_their_fields() -> None:
    client = browser(dana())
    assert "Choose a CSV or XLSX file first." in client.post(reverse("ingest:imports")).content.decode()
    response = upload(client, b"date,cost\n2025-08-01,1\n", preset="no-such-layout")
    assert "field-error" in response.content.decode()
    assert not Import.objects.exists()


# -- The list


def test_the_list_shows_the_newest_first_and_how_fresh_each_source_is() -> None:
    source = ensure_source(code="files", name="Files", facts="channels")
    source.last_day, source.last_success_at = timezone.localdate().replace(2025, 8, 7), timezone.now()
    source.save()
    an_import(file_name="older.csv", rows=7)
    an_import(file_name="newer.csv", rows=9120, rejected=12, corrected=20)
    an_import(state=State.FAILED, file_name="broken.csv", error="No.")
    shown = page(browser(bob()), "ingest:imports")
    assert shown.index("broken.csv") < shown.index("newer.csv") < shown.index("older.csv")
    assert "7 Aug 2025" in shown
    fresh = shown[shown.index("fresh-title") : shown.index("imports-title")]
    assert "9,120" in fresh
    assert "Not imported" in shown


def test_the_list_costs_the_same_for_three_as_for_sixty(django_assert_max_num_queries: Any) -> None:
    for number in range(60):
        an_import(file_name=f"file-{number:02}.csv")
    client = browser(bob())
    with django_assert_max_num_queries(14):
        first = page(client, "ingest:imports")
    assert "file-59.csv" in first
    assert "file-34.csv" not in first
    assert "file-34.csv" in page(client, "ingest:imports", page=2)


# -- Progress


@pytest.mark.parametrize(
    ("state", "phase", "said"),
    [
        (State.QUEUED, "", "Waiting for its turn"),
        (State.RUNNING, "reading", "Reading"),
        (State.RUNNING, "checking", "Checking"),
        (State.RUNNING, "writing", "Writing"),
        (State.UNDOING, "", "Taking back"),
    ],
)
def test_an_import_in_work_says_what_it_does_and_asks_again(state: str, phase: str, said: str) -> None:
    batch = an_import(state, phase=phase, progress=45, rows=1234, finished_at=None)
    shown = page(browser(bob()), "ingest:import", batch.pk)
    assert f"<strong>{said}</strong>" in shown
    assert 'hx-trigger="every 1s"' in shown
    assert ("1,234 rows so far" in shown) == (state == State.RUNNING)


def test_the_time_so_far_counts_from_the_start() -> None:
    batch = an_import(State.RUNNING, finished_at=None)
    assert batch.started_at is not None
    assert work_of(batch, now=batch.started_at + timedelta(seconds=42)).seconds == 42


def test_the_question_is_answered_with_the_bar_until_the_end_and_then_with_everything() -> None:
    batch = an_import(State.RUNNING, phase="reading", finished_at=None)
    client, address = browser(bob()), reverse("ingest:import_work", args=[batch.pk])
    answer = client.get(address, {"seen": "reading"})
    assert "HX-Retarget" not in answer
    assert "import-said" not in answer.content.decode()
    Import.objects.filter(pk=batch.pk).update(phase="writing")
    assert "import-said" in client.get(address, {"seen": "reading"}).content.decode()
    Import.objects.filter(pk=batch.pk).update(
        state=State.DONE, accepted=2, rows=2, finished_at=timezone.now()
    )
    answer = client.get(address, {"seen": "writing"})
    assert answer["HX-Retarget"] == "#import"
    assert "2 lines went in: 2 new." in answer.content.decode()
    assert "every 1s" not in answer.content.decode()


def due_days(batch: Import) -> None:
    assert batch.source is not None
    mark_days_changed(source=batch.source, days=[timezone.localdate()])


def due_scopes(batch: Import) -> None:
    mark_scopes_changed(spans=[(scope("company").pk, timezone.localdate(), timezone.localdate())])


@pytest.mark.parametrize("due", [due_days, due_scopes])
def test_figures_that_are_still_due_are_said_below_the_outcome(due: Callable[[Import], None]) -> None:
    older = an_import(accepted=1, finished_at=timezone.now() - timedelta(minutes=5))
    batch = an_import(accepted=1)
    due(batch)
    client = browser(bob())
    shown = page(client, "ingest:import", batch.pk)
    assert "Updating figures" in shown
    assert "1 line went in" in shown
    assert "Updating figures" not in page(client, "ingest:import", older.pk)


def test_when_the_figures_are_up_to_date_the_page_stops_asking() -> None:
    batch = an_import(accepted=1)
    due_scopes(batch)
    ChangedScope.objects.all().delete()
    address = reverse("ingest:import_work", args=[batch.pk])
    answer = browser(bob()).get(address, {"seen": "figures"}).content.decode()
    assert "every 1s" not in answer
    assert "All figures are up to date." in answer


# -- The outcome


@pytest.mark.parametrize(
    ("counts", "english", "chinese"),
    [
        (
            (9120, 100, 20, 12),
            "9,120 lines went in: 9,000 new, 100 unchanged, 20 corrected; 12 were rejected.",
            "导入 9,120 行：新增 9,000 行，未变 100 行，更正 20 行；12 行被拒。",
        ),
        ((1, 0, 0, 1), "1 line went in: 1 new; 1 was rejected.", "导入 1 行：新增 1 行；1 行被拒。"),
        (
            (16, 16, 0, 0),
            "Nothing changed: 16 lines say what was known already.",
            "没有变化：16 行与已有数据相同。",
        ),
        ((0, 0, 0, 3), "No line went in: all 3 were rejected.", "没有导入任何行：3 行全部被拒。"),
    ],
)
def test_one_sentence_says_what_became_of_the_file(
    counts: tuple[int, int, int, int], english: str, chinese: str
) -> None:
    accepted, unchanged, corrected, rejected = counts
    batch = Import(
        state=State.DONE, accepted=accepted, unchanged=unchanged, corrected=corrected, rejected=rejected
    )
    with translation.override("en"):
        assert words.outcome(batch) == english
    with translation.override("zh-hans"):
        assert words.outcome(batch) == chinese


def test_a_file_that_failed_says_why_in_full_and_cannot_be_taken_back() -> None:
    batch = an_import(State.FAILED, error="This file is no table. Send a CSV or XLSX file.")
    shown = page(browser(bob()), "ingest:import", batch.pk)
    assert batch.error in shown
    assert "Take back" not in shown


def test_new_areas_are_pointed_to_until_somebody_has_looked_at_them() -> None:
    node("channel:known")
    batch = an_import(accepted=1)
    new = make_node(dimension="channel", name="kuaishou", needs_review=True)
    client = browser(bob())
    shown = page(client, "ingest:import", batch.pk)
    assert "named 1 area that was not known" in shown
    assert reverse("organization:nodes") in shown
    new.needs_review = False
    new.save()
    assert "Look at the new areas" not in page(client, "ingest:import", batch.pk)


# -- Rejected lines


def test_rejected_lines_stand_under_the_files_own_headings_with_reasons_in_the_readers_language() -> None:
    batch = an_import(accepted=1, rejected=1)
    reject(batch, 17)
    english = page(browser(bob()), "ingest:import", batch.pk)
    assert all(text in english for text in ("渠道", "抖音", "17", "“花费” is negative: -5."))
    assert "“花费”为负数" in page(browser(bob(), "zh-hans"), "ingest:import", batch.pk)


def test_many_rejected_lines_come_in_pages_with_the_same_number_of_queries(
    django_assert_max_num_queries: Any,
) -> None:
    batch = an_import(accepted=1, rejected=120)
    for line in range(1, 121):
        reject(batch, line, [f"day-{line:03}", "x", "-5"])
    client = browser(bob())
    with django_assert_max_num_queries(16):
        first = page(client, "ingest:import", batch.pk)
    assert first.count("day-") == REJECTS_A_PAGE * 2  # each cell has its full text as a title
    assert "day-051" in page(client, "ingest:import", batch.pk, page=2)


def download(client: Client, batch: Import) -> str:
    response = client.get(reverse("ingest:import_rejects", args=[batch.pk]))
    assert response.streaming
    return b"".join(response).decode()


def test_the_download_opens_in_excel_and_has_the_line_and_the_reason_at_its_end() -> None:
    batch = an_import(accepted=1, rejected=1)
    reject(batch, 17)
    text = download(browser(ada()), batch)
    assert text.startswith("\ufeff")
    head, row = csv.reader(io.StringIO(text.lstrip("\ufeff")))
    assert head == [*HEADINGS, "Line", "Reason"]
    assert row == ["2025-08-01", "抖音", "-5", "17", "“花费” is negative: -5."]


def test_a_download_that_is_sent_again_is_recognised_and_its_own_columns_do_not_pile_up() -> None:
    batch = an_import(accepted=1, rejected=1, headings=[*HEADINGS, "行号", "原因"])
    reject(batch, 2, ["2025-08-01", "抖音", "-5", "17", "old reason"])
    for language in ("en", "zh-hans"):
        text = download(browser(bob(), language), batch)
        head, row = csv.reader(io.StringIO(text.lstrip("\ufeff")))
        assert len(head) == 5
        assert "old reason" not in row
        assert find_layout([(1, head)])[2].preset == "table"


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("=1+1", "'=1+1"),
        ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
        ("+SUM(A1)", "'+SUM(A1)"),
        ("-2+3+cmd", "'-2+3+cmd"),
        ("@import", "'@import"),
        ("  =1+1", "'  =1+1"),
        ("\t=1", "'\t=1"),
        ("＝1+1", "'＝1+1"),
        ("-5", "-5"),
        ("-1,234.50", "-1,234.50"),
        ("+12%", "+12%"),
        ("-¥5", "-¥5"),
        ("plain, text", "plain, text"),
        ("", ""),
    ],
)
def test_no_cell_becomes_a_formula_and_numbers_stay_numbers(cell: str, written: str) -> None:
    assert safe(cell) == written


def test_a_heading_or_a_reason_becomes_no_formula_either() -> None:
    odd = Reject(line=2, cells=["x"], reasons=[{"code": "bad-day", "text": "=1"}])
    head, row = "".join(csv_lines(headings=["=A1"], rejects=[odd], language="en")).splitlines()
    assert head.startswith("\ufeff'=A1")
    assert "“=1”" in row


# -- Taking back


def test_bob_takes_an_import_back_and_the_history_says_so() -> None:
    batch = an_import(accepted=9120, unchanged=100, corrected=20)
    client, address = browser(bob()), reverse("ingest:import_undo", args=[batch.pk])
    shown = page(client, "ingest:import", batch.pk)
    assert "Take back 9,020 lines" in shown
    assert "20 corrected lines say again what they said before." in shown
    assert "Take back 9,020 lines" in client.get(address).content.decode()
    assert client.post(address, follow=True).status_code == 200
    batch.refresh_from_db()
    assert batch.state == State.UNDOING
    assert AuditEntry.objects.get(action="import.undo").person == bob()
    again = client.post(address, follow=True).content.decode()
    assert "nothing to take back" in again
    assert AuditEntry.objects.filter(action="import.undo").count() == 1


@pytest.mark.parametrize("state", [State.QUEUED, State.RUNNING, State.FAILED, State.UNDONE])
def test_only_a_finished_import_offers_to_be_taken_back(state: str) -> None:
    batch = an_import(state, accepted=5)
    client = browser(bob())
    assert reverse("ingest:import_undo", args=[batch.pk]) not in page(client, "ingest:import", batch.pk)
    client.post(reverse("ingest:import_undo", args=[batch.pk]))
    batch.refresh_from_db()
    assert batch.state == state


def test_an_import_that_changed_nothing_has_nothing_to_take_back() -> None:
    batch = an_import(accepted=5, unchanged=5)
    assert "Take back" not in page(browser(bob()), "ingest:import", batch.pk)
