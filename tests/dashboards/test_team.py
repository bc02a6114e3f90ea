"""The team board: what a team is due, set out to do, was scored and has before it, as far as the reader may see it."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from decisions.models import Task
from kpis.models import Score, ScoreArea, Scorecard
from kpis.models.okr import Level, Objective, ObjectiveState
from organization.models import Person
from organization.services import assign_responsibility
from tests.dashboards.figures import TODAY, keep
from tests.people import ada, alice, bob, charlie, mallory, node, person, scope

pytestmark = pytest.mark.django_db
SINCE = date(2026, 1, 1)


@pytest.fixture(autouse=True)
def a_fixed_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboards.views.turned.timezone.localdate", lambda: TODAY)


def opened(who: Person, status: int = 200, **query: str) -> str:
    client = Client()
    client.force_login(who)
    client.cookies["django_language"] = "en"
    answer = client.get("/team/", query)
    assert answer.status_code == status
    return unescape(answer.content.decode())


def lead(page: str) -> str:
    found = re.search(r'<p class="page-lead">(.*?)</p>', page, re.S)
    assert found
    return " ".join(found[1].split())


def a_team() -> Person:
    """Live commerce, with Erin in it, answers for a channel and a region; another team for a region."""
    erin, admin = person("Erin", "viewer", "channel:Douyin live"), ada()
    team, other = node("team:Live commerce"), node("team:North")
    for area in ("channel:Douyin live", "region:华东"):
        assign_responsibility(scope=scope(area), first_day=SINCE, team=team, person=admin)
    assign_responsibility(scope=scope("team:Live commerce"), first_day=SINCE, whose=erin, person=admin)
    assign_responsibility(scope=scope("region:华北"), first_day=SINCE, team=other, person=admin)
    keep("channel:Douyin live", "revenue", "700", expected="1400")
    keep("region:华东", "revenue", "1500", expected="1400")
    keep("region:华北", "revenue", "888", expected="1000")
    return erin


def a_score(whose: Person, value: str, *areas: str) -> Score:
    card, _new = Scorecard.objects.get_or_create(name="Owners", defaults={"subject": "person"})
    made = Score.objects.create(card=card, person=whose, grain="month", start=date(2026, 11, 1), value=value)
    for area in areas:
        ScoreArea.objects.create(score=made, scope=scope(area))
    return made


def test_bob_sees_the_targets_of_a_teams_areas_worst_first() -> None:
    a_team()
    page = opened(bob(), team="live-commerce")
    assert (
        lead(page) == "1 of 2 areas is behind their plan." or lead(page) == "1 of 2 areas is behind its plan."
    )
    table = page[page.index("Targets of its areas") : page.index("</table>")]
    assert table.index("Douyin live") < table.index("华东")
    assert "Revenue 50% behind plan" in table
    assert "888" not in page


def test_alice_is_told_how_many_areas_are_not_hers_and_no_figure_of_theirs() -> None:
    a_team()
    page = opened(alice(), team="live-commerce")
    assert "华东" in page
    assert "1 more area of this team is not yours to see." in page
    assert "¥700" not in page
    north = opened(alice(), team="north")
    assert "The area of this team is not yours to see" in north
    assert "888" not in north


def test_erin_opens_her_own_team_and_alice_what_is_hers() -> None:
    erin = a_team()
    assert '<option value="live-commerce" selected>' in opened(erin)
    assign_responsibility(scope=scope("region:华东"), first_day=SINCE, whose=alice(), person=ada())
    page = opened(alice())
    assert '<option value="mine" selected>' in page
    assert "Targets of your areas" in page


def test_objectives_of_the_team_and_of_its_people_are_shown_with_their_progress() -> None:
    erin = a_team()
    begun = datetime(2026, 10, 1, tzinfo=UTC)
    common = {"start": date(2026, 10, 1), "state": ObjectiveState.ACTIVE, "begun_at": begun}
    Objective.objects.create(
        title="Sell at full price",
        level=Level.TEAM,
        scope=scope("company"),
        team=node("team:Live commerce"),
        **common,
    )
    Objective.objects.create(
        title="Learn to cut films",
        level=Level.PERSON,
        scope=scope("channel:Douyin live"),
        owner=erin,
        **common,
    )
    Objective.objects.create(title="Somebody else's", level=Level.TEAM, scope=scope("region:华北"), **common)
    page = opened(bob(), team="live-commerce")
    assert "Sell at full price" in page
    assert "Learn to cut films" in page
    assert "Somebody else's" not in page
    assert "Learn to cut films" not in opened(alice(), team="live-commerce")


def test_a_score_is_shown_to_its_owner_and_to_whoever_manages_all_its_areas_alone() -> None:
    erin = a_team()
    a_score(erin, "61.5", "channel:Douyin live")
    assert "61.5" in opened(bob(), team="live-commerce")
    assert "61.5" in opened(erin, team="live-commerce")
    for other in (charlie(), alice()):
        page = opened(other, team="live-commerce")
        assert "61.5" not in page
        assert "No scores that you may see" in page


def test_tasks_are_listed_with_the_most_urgent_first_and_overdue_ones_said() -> None:
    erin = a_team()
    common = {"kind": "kpis.calibration", "subject_id": 1, "scope": scope("channel:Douyin live")}
    Task.objects.create(title="Later", assigned_to=erin, due_on=date(2030, 12, 1), opened_for="a", **common)
    Task.objects.create(
        title="Long due", assigned_to=erin, due_on=date(2020, 11, 1), opened_for="b", **common
    )
    page = opened(bob(), team="live-commerce")
    assert page.index("Long due") < page.index("Later")
    assert "1 thing is overdue." in lead(page)


def test_each_block_says_why_it_is_empty() -> None:
    node("team:Nobody")
    page = opened(bob(), team="nobody")
    for said in (
        "Nobody has made this team responsible for an area yet",
        "Nothing waits here",
        "No alert is open on these areas",
        "Nobody here has set an objective for this quarter",
        "No scores that you may see",
    ):
        assert said in page
    assert lead(page) == "No areas to show."


@pytest.mark.parametrize("team", ["nowhere", "live-commerce/nobody", "x" * 3000])
def test_a_team_that_there_is_not_is_not_found(team: str) -> None:
    a_team()
    opened(bob(), status=404, team=team)


def test_mallory_gets_in_nowhere() -> None:
    a_team()
    opened(mallory(), status=403)


def test_queries_do_not_grow_with_areas() -> None:
    a_team()
    client = Client()
    client.force_login(bob())

    def asked() -> int:
        with CaptureQueriesContext(connection) as made:
            assert client.get("/team/", {"team": "live-commerce"}).status_code == 200
        return len(made)

    client.get("/team/", {"team": "live-commerce"})
    keep("region:华东", "revenue", "1501", expected="1400")
    few = asked()
    for name in ("a", "b", "c", "d"):
        assign_responsibility(
            scope=scope(f"channel:{name}"), first_day=SINCE, team=node("team:Live commerce"), person=ada()
        )
        keep(f"channel:{name}", "revenue", "5", expected="4")
    assert asked() <= few + 1
    assert few < 70
