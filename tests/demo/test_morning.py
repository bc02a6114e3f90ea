"""The morning of whoever manages channels, in a real browser on the demo company: which of mine is in trouble, why, what
is proposed, and what became of it."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.db.models import F

from channels.changes import KIND
from channels.models import ChannelState, Profile, StateChange
from dashboards.demo.world import LOSING_CHANNEL, PASSWORD
from decisions.models import Proposal
from tests.test_pages_shell import built

pytestmark = [built, pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WAIT = 90_000  # ms; a busy machine


def test_the_losing_channel_is_found_opened_explained_decided_about_and_its_effect_shown(
    chromium: Any, live_server: Any
) -> None:
    call_command("demo_company", stdout=StringIO())
    page = chromium.new_context(viewport={"width": 1440, "height": 900}, locale="en").new_page()
    page.set_default_timeout(WAIT)
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.goto(f"{live_server.url}/channels/")
    page.locator("[name=login]").fill("manager")
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("[name=password]").press("Enter")

    # Found: the page's one line says it, and the worst stands first.
    page.get_by_role("heading", name="Channels", level=1).wait_for()
    assert "Douyin live" in page.locator("main").inner_text().partition("ROAS")[0]
    row = page.locator("main tr", has_text="Douyin live").first
    assert "off plan" in row.inner_text()

    # Opened, and explained: the waterfall, and its three biggest causes in a sentence.
    row.get_by_role("link", name="Douyin live").first.click()
    page.get_by_role("heading", name="Douyin live", level=1).wait_for()
    moved = page.locator("#why-moved")
    moved.scroll_into_view_if_needed()
    moved.locator(".chart-canvas[data-state=drawn]").first.wait_for()
    assert "%" in moved.inner_text()

    # What was decided in summer shows what came of it; what is proposed now waits for her.
    decided = page.locator("section", has=page.locator("#actions-title"))
    assert "Before" in decided.locator("table").first.inner_text()
    proposal = Proposal.objects.get(kind=KIND, state="open", subject_id=Profile.objects.get(
        node__path=LOSING_CHANNEL.lower()).node_id)  # fmt: skip
    decided.get_by_role("link", name="Look at it").first.click()
    page.get_by_text("The last time").first.wait_for()
    page.fill("#decision-note", "Until a new host is there.")
    page.get_by_role("button", name="Approve").click()
    page.get_by_text("Until a new host is there.").first.wait_for()
    proposal.refresh_from_db()
    assert proposal.state == "approved"
    assert Profile.objects.get(node_id=proposal.subject_id).state == ChannelState.PAUSED
    assert StateChange.objects.filter(proposal=proposal).count() == 1

    # Its effect: too early today, and there ten days later.
    page.goto(f"{live_server.url}/channels/one/?channel={LOSING_CHANNEL}")
    assert "Paused" in page.locator(".channel-about").inner_text()
    assert "can be told from" in page.locator("main").inner_text()
    Proposal.objects.filter(pk=proposal.pk).update(decided_at=F("decided_at") - timedelta(days=10))
    cache.clear()
    page.reload()
    first = page.locator(".action").first
    assert "Until a new host is there." in first.inner_text()
    assert "days before the decision" in first.locator("table caption").inner_text()
    for figure in ("ROAS", "Revenue", "Cost"):
        assert figure in first.locator("table").inner_text()
    assert complaints == []
