"""Without a network, in a real browser: pages with their time, targets that are sent later, two people on one device."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from common.periods import Period
from kpis.models import Metric, Target
from kpis.services import set_target
from organization.models import Grant
from tests.dashboards.figures import TODAY, keep
from tests.people import PASSWORD, alice, bob, charlie, scope
from tests.test_pages_shell import SMALL, built

pytestmark = [built, pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WAIT = 30_000
YEAR = date.today().year + 1  # none of its months is closed
GRID = f"/plan/grid/?year={YEAR}&metric=revenue&areas=region"
SHOPS = ("region:华东/上海", "region:华东/江苏", "region:华东/浙江")
AS_OF = re.compile(r"Offline\. As of \d\d:\d\d, \d+ \w+ \d{4}")


@pytest.fixture
def device(chromium: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """One browser on one phone: what it keeps stays while pages come and go."""
    monkeypatch.setattr("dashboards.views.turned.timezone.localdate", lambda: TODAY)
    keep("region:华东", "revenue", "2300", expected="2400")
    for shop in SHOPS:
        scope(shop)
    browsing = chromium.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, service_workers="allow"
    )
    yield browsing
    browsing.close()


def log_in(page: Any, address: str, who: Any) -> None:
    page.goto(f"{address}/accounts/login/")
    page.fill("input[name=login]", who.username)
    page.fill("input[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.locator(".shell").wait_for(timeout=WAIT)
    page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")


KEPT = """async () => {
  const names = (await caches.keys()).filter(name => name.startsWith("plumbline-pages-"));
  const found = [];
  for (const name of names) for (const one of await (await caches.open(name)).keys()) found.push(decodeURI(one.url));
  return found.map(url => url.replace(location.origin, ""));
}"""


def until(page: Any, true: str, value: object = None) -> None:
    """Waits for an asynchronous function of the page, which `wait_for_function` would take for true at once."""
    page.evaluate(
        f"""async value => {{
          for (const end = Date.now() + {WAIT}; !(await ({true})(value));) {{
            if (Date.now() > end) throw new Error("waited in vain");
            await new Promise(go => setTimeout(go, 100));
          }}
        }}""",
        value,
    )


def kept(page: Any, address: str) -> None:
    until(page, f"async address => (await ({KEPT})()).includes(address)", address)


def cell(page: Any, area: str, month: int) -> Any:
    return page.locator("#grid tbody tr", has_text=area).locator("td").nth(month - 1)


def held(area: str, month: int) -> Decimal | None:
    found = Target.objects.filter(
        scope=scope(area), start=date(YEAR, month, 1), grain="month", superseded_at=None
    ).first()
    return found.value if found else None


def type_into(page: Any, area: str, month: int, text: str) -> None:
    cell(page, area, month).focus()
    page.keyboard.type(text)
    page.keyboard.press("Enter")


def test_alice_plans_in_the_train_and_finds_what_bob_did_meanwhile(device: Any, live_server: Any) -> None:
    at = live_server.url
    page = device.new_page()
    log_in(page, at, alice())
    kept(page, "/")
    kept(page, "/?period=last-30")
    page.goto(at + GRID)
    page.locator("#grid[role=grid]").wait_for()
    kept(page, GRID)

    device.set_offline(True)
    page.goto(f"{at}/?period=last-30")
    bar = page.locator(".away")
    bar.get_by_text(AS_OF).wait_for(timeout=WAIT)
    assert "the 30 days to" in page.locator(".overview-filters > summary").inner_text()
    page.goto(at)
    bar.get_by_text(AS_OF).wait_for(timeout=WAIT)
    last = page.locator(".tiles > li").last.bounding_box()
    assert last["y"] + last["height"] <= 844
    assert page.evaluate(SMALL) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    share = page.locator('.tools:has(> summary[title="Share"])')
    share.locator("summary").click()
    share.locator(".tools-list a").first.click(force=True)
    page.locator("#toast").get_by_text("This needs a connection").wait_for(timeout=WAIT)
    # What is not kept says so, and names what is.
    page.goto(f"{at}/alerts/")
    page.get_by_text("This page is not kept on this device").wait_for(timeout=WAIT)
    page.get_by_role("link", name="Overview · Last 30 days").wait_for(timeout=WAIT)

    page.goto(at + GRID)
    page.locator("#grid[role=grid]").wait_for()
    for shop, text in (("上海", "100"), ("江苏", "200"), ("浙江", "300")):
        type_into(page, shop, 5, text)
    page.get_by_text("3 targets are kept on this device").wait_for(timeout=WAIT)
    page.close()
    set_target(
        metric=Metric.objects.get(code="revenue"), scope=scope(SHOPS[0]), period=Period.parse(f"{YEAR}-05"),
        value=Decimal(500), person=bob(),
    )  # fmt: skip

    # Still away, in another tab: what was typed is there, and it is said that it waits.
    page = device.new_page()
    page.goto(at)
    page.locator(".away").get_by_text("3 not sent").wait_for(timeout=WAIT)
    page.goto(at + GRID)
    page.get_by_text("3 targets are kept on this device").wait_for(timeout=WAIT)
    assert cell(page, "江苏", 5).inner_text() == "200"
    page.goto(at)
    page.locator(".away").get_by_text("3 not sent").wait_for(timeout=WAIT)

    device.set_offline(False)
    page.locator(".away").get_by_text("1 target typed here needs you").wait_for(timeout=WAIT)
    assert (held(SHOPS[0], 5), held(SHOPS[1], 5), held(SHOPS[2], 5)) == (500, 200, 300)
    page.locator(".away").get_by_role("link", name="Look").click()
    page.get_by_text("Bob set this to ¥500.00").wait_for(timeout=WAIT)
    page.get_by_role("link", name="Open in the table").click()
    page.locator("#grid-panel").get_by_text("Bob set this to ¥500.00").wait_for(timeout=WAIT)
    page.get_by_role("button", name="Keep mine").click()
    page.locator("#grid-status").get_by_text("Saved", exact=True).wait_for(timeout=WAIT)
    assert held(SHOPS[0], 5) == 100
    # Each once: Bob's, hers over it, and one for each of the others.
    assert Target.objects.count() == 4
    page.goto(at)
    page.locator(".tiles > li").first.wait_for()
    until(page, "async () => !(await plumbline.unsent.of(plumbline.away.person)).length")
    assert page.locator(".away").count() == 0


def test_another_person_on_the_device_never_sees_what_the_first_one_kept(
    device: Any, live_server: Any
) -> None:
    at = live_server.url
    page = device.new_page()
    log_in(page, at, alice())
    page.goto(at + GRID)
    page.locator("#grid[role=grid]").wait_for()
    kept(page, GRID)
    kept(page, "/")
    type_into(page, "上海", 6, "about 60")
    page.locator("#grid-panel").get_by_text("This is not a number").wait_for(timeout=WAIT)

    # Logging out asks about what was typed; she leaves without it.
    page.goto(f"{at}/offline/")
    page.get_by_text("This is not a number").wait_for(timeout=WAIT)
    page.locator("#menu").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Log out").click()
    page.get_by_role("heading", name="1 target typed on this device is not saved yet").wait_for(timeout=WAIT)
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Log out").click()
    page.get_by_role("button", name="Discard and log out").click()
    page.locator("input[name=password]").wait_for(timeout=WAIT)
    assert page.evaluate(KEPT) == []

    log_in(page, at, charlie("region:华北"))
    kept(page, "/offline/")
    kept(page, "/")
    device.set_offline(True)
    page.goto(at + GRID)  # Alice's copy, which is gone
    page.get_by_text("This page is not kept on this device").wait_for(timeout=WAIT)
    page.goto(at)
    page.locator(".away").get_by_text(AS_OF).wait_for(timeout=WAIT)
    assert "华东" not in page.content()
    device.set_offline(False)
    page.wait_for_function("() => !document.querySelector('.away')", timeout=WAIT)


def test_a_session_handed_over_behind_the_login_page_takes_the_copies_away_too(
    device: Any, live_server: Any, client: Any
) -> None:
    at = live_server.url
    page = device.new_page()
    log_in(page, at, alice())
    kept(page, "/")
    client.force_login(charlie("region:华北"), backend="django.contrib.auth.backends.ModelBackend")
    device.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": at}])
    page.goto(f"{at}/alerts/")
    until(page, f"async () => !(await ({KEPT})()).length")


def test_what_alice_may_not_set_any_more_is_said_and_kept_until_she_discards_it(
    device: Any, live_server: Any
) -> None:
    at = live_server.url
    page = device.new_page()
    log_in(page, at, alice())
    page.goto(at + GRID)
    page.locator("#grid[role=grid]").wait_for()
    kept(page, "/offline/")
    device.set_offline(True)
    type_into(page, "上海", 7, "70")
    page.get_by_text("1 target is kept on this device").wait_for(timeout=WAIT)
    page.close()
    Grant.objects.filter(person=alice()).update(role="viewer")
    page = device.new_page()
    page.goto(f"{at}/offline/")
    page.get_by_text("Not sent yet").wait_for(timeout=WAIT)
    device.set_offline(False)
    page.get_by_text("You may not set targets any more").wait_for(timeout=WAIT)
    assert not Target.objects.exists()
    page.get_by_role("button", name="Discard").click()
    page.locator("#targets").wait_for(state="hidden", timeout=WAIT)
    until(page, "async () => !(await plumbline.unsent.of(plumbline.away.person)).length")
