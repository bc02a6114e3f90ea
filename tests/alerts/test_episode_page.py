"""An alert's page: how the figure ran, what moved, what was said and done, and who may see and ask what."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal as D
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from alerts import charts, episode_words, selectors, services
from alerts.conditions import Amount
from alerts.models import Episode
from alerts.selectors.causes import others_then
from alerts.selectors.course import Course
from alerts.selectors.episode import alike
from alerts.services.asking import ask_about
from decisions.models import Comment, Task
from decisions.services import add_comment, complete_task
from kpis.models import Reading
from organization.models import CalendarEvent, Person, Responsibility
from tests.alerts.builders import FEBRUARY, MARCH, NOW, TODAY, browser, episode, figure, look, rule
from tests.people import alice, bob, charlie, mallory, node, person, scope

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_broker")]


def alert(
    area: str = "region:华东", attainment: str = "0.6", *, name: str = "Revenue behind plan"
) -> Episode:
    rule(bob(), area=area, name=name)
    figure(scope(area), attainment)
    look()
    return Episode.objects.filter(instance__scope=scope(area)).latest("pk")


def page(who: Person, one: Episode) -> str:
    return browser(who).get(reverse("alerts:episode", args=[one.pk])).content.decode()


def why(who: Person, one: Episode) -> str:
    address = reverse("alerts:episode_why", args=[one.pk])
    return browser(who).get(address, headers={"HX-Request": "true"}).content.decode()


def course(one: Episode) -> Course:
    found = selectors.episode_page(bob(), one.pk, as_of=NOW).course
    assert found is not None
    return found


# -- How it ran ----------------------------------------------------------------------------------------


def test_charlie_sees_the_months_before_the_alert_and_the_line_that_was_crossed_since() -> None:
    for back, attainment in enumerate(("1.1", "1.02", "0.99"), 1):
        figure(
            scope("region:华东"), attainment, start=date(2026, 3 - back, 1) if back < 3 else date(2025, 12, 1)
        )
    one = alert(attainment="0.8")
    run = course(one)
    assert [(str(point.period), point.attainment, point.tier) for point in run.points] == [
        ("2025-12", D("0.99"), 0),
        ("2026-01", D("1.02"), 0),
        ("2026-02", D("1.1"), 0),
        ("2026-03", D("0.8"), 2),
    ]
    assert [point.shares for point in run.points] == [[], [], [], [D("0.85")]]
    assert (run.by_share, run.span) == (True, (MARCH, date(2026, 3, 31)))
    assert "Revenue: 80% of plan when it was worst" in page(charlie(), one)


def test_what_got_worse_and_better_is_marked_by_level_and_its_end_too() -> None:
    one = alert(attainment="0.8")
    for attainment in ("0.6", "0.9", "1.2"):
        figure(scope("region:华东"), attainment)
        look()
    run = course(one)
    assert [(mark.tier, mark.attainment) for mark in run.marks] == [
        (2, D("0.8")), (3, D("0.6")), (1, D("0.9")), (0, D("1.2")),
    ]  # fmt: skip
    assert [point.tier for point in run.points] == [3]  # the worst of the month


def test_the_line_is_drawn_only_while_the_alert_was_open() -> None:
    one = alert(attainment="0.8")
    figure(scope("region:华东"), "1.2")
    look()
    for start in (date(2026, 4, 1), date(2026, 5, 1)):
        figure(scope("region:华东"), "1.1", start=start)
    run = selectors.episode_page(bob(), one.pk, as_of=NOW + timedelta(days=60)).course
    assert run is not None
    assert [(str(point.period), point.tier, point.shares) for point in run.points] == [
        ("2026-03", 2, [D("0.85")]),
        ("2026-04", 0, []),
        ("2026-05", 0, []),
    ]


def test_the_target_is_the_one_that_the_alert_was_held_against() -> None:
    one = alert()
    figure(scope("region:华东"), "0.6")
    instance = one.instance
    Reading.objects.filter(scope=instance.scope, start=MARCH).update(
        target=D(700), expected=D(700), through=date(2026, 3, 31)
    )
    (point,) = course(one).points
    assert (point.target, point.expected) == (D(1500), D(1500))


def test_an_alert_on_an_amount_shows_its_limit_in_the_figures_own_unit() -> None:
    rule(bob(), tiers=[services.TierDraft(2, Amount(above=D(500)))])
    figure(scope("region:华东"), "0.6")
    look()
    found = selectors.episode_page(bob(), episode().pk, as_of=NOW)
    (drawn,) = episode_words.drawn(found)
    limit = next(trace for trace in drawn.figure["data"] if trace["meta"]["role"] == "series")
    marks = [trace for trace in drawn.figure["data"] if trace["mode"] == "markers"]
    assert (limit["y"], limit["line"]["shape"]) == ([500.0], "hv")
    assert [(one["y"], one["marker"]["symbol"]) for one in marks] == [([600.0], charts.SYMBOLS[2])]
    assert drawn.figure["layout"]["meta"]["span"] == ["2026-03-01", "2026-03-31"]


def test_the_steps_are_on_the_chart_of_shares_where_the_alert_asks_for_a_share() -> None:
    found = selectors.episode_page(bob(), alert().pk, as_of=NOW)
    shares, amounts = episode_words.drawn(found)
    assert [trace["mode"] for trace in shares.figure["data"]] == [
        "lines",
        "lines",
        "lines+markers",
        "markers",
    ]
    assert [trace["mode"] for trace in amounts.figure["data"]] == ["lines", "lines"]
    assert shares.figure["layout"]["meta"]["unit"] == "percent"


# -- Probable causes -----------------------------------------------------------------------------------


def test_mallory_finds_neither_the_alert_nor_its_causes_and_cannot_ask_anybody() -> None:
    one = alert()
    outsider = person("Erik", "lead", "region:华北")
    for who, told in ((mallory(), 403), (outsider, 404)):
        client = browser(who)
        assert client.get(reverse("alerts:episode", args=[one.pk])).status_code == told
        assert client.get(reverse("alerts:episode_why", args=[one.pk])).status_code == told
        sent = {"title": "Call them", "token": uuid4()}
        assert client.post(reverse("alerts:episode_task", args=[one.pk]), sent).status_code == told
    assert not Task.objects.exists()


def test_alice_reads_of_other_alerts_only_on_her_own_areas() -> None:
    one = alert()
    for area in ("company", "region:华北", "region:华东/上海", "region:华东/江苏"):
        alert(area, name=f"Revenue of {area}")
    hers, bobs = why(alice(), one), why(bob(), one)
    assert "上海" in hers
    assert "江苏" in hers
    assert "华北" not in hers
    assert "Revenue, Company" not in hers
    assert "华北" in bobs
    assert "Revenue, Company" in bobs


def test_those_above_and_below_come_before_those_elsewhere_and_at_most_five_are_named() -> None:
    one = alert()
    for area in ("region:华北", "region:华南", "company", "region:华东/上海", "region:西北", "region:东北"):
        alert(area, name=f"Revenue of {area}")
    found = others_then(bob(), one, as_of=NOW)
    assert {row.episode.instance.scope.key for row in found[:2]} == {"company", "region:华东/上海"}
    assert len(found) == 5


def test_alerts_that_were_over_long_before_are_no_company() -> None:
    one, other, fresh = alert(), alert("region:华北", name="r2"), alert("region:华南", name="r3")
    long_ago = NOW - timedelta(days=40)
    ended = {"closed_at": NOW - timedelta(days=1), "close_reason": "recovered"}
    Episode.objects.filter(pk=other.pk).update(**{**ended, "opened_at": long_ago})
    Episode.objects.filter(pk=fresh.pk).update(**{**ended, "opened_at": NOW - timedelta(days=2)})
    found = others_then(bob(), one, as_of=NOW)
    assert [row.episode.pk for row in found] == [fresh.pk]


def test_the_calendar_is_asked_for_the_period_and_three_days_around_it() -> None:
    one = alert()
    for name, first, last in (
        ("Spring sale", date(2026, 3, 8), date(2026, 3, 9)),
        ("Lantern fair", date(2026, 2, 20), date(2026, 2, 26)),
        ("Storm", date(2026, 2, 25), date(2026, 2, 27)),
        ("Trade fair", date(2026, 3, 23), date(2026, 3, 25)),  # data go up to the 19th
    ):
        CalendarEvent.objects.create(code=name, name=name, kind="promotion", first_day=first, last_day=last)
    happened = selectors.causes_of(bob(), one, as_of=NOW).happened
    ours = [
        (one.name, one.inside)
        for one in happened
        if one.name in ("Spring sale", "Lantern fair", "Storm", "Trade fair")
    ]
    assert ours == [("Spring sale", True), ("Lantern fair", False), ("Storm", False)]


def test_where_nobody_can_say_what_moved_the_page_says_so() -> None:
    assert "nobody can say what moved" in why(bob(), alert())


def test_without_a_script_the_causes_have_a_page_of_their_own() -> None:
    one = alert()
    found = browser(bob()).get(reverse("alerts:episode_why", args=[one.pk])).content.decode()
    assert "<html" in found
    assert reverse("alerts:episode", args=[one.pk]) in found
    assert "<html" not in why(bob(), one)


# -- Like it before ------------------------------------------------------------------------------------


def test_earlier_alerts_of_the_figure_are_named_with_what_was_said_and_done() -> None:
    first = alert()
    task = ask_about(
        episode=first, title="Call the dealers", to=None, due_on=None, token=uuid4(), person=alice(), now=NOW
    )
    complete_task(task=task, person=alice(), as_of=NOW)
    add_comment(
        kind="alerts.alert", subject_id=first.pk, scope=scope("region:华东"), text="The bridge was shut", person=bob(),
    )  # fmt: skip
    figure(scope("region:华东"), "1.2")
    look(now=NOW + timedelta(days=3))
    figure(scope("region:华东"), "0.6")
    look(now=NOW + timedelta(days=4))
    second = Episode.objects.latest("pk")
    assert second.pk != first.pk
    shown = page(charlie(), second)
    for said in ("The bridge was shut", "Call the dealers", "3 days", "Recovered"):
        assert said in shown, said
    assert "This figure had no alert here before." in page(charlie(), first)


def test_alerts_of_the_same_rule_come_before_those_of_others() -> None:
    one = alert()
    other = alert(name="Another rule")
    Episode.objects.filter(pk__in=[one.pk, other.pk]).update(
        closed_at=NOW - timedelta(days=1), opened_at=NOW - timedelta(days=5), close_reason="recovered"
    )
    Episode.objects.filter(pk=one.pk).update(opened_at=NOW - timedelta(days=9))
    latest = Episode.objects.create(instance=one.instance, tier=1, peak_tier=1, opened_at=NOW)
    assert [(row.episode.pk, row.same_rule) for row in alike(latest)] == [
        (one.pk, True),
        (other.pk, False),
    ]


# -- Comments and tasks --------------------------------------------------------------------------------


def test_alice_says_something_about_an_alert_and_comes_back_to_its_page() -> None:
    one = alert()
    at = reverse("alerts:episode", args=[one.pk])
    answer = browser(alice()).post(
        reverse("decisions:comment", args=["alerts.alert", one.pk]), {"text": "We know", "next": at}
    )
    assert answer["Location"] == at
    assert "We know" in page(charlie(), one)
    assert Comment.objects.get().scope == scope("region:华东")


def test_a_task_about_an_alert_is_asked_once_and_leads_back_to_it() -> None:
    one = alert()
    client, at = browser(bob()), reverse("alerts:episode", args=[one.pk])
    day = timezone.localdate() + timedelta(days=2)
    sent = {"title": " Call  the dealers ", "to": alice().pk, "due_on": day.isoformat(), "token": uuid4()}
    for _twice in range(2):
        answer = client.post(reverse("alerts:episode_task", args=[one.pk]), sent)
        assert answer["Location"] == f"{at}#tasks"
    task = Task.objects.get()
    assert (task.title, task.assigned_to, task.due_on, task.opened_by) == (
        "Call the dealers",
        alice(),
        day,
        bob(),
    )
    assert "Call the dealers" in page(charlie(), one)
    shown = browser(alice()).get(reverse("decisions:task", args=[task.pk])).content.decode()
    assert at in shown
    assert "Alert: Revenue, 华东" in shown


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"title": "  "}, "This field is required"),
        ({"title": "x" * 301}, "at most 300"),
        ({"due_on": "2020-01-01"}, "This day is over"),
        ({"due_on": "soon"}, "Enter a valid date"),
        ({"to": "stranger"}, "Select a valid choice"),
        ({"token": "x"}, "This form was not complete"),
    ],
)
def test_a_task_that_cannot_be_is_said_at_its_place(changes: dict[str, str], said: str) -> None:
    one = alert()
    if changes.get("to"):
        changes = {"to": str(person("Erik", "lead", "region:华北").pk)}
    sent = {"title": "Call them", "token": str(uuid4()), **changes}
    answer = browser(alice()).post(reverse("alerts:episode_task", args=[one.pk]), sent)
    assert answer.status_code == 200
    assert said in answer.content.decode()
    assert not Task.objects.exists()


def test_charlie_only_looks_and_is_offered_no_task() -> None:
    one = alert()
    assert reverse("alerts:episode_task", args=[one.pk]) not in page(charlie(), one)
    sent = {"title": "Call them", "token": uuid4()}
    assert browser(charlie()).post(reverse("alerts:episode_task", args=[one.pk]), sent).status_code == 403


# -- The list ------------------------------------------------------------------------------------------


def listed(who: Person, **asked: str) -> list[str]:
    found = browser(who).get(reverse("alerts:episodes"), asked).context["page"]
    return [row.episode.instance.scope.key for row in found.rows]


def test_mine_are_those_that_she_was_told_of_and_those_on_areas_that_are_hers_to_answer_for() -> None:
    told, answered, other = "region:华东", "region:华北/北京分店", "region:华南"
    alert(told)
    rule(area=answered, name="r2")
    rule(charlie(), area=other, name="r3")
    for area in (answered, other):
        figure(scope(area), "0.6")
    look()
    assert listed(bob(), show="mine") == [told]
    Responsibility.objects.create(scope=scope("region:华北"), person=bob(), first_day=date(2026, 1, 1))
    assert set(listed(bob(), show="mine")) == {told, answered}
    Responsibility.objects.create(scope=scope("company"), person=bob(), first_day=date(2026, 1, 1))
    assert set(listed(bob(), show="mine")) == {told, answered, other}


def test_an_alert_that_bob_asked_not_to_hear_of_is_none_of_his() -> None:
    rule(recipients=[services.RecipientDraft(bob(), from_level=3)])
    figure(scope("region:华东"), "0.8")
    look()
    assert listed(bob(), show="open") == ["region:华东"]
    assert listed(bob(), show="mine") == []


def test_mine_are_none_that_she_may_not_see_though_she_was_told() -> None:
    alert("region:华北")
    rule(alice(), area="region:华北", name="r2")
    figure(scope("region:华北"), "0.5")
    look()
    assert listed(alice(), show="mine") == []


def test_open_ones_come_first_among_all_and_ended_ones_are_not_among_the_open() -> None:
    alert("region:华东")
    figure(scope("region:华东"), "1.2")
    look()
    alert("region:华北", name="r2")
    assert listed(bob()) == ["region:华北"]
    assert listed(bob(), show="zq") == ["region:华北"]
    assert listed(bob(), show="all") == ["region:华北", "region:华东"]


def test_the_list_is_narrowed_by_level_and_area() -> None:
    alert("region:华东/上海", "0.6")
    alert("region:华北", "0.9", name="r2")
    assert listed(bob(), level="watch") == ["region:华北"]
    assert listed(bob(), level="critical") == ["region:华东/上海"]
    assert listed(bob(), area="region:华东") == ["region:华东/上海"]
    assert listed(bob(), area="region:华东", level="watch") == []


def test_alice_learns_nothing_of_an_area_that_is_not_hers_by_asking_for_it() -> None:
    node("region:华北/北京分店")
    alert()
    shown = (
        browser(alice()).get(reverse("alerts:episodes"), {"area": "region:华北/北京分店"}).content.decode()
    )
    assert "There is no such area among yours" in shown
    assert "北京分店" not in shown


# -- What it costs -------------------------------------------------------------------------------------


def test_a_long_life_and_many_others_cost_no_more_queries() -> None:
    one = alert()

    def before(days: int) -> None:
        Episode.objects.create(
            instance=one.instance, tier=1, peak_tier=1, opened_at=NOW - timedelta(days=days + 1),
            closed_at=NOW - timedelta(days=days), close_reason="recovered",
        )  # fmt: skip

    def cost(name: str) -> int:
        client = browser(bob())
        client.get(reverse(name, args=[one.pk]))
        with CaptureQueriesContext(connection) as spent:
            assert client.get(reverse(name, args=[one.pk])).status_code == 200
        return len(spent)

    before(8)
    alert("region:西北", name="Revenue of 西北")
    few = {name: cost(name) for name in ("alerts:episode", "alerts:episode_why")}
    for attainment in ("0.8", "0.6", "0.9", "0.6"):
        figure(scope("region:华东"), attainment)
        look()
    figure(scope("region:华东"), "0.9", start=FEBRUARY)
    for area in ("company", "region:华北", "region:华东/上海", "region:华东/江苏"):
        alert(area, name=f"Revenue of {area}")
    for number in range(3):
        before(9 + number)
        add_comment(kind="alerts.alert", subject_id=one.pk, scope=one.instance.scope, text="x", person=bob())
        ask_about(episode=one, title="x", to=alice(), due_on=TODAY, token=uuid4(), person=bob(), now=NOW)
    assert {name: cost(name) for name in few} == few


@pytest.mark.parametrize("shown", ["open", "mine", "all"])
def test_a_long_list_costs_no_more_than_a_short_one(shown: str) -> None:
    def cost() -> int:
        client = browser(bob())
        client.get(reverse("alerts:episodes"), {"show": shown})
        with CaptureQueriesContext(connection) as spent:
            assert client.get(reverse("alerts:episodes"), {"show": shown}).status_code == 200
        return len(spent)

    alert()
    few = cost()
    for number in range(12):
        alert(f"region:r{number}", name=f"r{number}")
    assert cost() == few
