"""Alerts that propose: once, decided by whom it concerns, carried out with history, and held against what came after."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from alerts import services as alerts
from alerts.conditions import Amount
from alerts.forms.templates import all_templates
from alerts.models import ConsequenceRun, Rule
from channels.change_words import details_of
from channels.changes import KIND, Change
from channels.models import ChannelState, Profile, StateChange
from channels.selectors.actions import actions_of, actions_page, effects_of
from channels.services import ProfileDraft, change_state, keep_profile, propose_by_hand
from decisions.models import Proposal, Task
from decisions.services import decide, withdraw
from kpis.models import Metric, Reading, ReadingChange
from organization.models import Person, Responsibility
from organization.services import Refused, archive_node
from tests.alerts.builders import browser, draft, episode, figure, look, rule
from tests.dashboards.figures import TODAY, report
from tests.decisions.plans import CHINA
from tests.people import alice, bob, charlie, dana, node, person, scope

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_broker")]
LIVE = "channel:抖音直播"
MORNING = datetime(2026, 11, 22, 9, tzinfo=CHINA)  # of TODAY


def watched(*asked: tuple[str, ...], area: str = LIVE, **more: Any) -> Rule:
    """A rule on the area's revenue that asks for these at watch, warning and critical."""
    tiers = [
        alerts.TierDraft(tier.level, tier.condition, consequences=codes)
        for tier, codes in zip(draft().tiers, asked, strict=True)
    ]
    return rule(author=bob(), area=area, tiers=tiers, **more)


def goes(attainment: str, area: str = LIVE) -> None:
    figure(scope(area), attainment)
    look()


def carry_out() -> list[str]:
    """What was said of each that was done, the newest last."""
    while alerts.carry_out_next(now=MORNING + timedelta(hours=1)):
        pass
    return [run.words for run in ConsequenceRun.objects.order_by("pk")]


def waiting() -> Proposal:
    return Proposal.objects.get(state="open")


def approve(proposal: Proposal, by: Person | None = None, at: datetime = MORNING, note: str = "") -> Proposal:
    return decide(proposal=proposal, person=by or bob(), verdict="approve", note=note, as_of=at)


def decided_on(day: date, change: Change = Change.MOVE, verdict: str = "approve") -> Proposal:
    """Proposed by Alice and decided by Bob on that day."""
    at, manager = datetime(day.year, day.month, day.day, 10, tzinfo=CHINA), bob()
    pk = propose_by_hand(node=node(LIVE), change=change, why="So.", person=alice(LIVE), now=at)
    return decide(
        proposal=Proposal.objects.get(pk=pk), person=manager, verdict=verdict, note="Agreed.", as_of=at
    )


# -- Proposing ---------------------------------------------------------------------------------------


def test_an_alert_proposes_with_its_figures_and_bob_is_asked() -> None:
    watched((), ("channels.pause",), ())
    report(LIVE, TODAY - timedelta(40), 40, revenue="50", cost="100")
    goes("0.8")
    assert carry_out() == ["A proposal waits for a decision."]
    made = waiting()
    assert (made.kind, made.scope, made.subject_id) == (KIND, scope(LIVE), node(LIVE).pk)
    assert (made.summary, made.proposed_by, made.amount) == ("Pause this channel", None, None)
    told = dict(details_of(made))
    assert told["Revenue"].startswith("¥800")
    assert told["The rule asks"] == "under 85% of plan"
    assert told["Rule"] == "Revenue behind plan"
    assert told["Spent in the 30 days before"] == "¥3,000"
    assert told["The last time"] == "Nothing was decided about it before."
    assert "Pause this channel" in browser(bob()).get(reverse("decisions:inbox")).content.decode()
    page = browser(bob()).get(reverse("alerts:episode", args=[episode(LIVE).pk])).content.decode()
    assert reverse("decisions:proposal", args=[made.pk]) in page


def test_as_it_gets_worse_the_heavier_takes_the_place_of_the_lighter_and_not_the_other_way() -> None:
    watched(("channels.move",), ("channels.stop",), ("channels.pause",))
    for attainment in ("0.9", "0.8", "0.6"):
        goes(attainment)
    said = carry_out()
    assert [one.payload["change"] for one in Proposal.objects.order_by("pk")] == ["move", "stop"]
    assert [one.state for one in Proposal.objects.order_by("pk")] == ["lapsed", "open"]
    assert said[2] == "A proposal waits for a decision about this channel already."


def test_what_a_person_proposed_is_not_pushed_aside() -> None:
    watched((), ("channels.stop",), ())
    propose_by_hand(node=node(LIVE), change=Change.PAUSE, why="So.", person=alice(LIVE), now=MORNING)
    goes("0.8")
    carry_out()
    assert waiting().payload["change"] == "pause"


def test_what_is_paused_already_is_not_proposed_to_be_paused() -> None:
    change_state(node=node(LIVE), state=ChannelState.PAUSED, why="So.", person=bob(), now=MORNING)
    watched((), ("channels.pause",), ())
    goes("0.8")
    assert carry_out() == ["Nothing was proposed: the channel's state leaves nothing to change."]
    assert not Proposal.objects.exists()


@pytest.mark.parametrize("area", ["region:华东", f"region:华东+{LIVE}", "company"])
def test_only_a_whole_channel_can_be_paused(area: str) -> None:
    watched((), ("channels.pause",), (), area=area)
    goes("0.8", area)
    (said,) = carry_out()
    assert said.startswith("Only a channel or a campaign as a whole")
    assert not Proposal.objects.exists()


def test_money_to_move_is_half_of_what_it_spent_and_chooses_who_approves() -> None:
    watched((), ("channels.move",), ())
    report(LIVE, TODAY - timedelta(40), 40, revenue="50", cost="100")
    goes("0.8")
    carry_out()
    assert waiting().amount == D("1500.0000")


# -- Deciding ----------------------------------------------------------------------------------------


def test_approved_it_is_paused_with_who_and_why() -> None:
    watched((), ("channels.pause",), ())
    goes("0.8")
    carry_out()
    made = approve(waiting(), note="Until the new host is there.")
    assert Profile.objects.get().state == "paused"
    change = StateChange.objects.get()
    assert (change.why, change.by, change.proposal) == ("Until the new host is there.", bob(), made)


def test_without_a_note_the_rule_is_the_reason() -> None:
    watched((), ("channels.pause",), ())
    goes("0.8")
    carry_out()
    approve(waiting())
    assert StateChange.objects.get().why == "Revenue behind plan"


def test_rejected_it_is_kept_and_nothing_changes() -> None:
    watched((), ("channels.drop",), ())
    goes("0.8")
    carry_out()
    decide(proposal=waiting(), person=bob(), verdict="reject", note="It is the season.", as_of=MORNING)
    assert not StateChange.objects.exists()
    assert not Task.objects.exists()
    assert Proposal.objects.get().decision_note == "It is the season."


def test_only_whoever_manages_the_channel_decides() -> None:
    watched((), ("channels.pause",), ())
    goes("0.8")
    carry_out()
    for who in (charlie(), alice(LIVE), dana()):
        with pytest.raises(PermissionDenied):
            approve(waiting(), by=who)


@pytest.mark.parametrize(
    ("code", "state", "title"),
    [
        ("channels.move", "", "Move money out of this channel, as decided"),
        ("channels.expand", "expanding", "Give this channel more money, as decided"),
    ],
)
def test_money_is_moved_by_finance(code: str, state: str, title: str) -> None:
    dana()
    watched((), (code,), ())
    goes("0.8")
    carry_out()
    approve(waiting())
    task = Task.objects.get()
    assert (task.title, task.assigned_to, task.due_on) == (title, dana(), date(2026, 11, 27))
    assert [one.state for one in Profile.objects.all()] == ([state] if state else [])
    page = browser(dana()).get(reverse("decisions:inbox")).content.decode()
    assert title in page


def test_a_channel_that_is_gone_meanwhile_cannot_be_changed() -> None:
    watched((), ("channels.pause",), ())
    goes("0.8")
    carry_out()
    archive_node(node=node(LIVE), person=bob())
    with pytest.raises(Refused, match="put away or merged"):
        approve(waiting())
    assert waiting().undecided


def test_what_was_given_up_meanwhile_is_not_brought_back_by_pausing_it() -> None:
    watched((), ("channels.pause",), ())
    goes("0.8")
    carry_out()
    change_state(node=node(LIVE), state=ChannelState.DROPPED, why="So.", person=bob(), now=MORNING)
    with pytest.raises(Refused, match="Given up"):
        approve(waiting())
    assert Profile.objects.get().state == "dropped"


def test_alice_proposes_by_hand_and_cannot_decide_it_herself() -> None:
    bob()
    client, address = browser(alice(LIVE)), reverse("channels:propose", args=[node(LIVE).pk])
    page = client.post(address, {"change": "pause", "reason": " "}).content.decode()
    assert "Propose a change" in page
    assert not Proposal.objects.exists()
    assert client.post(address, {"change": "pause", "reason": "Returns fell."}).status_code == 302
    page = client.get(reverse("channels:profile", args=[node(LIVE).pk])).content.decode()
    assert "Returns fell." in page
    assert "Propose a change" not in page
    with pytest.raises(Refused, match="yourself"):
        approve(waiting(), by=alice(LIVE))
    again = client.post(address, {"change": "stop", "reason": "Returns fell."}).content.decode()
    assert "waits for a decision about this channel already" in again


# -- Support -----------------------------------------------------------------------------------------


def test_a_dealer_whose_sales_fall_gets_support_from_whoever_is_responsible_once() -> None:
    store = "region:华东/上海/徐汇店"
    whose = alice(store)
    Responsibility.objects.create(scope=scope(store), person=whose, first_day=date(2026, 1, 1))
    watched((), ("channels.support",), ("channels.support",), area=store)
    goes("0.8", store)
    goes("0.6", store)
    assert carry_out() == [
        "A support task was opened, due in five working days.", "A support task is open already.",
    ]  # fmt: skip
    task = Task.objects.get()
    assert (task.title, task.assigned_to) == ("Support them: their figures fall", None)
    assert task.title in browser(whose).get(reverse("decisions:inbox")).content.decode()


def test_a_channels_owner_is_asked_to_support_it() -> None:
    owner = person("Erin", "viewer", LIVE)
    keep_profile(
        node=node(LIVE),
        draft=ProfileDraft(None, owner, ChannelState.RUNNING),
        based_on=0,
        person=bob(),
        now=MORNING,
    )
    watched((), ("channels.support",), ())
    goes("0.8")
    carry_out()
    assert Task.objects.get().assigned_to == owner


# -- Templates ---------------------------------------------------------------------------------------


def test_each_shipped_rule_can_be_saved_as_it_is_offered() -> None:
    """Through the page: what the template fills in is posted back."""
    client = browser(bob())
    offered = [one for one in all_templates() if "channels." in str(one.consequences)]
    assert {codes for one in offered for codes in one.consequences.values()} == {
        ("channels.pause",), ("channels.stop",), ("channels.drop",), ("channels.expand",), ("channels.support",),
    }  # fmt: skip
    for one in offered:
        page = client.get(reverse("alerts:rule_new"), {"template": one.code, "area": "company"})
        posted = {"people-TOTAL_FORMS": "0", "people-INITIAL_FORMS": "0"}
        for form in (page.context["form"], *page.context["tiers"]):
            for field in form:
                value = field.value()
                if value not in (None, ""):
                    posted[field.html_name] = getattr(value, "pk", value)
        response = client.post(reverse("alerts:rule_new"), posted)
        assert response.status_code == 302, response.context["form"].errors
    saved = Rule.objects.order_by("pk")
    assert [rule.grain for rule in saved] == ["day", "week", "quarter", "quarter", "month"]
    stops = saved[1].tiers.get()
    assert (stops.condition, stops.for_periods, stops.consequences) == (
        {"kind": "level", "below": "0.8", "whole": True}, 2, ["channels.stop"],
    )  # fmt: skip
    assert (saved[4].spread, saved[4].along) == ("subtree", "region")


def weekly_roas(value: str, start: date, through: date) -> None:
    roas = Metric.objects.get(code="roas")
    at: dict[str, Any] = {"scope": scope(LIVE), "metric": roas, "grain": "week", "start": start}
    Reading.objects.update_or_create(**at, defaults={"value": D(value), "status": "grey", "through": through})
    ReadingChange.objects.create(**at)


def test_two_weeks_under_0_8_are_two_whole_weeks() -> None:
    tiers = [alerts.TierDraft(3, Amount(D("0.8"), whole=True), 2, consequences=["channels.stop"])]
    rule(
        author=bob(),
        area=LIVE,
        name="Two weeks",
        metric=Metric.objects.get(code="roas"),
        grain="week",
        tiers=tiers,
    )
    first, second, third = date(2026, 3, 2), date(2026, 3, 9), date(2026, 3, 16)
    weekly_roas("0.5", first, date(2026, 3, 8))
    look(today=date(2026, 3, 9))
    weekly_roas("0.5", second, date(2026, 3, 10))
    look(today=date(2026, 3, 11))
    assert carry_out() == []  # the second week is not over
    weekly_roas("0.5", second, date(2026, 3, 15))
    weekly_roas("2.0", third, date(2026, 3, 16))
    look(today=date(2026, 3, 17))
    assert carry_out() == ["A proposal waits for a decision."]


# -- What became of it -------------------------------------------------------------------------------


def test_figures_are_held_against_as_many_days_before() -> None:
    day = date(2026, 10, 1)
    done = decided_on(day)
    report(LIVE, day - timedelta(28), 28, revenue="50", cost="100")
    report(LIVE, day, 1, revenue="9999", cost="1")  # the day itself counts on neither side
    report(LIVE, day + timedelta(1), 28, revenue="90", cost="60")
    report(LIVE, day + timedelta(29), 5, revenue="9999", cost="1")
    effect = effects_of([done], days=28, today=TODAY)[done.pk]
    assert effect.windows is not None
    assert (effect.windows.before.first, effect.windows.after.last) == (date(2026, 9, 3), date(2026, 10, 29))
    found = {one.metric.code: (one.before, one.after) for one in effect.compared}
    assert found == {
        "roas": (D("0.5"), D("1.5")), "revenue": (D(1400), D(2520)), "cost": (D(2800), D(1680)),
    }  # fmt: skip


def test_a_channel_that_reports_nothing_since_has_no_figure_and_no_zero() -> None:
    day = date(2026, 10, 1)
    done = decided_on(day, Change.PAUSE)
    report(LIVE, day - timedelta(28), 28, revenue="50", cost="100")
    (roas, *_rest) = effects_of([done], days=28, today=TODAY)[done.pk].compared
    assert (roas.before, roas.after, roas.change) == (D("0.5"), None, None)


def test_what_was_decided_lately_has_no_effect_yet_and_says_from_when() -> None:
    done = decided_on(TODAY - timedelta(5))
    report(LIVE, TODAY - timedelta(40), 40, revenue="50", cost="100")
    effect = effects_of([done], days=28, today=TODAY)[done.pk]
    assert (effect.windows, effect.known_from) == (None, TODAY + timedelta(3))
    page = browser(bob()).get(reverse("channels:decisions")).content.decode()
    assert "can be told from" in page


def test_the_next_proposal_says_what_became_of_the_last_one() -> None:
    day = date(2026, 10, 1)
    report(LIVE, day - timedelta(28), 28, revenue="50", cost="100")
    report(LIVE, day + timedelta(1), 28, revenue="90", cost="60")
    decided_on(day)
    watched((), ("channels.stop",), ())
    goes("0.8")
    carry_out()
    last = dict(details_of(waiting()))["The last time"]
    assert last.startswith("Move money away, approved on 1 Oct 2026: ROAS")
    assert last.endswith("28 days before and after")
    with translation.override("zh-hans"):
        assert "2026年10月1日" in dict(details_of(waiting()))[translation.gettext("The last time")]


def test_the_page_shows_what_waits_and_what_was_decided_to_those_who_see_the_channel() -> None:
    bob()
    decided_on(date(2026, 10, 1), verdict="reject")
    report(LIVE, date(2026, 9, 3), 80, revenue="50", cost="100")
    propose_by_hand(node=node(LIVE), change=Change.STOP, why="So.", person=alice(LIVE), now=MORNING)
    page = browser(charlie()).get(reverse("channels:decisions")).content.decode()
    for words in (
        "抖音直播: Stop",
        "抖音直播: Move money away",
        "Rejected",
        "Agreed.",
        "28 days before the decision",
    ):
        assert words in page
    other = browser(person("Erin", "lead", "channel:快手"))
    assert "抖音直播" not in other.get(reverse("channels:decisions")).content.decode()
    assert other.get(reverse("channels:decisions"), {"channel": "抖音直播"}).status_code == 404


def test_one_channel_with_its_campaigns_can_be_asked_for_and_how_many_days() -> None:
    bob()
    decided_on(TODAY - timedelta(20))
    report(LIVE, TODAY - timedelta(40), 40, revenue="50", cost="100")
    client, address = browser(charlie()), reverse("channels:decisions")
    node(f"{LIVE}/夏季"), node("channel:快手")
    assert "抖音直播: Move" in client.get(address, {"channel": "抖音直播", "days": "7"}).content.decode()
    assert "抖音直播: Move" not in client.get(address, {"channel": "快手"}).content.decode()
    assert "14 days before" in client.get(address, {"days": "28"}).content.decode()
    assert "7 days before" in client.get(address, {"days": "7"}).content.decode()
    assert client.get(address, {"days": "zq", "page": "zq"}).status_code == 200


def test_a_channels_own_page_can_show_its_actions() -> None:
    bob()
    decided_on(date(2026, 10, 1))
    (one,) = actions_of(charlie(), node(LIVE), today=TODAY)
    assert (one.label, one.proposal.state) == ("Move money away", "approved")
    assert actions_of(person("Erin", "lead", "channel:快手"), node(LIVE), today=TODAY) == ()


def test_the_page_asks_as_much_however_many_there_are() -> None:
    bob(), charlie()
    report(LIVE, date(2026, 6, 1), 170, revenue="50", cost="100")

    def asked() -> int:
        with CaptureQueriesContext(connection) as seen:
            found = actions_page(charlie(), channel=None, days=28, number=None, today=TODAY)
            [(one.label, one.channel, one.waits, one.effect) for one in (*found.waiting, *found.decided)]
        return len(seen)

    decided_on(date(2026, 7, 1))
    first = asked()
    for week in range(1, 6):
        decided_on(date(2026, 7, 1) + timedelta(weeks=week))
    assert asked() == first


def test_its_author_takes_a_proposal_back_and_nothing_changes() -> None:
    bob()
    pk = propose_by_hand(node=node(LIVE), change=Change.DROP, why="So.", person=alice(LIVE), now=MORNING)
    withdraw(proposal=Proposal.objects.get(pk=pk), person=alice(LIVE), as_of=MORNING)
    assert not StateChange.objects.exists()
