"""Scores: the arithmetic with plain values, the rows with a database, and who sees whose."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common.periods import Period
from kpis.models import ImprovementPlan, Score, Scorecard
from kpis.scorecards import Line, WeightsRefused, bottom_tenth, climbed, composite, fastest, ranks
from kpis.services.scorecards import CardMoved, keep_card, score_period
from organization.models import Person
from organization.services import Refused
from tests.dashboards.figures import keep
from tests.kpis.scores import a_card, draft, responsible
from tests.people import ada, alice, bob, charlie, mallory, person

D = Decimal
OCTOBER = Period.parse("2026-10")
EVEN = {"financial": D(25), "customer": D(25), "process": D(25), "learning": D(25)}


def line(perspective: str, attainment: str | None, weight: str = "1", metric: str = "m") -> Line:
    return Line(perspective, metric, D(weight), None if attainment is None else D(attainment))


# -- Arithmetic -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lines", "score"),
    [
        ([line("financial", "1")], "100"),
        ([line("financial", "3")], "120"),  # capped
        ([line("financial", "-1")], "0"),
        ([line("financial", "1"), line("customer", "0.5")], "75"),
        ([line("financial", "1", "3"), line("financial", "0.5", "1")], "87.5"),
        ([line("financial", "1"), line("customer", None)], "100"),  # left out, not zero
    ],
)
def test_a_score_is_the_weighted_mean_of_what_is_known(lines: list[Line], score: str) -> None:
    assert composite(lines, weights=EVEN).score == D(score)


def test_without_any_figure_there_is_no_score_and_it_says_what_is_missing() -> None:
    scored = composite([line("financial", None, metric="revenue")], weights=EVEN)
    assert scored.score is None
    assert scored.left_out == ("revenue",)


@pytest.mark.parametrize("weights", [{**EVEN, "financial": D(-1)}, {"financial": D(0)}, {"customer": D(1)}])
def test_weights_that_weigh_nothing_are_refused(weights: dict[str, Decimal]) -> None:
    with pytest.raises(WeightsRefused):
        composite([line("financial", "1")], weights=weights)


attainments = st.decimals(min_value=-5, max_value=5, places=4)
some_lines = st.lists(
    st.builds(
        Line,
        st.sampled_from(sorted(EVEN)),
        st.just("m"),
        st.decimals(min_value="0.01", max_value=100, places=2),
        st.none() | attainments,
    ),
    min_size=1,
    max_size=12,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(some_lines)
def test_order_and_the_size_of_weights_do_not_matter_and_the_cap_holds(lines: list[Line]) -> None:
    scored = composite(lines, weights=EVEN)
    heavier = {name: weight * 7 for name, weight in EVEN.items()}
    again = composite(lines[::-1], weights=heavier).score
    if scored.score is None:
        assert again is None
    else:
        assert again is not None
        assert abs(scored.score - again) < D("1e-15")
        assert 0 <= scored.score <= 120
        assert abs(sum((part.share for part in scored.parts.values()), D(0)) - 1) < D("1e-20")


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.integers(), st.decimals(min_value=0, max_value=120, places=1), max_size=40))
def test_ranks_share_places_and_leave_the_next_ones_out(scores: dict[int, Decimal]) -> None:
    places = ranks(scores)
    for key, place in places.items():
        assert place == 1 + sum(score > scores[key] for score in scores.values())
    lowest = bottom_tenth(scores)
    assert len(lowest) <= len(scores) // 10
    assert all(scores[low] < scores[key] for low in lowest for key in scores if key not in lowest)


def test_ties_climbers_and_the_bottom_tenth() -> None:
    assert ranks({"a": D(9), "b": D(8), "c": D(8), "d": D(1)}) == {"a": 1, "b": 2, "c": 2, "d": 4}
    moves = climbed({"a": 1, "b": 2, "new": 3}, {"a": 3, "b": 1})
    assert moves == {"a": 2, "b": -1}
    assert fastest(moves) == ["a"]
    assert fastest({"a": 0, "b": -1}) == []
    assert bottom_tenth({n: D(n) for n in range(9)}) == set()
    assert bottom_tenth({n: D(n) for n in range(20)}) == {0, 1}
    assert bottom_tenth({n: D(0) for n in range(20)}) == set()  # equal is not behind


# -- Rows -------------------------------------------------------------------------------------------


def figures(area: str, revenue: str, leads: str | None = None, *, period: str = "2026-10") -> None:
    keep(area, "revenue", revenue, expected="100", period=period)
    if leads is not None:
        keep(area, "leads", leads, expected="100", period=period)


def scored(who: Person, period: Period = OCTOBER) -> Score:
    return Score.objects.get(person=who, start=period.start, grain=period.grain.value)


@pytest.mark.django_db
def test_people_are_judged_by_the_areas_that_they_are_responsible_for() -> None:
    a_card()
    responsible(alice(), "region:华东/上海", "region:华东/江苏")
    responsible(charlie(), "region:西南")
    figures("region:华东/上海", "50", "100")
    figures("region:华东/江苏", "150", "60")
    figures("region:西南", "90")
    assert score_period(period=OCTOBER) == 2
    # Revenue 200 of 200, leads 160 of 200: each perspective is half of what is known.
    assert scored(alice()).value == D(90)
    assert scored(charlie()).value == D(90)
    assert (scored(alice()).rank, scored(charlie()).rank) == (1, 1)
    assert score_period(period=OCTOBER) == 0  # nothing changed, nothing is written
    figures("region:西南", "120")
    assert score_period(period=OCTOBER) == 2
    assert (scored(alice()).rank, scored(charlie()).rank) == (2, 1)


@pytest.mark.django_db
def test_ranks_won_are_told_from_the_period_before_and_the_lowest_of_ten_is_behind() -> None:
    a_card()
    people = [person(f"P{n:02d}") for n in range(10)]
    for n, who in enumerate(people):
        responsible(who, f"region:R{n:02d}")
        figures(f"region:R{n:02d}", str(50 + n), period="2026-09")
        figures(f"region:R{n:02d}", str(50 + n if n else 99))
    score_period(period=OCTOBER.next(-1))
    score_period(period=OCTOBER)
    assert scored(people[0]).climbed == 9
    assert scored(people[9]).climbed == -1
    assert [one.person for one in Score.objects.filter(behind=True, start=OCTOBER.start)] == [people[1]]


@pytest.mark.django_db
def test_teams_and_the_company_have_cards_of_their_own() -> None:
    from organization.models import Responsibility
    from tests.people import node, scope

    a_card("Teams", subject="team")
    a_card("Company", subject="company")
    Responsibility.objects.create(team=node("team:East"), scope=scope("region:华东"), first_day="2026-01-01")
    figures("region:华东", "80")
    figures("company", "110")
    score_period(period=OCTOBER)
    assert {(str(one.team or "company"), one.value) for one in Score.objects.all()} == {
        ("East", D(80)), ("company", D(110)),
    }  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"figures": ()}, "at least one"),
        ({"figures": (("financial", "revenue", "0"),)}, "above zero"),
        ({"figures": (("financial", "revenue", "1"), ("customer", "revenue", "1"))}, "once"),
        (
            {"weights": {"financial": D(0), "customer": D(5)}, "figures": (("financial", "revenue", "1"),)},
            "no score",
        ),
    ],
)
def test_a_card_that_could_not_score_is_refused(fields: dict[str, object], said: str) -> None:
    with pytest.raises(Refused, match=said):
        keep_card(draft=draft("Bad", **fields), person=None)
    assert not Scorecard.objects.exists()


@pytest.mark.django_db
def test_the_later_of_two_who_change_a_card_is_told() -> None:
    card = a_card()
    keep_card(draft=draft(cap=D("1.5")), person=None, card=card, based_on=1)
    with pytest.raises(CardMoved):
        keep_card(draft=draft(cap=D("1.1")), person=None, card=card, based_on=1)
    card.refresh_from_db()
    assert card.cap == D("1.5")


# -- Pages ------------------------------------------------------------------------------------------


def page(who: Person, address: str = "/scorecards/?period=2026-10") -> str:
    client = Client()
    client.force_login(who)
    return client.get(address).content.decode()


def three_people() -> None:
    a_card()
    responsible(alice(), "region:华东")
    responsible(person("Wei", "lead", "region:西南"), "region:西南")
    figures("region:华东", "80")
    figures("region:西南", "90")
    score_period(period=OCTOBER)


@pytest.mark.django_db
def test_she_sees_her_own_score_and_a_manager_sees_everybodys() -> None:
    three_people()
    hers = page(alice())
    assert "Alice" in hers
    assert "Wei" not in hers
    assert "of 2" in hers  # where she stands, not who stands above her
    both = page(bob())
    assert "Alice" in both
    assert "Wei" in both
    regional = page(person("Rita", "manager", "region:西南"))
    assert "Wei" in regional
    assert ">Alice<" not in regional
    assert ">Wei<" not in page(charlie())  # who looks at the company sees figures, not colleagues' scores


@pytest.mark.django_db
def test_a_card_is_set_up_on_a_page_and_a_wrong_weight_says_so_at_its_line() -> None:
    client = Client()
    client.force_login(bob())
    typed = {
        "name": "Leads", "subject": "person", "cap": "120", "weight-financial": "40", "weight-customer": "20",
        "weight-process": "20", "weight-learning": "20", "metric-0": "revenue", "perspective-0": "financial",
        "linewt-0": "ten",
    }  # fmt: skip
    wrong = client.post("/scorecards/setup/new/", typed)
    assert "A weight is a number above zero" in wrong.content.decode()
    assert not Scorecard.objects.exists()
    assert client.post("/scorecards/setup/new/", {**typed, "linewt-0": "10"}).status_code == 302
    card = Scorecard.objects.get()
    assert card.weights["financial"] == "40"
    assert "Leads" in page(bob(), "/scorecards/setup/")
    late = client.post(f"/scorecards/setup/{card.pk}/", {**typed, "linewt-0": "10", "revision": "7"})
    assert "meanwhile" in late.content.decode()


@pytest.mark.django_db
def test_a_manager_opens_a_plan_and_its_people_write_in_it() -> None:
    three_people()
    score = scored(alice())
    address = f"/scorecards/{score.pk}/plan/"
    mentor = person("Mona", "viewer", "channel:x")
    boss, her = Client(), Client()
    boss.force_login(bob())
    her.force_login(alice())
    assert her.post(address, {"do": "goal", "goal": "Mine"}).status_code == 403
    assert (
        boss.post(address, {"do": "goal", "goal": "Call ten shops a week", "mentor": mentor.pk}).status_code
        == 302
    )
    assert her.post(address, {"do": "note", "text": "Called twelve."}).status_code == 302
    helping = Client()
    helping.force_login(mentor)
    assert helping.post(address, {"do": "note", "text": "Well done."}).status_code == 302
    assert helping.post(address, {"do": "close"}).status_code == 403
    text = her.get(address).content.decode()
    assert "Called twelve." in text
    assert "Well done." in text
    assert boss.post(address, {"do": "close"}).status_code == 302
    assert ImprovementPlan.objects.get().closed_at is not None
    for who, status in ((charlie(), 404), (mallory(), 403)):
        stranger = Client()
        stranger.force_login(who)
        assert stranger.get(address).status_code == status


@pytest.mark.django_db
def test_forty_people_cost_no_more_queries_than_three() -> None:
    three_people()
    client = Client()
    client.force_login(ada())
    client.get("/scorecards/?period=2026-10")
    with CaptureQueriesContext(connection) as few:
        client.get("/scorecards/?period=2026-10")
    for n in range(40):
        responsible(person(f"P{n:02d}"), f"region:R{n:02d}")
        figures(f"region:R{n:02d}", str(n))
    score_period(period=OCTOBER)
    with CaptureQueriesContext(connection) as many:
        answer = client.get("/scorecards/?period=2026-10")
    assert "P39" in answer.content.decode()
    assert len(many) == len(few)
