"""Where the next yuan goes, in a real browser: a slider says at once what another split brings, and the split is sent on."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from channels.models import Allocation
from channels.services.responding import order_curves
from decisions.models import Proposal
from organization.services.jobs import work_next_job
from tests.channels.weeks_of_channels import TODAY, weeks_of
from tests.ingest.test_browser_import import log_in
from tests.people import ada, bob, node
from tests.test_pages_shell import built

pytestmark = [
    built, pytest.mark.browser, pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("no_broker"),
]  # fmt: skip
WAIT = 90_000  # ms; a busy machine


def test_bob_moves_a_slider_by_keyboard_and_sends_his_split_on(
    live_server: Any, page: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    local = timezone.localdate
    monkeypatch.setattr(
        "django.utils.timezone.localdate", lambda at=None, *zone: TODAY if at is None else local(at, *zone)
    )
    weeks_of("channel:search", back=4.0, half=4.0)
    weeks_of("channel:display", back=2.0, half=0.1, seed=5)
    weeks_of("channel:young", weeks=20, seed=6)
    order_curves(person=None, now=timezone.now())
    while work_next_job():
        pass
    ada()
    page.set_default_timeout(WAIT)
    log_in(page, live_server.url, bob())
    page.goto(f"{live_server.url}/channels/allocation/")
    assert "display" in page.locator(".page-lead").inner_text()
    before = page.locator("#what-if .try-said").inner_text()
    slider = page.locator(f"#x-{node('channel:search').pk}")
    slider.focus()
    for _step in range(5):
        slider.press("ArrowLeft")
    page.wait_for_function(
        "was => document.querySelector('#what-if .try-said').innerText !== was", arg=before, timeout=WAIT
    )
    page.fill("#send-why", "Less risk.")
    page.get_by_role("button", name="Send it on for a decision").click()
    page.wait_for_url("**/decisions/**")
    made = Allocation.objects.get()
    assert Proposal.objects.get().subject_id == made.pk
    assert sum(Decimal(part["amount"]) for part in made.parts) == made.total
