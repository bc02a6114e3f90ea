"""My alerts: quiet hours, ways of each level, and the digest; each says so for herself alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import time
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from alerts.models import FollowedFigure, Listening
from alerts.services.listening import ListeningRefused, Wishes, save_listening
from kpis.models import Metric
from organization.models import AuditEntry, Person
from tests.alerts.builders import NOW, browser
from tests.people import CONFIRMED, alice, bob, person, scope

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_broker")]
URL = "alerts:listening"


@pytest.fixture(autouse=True)
def gateway(settings: Any) -> None:
    settings.SMS_GATEWAY = "file"


def with_a_phone() -> Person:
    return person("Pat", "lead", "region:华东", phone="+8613800000000", phone_verified_at=CONFIRMED)


def asked(**more: Any) -> dict[str, Any]:
    return {
        "watch_ways": ["app"], "warning_ways": ["email"], "critical_ways": ["email", "app"], "digest": "working",
        "digest_at": "17:00", "digest_weekday": "4", "quiet_from": "22:00", "quiet_until": "07:30", **more,
    }  # fmt: skip


def test_alice_says_when_and_how_she_wants_to_hear() -> None:
    page = browser(alice())
    assert page.post(reverse(URL), asked(quiet_on_days_off="on")).status_code == 302
    row = Listening.objects.get(person=alice())
    assert (row.quiet_from, row.quiet_until, row.quiet_on_days_off) == (time(22), time(7, 30), True)
    assert (row.ways_for(1), row.ways_for(2), row.ways_for(3)) == (["app"], ["email"], ["email", "app"])
    assert (row.digest, row.digest_at) == ("working", time(17))
    assert 'value="22:00"' in page.get(reverse(URL)).content.decode()
    assert AuditEntry.objects.get(action="alert.listening").person == alice()


def test_alice_names_the_figures_of_her_digest_and_takes_one_out_again() -> None:
    page, revenue, cost = (
        browser(alice()),
        Metric.objects.get(code="revenue"),
        Metric.objects.get(code="cost"),
    )
    scope("region:华东/上海")
    shown = page.get(reverse(URL)).content.decode()
    assert shown.count('name="figure_area_') == 5
    named = {
        "figure_0": cost.pk,
        "figure_area_0": "region:华东/上海",
        "figure_3": revenue.pk,
        "figure_area_3": "华东",
    }
    assert page.post(reverse(URL), asked(**named)).status_code == 302
    assert followed(alice()) == ["cost region:华东/上海", "revenue region:华东"]
    assert AuditEntry.objects.get(action="alert.listening").details["follows"] == followed(alice())
    page.post(reverse(URL), asked(figure_0=revenue.pk, figure_area_0="region:华东"))
    assert followed(alice()) == ["revenue region:华东"]
    page.post(reverse(URL), asked(figure_0=revenue.pk, figure_area_0="region:华东"))
    assert AuditEntry.objects.filter(action="alert.listening").count() == 2, "the same twice changes nothing"


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"figure_0": "revenue", "figure_area_0": "region:华北"}, "There is no area called"),
        ({"figure_0": "revenue", "figure_area_0": "company"}, "There is no area called"),
        ({"figure_0": "revenue", "figure_area_0": "nowhere"}, "There is no area called"),
        ({"figure_0": "revenue"}, "There is no area called"),
        (
            {
                "figure_0": "revenue",
                "figure_area_0": "region:华东",
                "figure_1": "revenue",
                "figure_area_1": "region:华东",
            },
            "named once",
        ),
    ],
)
def test_figures_that_she_cannot_follow_are_refused_at_their_place(wrong: dict[str, str], words: str) -> None:
    scope("region:华北")
    codes = {metric.code: str(metric.pk) for metric in Metric.objects.all()}
    sent = {name: codes.get(value, value) for name, value in wrong.items()}
    page = browser(alice()).post(reverse(URL), asked(**sent)).content.decode()
    assert words in page
    assert followed(alice()) == []


def test_an_area_that_she_no_longer_sees_is_not_named_and_goes_when_she_saves() -> None:
    revenue = Metric.objects.get(code="revenue")
    FollowedFigure.objects.create(person=alice(), position=0, metric=revenue, scope=scope("region:华北"))
    page = browser(alice())
    assert "华北" not in page.get(reverse(URL)).content.decode()
    assert page.post(reverse(URL), asked()).status_code == 302
    assert followed(alice()) == []


def followed(who: Person) -> list[str]:
    return [f"{one.metric.code} {one.scope.key}" for one in FollowedFigure.objects.filter(person=who)]


def test_the_page_says_that_what_is_critical_always_comes_through() -> None:
    said = browser(alice()).get(reverse(URL)).content.decode()
    assert "critical always comes through" in said
    assert "My alerts" in browser(alice()).get(reverse("organization:me")).content.decode()


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"quiet_until": ""}, "a beginning and an end"),
        ({"quiet_from": ""}, "a beginning and an end"),
        ({"quiet_until": "22:00"}, "are none"),
        ({"critical_ways": []}, "at least one way"),
        ({"critical_ways": ["sms"]}, "no confirmed phone number"),
        ({"watch_ways": ["sms"]}, "no confirmed phone number"),
        ({"quiet_from": "25:00"}, "Enter a valid time"),
        ({"digest": "hourly"}, "Select a valid choice"),
        ({"watch_ways": ["pigeon"]}, "Select a valid choice"),
        ({"digest_weekday": "7"}, "Select a valid choice"),
    ],
)
def test_what_cannot_be_is_said_at_its_place_and_nothing_is_saved(wrong: dict[str, Any], words: str) -> None:
    said = browser(alice()).post(reverse(URL), asked(**wrong)).content.decode()
    assert words in said
    assert not Listening.objects.exists()


def test_who_has_confirmed_a_phone_may_choose_sms() -> None:
    who = with_a_phone()
    assert browser(who).post(reverse(URL), asked(critical_ways=["sms"])).status_code == 302
    assert Listening.objects.get(person=who).critical_ways == ["sms"]


def test_no_way_at_all_for_what_is_mild_is_fine() -> None:
    save_listening(person=alice(), wishes=Wishes(watch_ways=(), warning_ways=()), now=NOW)
    assert Listening.objects.get(person=alice()).ways_for(1) == []


def test_what_the_bell_remembers_stays_and_others_are_not_touched() -> None:
    seen = timezone.now()
    Listening.objects.create(person=alice(), bell_seen_at=seen)
    Listening.objects.create(person=bob())
    assert browser(alice()).post(reverse(URL), asked()).status_code == 302
    assert Listening.objects.get(person=alice()).bell_seen_at == seen
    assert Listening.objects.get(person=bob()).digest == "off"


def test_saving_the_same_twice_is_written_down_once() -> None:
    wishes = Wishes(digest="daily")
    for _time in range(2):
        save_listening(person=alice(), wishes=wishes, now=NOW)
    save_listening(person=alice(), wishes=replace(wishes, digest_at=time(9)), now=NOW)
    entries = AuditEntry.objects.filter(action="alert.listening").order_by("pk")
    assert [sorted(entry.details) for entry in entries] == [["critical_ways", "digest"], ["digest_at"]]


def test_half_of_the_quiet_hours_is_refused_by_the_service_too() -> None:
    with pytest.raises(ListeningRefused) as refused:
        save_listening(person=alice(), wishes=Wishes(quiet_from=time(22)), now=NOW)
    assert refused.value.at == "quiet_until"
