"""A customer's 3 in a real browser: on her phone, in Alice's queue, warned of, answered, solved by its cause, and confirmed
by the customer a month later; and the light of the score moves with what she says.
"""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from django.utils import timezone

from common.periods import Grain, Period
from common.secrets import unseal
from feedback.models import Complaint, ComplaintEvent, Happened, SurveyLink
from feedback.services.clocks import look_next
from feedback.services.from_answers import from_answers
from feedback.services.publishing import feedback_source, mark_days, publish_next
from kpis.models import Metric, Reading
from kpis.services.targets import set_target
from kpis.work import catch_up
from organization.models import AccountMail
from tests.decisions.test_browser import page_of
from tests.feedback.made import a_link, a_survey, an_answer
from tests.people import alice, bob, node, scope
from tests.test_pages_shell import built

pytestmark = [
    built, pytest.mark.browser, pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("no_broker", "quiet_minutes"),
]  # fmt: skip

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


def work() -> None:
    """What workers do once something was said: complaints of low scores, and the spine."""
    now = timezone.now()
    while from_answers(now=now):
        pass
    while publish_next(now=now):
        pass
    catch_up(today=timezone.localdate() + timedelta(days=1))  # a figure counts days that are over


def clocks(now: datetime) -> None:
    while look_next(now=now):
        pass


def light() -> str:
    today = timezone.localdate()
    reading = Reading.objects.get(
        metric__code="nps", scope=scope("company"), grain="month", start=today.replace(day=1)
    )
    return str(reading.status)


def said(link: SurveyLink, promoters: int, passives: int, detractors: int) -> None:
    """What others answered this month."""
    today = timezone.localdate()
    for score, times in ((10, promoters), (8, passives), (4, detractors)):
        for _time in range(times):
            an_answer(nps=score, day=today, region_id=link.region_id or 0)
    mark_days(source_id=feedback_source().pk, days=[today])


def fits(page: Any) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]


def go(page: Any, key: str) -> None:
    with page.expect_navigation():
        page.keyboard.press(key)


def stands_at(page: Any, one: Complaint) -> None:
    """Its row is found a moment after the page has loaded."""
    page.wait_for_function("row => document.activeElement.closest('tr')?.id === row", arg=f"c-{one.pk}")


def scans_and_says(phone: Any, at: str, score: int, words: str = "", mail: str = "") -> None:
    phone.goto(at)
    phone.locator(f"[name=nps][value='{score}']").tap()
    phone.locator("textarea").fill(words)
    if mail:
        phone.locator("summary").tap()
        phone.locator("[name=email]").fill(mail)
        phone.locator("[name=consent]").tap()
    fits(phone)
    phone.locator("button[type=submit]").tap()
    phone.get_by_role("heading", name="Thank you").wait_for()


def test_a_three_becomes_a_complaint_that_is_solved_and_confirmed_and_the_light_moves(
    chromium: Any, live_server: Any
) -> None:
    lead, boss, today, at = alice(), bob(), timezone.localdate(), live_server.url
    node("region:华东")
    link = a_link(a_survey(drivers=()), region="region:华东")
    month = Period(Grain.MONTH, today.replace(day=1))
    set_target(
        metric=Metric.objects.get(code="nps"), scope=scope("company"), period=month, value=D(30), person=boss
    )
    said(link, 18, 12, 6)  # 33.3
    work()
    assert light() == "green"

    # She scans the code at the till, taps a 3, says why, and leaves her address.
    complaints: list[str] = []
    phone = chromium.new_context(locale="en-GB", **PHONE).new_page()
    phone.on("pageerror", lambda error: complaints.append(str(error)))
    scans_and_says(phone, f"{at}/s/{link.slug}/", 3, "The parcel came open.", "ming@example.com")
    work()
    assert light() == "yellow"  # 11 of 37: 29.7
    one = Complaint.objects.get()
    assert (one.state, one.assigned_to, one.scope.key) == ("new", boss, "region:华东")

    # Alice works by keyboard alone: among all that is open she finds it, takes it, and is back at its row.
    desk = page_of(
        chromium, live_server, lead, complaints, viewport={"width": 1440, "height": 900}, locale="en-GB"
    )
    desk.goto(f"{at}/feedback/complaints/?view=open")
    desk.keyboard.press("?")
    desk.get_by_role("dialog").wait_for()
    desk.keyboard.press("Escape")
    desk.keyboard.press("/")
    assert desk.evaluate("document.activeElement.name") == "q"
    desk.keyboard.type("parcel")
    go(desk, "Enter")
    desk.locator("[data-row]").first.wait_for()
    desk.keyboard.press("j")
    assert "The parcel came open." in desk.evaluate("document.activeElement.textContent")
    go(desk, "a")
    one.refresh_from_db()
    assert one.assigned_to == lead
    assert desk.url.endswith(f"q=parcel#c-{one.pk}")
    stands_at(desk, one)

    # Three quarters of the time are over: she is warned, and the row says so.
    assert one.answer_warn_at is not None
    clocks(one.answer_warn_at)
    assert ComplaintEvent.objects.filter(complaint=one, kind=Happened.WARNED).count() == 1

    # She opens it and answers; back, she stands at the row again.
    go(desk, "Enter")
    assert "Time for the first answer runs out" in desk.locator("#events").inner_text()
    desk.locator("#deed-message > summary").focus()
    desk.keyboard.press("Enter")
    desk.locator("#message-text").focus()
    desk.keyboard.type("We send another one today.")
    desk.locator("#deed-message button[type=submit]").focus()
    go(desk, "Enter")
    one.refresh_from_db()
    assert (one.state, one.answered_at is not None) == ("open", True)
    assert "First answer · By phone" in desk.locator("#events").inner_text()
    desk.get_by_role("link", name="Back to the list").focus()
    go(desk, "Enter")
    stands_at(desk, one)

    # Five whys, one after the other, and the solution.
    go(desk, "Enter")
    desk.get_by_role("link", name="Solve").focus()
    go(desk, "Enter")
    assert desk.locator(".desk-why").nth(1).is_hidden()
    whys = ("Came open", "Thin tape", "Cheapest supplier", "Bonus on cost alone", "Nobody asked quality")
    for number, why in enumerate(whys, start=1):
        desk.locator(f"[name=why{number}]").focus()
        desk.keyboard.type(why)
    desk.get_by_label("How it was solved").focus()
    desk.keyboard.type("Sent another one, packed well.")
    desk.get_by_role("button", name="Solved").focus()
    go(desk, "Enter")
    one.refresh_from_db()
    assert one.state == "solved"
    assert one.cause is not None
    assert (one.cause.name, one.cause.depth) == ("Nobody asked quality", 5)

    # A month later she is asked, and says on her phone that it stayed solved.
    assert one.follow_up_at is not None
    assert one.follow_up_at - timezone.now() > timedelta(days=29)
    clocks(one.follow_up_at)
    _subject, text, *_rest = json.loads(unseal(AccountMail.objects.get(kind="complaint-follow-up").sealed))
    (path,) = set(re.findall(r"/s/c/[\w-]+/", text))
    phone.goto(f"{at}{path}")
    fits(phone)
    phone.get_by_role("button", name="Yes, it stayed solved").tap()
    phone.get_by_role("heading", name="Thank you").wait_for()
    one.refresh_from_db()
    assert (one.state, one.stayed_solved) == ("closed", True)
    phone.goto(f"{at}{path}")
    phone.get_by_role("heading", name="Nothing to answer here").wait_for()

    # She comes back to the shop and would recommend it now: the light of the score moves again.
    scans_and_says(phone, f"{at}/s/{link.slug}/", 10)
    work()
    assert light() == "green"  # 12 of 38: 31.6
    bobs = page_of(chromium, live_server, boss, complaints, viewport={"width": 1440, "height": 900})
    bobs.goto(f"{at}/feedback/?period={today:%Y-%m}")
    assert "on plan" in bobs.locator(".tile").first.inner_text()
    bobs.goto(f"{at}/feedback/board/")
    bobs.locator(".chart-canvas[data-state=drawn]").first.wait_for()
    assert "None is open now." in bobs.locator(".page-lead").inner_text()
    assert "Nobody asked quality" in bobs.locator("main").inner_html()
    assert complaints == []
