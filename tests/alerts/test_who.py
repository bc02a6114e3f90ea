"""Who would get an alert now, or some night: nothing is sent and nothing written by asking."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest

from alerts.held import no_watch, watch_instead
from alerts.models import (
    Listening,
    Message,
    Notice,
    Policy,
    PolicyStep,
    Rota,
    RotaPlace,
    Rule,
    Silence,
    StepTarget,
    Tier,
)
from alerts.selectors.who import WhoStep, covered_areas, who_would_get
from organization.holdings import Leaving
from organization.models import Responsibility
from tests.alerts.builders import NOW, browser, rule
from tests.people import ada, alice, bob, charlie, scope

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_broker")]


def watched() -> Rule:
    """Bob is told by the rule; its policy tells Alice, who is responsible, at once and Ada after two hours."""
    made = rule(bob())
    Responsibility.objects.create(person=alice(), scope=scope("region:华东"), first_day=date(2020, 1, 1))
    policy = Policy.objects.create(name="Usual way", scope=scope("company"))
    for minutes, target in ((0, {"kind": "owner"}), (120, {"kind": "person", "person": ada()})):
        step = PolicyStep.objects.create(policy=policy, position=minutes // 120, delay_minutes=minutes)
        StepTarget.objects.create(step=step, ways=["email"], **target)
    Tier.objects.filter(rule=made).update(policy=policy)
    return made


def answer(made: Rule, level: int = 2) -> list[str]:
    def lines(step: WhoStep) -> list[str]:
        return [f"{(step.at - NOW) // timedelta(hours=1)} h: {row.label} {row.decision}" for row in step.rows]

    steps = who_would_get(made, covered_areas(made)[0], level=level, at=NOW)
    return [line for step in steps for line in lines(step)]


def test_bob_asks_who_would_get_it_and_nothing_is_written() -> None:
    made = watched()
    assert answer(made) == ["0 h: Bob due", "0 h: Alice due", "2 h: Ada due"]
    assert not Message.objects.exists()
    assert not Notice.objects.exists()


def test_quiet_hours_and_silences_are_answered_as_they_would_be_told() -> None:
    made = watched()
    Listening.objects.create(person=alice(), quiet_from=time(0), quiet_until=time(23, 59))
    assert "0 h: Alice held" in answer(made)
    assert "0 h: Alice due" in answer(made, level=3)
    Silence.objects.create(
        scope=scope("company"), starts_at=NOW, ends_at=NOW + timedelta(hours=1), reason="Works"
    )
    assert answer(made, level=3) == ["0 h: Bob held", "0 h: Alice held", "2 h: Ada due"]


def test_bob_reads_the_page_and_charlie_does_not() -> None:
    made = watched()
    page = (
        browser(bob()).get(f"/alerts/rules/{made.pk}/who/?level=critical&area=region:华东").content.decode()
    )
    assert "Alice" in page
    assert "After 2 hours" in page
    assert "alice@example.com" not in page
    assert browser(charlie()).get(f"/alerts/rules/{made.pk}/who/").status_code == 403
    wrong = browser(bob()).get(f"/alerts/rules/{made.pk}/who/?area=region:nowhere&at=9999-12-31T00:00")
    assert wrong.status_code == 200
    assert "within a year" in wrong.content.decode()


def test_who_leaves_hands_over_her_turns_or_they_end() -> None:
    kept = {"scope": scope("company"), "first_day": NOW.date(), "hands_over_at": time(9)}
    made = Rota.objects.create(name="Watch", **kept)
    for position, who in enumerate((alice(), bob())):
        RotaPlace.objects.create(rota=made, position=position, person=who)
    assert watch_instead(Leaving(alice(), ada(), NOW, NOW.date()), ada()) == 1
    assert [place.person for place in made.places.all()] == [ada(), bob()]
    assert no_watch(Leaving(bob(), ada(), NOW, NOW.date())) == 1
    assert [place.person for place in made.places.all()] == [ada()]
