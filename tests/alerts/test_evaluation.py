"""From figures that changed to alerts that open, rise, are lowered and end, on PostgreSQL."""

from __future__ import annotations

from datetime import date, time, timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from alerts import services
from alerts.conditions import Attainment, Dynamic
from alerts.models import Episode, EpisodeEvent, Instance, Message, Notice, Rule, Tier
from common import queueing
from kpis.models import Metric, Reading, ReadingChange, Watch
from organization.models import AuditEntry, Scope
from tests.alerts.builders import (
    FEBRUARY,
    MARCH,
    NOW,
    TODAY,
    draft,
    episode,
    figure,
    instance,
    look,
    revenue,
    rule,
    story,
)
from tests.people import alice, bob, dana, mallory, node, person, scope

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_broker(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What would have been said to the workers."""
    said: list[str] = []
    monkeypatch.setattr(queueing, "enqueue", lambda task, after=0: said.append(task))
    return said


def test_an_alert_opens_rises_is_lowered_and_ends_with_alice_told_each_time() -> None:
    rule(alice())
    for attainment in ("0.95", "0.6", "0.9", "1.1"):
        figure(scope("region:华东"), attainment)
        look()
    assert story() == ["first 1", "raised 3", "lowered 1", "recovered 1"]
    one = episode()
    assert (one.peak_tier, one.close_reason, one.events_count) == (3, "recovered", 4)
    assert [notice.decision for notice in Notice.objects.order_by("event__number")] == ["due"] * 4
    assert Message.objects.count() == 4


def test_an_event_keeps_the_figure_as_it_was() -> None:
    rule(alice())
    figure(scope("region:华东"), "0.8")
    look()
    figure(scope("region:华东"), "0.81")
    look()
    event = EpisodeEvent.objects.get()
    assert (event.value, event.target, event.expected, event.attainment) == (
        D(800),
        D(1500),
        D(1000),
        D("0.8"),
    )
    assert (event.through, event.start, event.condition, event.status) == (
        date(2026, 3, 19), MARCH, {"kind": "attainment", "below": "0.85"}, "red",
    )  # fmt: skip


def test_the_same_figures_imported_again_change_nothing() -> None:
    rule(alice())
    for _ in range(4):
        figure(scope("region:华东"), "0.6")
        look(now=NOW + timedelta(hours=1))
    assert story() == ["first 3"]
    assert Message.objects.count() == 1


def test_three_months_in_a_row_count_once_each_however_often_they_are_imported() -> None:
    tiers = [services.TierDraft(1, Attainment(D(1)), for_periods=3)]
    rule(alice(), tiers=tiers)
    area = scope("region:华东")
    for month, today in ((1, date(2026, 1, 20)), (2, date(2026, 2, 20)), (3, TODAY)):
        for _ in range(5):
            figure(area, "0.9", start=date(2026, month, 1))
            look(today=today)
        assert instance().streaks[1] == month
        assert story() == (["first 1"] if month == 3 else [])


def test_days_that_arrive_all_at_once_are_all_counted() -> None:
    rule(alice(), grain="day", tiers=[services.TierDraft(2, Attainment(D("0.85")), for_periods=3)])
    area = scope("region:华东")
    for day in (17, 18):
        figure(area, "0.5", start=date(2026, 3, day), grain="day")
    look()
    assert story() == []
    for day in (15, 16):  # late, and of days before
        figure(area, "0.5", start=date(2026, 3, day), grain="day")
    look()
    assert story() == ["first 2"]


def test_estimated_days_are_not_counted() -> None:
    rule(alice(), grain="day", tiers=[services.TierDraft(2, Attainment(D("0.85")), for_periods=2)])
    area = scope("region:华东")
    for day in (17, 18, 19):
        figure(area, "0.5", start=date(2026, 3, day), grain="day")
    Reading.objects.update(estimated=True)
    look()
    assert (story(), instance().state) == ([], "no-data")


def test_no_data_does_not_end_an_alert() -> None:
    rule(alice())
    area = scope("region:华东")
    figure(area, "0.6")
    look()
    figure(area, None)
    look()
    assert (instance().state, instance().tier) == ("no-data", 3)
    assert episode().closed_at is None


def test_a_correction_of_an_old_month_does_not_fire_today() -> None:
    rule(alice())
    area = scope("region:华东")
    figure(area, "1.1", start=MARCH)
    figure(area, "0.1", start=date(2025, 8, 1))
    figure(area, "0.1", start=FEBRUARY)
    look()
    assert story() == []
    assert instance().period == MARCH


def test_the_month_just_ended_is_judged_while_the_new_one_has_no_data() -> None:
    rule(alice())
    figure(scope("region:华东"), "0.1", start=MARCH)
    figure(scope("region:华东"), None, start=date(2026, 4, 1))
    look(today=date(2026, 4, 2))
    assert story() == ["first 3"]


def test_data_of_long_ago_alone_is_no_data() -> None:
    rule(alice())
    figure(scope("region:华东"), "0.1", start=date(2025, 8, 1))
    look()
    assert (story(), instance().state) == ([], "no-data")


def test_a_new_rule_fires_on_what_it_finds_counting_the_months_before() -> None:
    area = scope("region:华东")
    for month in (1, 2, 3):
        figure(area, "0.95", start=date(2026, month, 1))
    rule(alice(), tiers=[services.TierDraft(1, Attainment(D(1)), for_periods=3)])
    assert story() == ["first 1"]


def test_each_region_below_has_its_own_alert_and_a_new_region_joins() -> None:
    for name in ("region:华东", "region:华北"):
        node(name)
    rule(bob(), area="company", spread="children", along="region")
    figure(scope("region:华东"), "0.6")
    figure(scope("region:华北"), "0.8")
    figure(scope("company"), "0.1")
    look()
    assert (story("region:华东"), story("region:华北"), story("company")) == (["first 3"], ["first 2"], [])

    node("region:西南")
    figure(scope("region:西南"), "0.5")
    assert services.cover_new_areas(now=NOW, today=TODAY) == 1
    assert story("region:西南") == ["first 3"]
    assert services.cover_new_areas(now=NOW, today=TODAY) == 0
    assert Watch.objects.count() == 3


def test_children_of_a_cross_cut_are_cross_cuts() -> None:
    node("channel:x/summer")
    made = rule(bob(), area="region:华东+channel:x", spread="children", along="channel")
    assert [i.scope.key for i in made.instances.all()] == ["region:华东+channel:x/summer"]


def test_a_region_that_was_archived_is_left_out_and_not_asked_for_again() -> None:
    gone = node("region:旧区")
    gone.archived_at = NOW
    gone.save(update_fields=["archived_at"])
    node("region:华东")
    made = rule(bob(), area="company", spread="children", along="region")
    assert [i.scope.key for i in made.instances.all()] == ["region:华东"]
    assert services.cover_new_areas(now=NOW, today=TODAY) == 0


# -- Editing a rule ---------------------------------------------------------------------------------


def edit(made: Rule, *people: Any, **changes: Any) -> Rule:
    saved = services.save_rule(draft=draft(*people, **changes), person=bob(), now=NOW, rule=made)
    look()
    return saved


def test_a_milder_rule_closes_what_it_no_longer_asks_for_and_tells_nobody() -> None:
    made = rule(alice())
    figure(scope("region:华东"), "0.9")
    look()
    edit(made, alice(), thresholds=("0.8", "0.7", "0.6"))
    assert story() == ["first 1", "closed 1"]
    assert episode().close_reason == "rule-changed"
    last = Notice.objects.get(event__kind="closed")
    assert (last.decision, last.reason, last.message) == ("suppressed", "rule-changed", None)


def test_a_sharper_rule_raises_the_same_alert() -> None:
    made = rule(alice())
    figure(scope("region:华东"), "0.9")
    look()
    edit(made, alice(), thresholds=("1", "0.95", "0.92"))
    assert story() == ["first 1", "raised 3"]


def test_a_new_name_or_new_people_do_not_touch_an_alert_that_is_recovering() -> None:
    made = rule(alice())
    figure(scope("region:华东"), "0.9")
    look()
    figure(scope("region:华东"), "1.01")
    look()
    edit(made, alice(), bob(), name="Another name")
    assert (story(), instance().state) == (["first 1"], "recovering")


def test_a_rule_moved_to_another_area_closes_the_old_one_and_watches_the_new() -> None:
    made = rule(alice())
    figure(scope("region:华东"), "0.6")
    figure(scope("region:华北"), "0.6")
    look()
    edit(made, alice(), area="region:华北")
    assert (story(), story("region:华北")) == (["first 3", "closed 3"], ["first 3"])
    assert [watch.scope.key for watch in Watch.objects.filter(watcher=made.watcher)] == ["region:华北"]


def test_a_rule_switched_off_closes_its_alerts_and_one_switched_on_opens_them_anew() -> None:
    made = rule(alice())
    figure(scope("region:华东"), "0.6")
    look()
    services.switch_rule(rule=made, enabled=False, person=bob(), now=NOW)
    look()
    assert story() == ["first 3", "closed 3"]
    assert not Watch.objects.exists()
    figure(scope("region:华东"), "0.5")
    look()
    assert Episode.objects.filter(closed_at__isnull=True).count() == 0
    services.switch_rule(rule=made, enabled=True, person=bob(), now=NOW)
    look()
    assert story() == ["first 3", "closed 3", "first 3"]


def test_a_rule_that_cannot_be_read_says_so_and_the_others_go_on() -> None:
    broken = rule(alice(), area="region:华北")
    rule(alice())
    figure(scope("region:华北"), "0.6")
    figure(scope("region:华东"), "0.6")
    look()
    Tier.objects.filter(rule=broken).update(condition={"kind": "moon"})
    figure(scope("region:华北"), "1.5")
    figure(scope("region:华东"), "1.5")
    look()
    assert (instance("region:华北").state, instance("region:华北").tier) == ("error", 3)
    assert story() == ["first 3", "recovered 3"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"thresholds": ("0.7", "0.85", "1")},
        {"thresholds": ("0.7", "0.7", "0.5")},
        {"thresholds": ()},
        {"thresholds": ("0",)},
        {"thresholds": ("NaN",)},
        {"name": "  "},
        {"margin": D(2)},
        {"spread": "children"},
        {"along": "region"},
        {"schedule": "daily"},
        {"look_at": time(9)},
        {"tiers": [services.TierDraft(1, Attainment(D(1)), for_periods=3, out_of=2)]},
        {"tiers": [services.TierDraft(1, Dynamic(5))]},
        {"tiers": [services.TierDraft(1, Attainment(D(1))), services.TierDraft(1, Attainment(D("0.5")))]},
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_and_nothing_is_written(wrong: dict[str, Any]) -> None:
    with pytest.raises(services.RuleRefused):
        services.save_rule(draft=draft(alice(), **wrong), person=bob(), now=NOW)
    assert not Rule.objects.exists()


def test_making_editing_and_switching_a_rule_are_on_record() -> None:
    made = rule(alice(), author=bob())
    edit(made, alice(), name="Another")
    services.switch_rule(rule=made, enabled=False, person=bob(), now=NOW)
    actions = list(
        AuditEntry.objects.filter(action__startswith="rule.").order_by("pk").values_list("action", flat=True)
    )
    assert actions == ["rule.make", "rule.edit", "rule.switch"]
    edited = AuditEntry.objects.get(action="rule.edit").details
    assert (edited["before"]["name"], edited["after"]["name"]) == ("Revenue behind plan", "Another")


# -- Who is told ------------------------------------------------------------------------------------


def test_who_asked_for_critical_alone_hears_of_nothing_milder_and_why_is_stored() -> None:
    rule(recipients=[services.RecipientDraft(bob(), from_level=3)])
    figure(scope("region:华东"), "0.9")
    look()
    notice = Notice.objects.get()
    assert (notice.decision, notice.reason, notice.message) == ("suppressed", "below-tier", None)
    figure(scope("region:华东"), "1.5")
    look()
    assert Notice.objects.get(event__kind="recovered").reason == "not-told-before"
    assert not Message.objects.exists()


def test_who_has_no_address_or_has_left_is_not_written_to() -> None:
    rule(person("Erin", "viewer", email=None), person("Frank", "viewer", is_active=False))
    figure(scope("region:华东"), "0.9")
    look()
    assert sorted(Notice.objects.values_list("person__username", "reason")) == [
        ("erin", "no-address"), ("frank", "left"),
    ]  # fmt: skip
    assert not Message.objects.exists()


def test_who_may_not_see_the_area_gets_no_figure_of_it_unless_receipt_is_on_record() -> None:
    area = scope("region:华东")
    granted = services.RecipientDraft(dana("region:华北"), figures_granted=True)
    rule(
        recipients=[services.RecipientDraft(mallory()), granted, services.RecipientDraft(alice())],
        author=bob(),
    )
    figure(area, "0.6543")
    look()
    mails = {
        message.person.username: message
        for message in Message.objects.select_related("person")
        if message.person
    }
    closed, open_, own = mails["mallory"], mails["dana"], mails["alice"]
    for text in (closed.subject, closed.text, closed.html):
        for figure_of_it in ("65", "654", "1,500", "1,000", "华东", "March", "Revenue,"):
            assert figure_of_it not in text.replace("#", " #").replace("#17202b", ""), figure_of_it
    assert "Bob" in closed.text
    assert "http" not in closed.text
    assert "65.4%" in open_.text
    assert "¥654.30" in open_.text
    assert "http" not in open_.text  # the link would lead to a page that is closed to her
    assert "?area=region%3A%E5%8D%8E%E4%B8%9C" in own.text
    entry = AuditEntry.objects.get(action="rule.grant_receipt")
    assert (entry.person, entry.details["recipient"]) == (bob(), dana().pk)


def test_who_cannot_log_in_gets_the_figures_without_a_link() -> None:
    hears_only = bob()
    hears_only.set_unusable_password()
    hears_only.save()
    rule(hears_only)
    figure(scope("region:华东"), "0.6")
    look()
    message = Message.objects.get()
    assert "60%" in message.text
    assert "http" not in message.text
    assert "<a " not in message.html


def test_a_message_is_in_its_readers_language() -> None:
    rule(person("Alice", "lead", "region:华东", language="zh-hans"))
    figure(scope("region:华东"), "0.6")
    look()
    message = Message.objects.get()
    assert (message.language, "2026年3月" in message.text, "成交额" in message.text) == (
        "zh-hans",
        True,
        True,
    )


def test_a_name_is_never_a_template_nor_a_second_header() -> None:
    rule(mallory(), name="<b>{{ 7|add:7 }}</b>\r\nBcc: eve@example.com {% now 'Y' %}"[:120])
    figure(scope("region:华东"), "0.6")
    look()
    message = Message.objects.get()
    assert "\n" not in message.subject
    assert "\r" not in message.subject
    assert "{{ 7|add:7 }}" in message.text
    assert "<b>" not in message.html
    assert "&lt;b&gt;" in message.html


# -- Closed by a person, and flapping ---------------------------------------------------------------


def close_by_hand(area: str = "region:华东") -> list[EpisodeEvent]:
    one = Instance.objects.select_for_update(of=("self",)).select_related("rule").get(scope=scope(area))
    return services.settle_by_hand(instance=one, rule=one.rule, person=bob(), cause="Stock is back", now=NOW)


def test_what_bob_closes_stays_closed_until_it_is_worse() -> None:
    rule(alice())
    figure(scope("region:华东"), "0.8")
    look()
    [event] = close_by_hand()
    assert (event.kind, event.tier, event.reason) == ("closed", 2, "closed-by-hand")
    assert (instance().state, instance().settled_tier) == ("settled", 2)
    assert (episode().close_reason, episode().closed_at) == ("by-hand", NOW)
    figure(scope("region:华东"), "0.75")
    look()
    assert story() == ["first 2", "closed 2"]
    figure(scope("region:华东"), "0.5")
    look()
    assert story() == ["first 2", "closed 2", "first 3"]
    assert instance().settled_tier == 0


def test_closing_what_has_ended_meanwhile_does_nothing() -> None:
    rule(alice())
    figure(scope("region:华东"), "0.8")
    look()
    assert len(close_by_hand()) == 1
    assert close_by_hand() == []
    assert story() == ["first 2", "closed 2"]


def test_what_changes_often_is_marked_and_the_mark_is_known_when_people_are_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[bool] = []
    monkeypatch.setattr(
        "alerts.services.apply.tell",
        lambda *, happened, now: seen.extend(one.flapping for _, one, _ in happened),
    )
    rule(alice())
    for attainment in ("0.6", "1.1", "0.6", "1.1", "0.6"):
        figure(scope("region:华东"), attainment)
        look()
    assert seen == [False, False, False, True, True]
    assert (instance().flapping, instance().recent) == (True, 0b11111)


# -- Held by the database, in few statements, by many at once ---------------------------------------


def test_the_database_holds_one_open_alert_an_instance() -> None:
    rule(alice())
    one = instance()
    Episode.objects.create(instance=one, tier=1, peak_tier=1, opened_at=NOW)
    with pytest.raises(IntegrityError), transaction.atomic():
        Episode.objects.create(instance=one, tier=1, peak_tier=1, opened_at=NOW)


def regions_with_figures(count: int, attainment: str) -> None:
    areas = list(Scope.objects.filter(key__startswith="region:r"))
    areas = areas or [scope(f"region:r{number}") for number in range(count)]
    metric = revenue()
    Reading.objects.all().delete()
    Reading.objects.bulk_create(
        Reading(
            scope=area, metric=metric, grain="month", start=MARCH, value=D(1), expected=D(1), target=D(1),
            attainment=D(attainment), status="red", through=TODAY,
        )
        for area in areas
    )  # fmt: skip
    ReadingChange.objects.bulk_create(
        ReadingChange(scope=area, metric=metric, grain="month", start=MARCH) for area in areas
    )


@pytest.mark.parametrize("count", [10, 1000])
def test_a_thousand_figures_cost_no_more_statements_than_ten(count: int) -> None:
    regions_with_figures(count, "0.6")
    ReadingChange.objects.all().delete()
    rule(bob(), area="company", spread="children", along="region", thresholds=("1", "0.85", ""))
    assert Episode.objects.count() == count
    regions_with_figures(count, "0.9")
    with CaptureQueriesContext(connection) as spent:
        done = services.evaluate(now=NOW, today=TODAY)
    assert (done.claimed, done.judged, done.events) == (count, count, count)
    assert len(spent) <= 40, [query["sql"][:100] for query in spent]


def test_a_crash_between_claim_and_result_loses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    rule(alice())
    figure(scope("region:华东"), "0.6")
    with monkeypatch.context() as patch:
        patch.setattr("alerts.services.apply.tell", lambda **_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            services.evaluate(now=NOW, today=TODAY)
    assert (ReadingChange.objects.count(), Episode.objects.count(), instance().tier) == (1, 0, 0)
    look()
    assert story() == ["first 3"]


def test_workers_are_told_of_a_new_rule_and_of_messages_to_send(no_broker: list[str]) -> None:
    rule(alice())
    figure(scope("region:华东"), "0.6")
    look()
    assert no_broker == ["alerts.tasks.evaluate", "alerts.tasks.deliver"]


def test_figures_of_other_metrics_and_grains_are_none_of_its_business() -> None:
    rule(alice())
    figure(scope("region:华东"), "0.6", metric=Metric.objects.get(code="orders"))
    figure(scope("region:华东"), "0.6", start=date(2026, 1, 1), grain="quarter")
    assert look() == 2
    assert (story(), instance().state) == ([], "no-data")
    assert Instance.objects.count() == 1
