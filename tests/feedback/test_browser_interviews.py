"""An interview from the list of the best to a quote under a tag, on a phone, in a real browser."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from feedback.models import Interview, InterviewNote
from organization.models import AuditEntry
from tests.decisions.test_browser import page_of
from tests.feedback.made import a_topic
from tests.feedback.test_interviews import a_guide, her, the_best
from tests.people import alice
from tests.test_pages_shell import built

pytestmark = [
    built, pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("no_broker"),
]  # fmt: skip

PHONE = {"width": 390, "height": 844}


def fits(page: Any) -> None:
    """Nothing sticks out of the screen."""
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]


def test_alice_agrees_on_a_time_sees_the_number_once_and_notes_what_was_said(
    chromium: Any, live_server: Any
) -> None:
    the_best(her())
    a_guide()
    a_topic("Lateness", ["late"])
    complaints: list[str] = []
    page = page_of(chromium, live_server, alice(), complaints, viewport=PHONE, has_touch=True)
    page.goto(f"{live_server.url}/feedback/interviews/")
    fits(page)
    page.get_by_role("link", name="Make an appointment").first.click()
    fits(page)
    page.get_by_role("table").get_by_role("link", name="Make an appointment").click()
    assert "138****1234" in page.content()
    page.get_by_role("button", name="Show in clear").click()
    page.get_by_text("This is noted in the history.").wait_for()
    assert page.get_by_role("link", name="13812341234").is_visible()
    assert AuditEntry.objects.filter(action="customer.reveal").count() == 1
    when = timezone.localtime().replace(hour=10, minute=30) + timedelta(days=3)
    page.get_by_label("When").fill(when.strftime("%Y-%m-%dT%H:%M"))
    page.get_by_label("Guide").select_option(label="Why us")
    fits(page)
    with page.expect_navigation():
        page.get_by_role("button", name="Make the appointment").click()
    made = Interview.objects.get()
    assert (made.interviewer, made.scope.key) == (alice(), "region:华东")
    assert "13812341234" not in page.content()
    part = page.locator("#question-0")
    part.locator("summary").click()
    part.get_by_label("Note").first.fill("It never comes late.")
    part.get_by_label("In the customer's own words").check()
    part.get_by_label("Tags").fill("speed, price")
    part.get_by_label("Topics").select_option(label="Lateness")
    fits(page)
    with page.expect_navigation():
        part.get_by_role("button", name="Keep the note").click()
    assert page.locator("blockquote").inner_text() == "It never comes late."
    note = InterviewNote.objects.get()
    assert (note.tags, [one.name for one in note.topics.all()]) == (["speed", "price"], ["Lateness"])
    fits(page)
    assert complaints == []
