"""A file's whole way in a real browser, with a real worker: sent, rejected in part, mended, sent again, taken back."""

from __future__ import annotations

import csv
import io
import re
import subprocess
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from channels.models import Fact
from ingest.models import Import, State
from ingest.services import work_next
from kpis.work import catch_up
from organization.models import Person
from tests.ingest.files import DATA, value
from tests.people import bob

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WAIT = 30_000  # ms; a worker on a busy machine


def log_in(page: Any, address: str, who: Person) -> None:
    client = Client()
    client.force_login(who, backend="django.contrib.auth.backends.ModelBackend")
    cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": cookie, "url": address}])


def send(page: Any, address: str, path: Path) -> None:
    page.goto(f"{address}/imports/")
    page.set_input_files("[name=file]", path)
    page.click("text=Import the file")
    page.wait_for_url(re.compile(r"/imports/\d+/$"))


def outcome(page: Any) -> str:
    """The sentence, once it is there and nothing is being done any more."""
    page.wait_for_selector(".import-outcome", timeout=WAIT)
    page.wait_for_selector("#work:not(:has([hx-get]))", state="attached", timeout=WAIT)
    said: str = page.inner_text(".import-outcome p")
    return said


def spoiled(folder: Path) -> Path:
    """The ad report with two lines that cannot go in."""
    rows = list(csv.reader(io.StringIO((DATA / "ad_report_daily.csv").read_text(encoding="utf-8"))))
    head = rows[0]
    rows[3][head.index("clicks")] = "99999999"
    rows[5][head.index("spend")] = "-74.40"
    path = folder / "august.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def test_bob_sends_a_file_mends_what_was_rejected_and_takes_it_back(
    live_server: Any, celery_worker_process: subprocess.Popen[bytes], page: Any, tmp_path: Path
) -> None:
    log_in(page, live_server.url, bob())
    failures: list[str] = []
    page.on("pageerror", lambda error: failures.append(str(error)))

    send(page, live_server.url, spoiled(tmp_path))
    assert outcome(page) == "14 lines went in: 14 new; 2 were rejected."
    rejected = page.inner_text("table.rejects")
    assert "There are more clicks (99999999)" in rejected
    assert "“spend” is negative" in rejected

    with page.expect_download() as download:
        page.click("text=Download them")
    rows = list(csv.reader(io.StringIO(Path(download.value.path()).read_text(encoding="utf-8-sig"))))
    assert [row[-2] for row in rows] == ["Line", "4", "6"]
    original = list(csv.reader(io.StringIO((DATA / "ad_report_daily.csv").read_text(encoding="utf-8"))))
    for row in rows[1:]:
        row[:-2] = original[int(row[-2]) - 1]
    mended = tmp_path / download.value.suggested_filename
    with mended.open("w", encoding="utf-8-sig", newline="") as file:
        csv.writer(file).writerows(rows)

    send(page, live_server.url, mended)
    assert outcome(page) == "2 lines went in: 2 new."
    assert value("cost", "company", "2025-08") == Decimal("2247.15")

    page.click("text=Take back 2 lines")
    assert "2 new lines go." in page.inner_text("dialog[open]")
    page.keyboard.press("Escape")
    assert Import.objects.filter(state=State.UNDONE).count() == 0
    page.click("text=Take back 2 lines")
    page.click("dialog[open] button[type=submit]")
    page.wait_for_selector("text=This import was taken back", timeout=WAIT)
    assert Fact.objects.count() == 14

    page.goto(f"{live_server.url}/imports/")
    assert page.locator("tbody tr", has_text="Undone").count() == 1
    assert not failures


def test_an_import_can_be_left_and_found_again_and_a_bad_file_says_why(
    live_server: Any, celery_worker_process: subprocess.Popen[bytes], page: Any, tmp_path: Path
) -> None:
    log_in(page, live_server.url, bob())
    send(page, live_server.url, DATA / "ad_report_daily.csv")
    address = page.url
    page.goto(f"{live_server.url}/imports/")
    page.click("text=ad_report_daily.csv")
    page.wait_for_url(address)
    assert outcome(page) == "16 lines went in: 16 new."
    send(page, live_server.url, DATA / "ad_report_daily.csv")
    assert outcome(page) == "Nothing changed: 16 lines say what was known already."

    picture = tmp_path / "report.csv"
    picture.write_bytes(b"%PDF-1.7 no table")
    send(page, live_server.url, picture)
    page.wait_for_selector("text=This file is no table. Send a CSV or XLSX file.", timeout=WAIT)
    assert page.locator("text=Take back").count() == 0


def test_the_page_follows_by_itself_from_waiting_to_the_outcome(live_server: Any, page: Any) -> None:
    log_in(page, live_server.url, bob())
    send(page, live_server.url, DATA / "ad_report_daily.csv")
    page.evaluate("window.stayed = true")
    assert "Waiting for its turn" in page.inner_text("#work")
    batch = Import.objects.get()
    Import.objects.update(
        state=State.RUNNING, phase="checking", progress=45, rows=16, started_at=timezone.now()
    )
    page.wait_for_selector("#work:has-text('Checking')", timeout=WAIT)
    assert "16 rows so far · 45%" in page.inner_text("#work")
    assert page.locator("#work progress").get_attribute("value") == "45"
    Import.objects.update(state=State.QUEUED, phase="", progress=0, rows=0)
    assert work_next()
    page.wait_for_selector("#work:has-text('Updating figures')", timeout=WAIT)
    assert page.inner_text(".import-outcome p") == "16 lines went in: 16 new."
    catch_up()
    page.wait_for_selector("#work:not(:has([hx-get]))", state="attached", timeout=WAIT)
    assert page.evaluate("window.stayed") is True
    batch.refresh_from_db()
    assert batch.state == State.DONE


def test_the_upload_works_without_a_script(
    live_server: Any, celery_worker_process: subprocess.Popen[bytes], chromium: Any
) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    try:
        log_in(page, live_server.url, bob())
        send(page, live_server.url, DATA / "ad_report_daily.csv")
        for _attempt in range(60):
            if page.locator(".import-outcome").count():
                break
            page.wait_for_timeout(500)
            page.reload()
        page.click("text=Take back 16 lines")
        assert "16 new lines go." in page.inner_text("main")
        page.click("main button[type=submit]")
        assert Import.objects.get().state in {State.UNDOING, State.UNDONE}
    finally:
        context.close()
