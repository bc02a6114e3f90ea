"""The demo company in a real database: made once for this module, through the same doors as everything else; and in a
real browser the morning of whoever manages its channels: which of mine is in trouble, why, what is proposed, and what
became of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.db.models import F
from django.test import Client
from django.utils import timezone

from alerts.models import ConsequenceRun, Episode, Message, Rule, Silence
from channels.changes import KIND
from channels.models import ChannelState, Profile, StateChange
from dashboards.demo import story, watch
from dashboards.demo.world import LOSING_CHANNEL, PASSWORD
from decisions.models import Proposal
from ingest.models import Import, State
from kpis.models import AmountDay, ChangedDay, ChangedScope, ImprovementPlan, Reading, Score, Target
from organization.gate import visible_scopes
from organization.models import Grant, Node, Person
from tests.clean_slate import start_over
from tests.test_pages_shell import built

WAIT = 90_000  # ms; a busy machine


def demo() -> str:
    said = StringIO()
    call_command("demo_company", stdout=said)
    return said.getvalue()


@pytest.fixture(scope="module")
def made(django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    """What the command said. Committed, since imports need transactions of their own; swept away after the module."""
    with django_db_blocker.unblock():
        try:
            yield demo()
        finally:
            start_over()


def counts() -> list[int]:
    tables = (Node, Person, Grant, Target, Import, Reading, AmountDay, Message, Score)
    return [table.objects.count() for table in tables]


@pytest.mark.django_db
def test_the_demo_company_is_made_whole_and_a_second_time_changes_nothing(made: str, client: Client) -> None:
    today = timezone.localdate()
    assert PASSWORD in made

    imports = Import.objects.filter(preset="table").order_by("pk")
    assert [one.state for one in imports] == [State.DONE] * 4
    assert sum(one.accepted for one in imports) == len(story.tell(today).facts)
    assert sum(one.rejected for one in imports) == 4
    assert imports[2].encoding.lower() == "gb18030"
    assert not Node.objects.filter(needs_review=True).exists(), "the English names are known"
    assert Node.objects.get(dimension="channel", path=LOSING_CHANNEL.lower()).name == "Douyin live"
    assert not ChangedDay.objects.exists()
    assert not ChangedScope.objects.exists()

    for username, role in (("lead", "lead"), ("manager", "manager"), ("viewer", "viewer"),
                           ("finance", "finance"), ("admin", "admin")):  # fmt: skip
        assert client.login(username=username, password=PASSWORD)
        assert Grant.objects.get(person__username=username).role == role
    alice = Person.objects.get(username="lead")
    assert visible_scopes(alice).filter(key="region:华东").exists()
    assert not visible_scopes(alice).filter(key__in=["company", "region:西南"]).exists()

    month = (today - timedelta(days=1)).replace(day=1)
    readings = {
        reading.scope.key: reading
        for reading in Reading.objects.filter(metric__code="roas", grain="month", start=month).select_related(
            "scope"
        )
    }
    losing = readings[f"channel:{LOSING_CHANNEL}"]
    assert losing.status == "red"
    assert readings["company"].value > Decimal(5)
    yesterday = Reading.objects.get(
        metric__code="roas",
        grain="day",
        start=today - timedelta(days=1),
        scope__key=f"channel:{LOSING_CHANNEL}",
    )
    assert yesterday.value < 1

    planned = (
        Target.objects.filter(scope__key="company").order_by("set_at").values_list("set_at__year", flat=True)
    )
    assert set(planned) == {today.year - 2, today.year - 1}, (
        "plans are older than the years that they are for"
    )

    firing = set(
        Episode.objects.filter(closed_at__isnull=True).values_list("instance__scope__key", flat=True)
    )
    assert {f"channel:{LOSING_CHANNEL}", "region:西南"} <= firing
    assert Message.objects.exists()
    open_alerts = Episode.objects.filter(closed_at=None)
    assert open_alerts.filter(acknowledged_by__username="manager").count() == 1
    assert open_alerts.filter(holder=alice).count() == 1
    assert Rule.objects.filter(tiers__policy__name=watch.POLICY).exists()
    assert set(ConsequenceRun.objects.values_list("state", flat=True)) == {"done"}
    assert Silence.objects.get().starts_at > timezone.now()
    assert Score.objects.filter(grain="month", value__isnull=False).exists()
    plan = ImprovementPlan.objects.get()
    assert (plan.mentor, plan.notes.count()) == (alice, 2)

    before = counts()
    assert "here" in demo()
    assert counts() == before


@built
@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_the_losing_channel_is_found_opened_explained_decided_about_and_its_effect_shown(
    made: str, chromium: Any, live_server: Any
) -> None:
    """The last of them, since after it the database is swept."""
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
