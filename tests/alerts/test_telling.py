"""Policies, hours, silences, and what lies above: who is told when, and why not."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest

from alerts import services
from alerts.models import (
    EpisodeEvent,
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
from decisions.models import Delegation
from organization.models import Duty, Person, Responsibility
from tests.alerts.builders import NOW, episode, figure, look, rule, story
from tests.people import ada, alice, bob, charlie, dana, node, scope

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_broker")]


def policy(*steps: tuple[int, dict[str, object]], repeat: int | None = None, name: str = "Usual") -> Policy:
    made = Policy.objects.create(name=name, scope=scope("company"), repeat_minutes=repeat)
    for position, (minutes, target) in enumerate(steps):
        step = PolicyStep.objects.create(policy=made, position=position, delay_minutes=minutes)
        StepTarget.objects.create(step=step, **target)
    return made


def follows(made: Rule, policy: Policy, *levels: int) -> Rule:
    Tier.objects.filter(rule=made, level__in=levels or (1, 2, 3)).update(policy=policy)
    return made


def answers(who: Person, area: str) -> None:
    Responsibility.objects.create(person=who, scope=scope(area), first_day=date(2020, 1, 1))


def told() -> list[str]:
    """Every notice, oldest first: who, by which way, of what, and what became of it."""
    rows = Notice.objects.select_related("person", "event").order_by("event__pk", "pk")
    return [
        f"{row.person.username if row.person else '-'} {row.way} {row.event.kind}: {row.decision}, {row.reason}"
        for row in rows
    ]


def goes_red(area: str = "region:华东", attainment: str = "0.6") -> None:
    figure(scope(area), attainment)
    look()


def later(**span: int) -> datetime:
    now = NOW + timedelta(**span)
    while services.escalate_next(now=now):
        pass
    while services.gather_next(now=now):
        pass
    return now


def test_a_policy_tells_the_owner_then_her_lead_then_the_director_until_somebody_answers() -> None:
    node("region:华东/上海")
    answers(alice(), "region:华东/上海")
    answers(bob(), "region:华东")
    Duty.objects.create(name="Director", scope=scope("company"), person=ada())
    usual = policy(
        (0, {"kind": "owner"}), (30, {"kind": "above"}), (48 * 60, {"kind": "duty", "duty": "director"})
    )
    follows(rule(area="region:华东/上海"), usual)
    goes_red("region:华东/上海")
    assert told()[0] == "alice email first: due, policy"
    later(minutes=29)
    assert story("region:华东/上海") == ["first 3"]
    later(minutes=31)
    assert story("region:华东/上海") == ["first 3", "escalated 3"]
    assert "bob email escalated: due, escalated" in told()
    later(hours=49)
    assert any(line.startswith("ada email escalated") for line in told())
    later(hours=500)
    assert story("region:华东/上海") == ["first 3", "escalated 3", "escalated 3"]


def test_a_beat_that_was_down_for_days_does_not_wake_all_steps_at_once() -> None:
    usual = policy((0, {"kind": "person", "person": alice()}), (30, {"kind": "person", "person": bob()}),
                   (60, {"kind": "person", "person": ada()}))  # fmt: skip
    follows(rule(), usual)
    goes_red()
    later(days=3)
    assert story() == ["first 3", "escalated 3"]
    later(days=3, minutes=29)
    assert story() == ["first 3", "escalated 3"]
    later(days=3, minutes=30)
    assert story() == ["first 3", "escalated 3", "escalated 3"]


def test_who_acknowledges_stops_steps_and_reminders_until_it_gets_worse() -> None:
    usual = policy(
        (0, {"kind": "person", "person": alice()}), (30, {"kind": "person", "person": bob()}), repeat=60
    )
    follows(rule(), usual)
    goes_red(attainment="0.8")
    services.acknowledge(episode=episode(), person=alice(), now=NOW + timedelta(minutes=5))
    later(days=2)
    assert story() == ["first 2", "acknowledged 2"]
    assert (episode().holder, episode().acknowledged_by) == (alice(), alice())
    goes_red(attainment="0.5")
    later(minutes=45)
    assert story() == ["first 2", "acknowledged 2", "raised 3", "escalated 3"]
    assert episode().acknowledged_at is None


def test_who_acknowledges_until_tomorrow_is_asked_again_then() -> None:
    usual = policy((0, {"kind": "person", "person": alice()}), (30, {"kind": "person", "person": bob()}))
    follows(rule(), usual)
    goes_red()
    services.acknowledge(episode=episode(), person=alice(), now=NOW, until=NOW + timedelta(days=1))
    later(hours=23)
    assert story() == ["first 3", "acknowledged 3"]
    later(hours=25)
    assert story() == ["first 3", "acknowledged 3", "escalated 3"]


def test_reminders_go_to_those_told_until_it_recovers() -> None:
    follows(rule(), policy((0, {"kind": "person", "person": alice()}), repeat=60))
    goes_red()
    for hour in (1, 2):
        later(hours=hour, minutes=hour)
    assert story() == ["first 3", "reminder 3", "reminder 3"]
    assert told().count("alice email reminder: due, was-told") == 2
    figure(scope("region:华东"), "1.1")
    look(now=NOW + timedelta(hours=3))
    later(days=3)
    assert story()[-1] == "recovered 3"
    assert told()[-1] == "alice email recovered: due, was-told"


def test_whoever_has_the_watch_is_told() -> None:
    watch = Rota.objects.create(
        name="Watch", scope=scope("company"), first_day=NOW.date(), hands_over_at=time(0)
    )
    for position, who in enumerate((bob(), alice())):
        RotaPlace.objects.create(rota=watch, position=position, person=who)
    follows(rule(), policy((0, {"kind": "rota", "rota": watch})))
    goes_red()
    assert [line.split()[0] for line in told()] == ["bob"]


def test_quiet_hours_hold_a_warning_until_morning_and_let_a_critical_one_through() -> None:
    Listening.objects.create(person=alice(), quiet_from=time(0), quiet_until=time(23, 59))
    rule(alice())
    goes_red(attainment="0.8")
    assert told() == ["alice email first: held, quiet-hours"]
    assert not Message.objects.exists()
    later(days=1, hours=23)
    assert told() == ["alice email first: held, quiet-hours"]
    Listening.objects.update(quiet_from=None, quiet_until=None)
    later(days=3)
    assert told() == ["alice email first: due, quiet-hours"]
    assert Message.objects.get().notices.count() == 1
    Listening.objects.update(quiet_from=time(0), quiet_until=time(23, 59))
    figure(scope("region:华东"), "0.5")
    look(now=NOW + timedelta(days=3, hours=1))
    assert told()[-1] == "alice email raised: due, reaches-tier"


def test_what_is_over_in_the_morning_is_not_told() -> None:
    Listening.objects.create(person=alice(), quiet_from=time(0), quiet_until=time(23, 59))
    rule(alice())
    goes_red(attainment="0.8")
    goes_red(attainment="1.1")
    Listening.objects.all().delete()
    later(days=3)
    assert told() == [
        "alice email first: suppressed, over-again",
        "alice email recovered: suppressed, not-told-before",
    ]
    assert not Message.objects.exists()


def test_thirty_troubles_at_once_are_two_mails() -> None:
    for number in range(30):
        node(f"region:r{number}")
        figure(scope(f"region:r{number}"), "0.6")
    rule(bob(), area="company", spread="children", along="region")
    assert Message.objects.count() == 1
    later(seconds=29)
    assert Message.objects.count() == 1
    later(seconds=31)
    assert Message.objects.count() == 2
    many = Message.objects.latest("pk")
    assert many.notices.count() == 29
    assert "29 alerts" in many.subject
    assert many.text.count("Revenue") == 30


def test_a_companys_alert_speaks_for_its_regions_and_names_them() -> None:
    for area in ("region:华东", "region:华北"):
        node(area)
        figure(scope(area), "0.6")
    figure(scope("company"), "0.6")
    rule(bob(), area="company", spread="subtree", along="region")
    first = Message.objects.get()
    assert "华东" in first.text
    assert "华北" in first.text
    assert sorted(told())[1:] == ["bob email first: held, explained"] * 2
    later(hours=1)
    assert Message.objects.count() == 1


def test_a_lead_who_is_not_told_of_the_company_is_told_of_her_region() -> None:
    figure(scope("region:华东"), "0.6")
    figure(scope("company"), "0.6")
    answers(alice(), "region:华东")
    answers(bob(), "company")
    follows(rule(area="company", spread="subtree", along="region"), policy((0, {"kind": "owner"})))
    services.switch_rule(rule=Rule.objects.get(), enabled=False, person=bob(), now=NOW)
    services.switch_rule(rule=Rule.objects.get(), enabled=True, person=bob(), now=NOW)
    look(now=NOW + timedelta(hours=1))
    assert sorted(told()) == ["alice email first: due, policy", "bob email first: due, policy"]


def test_when_the_company_recovers_the_region_that_has_not_speaks_for_itself() -> None:
    figure(scope("region:华东"), "0.6")
    figure(scope("company"), "0.6")
    rule(bob(), area="company", spread="subtree", along="region")
    figure(scope("company"), "1.1")
    look(now=NOW + timedelta(hours=1))
    later(hours=2)
    assert sorted(line for line in told() if "first" in line) == [
        "bob email first: due, explained",
        "bob email first: due, reaches-tier",
    ]


def test_a_silence_holds_messages_and_what_is_still_open_at_its_end_is_told() -> None:
    Silence.objects.create(
        scope=scope("company"),
        starts_at=NOW,
        ends_at=NOW + timedelta(hours=2),
        reason="New prices",
        author=bob(),
    )
    rule(alice())
    goes_red()
    assert told() == ["alice email first: held, silenced"]
    later(hours=1)
    assert told() == ["alice email first: held, silenced"]
    later(hours=3)
    assert told() == ["alice email first: due, silenced"]


@pytest.mark.parametrize("more", [{"up_to_level": 2}, {"scope": "region:华北"}])
def test_a_silence_covers_only_what_it_names(more: dict[str, object]) -> None:
    names = {"scope": "company", **more}
    Silence.objects.create(
        **{**names, "scope": scope(str(names["scope"]))},
        starts_at=NOW, ends_at=NOW + timedelta(hours=2), reason="Works",
    )  # fmt: skip
    rule(alice())
    goes_red()
    assert told() == ["alice email first: due, reaches-tier"]


def test_while_alice_is_away_bob_is_told_in_her_place() -> None:
    Delegation.objects.create(
        from_person=alice(), to_person=bob(), first_day=NOW.date(), last_day=NOW.date() + timedelta(days=7)
    )
    rule(alice())
    goes_red()
    assert told() == ["alice email first: suppressed, away", "bob email first: due, stands-in"]


def test_who_cannot_open_the_alert_has_no_bell() -> None:
    follows(rule(), policy((0, {"kind": "person", "person": charlie(), "ways": ["app"]})))
    goes_red()
    assert told()[0].startswith("charlie app first: ")


def test_bob_hands_it_to_alice_who_is_told_and_not_to_one_who_cannot_see_it() -> None:
    rule(bob())
    goes_red()
    services.hand_over(episode=episode(), to=alice(), person=bob(), now=NOW, note="Yours")
    assert told()[-1] == "alice email handed-over: due, handed-over"
    assert episode().holder == alice()
    stranger = Person.objects.create(username="zoe", email="z@x.com", email_verified_at=NOW)
    with pytest.raises(services.EpisodeRefused):
        services.hand_over(episode=episode(), to=stranger, person=bob(), now=NOW)


def test_what_bob_closes_with_a_cause_is_told_to_those_who_heard_of_it() -> None:
    rule(alice())
    goes_red()
    services.close_by_hand(
        episode=episode(), cause="The feed was late", person=bob(), now=NOW + timedelta(hours=1)
    )
    assert (episode().close_reason, episode().close_cause) == ("by-hand", "The feed was late")
    assert told()[-1] == "alice email closed: due, was-told"
    assert EpisodeEvent.objects.latest("pk").person == bob()
    with pytest.raises(services.EpisodeRefused):
        services.acknowledge(episode=episode(), person=alice(), now=NOW)


def test_a_cause_is_needed() -> None:
    rule(alice())
    goes_red()
    with pytest.raises(services.EpisodeRefused):
        services.close_by_hand(episode=episode(), cause="  ", person=bob(), now=NOW)


def test_finance_is_told_only_if_it_comes_to_that() -> None:
    Duty.objects.create(name="CFO", scope=scope("company"), person=dana())
    follows(rule(bob()), policy((0, {"kind": "duty", "duty": "CFO"})), 3)
    goes_red(attainment="0.8")
    assert not [line for line in told() if line.startswith("dana")]
    goes_red(attainment="0.5")
    assert [line for line in told() if line.startswith("dana email")] == ["dana email raised: due, policy"]
