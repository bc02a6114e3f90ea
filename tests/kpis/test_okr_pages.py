"""The pages of objectives: who sees what of them, what is said at its place, and how few queries it takes.

Who may open which is in tests/every_url.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from kpis.models import CheckIn, KeyResult, Metric, Objective
from kpis.services import okr
from kpis.uses import uses_of
from organization.models import Person, Responsibility
from organization.services.leaving import deactivate_person
from tests.dashboards.figures import keep
from tests.kpis.objectives import NOW, TODAY, D, objective, result, say, stepped, tied
from tests.people import ada, alice, bob, charlie, dana, node, person, scope

pytestmark = pytest.mark.django_db
AtMost = Callable[[int], AbstractContextManager[Any]]


@pytest.fixture(autouse=True)
def in_november(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(
        timezone, "localdate", lambda value=None, timezone=None: TODAY if value is None else value.date()
    )
    yield
    translation.deactivate()


def web(who: Person, language: str = "en") -> Client:
    client = Client()
    client.force_login(who, backend="django.contrib.auth.backends.ModelBackend")
    client.cookies["django_language"] = language
    return client


def page(who: Person, name: str = "okr", *args: Any, **query: str) -> str:
    response = web(who).get(reverse(f"kpis:{name}", args=args), {"quarter": "2026-Q4", **query})
    assert response.status_code == 200
    return plain(response)


def plain(response: Any) -> str:
    """The words of a page, in one line."""
    text = re.sub(r"<(script|style|svg)\b.*?</\1>", " ", response.content.decode(), flags=re.S)
    return " ".join(re.sub(r"<[^>]*>", " ", text).split())


def post(who: Person, name: str, *args: Any, **data: Any) -> Any:
    """`follow=True` besides the form's fields: the page that it leads to."""
    follow = bool(data.pop("follow", False))
    return web(who).post(reverse(f"kpis:{name}", args=args), data, follow=follow)


# -- Looking ----------------------------------------------------------------------------------------


def test_the_list_says_how_many_are_behind_and_marks_orphans() -> None:
    top = objective("Grow with profit", "company")
    east = objective("Win the East", owner=alice())
    say(result(top), "9")
    say(result(east), "1", 3)
    said = page(bob())
    assert "1 of 2 running objectives are behind. 1 supports nothing above it." in said
    assert said.index("Grow with profit") < said.index("Win the East")
    assert "■ off plan" in said
    assert "supports nothing" in said
    assert "Alice" in said
    assert "Win the East" not in page(bob(), quarter="2026-Q3")
    assert "Win the East" not in page(bob(), level="company")
    assert "Win the East" in page(bob(), quarter="nonsense", level="planet", team="\0", page="x")


def test_teams_filter_the_list_and_are_named_only_where_they_are_known() -> None:
    team = node("team:live")
    objective("Live works", team=team)
    objective("Shops work")
    said = page(bob(), team="live")
    assert "Live works" in said
    assert "Shops work" not in said
    cross = person("Erin", "lead", "region:华东+team:shops")
    objective("Both", "region:华东+team:shops", team=team)
    said = page(cross)
    assert "Both" in said
    assert "live" not in said


def test_alice_is_told_nothing_of_other_regions_in_any_page() -> None:
    north = objective("Win the North", "region:华北", owner=bob())
    east = objective("Win the East")
    own = objective("Own", "region:华东/上海", supports_objective=north)
    far = objective("Far", "region:华北", supports_objective=east)
    tied(east, "region:华北", target="1234567")
    keep("region:华北", "revenue", "777111", expected="600", target="1200", period="2026-Q4")
    result(far)
    for name, args in (
        ("okr", ()), ("okr_tree", ()), ("okr_mine", ()), ("objective", (east.pk,)), ("objective", (own.pk,)),
        ("objective_new", ()), ("objective_edit", (own.pk,)), ("objective_close", (east.pk,)),
    ):  # fmt: skip
        said = page(alice(), name, *args)
        assert not [word for word in ("North", "华北", "Far", "1,234,567", "777,111") if word in said], name
    assert "something you may not see" in page(alice(), "objective", own.pk)
    assert "Supports something you may not see" in page(alice(), "okr_tree")
    assert "on an area that you may not see" in page(alice(), "objective", east.pk)
    assert "and 1 that you may not see" in page(alice(), "objective", east.pk)
    for name in ("objective", "objective_edit", "objective_close", "key_result_new"):
        assert web(alice()).get(reverse(f"kpis:{name}", args=[north.pk])).status_code == 404


def test_the_tree_hangs_objectives_on_key_results_and_shows_orphans_apart() -> None:
    top = objective("Top", "company")
    growth = result(top, "Growth of all")
    objective("East", supports_key_result=growth)
    objective("Directly", supports_objective=top)
    objective("Lost")
    html = web(bob()).get("/okr/tree/", {"quarter": "2026-Q4"}).content.decode()
    tops, orphans = html.split('id="orphans-title"')
    assert "Lost" in orphans
    assert "Lost" not in tops
    assert tops.index("Top") < tops.index("Growth of all") < tops.index("East") < tops.index("Directly")


def test_a_chain_of_twenty_is_drawn() -> None:
    above = None
    for number in range(20):
        above = objective(
            f"Step {number:02d}", "company" if above is None else "region:华东", supports_objective=above
        )
    said = page(bob(), "okr_tree")
    assert [said.count(f"Step {number:02d}") > 0 for number in range(20)] == [True] * 20


def test_a_lead_sees_her_objectives_with_this_months_targets() -> None:
    east = objective("Win the East", owner=alice())
    tied(east, target="1000000")
    result(east, "Partners signed")
    objective("Win the North", "region:华北")
    objective("All of us", "company")
    keep("region:华东", "revenue", "600000", expected="500000", target="1000000", period="2026-Q4")
    keep("region:华东", "revenue", "250000", expected="300000", target="400000", period="2026-11")
    said = page(alice(), "okr_mine")
    assert "1 check-in waits for you this week." in said
    assert "¥250,000.00" in said
    assert "¥400,000.00" in said
    assert "▲ behind" not in said
    assert "■ off plan" in said, "November"
    assert "● on plan" in said, "the quarter"
    assert "North" not in said
    assert "All of us" not in said
    assert "last week's is missing" in said
    assert "All of us" not in page(bob(), "okr_mine")


def test_charlie_who_leads_nothing_sees_what_is_his_own() -> None:
    mine = objective("Learn to cook", level="person", owner=charlie())
    objective("Win the East")
    result(mine)
    said = page(charlie(), "okr_mine")
    assert "Learn to cook" in said
    assert "Win the East" not in said


def test_the_pages_ask_few_questions_however_many_objectives_there_are(
    django_assert_max_num_queries: AtMost,
) -> None:
    top = objective("Top", "company")
    for number in range(25):
        one = objective(
            f"O {number}", f"region:r{number}", owner=bob(), supports_objective=top, team=node("team:t")
        )
        say(result(one), "3")
        tied(one, f"region:r{number}")
        stepped(one, ("Step", "2026-11-01", "1"))
    client = web(bob())
    client.get("/okr/")
    for address, most in (("/okr/", 30), ("/okr/tree/", 30), ("/okr/mine/", 30), (f"/okr/{top.pk}/", 35)):
        with django_assert_max_num_queries(most):
            assert client.get(address).status_code == 200


def test_in_chinese_too() -> None:
    say(result(objective("Win the East")), "1")
    response = web(bob(), "zh-hans").get("/okr/")
    assert "2026年第四季度" in plain(response)


# -- Making and editing -----------------------------------------------------------------------------


def typed(**change: Any) -> dict[str, Any]:
    return {
        "title": "Win the East", "level": "team", "area": "region:华东", "commitment": "aspirational", "description": "",
        "owner": "", "team": "", "supports": "", **change,
    }  # fmt: skip


def test_alice_makes_an_objective_adds_key_results_and_begins() -> None:
    top = objective("Top", "company")
    growth = result(top, "Growth")
    scope("region:华东")
    made = post(alice(), "objective_new", **typed(owner=alice().pk))
    objective_made = Objective.objects.get(title="Win the East")
    assert made["Location"] == reverse("kpis:objective", args=[objective_made.pk])
    assert objective_made.start == date(2026, 10, 1)
    one = {
        "title": "Partners",
        "how": "manual",
        "unit": "count",
        "baseline": "0",
        "target": "1.2万",
        "weight": "2",
        "commitment": "committed",
        **no_rows(),
    }
    post(alice(), "key_result_new", objective_made.pk, **one)
    revenue = Metric.objects.get(code="revenue").pk
    two = {
        **one,
        "how": "metric",
        "metric": revenue,
        "area": "region:华东",
        "target": "￥120万",
        "title": "Revenue",
    }
    post(alice(), "key_result_new", objective_made.pk, **two)
    three = {
        **one,
        "how": "milestones",
        "title": "Shop",
        "baseline": "",
        "target": "",
        **rows(("Lease", "2026-11-30", "1"), ("", "", "1")),
    }
    post(alice(), "key_result_new", objective_made.pk, **three)
    found = {each.title: each for each in objective_made.key_results.all()}
    assert (found["Partners"].target, found["Partners"].weight, found["Partners"].committed) == (
        D(12000),
        D(2),
        True,
    )
    assert (found["Revenue"].target, found["Revenue"].scope, found["Revenue"].unit) == (
        D(1_200_000),
        scope("region:华东"),
        "money",
    )
    assert [each.title for each in found["Shop"].milestones.all()] == ["Lease"]
    post(alice(), "objective_begin", objective_made.pk)
    objective_made.refresh_from_db()
    assert objective_made.state == "active"
    assert "Growth" not in page(alice(), "objective_new")
    assert growth.title in page(bob(), "objective_new")


def no_rows() -> dict[str, str]:
    return rows()


def rows(*lines: tuple[str, str, str], pks: tuple[int, ...] = ()) -> dict[str, str]:
    said = {"milestones-TOTAL_FORMS": str(len(lines)), "milestones-INITIAL_FORMS": "0"}
    for place, (title, day, weight) in enumerate(lines):
        said |= {
            f"milestones-{place}-title": title,
            f"milestones-{place}-due_on": day,
            f"milestones-{place}-weight": weight,
        }
        if place < len(pks):
            said[f"milestones-{place}-milestone"] = str(pks[place])
    return said


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"title": " "}, "This field is required"),
        ({"area": "region:华北"}, "There is no area called region:华北"),
        ({"area": "region:nowhere"}, "There is no area called region:nowhere"),
        ({"area": "华北"}, "There is no area called 华北"),
        ({"area": "company"}, "There is no area called company"),
        ({"level": "company"}, "Select a valid choice"),
        ({"level": "person"}, "A person&#x27;s objective needs the person."),
        ({"supports": "o99999"}, "Select a valid choice"),
        ({"owner": "99999"}, "Select a valid choice"),
    ],
)
def test_what_is_typed_wrong_is_said_and_kept_in_its_field(change: dict[str, Any], said: str) -> None:
    for area in ("region:华东", "region:华北"):
        scope(area)
    answer = post(alice(), "objective_new", **typed(description="kept as it was", **change))
    html = answer.content.decode()
    assert said in html
    assert "kept as it was" in html
    assert html.count("field-error") >= 1
    assert not Objective.objects.exists()


def test_an_area_is_found_by_its_name_among_her_own() -> None:
    scope("region:华东/上海")
    scope("region:华北/上海")
    post(alice(), "objective_new", **typed(area="上海"))
    assert Objective.objects.get().scope.key == "region:华东/上海"
    assert "There is no area called 上海" in plain(post(bob(), "objective_new", **typed(area="上海")))


def test_what_somebody_may_not_see_is_not_named_though_she_types_its_code() -> None:
    foreign = node("region:secret")
    foreign.name = "Hush Hush"
    foreign.save(update_fields=["name"])
    html = post(alice(), "objective_new", **typed(area="region:secret", title="")).content.decode()
    assert "Hush" not in html
    east = objective("East")
    known = {"title": "R", "how": "metric", "metric": Metric.objects.get(code="revenue").pk, "weight": "1",
             "baseline": "0", "target": "5", "commitment": "committed", "area": "region:secret", **no_rows()}  # fmt: skip
    html = post(alice(), "key_result_new", east.pk, **known).content.decode()
    assert "There is no area called region:secret" in html
    assert "Hush" not in html
    assert not KeyResult.objects.exists()


def test_charlie_may_set_himself_something_and_nobody_else() -> None:
    scope("region:华东")
    me = charlie()
    assert "Bob" not in page(me, "objective_new")
    refused = post(me, "objective_new", **typed(level="person", owner=bob().pk))
    assert "Select a valid choice" in refused.content.decode()
    assert "Select a valid choice" in post(me, "objective_new", **typed()).content.decode()
    assert post(me, "objective_new", **typed(level="person", owner=me.pk)).status_code == 302
    mine = Objective.objects.get()
    assert (
        post(
            me, "objective_edit", mine.pk, **typed(level="person", owner=me.pk, title="Read", revision=1)
        ).status_code
        == 302
    )
    others = objective("Win the East")
    assert post(me, "objective_edit", others.pk, **typed()).status_code == 403
    assert web(me).get(reverse("kpis:objective_edit", args=[others.pk])).status_code == 403


def test_the_companys_objectives_are_set_by_its_managers_alone() -> None:
    top = objective("Top", "company", owner=charlie())
    lead = person("Lea", "lead", "company")
    for who, status in ((lead, 403), (charlie(), 403), (dana(), 403), (bob(), 200), (ada(), 200)):
        assert web(who).get(reverse("kpis:objective_edit", args=[top.pk])).status_code == status
    assert post(bob(), "objective_new", **typed(level="company", area="", title="Another")).status_code == 302


def test_two_people_at_one_objective_are_told_of_each_other() -> None:
    made = objective("Win the East")
    known = typed(revision=1)
    assert post(bob(), "objective_edit", made.pk, **{**known, "title": "Bob's words"}).status_code == 302
    html = post(alice(), "objective_edit", made.pk, **{**known, "title": "Alice's words"}).content.decode()
    assert "Somebody else saved this objective" in html
    assert "Bob&#x27;s words" in html
    assert 'value="2"' in html
    assert Objective.objects.get().title == "Bob's words"
    assert (
        post(
            alice(), "objective_edit", made.pk, **{**known, "title": "Alice's words", "revision": 2}
        ).status_code
        == 302
    )


def test_what_she_may_not_see_stays_when_she_edits_the_rest() -> None:
    top = objective("Top", "company")
    east = objective("Win the East", supports_objective=top)
    assert (
        'value="kept" selected'
        in web(alice()).get(reverse("kpis:objective_edit", args=[east.pk])).content.decode()
    )
    post(alice(), "objective_edit", east.pk, **typed(title="East", supports="kept", revision=1))
    east.refresh_from_db()
    assert (east.title, east.supports_objective) == ("East", top)


def test_a_ring_is_told_at_the_field() -> None:
    east = objective("East")
    own = objective("Own", supports_objective=east)
    html = post(
        alice(), "objective_edit", east.pk, **typed(title="East", supports=f"o{own.pk}", revision=1)
    ).content.decode()
    assert "“East” → “Own” → “East”" in html
    assert "data-invalid" in html


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"target": "many"}, "This is not a number"),
        ({"target": "1000000000000000000"}, "too large"),
        ({"target": "0"}, "nothing to reach"),
        ({"target": ""}, "This field is required"),
        ({"weight": "0"}, "more than 0"),
        ({"weight": "heavy"}, "This is not a number"),
        ({"how": "metric", "metric": ""}, "This field is required"),
        ({"how": "milestones"}, "Name at least one milestone"),
        ({"how": "milestones", **rows(("Lease", "2027-05-01", "1"))}, "Choose a day within the quarter"),
        ({"how": "milestones", **rows(("Lease", "", "1"))}, "Say by when"),
        ({"how": "milestones", **rows(("Lease", "2026-11-30", "0"))}, "more than 0"),
        ({"how": "milestones", **rows(("Lease", "2026-11-30", "x"))}, "This is not a number"),
        ({"how": "magic"}, "Select a valid choice"),
    ],
)  # fmt: skip
def test_a_key_result_that_cannot_be_says_so_where_it_was_typed(change: dict[str, Any], said: str) -> None:
    made = objective()
    known = {"title": "Kept words", "how": "manual", "unit": "count", "baseline": "0", "target": "10", "weight": "1",
             "commitment": "aspirational", "area": "region:华东", **no_rows()}  # fmt: skip
    html = post(alice(), "key_result_new", made.pk, **{**known, **change}).content.decode()
    assert said in html
    assert "Kept words" in html
    assert not KeyResult.objects.exists()


def test_percent_is_typed_and_shown_as_percent() -> None:
    made = objective()
    known = {"title": "Awareness", "how": "manual", "unit": "percent", "baseline": "30%", "target": "40", "weight": "1",
             "commitment": "aspirational", **no_rows()}  # fmt: skip
    post(alice(), "key_result_new", made.pk, **known)
    one = made.key_results.get()
    assert (one.baseline, one.target) == (D("0.3"), D("0.4"))
    post(alice(), "check_in", one.pk, value="35%", confidence="7", note="")
    assert CheckIn.objects.get().value == D("0.35")
    assert "35.00%" in page(alice(), "objective", made.pk)


def test_milestones_are_edited_in_rows() -> None:
    made = objective()
    one = stepped(made, ("Lease", "2026-10-20", "1"), ("Opening", "2026-12-01", "3"))
    lease = one.milestones.get(title="Lease")
    known = {
        "title": one.title,
        "how": "milestones",
        "weight": "1",
        "commitment": "aspirational",
        "revision": "1",
    }
    post(
        alice(),
        "key_result_edit",
        one.pk,
        **known,
        **rows(("Signed", "2026-10-21", "2"), ("Staff", "2026-11-01", ""), pks=(lease.pk,)),
    )
    assert {(each.pk == lease.pk, each.title, each.weight) for each in one.milestones.all()} == {
        (True, "Signed", D(2)), (False, "Staff", D(1)),
    }  # fmt: skip
    post(alice(), "milestone_tick", lease.pk, done="1")
    assert "reached on" in page(alice(), "objective", made.pk)


# -- Checking in ------------------------------------------------------------------------------------


def test_whose_key_result_it_is_checks_in_and_others_may_not() -> None:
    made = objective("Win the East", owner=alice())
    one = result(made, owner=charlie())
    answer = post(charlie(), "check_in", one.pk, value="4", confidence="6", note="Two more soon")
    assert answer["Location"].endswith(f"#kr-{one.pk}")
    said = page(charlie(), "objective", made.pk)
    assert "Two more soon" in said
    assert "Check in again" in said
    assert "Edit" not in said
    assert post(dana(), "check_in", one.pk, value="4", confidence="6").status_code == 403
    assert post(alice(), "check_in", one.pk, value="5", confidence="6").status_code == 302
    assert (
        post(person("Lee", "lead", "region:华北"), "check_in", one.pk, value="5", confidence="6").status_code
        == 404
    )


@pytest.mark.parametrize(
    ("typed_in", "said"),
    [
        ({"value": "4", "confidence": "11"}, "Confidence goes from 0 to 10."),
        ({"value": "4", "confidence": "sure"}, "Confidence goes from 0 to 10."),
        ({"value": "4", "confidence": ""}, "This field is required."),
        ({"value": "four", "confidence": "5"}, "This is not a number."),
        ({"value": "", "confidence": "5"}, "Say where it stands now."),
        ({"value": "1000000000000000000", "confidence": "5"}, "too large"),
    ],
)
def test_a_check_in_that_makes_no_sense_keeps_what_was_typed(typed_in: dict[str, str], said: str) -> None:
    made = objective(owner=alice())
    one = result(made)
    answer = post(alice(), "check_in", one.pk, note="my words", **typed_in)
    html = answer.content.decode()
    assert said in html
    assert "my words" in html
    assert not CheckIn.objects.exists()


def test_a_closed_quarter_takes_no_check_in_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    one = result(objective(owner=alice()))
    monkeypatch.setattr(timezone, "localdate", lambda value=None, timezone=None: date(2027, 2, 20))
    html = post(alice(), "check_in", one.pk, value="4", confidence="5").content.decode()
    assert "Q4 2026 is closed" in html
    assert not CheckIn.objects.exists()


# -- Closing ----------------------------------------------------------------------------------------


def test_bob_closes_with_a_comment_and_carries_over_once() -> None:
    made = objective("Win the East", owner=alice())
    one = result(made)
    say(one, "7")
    assert "Grade of the objective: 0.7" in page(bob(), "objective_close", made.pk)
    post(
        bob(),
        "objective_close",
        made.pk,
        **{"comment": "Learnt a lot", "revision": made.revision, f"comment-{one.pk}": "Seven of ten"},
    )
    said = page(bob(), "objective", made.pk)
    assert "Learnt a lot" in said
    assert "Seven of ten" in said
    assert "Carry over to Q1 2027" in said
    first = post(bob(), "objective_carry_over", made.pk, follow=True)
    assert "Carried over as a draft" in plain(first)
    again = post(bob(), "objective_carry_over", made.pk, follow=True)
    assert "It has been carried over into Q1 2027 already." in plain(again)
    assert Objective.objects.count() == 2
    assert post(charlie(), "objective_carry_over", made.pk).status_code == 403


def test_who_closes_what_was_edited_meanwhile_is_told() -> None:
    made = objective()
    result(made)
    html = post(bob(), "objective_close", made.pk, comment="", revision=0).content.decode()
    assert "Somebody else changed this objective" in html
    assert not Objective.objects.get().is_closed


def test_a_key_result_is_removed_and_a_draft_goes_for_good() -> None:
    made = objective(begun=False)
    one = result(made)
    post(alice(), "key_result_remove", one.pk)
    assert "No key results yet" in page(alice(), "objective", made.pk)
    post(alice(), "objective_remove", made.pk)
    assert not Objective.objects.exists()


# -- People who leave, figures that are put away ----------------------------------------------------


def test_who_leaves_hands_over_objectives_and_key_results() -> None:
    made = objective(owner=alice())
    one = result(made, owner=alice())
    done = objective("Closed", owner=alice())
    result(done)
    okr.close_objective(
        objective=done, comment="", comments={}, based_on=1, person=None, today=TODAY, now=NOW
    )
    Responsibility.objects.all().delete()
    deactivate_person(whom=alice(), to={"objectives": bob()}, person=ada(), now=NOW)
    assert Objective.objects.get(pk=made.pk).owner == bob()
    assert KeyResult.objects.get(pk=one.pk).owner == bob()
    assert Objective.objects.get(pk=done.pk).owner == alice(), "what is over stays as it was"


def test_a_figure_says_that_key_results_move_by_it() -> None:
    tied(objective())
    revenue = Metric.objects.get(code="revenue")
    assert "1 key result moves by it" in [use.words for use in uses_of(revenue)]


def test_the_history_says_what_was_chosen_by_its_name() -> None:
    made = objective("Win the East", level="team")
    one = tied(made)
    post(bob(), "objective_edit", made.pk, **typed(commitment="committed", revision=1))
    said = plain(web(ada()).get(reverse("organization:audit")))
    assert "Aspirational → Committed" in said
    assert "Key result · added" in said
    assert "By a figure, by itself" in said
    assert one.title in said
