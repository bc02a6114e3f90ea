"""The digest: one mail a day at one's own hour, of what is open, new, recovered, held and due."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from alerts import tasks
from alerts.digests import due_day
from alerts.models import DigestRun, FollowedFigure, Instance, Listening, Message, Notice
from alerts.selectors.digest import digest_of, due_digests
from alerts.services.digest import write_next_digest
from organization.models import Person
from tests.alerts.builders import episode, figure, look, revenue, rule
from tests.decisions import plans
from tests.people import alice, bob, person, scope

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_broker")]
EAST, NORTH = "region:华东", "region:华北"
FIVE = datetime(2026, 3, 20, 9, tzinfo=UTC)  # 17:00 in Shanghai, a Friday
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def wants(who: Person, **more: Any) -> Person:
    Listening.objects.update_or_create(person=who, defaults={"digest": "daily", **more})
    return who


def goes(attainment: str, area: str = EAST, *, now: datetime = FIVE - HOUR) -> None:
    figure(scope(area), attainment)
    look(now=now)


def write(now: datetime = FIVE) -> list[Message]:
    """What the workers do; all digests that there are, oldest first."""
    while write_next_digest(now=now):
        pass
    return digests()


def digests() -> list[Message]:
    return list(Message.objects.filter(template="digest").order_by("pk"))


# -- When -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("when", "now", "day"),
    [
        ("daily", FIVE - timedelta(minutes=1), None),
        ("daily", FIVE, date(2026, 3, 20)),
        ("daily", FIVE + 6 * HOUR, date(2026, 3, 20)),  # the beat was down: caught up that day
        ("daily", FIVE + 8 * HOUR, None),  # past midnight: that day is over
        ("working", FIVE, date(2026, 3, 20)),
        ("working", FIVE + DAY, None),
        ("working", FIVE + 2 * DAY, date(2026, 3, 22)),  # a Sunday on which is worked
        ("weekly", FIVE, date(2026, 3, 20)),
        ("weekly", FIVE + DAY, None),
        ("off", FIVE, None),
    ],
)
def test_the_day_whose_digest_is_due(when: str, now: datetime, day: date | None) -> None:
    found = due_day(
        when=when, at=time(17), weekday=4, zone=ZoneInfo("Asia/Shanghai"), now=now,
        exceptions={date(2026, 3, 22): True},
    )  # fmt: skip
    assert found == day


def test_each_gets_it_at_five_of_her_own_zone() -> None:
    wants(alice())
    wants(person("Lena", "viewer", time_zone="Europe/Berlin"))
    wants(bob(), digest="off")
    assert [due.person for due in due_digests(FIVE)] == [alice()]
    assert [due.person.username for due in due_digests(FIVE + 7 * HOUR)] == ["lena"]
    both = [due.person.username for due in due_digests(datetime(2026, 3, 20, 15, 30, tzinfo=UTC))]
    assert both == ["alice"]
    Person.objects.filter(username="alice").update(is_active=False)
    assert due_digests(FIVE) == []


def test_finding_who_is_due_asks_as_much_of_many_as_of_one(django_assert_num_queries: Any) -> None:
    for number in range(6):
        wants(person(f"Reader{number}", "viewer"))
    with django_assert_num_queries(3):
        assert len(due_digests(FIVE)) == 6


# -- What -------------------------------------------------------------------------------------------


def test_it_says_what_is_open_and_new_and_then_that_it_recovered() -> None:
    wants(alice())
    rule(alice())
    goes("0.6")
    (first,) = write()
    assert (first.person, first.way, first.address) == (alice(), "email", "alice@example.com")
    assert "1 alert is open" in first.subject
    assert "New alerts" in first.text
    assert f"/alerts/{episode().pk}/" in first.text
    (_first, second) = write(FIVE + DAY)
    assert "Still open" in second.text
    goes("1.2", now=FIVE + DAY + HOUR)
    third = write(FIVE + 2 * DAY)[2]
    assert "Recovered" in third.text
    assert "Still open" not in third.text
    assert len(write(FIVE + 3 * DAY)) == 3  # nothing to say any more


def test_it_goes_once_however_many_look() -> None:
    wants(alice())
    rule(alice())
    goes("0.6")
    (first,) = write()
    assert write(FIVE + HOUR) == [first]
    assert DigestRun.objects.count() == 1
    DigestRun.objects.all().delete()
    assert first.key == Message.objects.get(template="digest").key


def test_a_worker_that_comes_second_writes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    wants(alice())
    rule(alice())
    goes("0.6")
    stale = due_digests(FIVE)
    write()
    monkeypatch.setattr("alerts.services.digest.due_digests", lambda now: stale)
    assert not write_next_digest(now=FIVE)
    assert len(digests()) == 1


@pytest.mark.parametrize(("when_empty", "mails"), [(False, 0), (True, 1)])
def test_nothing_to_say_is_not_said_or_in_a_line_where_she_wants_it(when_empty: bool, mails: int) -> None:
    wants(alice(), digest_when_empty=when_empty)
    sent = write()
    assert len(sent) == mails
    assert DigestRun.objects.get().message == (sent[0] if sent else None)
    assert all("Nothing to report" in one.subject for one in sent)


def test_who_has_no_confirmed_address_gets_none() -> None:
    who = wants(person("Una", "viewer", email_verified_at=None), digest_when_empty=True)
    assert write() == []
    assert DigestRun.objects.get().person == who


def test_what_comes_and_goes_is_told_by_the_digest() -> None:
    wants(alice())
    rule(alice())
    goes("0.6")
    Instance.objects.update(flapping=True)
    Notice.objects.update(decision="held", reason="flapping", message=None)
    (mail,) = write()
    assert "It comes and goes" in mail.text
    notice = Notice.objects.get()
    assert (notice.decision, notice.reason, notice.message) == ("due", "flapping", mail)


def test_what_an_alert_above_speaks_for_is_named_and_stays_held() -> None:
    wants(alice())
    rule(alice())
    goes("0.6")
    Notice.objects.update(decision="held", reason="explained", message=None)
    (mail,) = write()
    assert "The area above has the same alert" in mail.text
    assert Notice.objects.get().decision == "held"


def test_of_a_closed_area_it_says_no_figure_and_no_name() -> None:
    wants(alice(), digest_when_empty=True)
    rule(bob(), area=NORTH, name="Northern revenue")
    goes("0.61", NORTH)
    (mail,) = write()
    assert "华北" not in mail.text + mail.html
    Notice.objects.update(decision="held", reason="flapping", message=None, person=alice())
    mail = write(FIVE + DAY)[1]
    assert "Something needs attention: Northern revenue" in mail.text
    assert "华北" not in mail.text + mail.html
    assert "61" not in mail.text


def test_the_figures_furthest_behind_are_those_of_her_home_area() -> None:
    wants(alice(), digest_when_empty=True)
    figure(scope(EAST), "0.6")
    figure(scope(NORTH), "0.3")
    found = digest_of(alice(), day=date(2026, 3, 20), when="daily", now=FIVE)
    assert [(row.metric.code, row.reading.status) for row in found.figures] == [("revenue", "red")]
    (mail,) = write()
    assert "Of 华东, up to five figures whose lights are the worst this month." in mail.text
    assert "60% of plan" in mail.text


def test_the_figures_that_she_follows_stand_in_it_as_far_as_she_still_sees_them() -> None:
    wants(alice(), digest_when_empty=True)
    for place, (area, share) in enumerate(((NORTH, "0.3"), (EAST, "0.9"))):  # once she saw the north as well
        figure(scope(area), share)
        FollowedFigure.objects.create(person=alice(), position=place, metric=revenue(), scope=scope(area))
    (mail,) = write()
    assert "Figures that you follow" in mail.text
    assert "Revenue, 华东" in mail.text
    assert "90% of plan" in mail.text
    assert "furthest" not in mail.text.lower()
    assert "华北" not in mail.text + mail.html


def test_what_waits_for_her_is_named_with_its_day() -> None:
    wants(alice())
    task = plans.task(EAST, whose=alice())
    (mail,) = write()
    assert task.title in mail.text
    assert "due 18 Nov 2026" in mail.text
    assert "overdue" not in mail.text
    assert "due 18 Nov 2026, overdue" in write(datetime(2026, 11, 20, 10, tzinfo=UTC))[1].text


def test_it_is_written_in_her_language() -> None:
    wants(person("Alice", "lead", EAST))
    Person.objects.update(language="zh-hans")
    rule(alice())
    goes("0.6")
    (mail,) = write()
    assert mail.language == "zh-hans"
    assert '<html lang="zh-hans">' in mail.html
    assert "2026年3月" in mail.text
    assert "March" not in mail.text


def test_the_sweep_asks_for_digests_that_are_due_and_for_none_else(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr("alerts.tasks.queueing.enqueue", lambda task, **_more: asked.append(task))
    tasks.sweep()
    assert "alerts.tasks.digest" not in asked
    wants(alice(), digest_at=time(0))
    tasks.sweep()
    assert "alerts.tasks.digest" in asked
    tasks.digest()
    asked.clear()
    tasks.sweep()
    assert "alerts.tasks.digest" not in asked
