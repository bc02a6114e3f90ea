"""An alert's whole way in a real browser, with a real worker and a real mail server: its rule written, a bad file
imported, the bell, the mail, the link in it followed on a phone, the figure right again."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from alerts.models import Episode, Rule
from tests.ingest.files import send as import_here
from tests.ingest.files import text_of, write
from tests.ingest.test_browser_import import log_in, outcome, send
from tests.letterbox import Letterbox
from tests.people import PASSWORD, bob, node
from tests.test_spine import a_minute_later, until

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WAIT = 90_000  # ms; a busy machine
LIVE = 5_000  # ms; how soon the bell must show what was told


def shop_file(folder: Path, name: str, *, last: int, days: int = 90) -> Path:
    """What 华东 sold a day up to yesterday: about 1,000, and `last` on the last."""
    yesterday = timezone.localdate() - timedelta(days=1)
    rows = [
        (yesterday - timedelta(days=back), "抖音", "夜场", "华东", "", 100, 10, 1, 1000 + back % 7 if back else last, 5)
        for back in reversed(range(days))
    ]  # fmt: skip
    return write(folder, text_of(rows), name=name)


def test_a_rule_a_bad_file_the_bell_the_mail_its_link_on_a_phone_and_the_recovery(
    letterbox: Letterbox, chromium: Any, live_server: Any, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    node("region:华东")
    import_here(shop_file(tmp_path, "until_today.csv", last=1003))
    request.getfixturevalue("celery_worker_process")
    desk = chromium.new_context(viewport={"width": 1440, "height": 900})
    page, other = desk.new_page(), desk.new_page()
    complaints: list[str] = []
    for one in (page, other):
        one.set_default_timeout(WAIT)
        one.on("pageerror", lambda error: complaints.append(str(error)))
    log_in(page, live_server.url, bob())

    # The rule, with what it would have done beside it.
    page.goto(f"{live_server.url}/alerts/rules/new/?template=unusual&area=region:华东")
    page.select_option("#id_metric", label="Revenue")
    page.select_option("#id_watch-0-kind", "level")
    page.fill("#id_watch-0-below", "500")
    page.select_option("#id_warning-0-kind", "")
    page.locator("#preview .rule-sum", has_text="No alert would have begun").wait_for()
    page.locator("#preview .chart-canvas[data-state=drawn]").wait_for()
    page.fill("#id_name", "Low days in 华东")
    page.get_by_role("button", name="Save the rule").click()
    page.get_by_text("“Low days in 华东” is saved.").wait_for()
    until(lambda: not Rule.objects.filter(anew_due=True).exists())

    # The bell of a page that lies open rings by itself, once the bad file is in.
    bell = other.locator(".sidebar [data-bell]")
    other.goto(f"{live_server.url}/alerts/rules/")
    bell.get_by_text("What you were told").wait_for(state="attached")
    send(page, live_server.url, shop_file(tmp_path, "bad.csv", last=3))
    assert "1 corrected" in outcome(page)
    until(lambda: Episode.objects.exists())
    other.bring_to_front()
    bell.get_by_text("1 new alert").wait_for(state="attached", timeout=LIVE)
    assert bell.locator("[data-bell-count]").inner_text() == "1"

    # The mail, in her letterbox and in the outbox.
    letter = letterbox.wait()
    assert "华东" in str(letter["Subject"])
    page.goto(f"{live_server.url}/outbox/")
    page.get_by_role("link", name=str(letter["Subject"])).click()
    page.frame_locator("iframe").get_by_text("Low days in 华东").first.wait_for()
    link = re.search(rf"{re.escape(settings.SITE_URL)}(/alerts/answer/\S+)", letterbox.text_of(letter))
    assert link

    # Its link, on a phone that nobody is logged in on.
    phone = chromium.new_context(viewport={"width": 390, "height": 844}, has_touch=True).new_page()
    phone.set_default_timeout(WAIT)
    phone.goto(live_server.url + link[1])
    phone.locator("[name=login]").fill(bob().username)
    phone.locator("[name=password]").fill(PASSWORD)
    phone.keyboard.press("Enter")
    acknowledge = phone.get_by_role("button", name=re.compile("see to it|Acknowledge"))
    acknowledge.wait_for()
    assert Episode.objects.get().acknowledged_at is None, "opening it does nothing"
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    acknowledge.tap()
    phone.get_by_text("You see to it now.").wait_for()
    assert Episode.objects.get().holder == bob()
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390

    # What was told is seen by looking at it.
    bell.click()
    other.get_by_text("New", exact=True).wait_for()
    bell.get_by_text("What you were told").wait_for(state="attached")

    # The day as it truly was: the alert ends, and whoever was told hears so.
    a_minute_later()
    send(page, live_server.url, shop_file(tmp_path, "right.csv", last=1003))
    assert "1 corrected" in outcome(page)
    until(lambda: Episode.objects.get().closed_at is not None)
    recovered = letterbox.wait(2)
    assert "recovered" in str(recovered["Subject"]).lower()
    bell.get_by_text("1 new alert").wait_for(state="attached", timeout=LIVE)
    phone.reload()
    phone.get_by_text("Recovered").first.wait_for()
    assert len(letterbox.letters) == 2
    assert complaints == []
    for context in (desk, phone.context):
        context.close()
