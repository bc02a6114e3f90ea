"""Writing a rule in a real browser: from a template, with what it would have done beside it, at three widths."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from alerts.models import Rule
from tests.ingest.test_browser_import import log_in
from tests.kpis.test_outlook import daily
from tests.people import bob, scope

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WAIT = 90_000  # ms; a busy machine


def sold() -> date:
    """Two years of days up to yesterday, of which one five weeks ago brought next to nothing. Returns it."""
    yesterday = timezone.localdate() - timedelta(days=1)
    bad = yesterday - timedelta(days=35)
    daily(
        lambda day: 3 if day == bad else 1000 + day.toordinal() * 37 % 11,
        yesterday - timedelta(days=730), yesterday, "region:华东",
    )  # fmt: skip
    return bad


def test_bob_writes_a_rule_by_keyboard_and_sees_beforehand_what_it_would_have_done(
    live_server: Any, page: Any
) -> None:
    sold()
    page.set_default_timeout(WAIT)
    log_in(page, live_server.url, bob())
    page.goto(f"{live_server.url}/alerts/rules/new/?template=unusual&area=region:华东")
    page.locator("#preview .rule-sum").wait_for()
    page.locator("#preview .chart-canvas[data-state=drawn]").wait_for()
    page.select_option("#id_metric", label="Revenue")
    # Another condition shows other fields, and another preview.
    page.focus("#id_watch-0-kind")
    page.select_option("#id_watch-0-kind", "level")
    assert page.locator("#id_watch-0-one_in").is_hidden()
    page.fill("#id_watch-0-below", "5000")
    page.select_option("#id_warning-0-kind", "")
    assert page.locator("#id_warning-periods").is_hidden()
    page.locator("#preview .rule-sum", has_text="1 alert").wait_for()
    page.fill("#id_watch-0-below", "1")
    page.locator("#preview .rule-sum", has_text="No alert would have begun").wait_for()
    page.fill("#id_watch-0-below", "lots")
    page.fill("#id_name", "Low days in 华东")
    page.get_by_role("button", name="Save the rule").press("Enter")
    page.get_by_text("This is not a number").wait_for()
    page.fill("#id_watch-0-below", "500")
    page.get_by_role("button", name="Save the rule").press("Enter")
    page.get_by_text("“Low days in 华东” is saved.").wait_for()
    made = Rule.objects.get()
    assert [(tier.level, tier.condition) for tier in made.tiers.all()] == [
        (1, {"kind": "level", "below": "500"})
    ]
    assert [one.person for one in made.recipients.all()] == [bob()], "who writes it hears of it"
    page.get_by_text("Watch: under ¥500").wait_for()


@pytest.mark.parametrize("width", [390, 820, 1440])
def test_the_pages_of_rules_fit_their_width(live_server: Any, page: Any, width: int) -> None:
    scope("region:华东")
    page.set_default_timeout(WAIT)
    page.set_viewport_size({"width": width, "height": 900})
    log_in(page, live_server.url, bob())
    for address in ("new/", "new/?template=unusual", "new/?template=year", "import/", ""):
        page.goto(f"{live_server.url}/alerts/rules/{address}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
