"""The pages of alerts, rules and messages, as people use them."""

from __future__ import annotations

from decimal import Decimal as D
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from alerts import services
from alerts.models import Message, Rule
from tests.alerts.builders import browser, episode, figure, look, revenue, rule
from tests.people import ada, alice, bob, charlie, dana, node, scope

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_broker")]


def written(**changes: Any) -> dict[str, Any]:
    """What the form sends for a rule on 华东's revenue that tells Bob from warning on."""
    form = {
        "name": "Revenue of 华东",
        "metric": revenue().pk,
        "area": "region:华东",
        "below": "one",
        "grain": "month",
        "watch-0-kind": "attainment",
        "watch-0-below": "100",
        "watch-periods": "3",
        "warning-0-kind": "attainment",
        "warning-0-below": "85%",
        "schedule": "changes",
        "margin": "2.5",
        "keep_periods": "1",
        "people-TOTAL_FORMS": "2",
        "people-INITIAL_FORMS": "0",
        "people-0-person": bob().pk,
        "people-0-from_level": "2",
        "people-0-figures_granted": "on",
        "people-1-person": "",
        "people-1-from_level": "1",
    }
    return {**form, **changes}


def test_alice_writes_a_rule_and_it_is_kept_as_she_wrote_it() -> None:
    scope("region:华东")
    response = browser(alice()).post(reverse("alerts:rule_new"), written())
    assert response.status_code == 302
    made = Rule.objects.get()
    assert (made.scope.key, made.margin, made.owner, made.spread) == (
        "region:华东",
        D("0.025"),
        alice(),
        "one",
    )
    assert [(t.level, t.condition["below"], t.for_periods) for t in made.tiers.all()] == [
        (1, "1", 3),
        (2, "0.85", 1),
    ]
    (named,) = made.recipients.all()
    assert (named.person, named.from_level, named.figures_granted, named.granted_by) == (
        bob(),
        2,
        True,
        alice(),
    )


def test_a_rule_shows_in_its_form_what_was_written_and_saves_back_the_same() -> None:
    scope("region:华东")
    client = browser(alice())
    client.post(reverse("alerts:rule_new"), written(without_data="tell-owner"))
    made = Rule.objects.get()
    page = client.get(reverse("alerts:rule_edit", args=[made.pk])).context
    watch, warning, critical = page["tiers"]
    assert (watch["0-kind"].value(), watch["0-below"].value(), watch["periods"].value()) == (
        "attainment",
        "100",
        3,
    )
    assert (warning["0-below"].value(), critical["0-kind"].value()) == ("85", None)
    assert (page["form"]["margin"].value(), page["form"]["without_data"].value()) == ("2.5", "tell-owner")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"watch-0-below": "80"}, "asks for something worse"),
        ({"watch-0-kind": "", "warning-0-kind": ""}, "at least one threshold"),
        ({"watch-0-below": "-5"}, "share of the plan above 0%"),
        ({"watch-0-below": "lots"}, "This is not a number"),
        ({"watch-0-below": ""}, "Write a number under or over"),
        ({"watch-0-kind": "moon"}, "Select a valid choice"),
        ({"watch-0-kind": "dynamic", "watch-0-one_in": "2"}, "greater than or equal to 10"),
        ({"watch-0-kind": "stale", "watch-0-days": "0"}, "greater than or equal to 1"),
        ({"watch-periods": "3", "watch-out_of": "2"}, "at least as many"),
        ({"without_data": "moon"}, "Select a valid choice"),
        ({"schedule": "daily"}, "at what time the rule looks"),
        ({"area": "region:nowhere"}, "There is no area with the code region:nowhere"),
        ({"area": "region:华北"}, "You may not write rules for this area"),
        ({"area": "company"}, "You may not write rules for this area"),
        ({"name": " "}, "This field is required"),
        ({"people-1-person": "same"}, "Each person is named once"),
    ],
)
def test_what_cannot_be_is_said_beside_the_form_and_nothing_is_saved(
    changes: dict[str, Any], said: str
) -> None:
    node("region:华北")
    if changes.get("people-1-person"):
        changes = {"people-1-person": bob().pk}
    response = browser(alice()).post(reverse("alerts:rule_new"), written(**changes))
    assert response.status_code == 200
    assert said in response.content.decode()
    assert not Rule.objects.exists()


def test_alice_cannot_move_her_rule_to_an_area_that_is_not_hers() -> None:
    node("region:华北")
    made = rule(alice())
    response = browser(alice()).post(reverse("alerts:rule_edit", args=[made.pk]), written(area="region:华北"))
    assert response.status_code == 200
    made.refresh_from_db()
    assert made.scope.key == "region:华东"


def test_each_region_below_is_chosen_in_one_field() -> None:
    node("region:华东/上海")
    browser(alice()).post(reverse("alerts:rule_new"), written(below="region"))
    made = Rule.objects.get()
    assert (made.spread, made.along) == ("children", "region")
    assert [one.scope.key for one in made.instances.all()] == ["region:华东/上海"]


def test_a_rule_is_switched_off_and_on_from_the_list() -> None:
    made = rule(alice())
    figure(scope("region:华东"), "0.6")
    look()
    client = browser(alice())
    for wanted in (False, True):
        response = client.post(
            reverse("alerts:rule_switch", args=[made.pk]), {"enabled": "1" if wanted else "0"}
        )
        assert response.status_code == 302
        made.refresh_from_db()
        assert made.enabled is wanted
    assert episode().close_reason == "rule-changed"


def test_the_list_shows_open_alerts_first_and_only_of_her_own_areas() -> None:
    for area in ("region:华东", "region:华北"):
        rule(bob(), area=area)
        figure(scope(area), "0.6")
    look()
    page = browser(alice()).get(reverse("alerts:episodes")).content.decode()
    assert "华东" in page
    assert "华北" not in page
    assert "60%" in page


def test_an_alert_that_changes_often_is_marked() -> None:
    rule(alice())
    figure(scope("region:华东"), "0.6")
    look()
    listed, own = reverse("alerts:episodes"), reverse("alerts:episode", args=[episode().pk])
    client = browser(alice())
    assert "Changes often" not in client.get(listed).content.decode()
    for attainment in ("0.95", "0.6", "0.95"):
        figure(scope("region:华东"), attainment)
        look()
    assert "Changes often" in client.get(listed).content.decode()
    assert "It changes often." in client.get(own).content.decode()


def test_an_alerts_page_says_what_happened_and_who_was_told_or_not_and_why() -> None:
    rule(recipients=[services.RecipientDraft(bob()), services.RecipientDraft(dana(), from_level=3)])
    figure(scope("region:华东"), "0.8")
    look()
    page = browser(charlie()).get(reverse("alerts:episode", args=[episode().pk])).content.decode()
    for said in ("Began", "Warning", "80%", "¥800.00", "March 2026", "Waiting to be sent", "Not sent"):
        assert said in page, said
    assert "Asked to be told only of something worse." in page
    assert reverse("alerts:message", args=[Message.objects.get().pk]) not in page


def test_bob_reads_a_message_in_a_frame_that_can_do_nothing() -> None:
    rule(bob())
    figure(scope("region:华东"), "0.6")
    look()
    message = Message.objects.get()
    page = browser(bob()).get(reverse("alerts:message", args=[message.pk]))
    assert "¥600.00" in page.content.decode()
    assert "frame-src 'self'" in page["Content-Security-Policy"]
    assert "sandbox></iframe>" in page.content.decode().replace('sandbox=""', "sandbox")
    frame = browser(bob()).get(reverse("alerts:message_html", args=[message.pk]))
    policy = frame["Content-Security-Policy"]
    assert "sandbox" in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'self'" in policy
    assert frame["X-Frame-Options"] == "SAMEORIGIN"


def test_the_outbox_lists_messages_by_state() -> None:
    rule(bob())
    figure(scope("region:华东"), "0.6")
    look()
    client = browser(ada())
    assert "60%" in client.get(reverse("alerts:outbox")).content.decode()
    assert "60%" in client.get(reverse("alerts:outbox") + "?state=queued").content.decode()
    assert "60%" not in client.get(reverse("alerts:outbox") + "?state=sent").content.decode()


def test_alice_finds_in_the_outbox_what_was_sent_to_her_and_nothing_else() -> None:
    rule(bob(), alice())
    figure(scope("region:华东"), "0.6")
    look()
    mine, hers = (Message.objects.get(person=person) for person in (alice(), bob()))
    client = browser(alice())
    listed = client.get(reverse("alerts:outbox")).content.decode()
    assert reverse("alerts:message", args=[mine.pk]) in listed
    assert reverse("alerts:message", args=[hers.pk]) not in listed
    assert client.get(reverse("alerts:message", args=[mine.pk])).status_code == 200
    assert client.get(reverse("alerts:message", args=[hers.pk])).status_code == 404
    assert client.get(reverse("alerts:message_html", args=[hers.pk])).status_code == 404


@pytest.mark.parametrize("name", ["alerts:episodes", "alerts:rules", "alerts:outbox"])
def test_a_long_list_costs_no_more_queries_than_a_short_one(name: str) -> None:
    def cost() -> int:
        client = browser(bob())
        client.get(reverse(name))  # what is kept for some seconds is kept now
        with CaptureQueriesContext(connection) as spent:
            assert client.get(reverse(name)).status_code == 200
        return len(spent)

    def more(*areas: str) -> None:
        for area in areas:
            rule(bob(), alice(), area=area, name=f"Revenue of {area}")
            figure(scope(area), "0.6")
        look()

    more("region:r1")
    few = cost()
    more(*[f"region:r{number}" for number in range(2, 12)])
    assert cost() == few
