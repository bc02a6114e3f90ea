"""Silences and planned work: who may make them, what they hold, and what happens when they end."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from alerts import services
from alerts.forms.silences import MOMENT
from alerts.models import Notice, Silence
from alerts.selectors.silences import cover_of, silences_page
from alerts.services.silences import (
    SilenceDraft,
    SilenceRefused,
    end_silence,
    extend_silence,
    make_silence,
)
from organization.models import AuditEntry, Person
from tests.alerts.builders import NOW, browser, episode, figure, look, revenue, rule
from tests.people import alice, bob, charlie, mallory, person, scope

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_broker")]
EAST, SHANGHAI, NORTH = "region:华东", "region:华东/上海", "region:华北"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def silent(
    who: Person | None = None, *, area: str = EAST, at: datetime = NOW, lasts: timedelta = DAY, **more: Any
) -> Silence:
    draft = SilenceDraft(scope=scope(area), ends_at=at + lasts, reason="The shop is rebuilt", **more)
    return make_silence(draft=draft, person=who or alice(), now=at)


def goes_red(area: str = EAST, attainment: str = "0.6") -> None:
    figure(scope(area), attainment)
    look()


def told() -> list[tuple[str, str]]:
    return list(Notice.objects.order_by("pk").values_list("decision", "reason"))


def asked(**more: Any) -> dict[str, Any]:
    until = timezone.localtime() + DAY
    return {
        "area": EAST,
        "ends_at": until.strftime(MOMENT),
        "reason": "Stock-taking",
        "up_to_level": "3",
        **more,
    }


# -- Making one -------------------------------------------------------------------------------------


def test_alice_silences_her_region_and_it_is_written_down_why() -> None:
    made = silent(metric=revenue(), up_to_level=2)
    assert (made.author, made.starts_at, made.ends_at) == (alice(), NOW, NOW + DAY)
    entry = AuditEntry.objects.get(action="alert.silence")
    assert (entry.person, entry.details["reason"]) == (alice(), "The shop is rebuilt")


@pytest.mark.parametrize(
    ("who", "area"), [(charlie, EAST), (mallory, EAST), (alice, NORTH), (alice, "company")]
)
def test_who_may_not_keep_alerts_of_an_area_silences_nothing(who: Any, area: str) -> None:
    with pytest.raises(PermissionDenied):
        silent(who(), area=area)
    assert not Silence.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "at"),
    [
        ({"ends_at": NOW}, "ends_at"),
        ({"ends_at": NOW + timedelta(days=91)}, "ends_at"),
        ({"starts_at": NOW + 2 * DAY}, "ends_at"),
        ({"reason": " \t"}, "reason"),
        ({"starts_at": NOW + 400 * DAY, "ends_at": NOW + 401 * DAY}, "starts_at"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(wrong: dict[str, Any], at: str) -> None:
    draft = SilenceDraft(**{"scope": scope(EAST), "ends_at": NOW + DAY, "reason": "Rebuilt", **wrong})
    with pytest.raises(SilenceRefused) as refused:
        make_silence(draft=draft, person=alice(), now=NOW)
    assert refused.value.at == at


# -- What it does -----------------------------------------------------------------------------------


def test_a_planned_silence_begins_and_ends_by_itself() -> None:
    rule(alice())
    silent(starts_at=NOW + HOUR, lasts=3 * HOUR)
    goes_red()
    assert told() == [("due", "reaches-tier")]
    figure(scope(EAST), "1.2")
    look(now=NOW + timedelta(minutes=30))
    figure(scope(EAST), "0.5")
    look(now=NOW + 2 * HOUR)
    assert told()[-1] == ("held", "silenced")
    services.gather_next(now=NOW + 3 * HOUR)
    assert told()[-1] == ("due", "silenced")


def test_ending_one_lets_what_it_held_be_told_at_once() -> None:
    made = silent()
    rule(alice())
    goes_red()
    assert told() == [("held", "silenced")]
    end_silence(silence=made, person=alice(), now=NOW + HOUR)
    assert services.gather_next(now=NOW + HOUR) == 1
    assert told() == [("due", "silenced")]
    assert not Silence.objects.get(pk=made.pk).to_come(NOW + HOUR)


def test_what_another_silence_covers_too_stays_held() -> None:
    rule(alice())
    first, other = silent(), silent(lasts=2 * DAY)
    goes_red()
    end_silence(silence=other, person=alice(), now=NOW + HOUR)
    services.gather_next(now=NOW + HOUR)
    assert told() == [("held", "silenced")]
    assert Notice.objects.get().held_until == first.ends_at


def test_ending_one_does_not_touch_what_it_does_not_cover() -> None:
    rule(bob(), area=NORTH)
    silent(bob(), area=NORTH)
    goes_red(NORTH)
    end_silence(silence=silent(), person=alice(), now=NOW + HOUR)
    assert Notice.objects.get().held_until == NOW + DAY


def test_ending_it_twice_and_taking_back_a_planned_one() -> None:
    made = silent(starts_at=NOW + HOUR)
    for _time in range(2):
        end_silence(silence=made, person=alice(), now=NOW)
    made.refresh_from_db()
    assert not made.to_come(NOW)
    assert not made.runs(NOW + 2 * HOUR)
    assert AuditEntry.objects.filter(action="alert.silence_end").count() == 1
    with pytest.raises(SilenceRefused):
        extend_silence(silence=made, until=NOW + DAY, person=alice(), now=NOW)


def test_one_that_is_prolonged_holds_on() -> None:
    made = silent()
    rule(alice())
    goes_red()
    extend_silence(silence=made, until=NOW + 2 * DAY, person=alice(), now=NOW + HOUR)
    services.gather_next(now=NOW + DAY)
    assert told() == [("held", "silenced")]
    assert Notice.objects.get().held_until == NOW + 2 * DAY


@pytest.mark.parametrize("until", [NOW + HOUR, NOW + DAY, NOW + timedelta(days=91)])
def test_it_is_prolonged_to_a_later_end_within_ninety_days(until: datetime) -> None:
    made = silent()
    with pytest.raises(SilenceRefused):
        extend_silence(silence=made, until=until, person=alice(), now=NOW)


def test_charlie_ends_and_prolongs_nothing() -> None:
    made = silent()
    with pytest.raises(PermissionDenied):
        end_silence(silence=made, person=charlie(), now=NOW)
    with pytest.raises(PermissionDenied):
        extend_silence(silence=made, until=NOW + 2 * DAY, person=charlie(), now=NOW)


# -- The preview ------------------------------------------------------------------------------------


def test_the_preview_says_what_is_open_who_watches_and_what_would_have_been_held() -> None:
    rule(alice(), bob())
    goes_red()
    now = timezone.now()
    episode().events.update(at=now - DAY)
    cover = cover_of(alice(), Silence(scope=scope(EAST)), now=now)
    assert [row.episode for row in cover.open] == [episode()]
    assert (cover.rules, cover.areas, cover.events, cover.messages, cover.people) == (1, 1, 1, 2, 2)
    milder = cover_of(alice(), Silence(scope=scope(EAST), up_to_level=2), now=now)
    assert (milder.open_count, milder.events) == (0, 0)
    assert cover_of(alice(), Silence(scope=scope(NORTH)), now=now).rules == 0


def test_the_preview_names_only_what_the_reader_may_see() -> None:
    rule(bob(), area=NORTH)
    goes_red(NORTH)
    cover = cover_of(alice(), Silence(scope=scope("company")), now=timezone.now())
    assert (cover.open, cover.rules, cover.events) == ((), 0, 0)


def test_the_database_and_the_pure_module_agree_on_what_is_covered() -> None:
    rule(alice(), area=SHANGHAI)
    goes_red(SHANGHAI)
    silent()
    look()
    cover = cover_of(alice(), Silence.objects.get(), now=NOW)
    page = browser(alice())
    Silence.objects.update(starts_at=timezone.now() - HOUR, ends_at=timezone.now() + HOUR)
    assert cover.open_count == 1
    assert "Silenced until" in page.get(reverse("alerts:episodes")).content.decode()
    assert (
        "Silenced until" in page.get(reverse("alerts:episode", args=[episode(SHANGHAI).pk])).content.decode()
    )


# -- Pages ------------------------------------------------------------------------------------------


def test_alice_makes_ends_and_prolongs_one_in_the_browser() -> None:
    page = browser(alice())
    assert page.post(reverse("alerts:silence_new"), asked()).status_code == 302
    made = Silence.objects.get()
    assert "Stock-taking" in page.get(reverse("alerts:silences")).content.decode()
    later = (timezone.localtime() + 3 * DAY).strftime(MOMENT)
    assert page.post(reverse("alerts:silence", args=[made.pk]), {"until": later}).status_code == 302
    made.refresh_from_db()
    assert made.ends_at > timezone.now() + 2 * DAY
    assert page.post(reverse("alerts:silence_end", args=[made.pk])).status_code == 302
    assert "It is over" in page.get(reverse("alerts:silence", args=[made.pk])).content.decode()


def test_what_is_wrong_is_said_and_nothing_is_saved() -> None:
    page = browser(alice())
    said = page.post(reverse("alerts:silence_new"), asked(reason="")).content.decode()
    assert "This field is required" in said
    said = page.post(reverse("alerts:silence_new"), asked(ends_at="2020-01-01T10:00")).content.decode()
    assert "still to come" in said
    for foreign in (NORTH, "华北", "region:nowhere"):
        scope(NORTH)
        said = page.post(reverse("alerts:silence_new"), asked(area=foreign)).content.decode()
        assert "no such area among yours" in said
        assert "华北" not in said
    assert not Silence.objects.exists()


def test_who_may_look_but_not_silence_is_told_so() -> None:
    person("Alice", "viewer", NORTH)
    said = browser(alice()).post(reverse("alerts:silence_new"), asked(area=NORTH)).content.decode()
    assert "not silence its alerts" in said


def test_the_form_begins_with_what_the_address_names() -> None:
    made = rule(alice())
    query: dict[str, str | int] = {"rule": made.pk, "scope": EAST, "metric": "revenue"}
    said = browser(alice()).get(reverse("alerts:silence_new"), query).content.decode()
    assert f'<option value="{made.pk}" selected>' in said
    assert f'<option value="{revenue().pk}" selected>' in said
    assert EAST in said


def test_the_preview_beside_the_form() -> None:
    rule(alice())
    goes_red()
    said = browser(alice()).post(reverse("alerts:silence_preview"), asked(reason="")).content.decode()
    assert "1 rule" in said
    assert reverse("alerts:episode", args=[episode().pk]) in said
    scope(NORTH)
    said = browser(alice()).post(reverse("alerts:silence_preview"), asked(area=NORTH)).content.decode()
    assert "no such area among yours" in said


def test_charlie_reads_the_list_and_changes_nothing_and_mallory_finds_nothing() -> None:
    made = silent(at=timezone.now())
    looks = browser(charlie())
    assert "The shop is rebuilt" in looks.get(reverse("alerts:silences")).content.decode()
    assert looks.post(reverse("alerts:silence_end", args=[made.pk])).status_code == 403
    assert looks.post(reverse("alerts:silence", args=[made.pk]), {"until": ""}).status_code == 403
    north = browser(charlie_of_the_north())
    assert "The shop is rebuilt" not in north.get(reverse("alerts:silences")).content.decode()
    assert north.get(reverse("alerts:silence", args=[made.pk])).status_code == 404


def charlie_of_the_north() -> Person:
    return person("Nora", "viewer", NORTH)


def test_a_rule_of_a_wider_area_is_not_named_to_whom_it_does_not_concern() -> None:
    wide = rule(bob(), area=NORTH, name="Secret rule")
    silent(bob(), rule=wide)
    (row,) = silences_page(alice(), now=NOW).running
    assert row.rule == "—"
    (row,) = silences_page(bob(), now=NOW).running
    assert row.rule == "Secret rule"


def test_the_list_asks_the_same_however_long_it_is(django_assert_max_num_queries: Any) -> None:
    made = rule(alice())
    for lasts in range(1, 9):
        silent(rule=made, lasts=lasts * HOUR)
    reader = alice()
    with django_assert_max_num_queries(8):
        page = silences_page(reader, now=NOW)
        assert [row.silence.scope.label for row in page.running] == ["华东"] * 8
