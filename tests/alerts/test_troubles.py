"""What a rule's owner hears of her rule: that it does not work, or that its data are missing."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal as D

import pytest
from django.urls import reverse

from alerts import services, tasks
from alerts.conditions import Amount
from alerts.models import Message, Notice, Rule, Tier
from kpis.models import Metric, Reading
from organization.models import Person
from tests.alerts.builders import (
    MARCH,
    NOW,
    TODAY,
    episode,
    figure,
    instance,
    look,
    rule,
    story,
)
from tests.people import ada, alice, bob, charlie, node, person, scope

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_broker")]
EAST, NORTH = "region:华东", "region:华北"


def letters(template: str) -> list[Message]:
    return list(Message.objects.filter(template=template).order_by("pk"))


def break_(made: Rule) -> None:
    Tier.objects.filter(rule=made).update(condition={"kind": "moon"})


def regions_of(author: Person, **more: object) -> Rule:
    for name in (EAST, NORTH):
        node(name)
    made = rule(author=author, area="company", spread="children", along="region", **more)
    for name in (EAST, NORTH):
        figure(scope(name), "0.6")
    look()
    return made


def test_the_owner_of_a_broken_rule_is_told_once_of_all_its_areas_and_nothing_ends() -> None:
    made = regions_of(bob())
    break_(made)
    for name in (EAST, NORTH):
        figure(scope(name), "1.5")
    look()
    (letter,) = letters("rule-broken")
    assert (letter.person, letter.address, letter.way) == (bob(), bob().email, "email")
    assert letter.subject == "The rule “Revenue behind plan” does not work"
    for part in (
        "cannot be read",
        "华东",
        "华北",
        "20 Mar 2026",
        reverse("alerts:rule_edit", args=[made.pk]),
    ):
        assert part in letter.text, part
    assert (story(EAST), instance(EAST).state, episode(EAST).closed_at) == (["first 3"], "error", None)


def test_of_the_same_rule_she_hears_once_a_day_however_often_it_breaks() -> None:
    made = regions_of(bob())
    sound = list(Tier.objects.filter(rule=made).order_by("level").values_list("pk", "condition"))
    for hour in range(3):
        break_(made)
        figure(scope(EAST), "0.5")
        look(now=NOW + timedelta(hours=hour))
        figure(scope(NORTH), "0.5")
        look(now=NOW + timedelta(hours=hour))
        for pk, condition in sound:
            Tier.objects.filter(pk=pk).update(condition=condition)
        for name in (EAST, NORTH):
            figure(scope(name), "0.5")
        look(now=NOW + timedelta(hours=hour))
    assert len(letters("rule-broken")) == 1
    break_(made)
    figure(scope(EAST), "0.5")
    look(now=NOW + timedelta(days=1))
    assert len(letters("rule-broken")) == 2


def test_a_broken_rule_that_is_looked_at_again_is_no_news() -> None:
    made = regions_of(bob())
    break_(made)
    for day in range(3):
        figure(scope(EAST), "0.5")
        look(now=NOW + timedelta(days=day))
    assert len(letters("rule-broken")) == 1


@pytest.mark.parametrize("reached", ["nobody", "left", "unconfirmed"])
def test_where_the_owner_cannot_be_reached_the_administrators_are_told(reached: str) -> None:
    ada()
    made = regions_of(bob())
    if reached == "nobody":
        Rule.objects.update(owner=None)
    elif reached == "left":
        Person.objects.filter(pk=bob().pk).update(is_active=False)
    else:
        Person.objects.filter(pk=bob().pk).update(email_verified_at=None)
    break_(made)
    figure(scope(EAST), "0.5")
    look()
    assert [letter.person for letter in letters("rule-broken")] == [ada()]


def test_a_letter_names_only_areas_that_its_reader_may_see() -> None:
    made = regions_of(bob())
    Rule.objects.update(owner=charlie(EAST))
    break_(made)
    for name in (EAST, NORTH):
        figure(scope(name), "0.5")
    look()
    (letter,) = letters("rule-broken")
    assert "华东" in letter.text
    assert "华北" not in letter.text + letter.html + str(letter.fields)
    assert "1 more area" in letter.text
    assert letter.text.rstrip().endswith(reverse("alerts:rules"))  # the form is closed to her


def test_a_letter_is_in_its_readers_language_and_a_name_is_only_a_name() -> None:
    reader = person("Erin", "manager", "company", language="zh-hans")
    made = rule(author=reader, name="100%s {{ 7 }} <b>")
    break_(made)
    figure(scope(EAST), "0.5")
    look()
    (letter,) = letters("rule-broken")
    assert (letter.language, "100%s {{ 7 }} <b>" in letter.text) == ("zh-hans", True)
    assert "&lt;b&gt;" in letter.html


def test_missing_data_are_told_to_the_owner_where_the_rule_says_so() -> None:
    rule(alice(), author=bob(), without_data="tell-owner")
    Message.objects.all().delete()
    figure(scope(EAST), "0.6")
    look()
    figure(scope(EAST), None)
    look(now=NOW + timedelta(days=1))
    (letter,) = letters("rule-without-data")
    assert (letter.person, letter.subject) == (bob(), "The rule “Revenue behind plan” has no data")
    assert (story(), instance().state, instance().tier) == (["first 3"], "no-data", 3)
    figure(scope(EAST), None)
    look(now=NOW + timedelta(days=2))
    assert len(letters("rule-without-data")) == 1
    assert not Notice.objects.exclude(event__kind="first").exists()


def test_missing_data_are_told_to_nobody_where_the_rule_does_not_say_so() -> None:
    rule(alice(), author=bob())
    figure(scope(EAST), None)
    look()
    assert (instance().state, letters("rule-without-data")) == ("no-data", [])


def test_a_new_rule_that_finds_no_data_says_so_and_one_that_waits_for_the_end_of_a_month_does_not() -> None:
    figure(scope(EAST), "0.6")
    rule(author=bob(), without_data="tell-owner", tiers=[services.TierDraft(1, Amount(D(10)))])
    assert (instance().state, instance().reason) == ("no-data", "unjudged")
    assert letters("rule-without-data") == []
    rule(author=bob(), without_data="tell-owner", area=NORTH)
    (letter,) = letters("rule-without-data")
    assert "华北" in letter.text


def test_a_rule_to_which_missing_data_mean_something_looks_though_nothing_changes() -> None:
    made = rule(author=bob(), without_data="tell-owner", grain="day")
    figure(scope(EAST), "1.1", start=TODAY - timedelta(days=1), grain="day")
    look()
    Message.objects.all().delete()
    later = NOW + timedelta(days=10)
    assert made.next_look_at is not None
    assert services.look_by_the_clock(now=later, today=TODAY + timedelta(days=10))
    assert len(letters("rule-without-data")) == 1
    assert rule(author=bob(), area=NORTH).next_look_at is None


def own_metric() -> Metric:
    revenue = Metric.objects.get(code="revenue")
    revenue.pk, revenue.code = None, "own"
    revenue.shipped = False
    revenue.save()
    return revenue


def test_a_rule_whose_figure_was_put_away_is_broken_and_works_when_it_is_back() -> None:
    own = own_metric()
    rule(alice(), author=bob(), metric=own)
    rule(alice(), author=bob(), area=NORTH)
    figure(scope(EAST), "0.6", metric=own)
    figure(scope(NORTH), "0.6")
    look()
    Metric.objects.filter(pk=own.pk).update(archived_at=NOW)
    later = NOW + timedelta(hours=1)
    assert services.look_where_put_away(now=later) == 1
    assert services.look_by_the_clock(now=later, today=TODAY)
    assert not services.look_by_the_clock(now=later, today=TODAY)
    assert (instance().state, instance().reason, story()) == ("error", "metric-away", ["first 3"])
    (letter,) = letters("rule-broken")
    assert "put away" in letter.text
    assert services.look_where_put_away(now=later) == 0
    figure(scope(NORTH), "1.5")
    look()
    assert story(NORTH) == ["first 3", "recovered 3"]
    Metric.objects.filter(pk=own.pk).update(archived_at=None)
    assert services.look_where_put_away(now=later) == 1
    assert services.look_by_the_clock(now=later, today=TODAY)
    assert (instance().state, story()) == ("firing", ["first 3"])


def test_the_heartbeat_finds_rules_whose_figure_was_put_away() -> None:
    own = own_metric()
    rule(author=bob(), metric=own)
    Metric.objects.filter(pk=own.pk).update(archived_at=NOW)
    tasks.sweep()
    tasks.evaluate()
    assert instance().reason == "metric-away"


def test_a_rule_that_breaks_is_an_error_even_where_data_were_withdrawn() -> None:
    made = rule(author=bob())
    figure(scope(EAST), "0.6")
    figure(scope(EAST), "0.6", start=MARCH.replace(month=2))
    look()
    break_(made)
    Reading.objects.filter(start=MARCH).delete()
    figure(scope(EAST), "0.6", start=MARCH.replace(month=2))
    look()
    assert instance().state == "error"
