"""Who writes policies and rotas, what is refused, and who has the watch."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest

from alerts.models import Policy, Rota, RotaSwap, Rule, StepTarget, Tier
from alerts.rule_files import read, written
from alerts.selectors.policies import doubts, policies
from alerts.services.policies import (
    PolicyDraft,
    PolicyRefused,
    StepDraft,
    TargetDraft,
    remove_policy,
    save_policy,
)
from alerts.services.rotas import RotaDraft, RotaRefused, remove_rota, save_rota, swap_watch
from organization.models import AuditEntry, Person, Responsibility
from tests.alerts import connections as connection_builders
from tests.alerts.builders import NOW, browser, rule
from tests.api.callers import Program
from tests.people import ada, alice, bob, charlie, person, scope

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_broker")]

OWNER = TargetDraft("owner")


def draft(
    *steps: tuple[int, list[TargetDraft]], area: str = "region:华东", name: str = "Usual way"
) -> PolicyDraft:
    return PolicyDraft(name, scope(area), [StepDraft(minutes, targets) for minutes, targets in steps])


def saved(*, area: str = "region:华东", name: str = "Usual way") -> Policy:
    made = draft((0, [OWNER]), (2880, [TargetDraft("above")]), area=area, name=name)
    return save_policy(draft=made, person=bob())


def sent(area: str = "region:华东", **more: str) -> dict[str, str]:
    """What the form sends: two steps, the first tells the owner at once."""
    return {
        "name": "Usual way", "area": area, "remind": "1", "remind_unit": "1440", "steps": "3",
        "step0-rows": "2", "step0-unit": "60", "step0-whom0": "owner", "step0-how0": "email",
        "step1-rows": "2", "step1-delay": "2", "step1-unit": "1440", "step1-whom0": "above", "step2-rows": "2",
        **more,
    }  # fmt: skip


def steps_of(policy: Policy) -> list[tuple[int, list[str]]]:
    return [
        (step.delay_minutes, [" ".join([one.kind, *one.ways]) for one in step.targets.all()])
        for step in policy.steps.all()
    ]


def test_alice_writes_a_policy_for_the_region_that_she_leads() -> None:
    answer = browser(alice()).post("/alerts/policies/new/", sent(), follow=True)
    assert "“Usual way” is saved." in answer.content.decode()
    made = Policy.objects.get()
    assert steps_of(made) == [(0, ["owner email"]), (2880, ["above"])]
    assert (made.repeat_minutes, made.scope.key, made.owner) == (1440, "region:华东", alice())
    assert AuditEntry.objects.filter(action="policy.make").count() == 1


def test_alice_writes_none_for_the_company_and_charlie_writes_none_at_all() -> None:
    alice()
    answer = browser(person("Alice", "viewer")).post("/alerts/policies/new/", sent("company"))
    assert "You may not write policies for this area." in answer.content.decode()
    assert browser(charlie()).post("/alerts/policies/new/", sent()).status_code == 403
    assert not Policy.objects.exists()


def test_charlie_reads_a_policy_that_he_may_not_change_and_who_does_not_see_its_area_does_not() -> None:
    made = saved(area="company")
    page = browser(charlie()).get("/alerts/policies/").content.decode()
    assert "After 2 days: The lead above" in page
    assert browser(charlie()).get(f"/alerts/policies/{made.pk}/").status_code == 403
    assert "Usual way" not in browser(alice()).get("/alerts/policies/").content.decode()
    assert browser(alice()).get(f"/alerts/policies/{made.pk}/").status_code == 404


def test_of_two_who_edit_the_later_one_sees_the_other() -> None:
    made = saved()
    browser(bob()).post(f"/alerts/policies/{made.pk}/", sent(version="1", name="Bob's"))
    answer = browser(alice()).post(f"/alerts/policies/{made.pk}/", sent(version="1", name="Alice's"))
    assert "Somebody else has changed this policy meanwhile." in answer.content.decode()
    assert Policy.objects.get().name == "Bob's"


def test_a_step_that_comes_no_later_is_refused_at_its_place_and_nothing_is_saved() -> None:
    scope("region:华东")
    answer = browser(bob()).post("/alerts/policies/new/", sent(**{"step1-delay": ""}))
    assert answer.content.decode().count("Each step comes later than the one before it.") == 1
    assert not Policy.objects.exists()


@pytest.mark.parametrize(
    "steps",
    [
        [],
        [(0, [])],
        [(60, [OWNER]), (60, [OWNER])],
        [(60, [OWNER]), (0, [OWNER])],
        [(0, [OWNER] * 21)],
        [(number, [OWNER]) for number in range(11)],
        [(31 * 24 * 60, [OWNER])],
        [(0, [TargetDraft("person")])],
        [(0, [TargetDraft("duty", duty=" ")])],
        [(0, [TargetDraft("owner", ways=("pigeon",))])],
        [(0, [TargetDraft("king")])],
    ],
)
def test_what_cannot_be_a_policy_is_refused(steps: list[tuple[int, list[TargetDraft]]]) -> None:
    with pytest.raises(PolicyRefused):
        save_policy(draft=draft(*steps), person=bob())
    assert not Policy.objects.exists()


def test_a_first_step_may_come_late() -> None:
    assert steps_of(save_policy(draft=draft((60, [OWNER])), person=bob())) == [(60, ["owner"])]


def test_who_has_left_is_not_named() -> None:
    gone = person("Zoe", is_active=False)
    with pytest.raises(PolicyRefused, match="Zoe has left"):
        save_policy(draft=draft((0, [TargetDraft("person", person=gone)])), person=bob())


def test_two_policies_do_not_have_one_name() -> None:
    saved()
    with pytest.raises(PolicyRefused, match="of this name"):
        saved(name="usual WAY")


def test_a_policy_that_rules_name_stays_and_says_which_as_far_as_one_may_know() -> None:
    made = saved()
    Tier.objects.filter(rule=rule(bob(), name="Revenue of the region")).update(policy=made)
    with pytest.raises(PolicyRefused, match="Revenue of the region"):
        remove_policy(policy=made, person=bob())
    stranger = person("Eve", "lead", "region:华北")
    with pytest.raises(PolicyRefused) as refused:
        remove_policy(policy=made, person=stranger)
    assert "Revenue" not in str(refused.value)
    Rule.objects.all().delete()
    browser(bob()).post(f"/alerts/policies/{made.pk}/remove/")
    assert not Policy.objects.exists()


def test_a_rota_goes_once_no_policy_names_it_and_says_which_does_as_far_as_one_may_know() -> None:
    watch = save_rota(
        draft=RotaDraft("Weekends", scope("company"), [bob()], date(2026, 11, 2), time(9)), person=bob()
    )
    made = save_policy(draft=draft((0, [TargetDraft("rota", rota=watch)])), person=bob())
    his = browser(bob())
    at = f"/alerts/rotas/{watch.pk}/remove/"
    assert "Its turns and swaps go with it" in his.get(at).content.decode()
    assert "Policies name this rota: Usual way" in his.post(at, follow=True).content.decode()
    with pytest.raises(RotaRefused) as refused:
        remove_rota(rota=watch, person=person("Eve", "lead", "region:华北"))
    assert "Usual" not in str(refused.value)
    remove_policy(policy=made, person=bob())
    assert "is removed" in his.post(at, follow=True).content.decode()
    assert not Rota.objects.exists()
    assert his.post(at).status_code == 404


def test_more_lines_are_given_without_losing_what_is_written() -> None:
    page = (
        browser(bob())
        .post("/alerts/policies/new/", sent(add="1", **{"step0-whom1": "above"}))
        .content.decode()
    )
    assert 'name="steps" value="4"' in page
    assert 'name="step0-rows" value="3"' in page
    assert page.count('<option value="above" selected>') == 2
    assert not Policy.objects.exists()


def test_a_connection_is_chosen_by_who_administers_and_by_nobody_else() -> None:
    group = connection_builders.made("wecom", by=ada(), name="Marketing group")
    whom = {"step0-whom0": f"connection:{group.pk}", "step0-how0": ""}
    assert "Marketing group" not in browser(alice()).get("/alerts/policies/new/").content.decode()
    browser(alice()).post("/alerts/policies/new/", sent(**whom))
    assert not Policy.objects.exists()
    browser(ada()).post("/alerts/policies/new/", sent(**whom))
    assert StepTarget.objects.filter(connection=group).exists()


def test_its_author_hears_whom_it_does_not_reach() -> None:
    made = saved()
    assert len(doubts(made, now=NOW)) == 3
    Responsibility.objects.create(person=alice(), scope=scope("region:华东"), first_day=date(2020, 1, 1))
    said = doubts(made, now=NOW)
    assert said == ["After 2 days: “The lead above” is nobody for this area today."]
    Person.objects.update(password="!")
    assert "Nobody whom this policy tells has a login" in doubts(made, now=NOW)[-1]


def test_a_list_of_policies_asks_no_more_for_many(django_assert_max_num_queries: object) -> None:
    for number in range(3):
        saved(name=f"Way {number}")
    with django_assert_max_num_queries(12):  # type: ignore[operator]
        assert len(policies(bob())) == 3


# -- Rules name policies ----------------------------------------------------------------------------


def test_bob_names_a_policy_for_a_level_in_the_form_of_a_rule() -> None:
    made, watched = saved(area="company"), rule(bob(), area="company")
    page = browser(bob()).get(f"/alerts/rules/{watched.pk}/").content.decode()
    assert page.count(f'<option value="{made.pk}">Usual way</option>') == 3
    browser(bob()).post(
        f"/alerts/rules/{watched.pk}/",
        {
            "name": "Revenue", "metric": watched.metric_id, "area": "company", "below": "one", "grain": "month",
            "schedule": "changes", "margin": "2", "keep_periods": "1", "people-TOTAL_FORMS": "0",
            "people-INITIAL_FORMS": "0", "critical-0-kind": "attainment", "critical-0-below": "70",
            "critical-policy": str(made.pk),
        },
    )  # fmt: skip
    assert [(tier.level, tier.policy) for tier in watched.tiers.all()] == [(3, made)]
    entry = AuditEntry.objects.filter(action="rule.edit").latest("pk")
    assert entry.details["after"]["policies"] == {"3": "Usual way"}


def test_alice_does_not_name_a_policy_of_an_area_that_she_does_not_see() -> None:
    saved(area="company")
    page = browser(alice()).get("/alerts/rules/new/").content.decode()
    assert "Usual way" not in page


def test_a_file_of_rules_names_policies_and_an_unknown_one_is_refused_at_its_place() -> None:
    made, watched = saved(), rule(bob())
    Tier.objects.filter(rule=watched, level=2).update(policy=made)
    text = written([Rule.objects.get()])
    assert "policy: Usual way" in text
    assert [line.what for line in read(text, bob())] == ["same"]
    (line,) = read(text.replace("policy: Usual way", "policy: Other way"), bob())
    assert line.wrong == ("levels.2.policy: There is no policy of that name that you may use.",)


def test_a_program_sends_and_gets_the_policy_of_a_level() -> None:
    saved()
    body = {
        "name": "Revenue", "metric": "revenue", "scope": "region:华东",
        "levels": [{"level": "critical", "condition": {"kind": "attainment", "below": "0.7"}, "policy": "Usual way"}],
    }  # fmt: skip
    answer = Program(bob()).post("rules/", body)
    assert answer.status_code == 201, answer.content
    assert answer.json()["levels"][0]["policy"] == "Usual way"
    body["levels"][0]["policy"] = "No such"  # type: ignore[index]
    assert Program(bob()).post("rules/", body).status_code == 422


# -- Rotas ------------------------------------------------------------------------------------------


def rota(*people: Person) -> Rota:
    made = RotaDraft("Watch", scope("region:华东"), people, NOW.date(), time(9), 7)
    return save_rota(draft=made, person=bob())


def test_alice_sees_who_has_the_watch_and_swaps_it() -> None:
    made = rota(bob(), alice())
    Rota.objects.update(first_day=date.today() - timedelta(days=1))
    client = browser(alice())
    assert (
        "<strong>Bob</strong> has the watch now." in client.get(f"/alerts/rotas/{made.pk}/").content.decode()
    )
    begins, ends = date.today() - timedelta(days=1), date.today() + timedelta(days=2)
    swap = {"starts_at": f"{begins}T00:00", "ends_at": f"{ends}T00:00", "person": alice().pk}
    page = client.post(f"/alerts/rotas/{made.pk}/swap/", swap, follow=True).content.decode()
    assert "<strong>Alice</strong> has the watch now." in page
    page = client.post(
        f"/alerts/rotas/{made.pk}/swap/", {"take_back": RotaSwap.objects.get().pk}, follow=True
    ).content.decode()
    assert "<strong>Bob</strong> has the watch now." in page
    assert RotaSwap.objects.count() == 1  # who had the watch until now stays on record


def test_a_swap_that_ends_before_it_begins_or_is_over_is_refused() -> None:
    made = rota(bob())
    for begins, ends in ((2, 1), (-2, -1)):
        with pytest.raises(RotaRefused):
            swap_watch(
                rota=made, to=alice(), starts_at=NOW + timedelta(days=begins),
                ends_at=NOW + timedelta(days=ends), person=bob(), now=NOW,
            )  # fmt: skip


def test_alice_writes_a_rota_and_the_later_of_two_editors_sees_the_other() -> None:
    body = {
        "name": "Watch", "area": "region:华东", "first_day": "2026-03-20", "hands_over_at": "09:00", "turn_days": "7",
        "person0": str(alice().pk), "person1": "", "person2": str(bob().pk),
    }  # fmt: skip
    browser(alice()).post("/alerts/rotas/new/", body)
    made = Rota.objects.get()
    assert [place.person for place in made.places.all()] == [alice(), bob()]
    browser(bob()).post(f"/alerts/rotas/{made.pk}/edit/", {**body, "version": "1", "turn_days": "1"})
    answer = browser(alice()).post(f"/alerts/rotas/{made.pk}/edit/", {**body, "version": "1"})
    assert "Somebody else has changed this rota meanwhile." in answer.content.decode()
    assert Rota.objects.get().turn_days == 1


def test_a_rota_has_somebody_in_it() -> None:
    with pytest.raises(RotaRefused):
        rota()
    assert not Rota.objects.exists()
