"""The bell: what one was told of, by any way, and how much of it is new."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from alerts.models import Notice
from tests.alerts.builders import browser, figure, look, rule
from tests.people import alice, bob, mallory, scope

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_broker")]


def rings(client: Client) -> int:
    count = client.get(reverse("dashboards:fresh")).json()["count"]
    assert isinstance(count, int)
    return count


def until_of(page: Any) -> str:
    found = re.search(r'name="until"\s+value="([^"]+)"', page.content.decode())
    assert found is not None
    return found[1]


def off_plan() -> None:
    rule(alice())
    figure(scope("region:华东"), "0.6")
    look()


def test_what_is_told_by_mail_rings_for_her_and_for_nobody_else() -> None:
    hers, his = browser(alice()), browser(bob())
    assert rings(hers) == 0
    off_plan()
    assert (rings(hers), rings(his)) == (1, 0)


def test_one_event_told_by_two_ways_rings_once() -> None:
    off_plan()
    told = Notice.objects.get()
    told.pk, told.way, told.message = None, "app", None
    told.save()
    assert rings(browser(alice())) == 1


def test_what_is_held_back_does_not_ring() -> None:
    off_plan()
    Notice.objects.update(decision="held")
    assert rings(browser(alice())) == 0


def test_what_she_has_seen_is_no_longer_new_and_what_comes_later_is() -> None:
    hers = browser(alice())
    off_plan()
    page = hers.get(reverse("alerts:told"))
    assert b"New" in page.content
    hers.post(reverse("alerts:told"), {"until": until_of(page)})
    assert rings(hers) == 0
    assert b"New" not in hers.get(reverse("alerts:told")).content
    Notice.objects.update(decided_at=timezone.now() + timedelta(minutes=1))
    assert rings(hers) == 1


@pytest.mark.parametrize("until", ["", "tomorrow", "2026-02-31T00:00:00Z", "2026-02-01T00:00:00"])
def test_what_she_has_seen_up_to_when_must_be_said(until: str) -> None:
    hers = browser(alice())
    off_plan()
    assert hers.post(reverse("alerts:told"), {"until": until}).status_code == 400
    assert rings(hers) == 1


def test_what_came_after_the_page_was_drawn_stays_new() -> None:
    hers = browser(alice())
    off_plan()
    told = Notice.objects.get()
    hers.post(reverse("alerts:told"), {"until": (told.decided_at - timedelta(seconds=1)).isoformat()})
    assert rings(hers) == 1


def test_an_alert_of_an_area_that_she_does_not_see_is_not_named() -> None:
    off_plan()
    Notice.objects.update(person=mallory())
    page = browser(mallory()).get(reverse("alerts:told")).content.decode()
    assert "an area that you do not see" in page
    assert "华东" not in page


def test_nobody_is_asked_to_log_in_and_sees_no_bell() -> None:
    assert Client().get(reverse("dashboards:fresh")).status_code == 302
