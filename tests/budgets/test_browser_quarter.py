"""A quarter of a budget in a real browser, on phones where people are on their way: planned and approved, spent by what
the channels' cost says, frozen at 80% and freed by a plan for the rest, ahead of plan with a pause proposed and emergency
money signed, and a question asked and answered in the open.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal as D
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from alerts.models import ConsequenceRun, Notice
from alerts.services import carry_out_next, cover_new_areas
from budgets.models import Balance, Hold, Line, Question, Statement, Transfer
from budgets.services.feeding import feed_next
from budgets.services.plans import LineDraft, draft_budget
from budgets.services.publishing import publish_next
from decisions.models import Proposal
from ingest.services import import_path
from kpis.work import catch_up
from organization.models import Person
from tests.alerts.builders import look
from tests.budgets.books import put
from tests.decisions.test_browser import page_of
from tests.ingest.files import text_of, write
from tests.people import CONFIRMED, bob, charlie, dana, node, person
from tests.test_pages_shell import built

pytestmark = [
    built, pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("no_broker"),
]  # fmt: skip

PHONE = {"width": 390, "height": 844}
SEARCH, FAIR = "channel:搜索", "channel:展会"
BEGUN, LEFT = 80, 10  # days of the quarter that are over, and that are to come


def work() -> None:
    """What workers do once something has come in: spend follows cost, the spine hears it, rules look, and act."""
    now, today = timezone.now(), timezone.localdate()
    catch_up(today=today)
    while feed_next(now=now):
        pass
    cover_new_areas(now=now, today=today)
    while publish_next(today=today):
        pass
    catch_up(today=today)
    look(now=now + timedelta(minutes=1), today=today)
    while carry_out_next(now=now + timedelta(minutes=2)):
        pass


def cost_comes(folder: Path, *, more: D = D(0)) -> None:
    """What search cost on each day so far, and `more` on each of the last two."""
    today = timezone.localdate()
    days = [today - timedelta(days=n) for n in range(BEGUN, 0, -1)]
    rows: list[tuple[object, ...]] = [
        (day, "搜索", D("922.5") + (more if day >= days[-2] else 0), 2000) for day in days
    ]
    rows += [(day, "展会", "", 10) for day in days]
    text = text_of(rows, ("date", "channel", "cost", "revenue"))
    done = import_path(path=write(folder, text, name=f"cost{more}.csv"))
    assert (done.state, done.rejected) == ("done", 0), done.error
    work()


def brought_about() -> list[str]:
    """What rules did so far, for whoever reads why this failed."""
    return [f"{run.code} {run.state}: {run.words}" for run in ConsequenceRun.objects.order_by("pk")]


def fits(page: Any) -> None:
    """Nothing sticks out of the screen."""
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]


def go_on(page: Any, button: str) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name=button, exact=True).first.click()


def drafted(owner: Person, manager: Person, author: Person) -> int:
    """The plan that finance has prepared; returns its version."""
    first = timezone.localdate() - timedelta(days=BEGUN)
    version = draft_budget(
        name="Quarter", first_day=first, last_day=first + timedelta(days=BEGUN + LEFT - 1), owner=manager,
        person=author, now=timezone.now(),
        lines=[
            LineDraft("Search", D(90_000), core=False, fed_by="cost", channel=node(SEARCH), owner=owner),
            LineDraft("Fair", D(30_000), channel=node(FAIR), owner=manager),
            LineDraft("Emergency pool", D(40_000), pool="emergency"),
        ],
    )  # fmt: skip
    return int(version.pk)


def days_ago(number: int) -> date:
    return timezone.localdate() - timedelta(days=number)


def test_a_quarter_is_planned_spent_frozen_freed_paused_helped_and_questioned(
    chromium: Any, live_server: Any, tmp_path: Path
) -> None:
    owner = person("Alice", "lead", "region:华东", phone="+8613800000000", phone_verified_at=CONFIRMED)
    manager, finance, looker = bob(), dana(), charlie()
    complaints: list[str] = []
    desk = page_of(chromium, live_server, finance, complaints, viewport={"width": 1440, "height": 900})
    alices, bobs, danas = (
        page_of(chromium, live_server, who, complaints, viewport=PHONE) for who in (owner, manager, finance)
    )
    at = live_server.url

    # Finance sends the plan, and the manager approves it on his phone.
    desk.goto(f"{at}/budgets/plan/{drafted(owner, manager, finance)}/")
    desk.locator("[name=why]").first.fill("As agreed for the quarter.")
    go_on(desk, "Send")
    bobs.goto(f"{at}/decisions/{Proposal.objects.get(kind='budgets.plan').pk}/")
    fits(bobs)
    go_on(bobs, "Approve")
    search, fair = Line.objects.get(name="Search"), Line.objects.get(name="Fair")
    assert Balance.objects.get(line=search).planned == 90_000

    # The channel's cost comes in by file, and four fifths are used: she hears it twice, and a tenth of the rest is frozen.
    for number in range(30, 0, -1):
        put(fair, "spend", 330, on=days_ago(number))
    cost_comes(tmp_path)
    kept = Balance.objects.get(line=search)
    assert (kept.spent, kept.frozen) == (D("73800"), D("1620")), brought_about()
    ways = set(Notice.objects.filter(person=owner).values_list("way", flat=True))
    assert {"email", "sms"} <= ways
    desk.goto(f"{at}/budgets/lines/{search.pk}/")
    assert "Frozen in part" in desk.inner_text("main")
    bobs.goto(f"{at}/outbox/")
    assert "Alice" in bobs.inner_text("main")

    # She says on her phone how the rest will be spent, and it is free again.
    alices.goto(f"{at}/budgets/lines/{search.pk}/")
    assert "¥1,620" in alices.locator("#holds").inner_text()
    fits(alices)
    alices.get_by_role("link", name="Say it").click()
    alices.locator("textarea[name=text]").fill("Brand terms alone until the end: 1,500 a day.")
    fits(alices)
    go_on(alices, "Send")
    assert Statement.objects.get(asked_for="rest", line=search).said_by == owner
    assert Balance.objects.get(line=search).frozen == 0
    alices.goto(f"{at}/budgets/lines/{search.pk}/")
    assert "Nothing is frozen or paused here." in alices.locator("#holds").inner_text()

    # Two dear days, and spending is a fifth ahead of plan: the fair, which brings little, is to be paused.
    cost_comes(tmp_path, more=D(23_100))
    assert Balance.objects.get(line=search).spent == 120_000
    pause = Proposal.objects.get(kind="budgets.pause")
    assert pause.subject_id == fair.pk
    bobs.goto(f"{at}/decisions/{pause.pk}/")
    fits(bobs)
    go_on(bobs, "Approve")
    assert Hold.objects.get(kind="pause").line == fair
    desk.goto(f"{at}/budgets/lines/{fair.pk}/")
    assert "Paused" in desk.inner_text("main")

    # She asks for emergency money, and finance signs on a phone.
    alices.goto(f"{at}/budgets/transfers/emergency/?to={search.pk}")
    alices.locator("[name=amount]").fill("3.5万")
    alices.locator("[name=why]").fill("The price of brand terms has doubled.")
    fits(alices)
    go_on(alices, "Ask finance to sign")
    fits(alices)
    danas.goto(f"{at}/decisions/")
    danas.get_by_role("link", name="Decide").first.click()
    assert "Release money from the emergency pool" in danas.locator("#proposal").inner_text()
    fits(danas)
    go_on(danas, "Approve")
    assert (Transfer.objects.get().state, Balance.objects.get(line=search).total) == ("done", 125_000)
    alices.goto(f"{at}/budgets/transfers/")
    assert "Done" in alices.inner_text("main")
    fits(alices)

    # Whoever looks may ask, and is answered on record.
    charlies = page_of(chromium, live_server, looker, complaints, viewport=PHONE)
    charlies.goto(f"{at}/budgets/lines/{search.pk}/")
    charlies.locator("#question-text").fill("Why did two days cost so much?")
    go_on(charlies, "Ask")
    alices.goto(f"{at}/budgets/questions/{Question.objects.get().pk}/")
    alices.locator("[name=text]").fill("A competitor bid on our name.")
    go_on(alices, "Answer on record")
    charlies.reload()
    assert "A competitor bid on our name." in charlies.locator("#questions").inner_text()
    fits(charlies)
    assert complaints == []
