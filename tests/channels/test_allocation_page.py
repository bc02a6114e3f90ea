"""Where the next yuan goes: the page, its sliders, and sending a split on."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cache
from typing import Any

import numpy as np
import pytest
from django.test import Client
from django.utils import timezone

from channels.models import Allocation, AllocationState, Profile, ResponseRun
from channels.response import Fitted, fit_one
from channels.services import responding
from channels.services.responding import order_curves
from decisions.models import Proposal
from decisions.services import decide
from organization.models import Person
from organization.services.jobs import work_next_job
from tests.channels.weeks_of_channels import TODAY, weeks_of
from tests.people import ada, alice, bob, charlie, mallory, node

pytestmark = pytest.mark.django_db
PAGE = "/channels/allocation/"


@cache
def remembered(spend: bytes, revenue: bytes) -> Fitted:
    """The same weeks are fitted once for all tests: it takes half a second."""
    return fit_one(np.frombuffer(spend), np.frombuffer(revenue))


@pytest.fixture(autouse=True)
def a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "localdate", lambda *_: TODAY)
    monkeypatch.setattr(responding, "fit_one", lambda spend, got: remembered(spend.tobytes(), got.tobytes()))


@pytest.fixture
def fitted() -> None:
    """Search is far from full, display is full long since, and young is too young."""
    weeks_of("channel:search", back=4.0, half=4.0)
    weeks_of("channel:display", back=2.0, half=0.1, seed=5)
    weeks_of("channel:young", weeks=20, seed=6)
    order_curves(person=None, now=timezone.now())
    while work_next_job():
        pass


def client(person: Person) -> Client:
    made = Client()
    made.force_login(person)
    return made


def shown(response: Any) -> dict[str, Any]:
    assert response.status_code == 200, response.content.decode()[-2000:]
    found: dict[str, Any] = response.context
    return found


def amounts(split: Any) -> dict[str, Decimal]:
    return {part.row.node.slug: part.amount for part in split.parts}


def fields(split: Any) -> dict[str, str]:
    return {part.field: part.value for part in split.parts if not part.row.why}


def test_charlie_sees_a_proposal_that_adds_up_and_names_who_stays(fitted: None) -> None:
    response = client(charlie()).get(PAGE)
    page = shown(response)
    split = page["proposed"].split
    today = {part.row.node.slug: part.today for part in split.parts}
    got = amounts(split)
    assert sum(got.values()) == sum(today.values()) == split.total
    assert got["young"] == today["young"]
    assert today["search"] < got["search"] <= today["search"] * Decimal("1.3")
    assert today["display"] * Decimal("0.69") <= got["display"] < today["display"]
    assert split.gain.mean > 0
    assert (page["wish"].first_day.isoformat(), page["wish"].last_day.isoformat()) == (
        "2026-12-01",
        "2026-12-31",
    )
    text = response.content.decode()
    assert "20 weeks" in text
    assert "Send it on" not in text


def test_before_any_run_the_page_says_what_to_do() -> None:
    node("channel:search")
    text = client(bob()).get(PAGE).content.decode()
    assert "No curves yet" in text
    assert "Fit the curves anew" in text


def test_bob_orders_curves_and_new_weeks_make_them_old(fitted: None) -> None:
    visitor = client(bob())
    assert not shown(visitor.get(PAGE))["curves"].stale
    weeks_of("channel:late", seed=9)
    assert shown(visitor.get(PAGE))["curves"].stale
    assert visitor.post(PAGE + "fit/").status_code == 302
    while work_next_job():
        pass
    assert not shown(visitor.get(PAGE))["curves"].stale


def test_a_total_beyond_the_limits_is_said_with_what_it_can_be(fitted: None) -> None:
    page = shown(client(bob()).get(PAGE, {"total": "1000000"}))
    assert "proposed" not in page
    assert re.search(r"can be from \S+ to \S+", page["refused"])


@pytest.mark.parametrize(
    "asked", [{"total": "plenty"}, {"total": "-5"}, {"room": "200"}, {"core": "50"}, {"months": "7"}]
)
def test_a_wish_that_cannot_be_is_said_at_its_field(fitted: None, asked: dict[str, str]) -> None:
    response = client(bob()).get(PAGE, asked)
    assert response.status_code == 422
    (name,) = asked
    assert response.context["form"].errors[name]


def test_tiers_move_towards_their_shares_and_exact_ones_that_cannot_be_are_named(fitted: None) -> None:
    for slug, tier in (("search", "secondary"), ("display", "core"), ("young", "potential")):
        Profile.objects.create(node=node(f"channel:{slug}"), tier=tier)
    visitor = client(bob())
    off = amounts(shown(visitor.get(PAGE, {"mix": "off"}))["proposed"].split)
    towards = shown(visitor.get(PAGE))["proposed"].split
    # search would get more, but is a trial that has more than its 20% already
    assert amounts(towards)["search"] < off["search"]
    assert towards.gain.mean >= 0
    assert "Core" in shown(visitor.get(PAGE, {"mix": "exact"}))["refused"]


def test_a_paused_channel_stays_as_it_is(fitted: None) -> None:
    Profile.objects.create(node=node("channel:search"), state="paused")
    split = shown(client(bob()).get(PAGE))["proposed"].split
    assert all(part.amount == part.today for part in split.parts)


def test_a_slider_asks_kept_curves_alone(fitted: None, django_assert_max_num_queries: Any) -> None:
    visitor = client(bob())
    own = fields(shown(visitor.get(PAGE))["tried"])
    search = f"x-{node('channel:search').pk}"
    own[search] = "50000"
    with django_assert_max_num_queries(25):
        page = shown(visitor.get(PAGE + "what-if/", own))
    assert amounts(page["tried"])["search"] == 50000
    assert page["tried"].gain.mean > 0
    # without script the same stands on the page itself
    assert amounts(shown(visitor.get(PAGE, own))["tried"])["search"] == 50000


def test_bob_sends_a_split_on_and_ada_approves_it(fitted: None) -> None:
    boss, visitor = ada(), client(bob())
    page = shown(visitor.get(PAGE))
    sent = {**fields(page["tried"]), "run": str(page["curves"].run.pk), "why": "Search has room."}
    response = visitor.post(PAGE + "send/", sent)
    assert response.status_code == 302, response.content.decode()[-1500:]
    proposal = Proposal.objects.get()
    made = Allocation.objects.get()
    assert (proposal.kind, proposal.subject_id, proposal.amount) == (Allocation.KIND, made.pk, made.total)
    assert sum(Decimal(part["amount"]) for part in made.parts) == made.total
    assert "search" in client(boss).get(f"/decisions/{proposal.pk}/").content.decode()
    decide(proposal=proposal, person=boss, verdict="approve", note="")
    made.refresh_from_db()
    assert made.state == AllocationState.ACCEPTED
    assert "Accepted" in visitor.get(PAGE).content.decode()


def test_what_was_fitted_anew_meanwhile_is_looked_at_again(fitted: None) -> None:
    visitor = client(bob())
    page = shown(visitor.get(PAGE))
    old = str(page["curves"].run.pk)
    order_curves(person=None, now=timezone.now())
    while work_next_job():
        pass
    response = visitor.post(PAGE + "send/", {**fields(page["tried"]), "run": old, "why": "So."})
    assert response.status_code == 422
    assert "fitted anew meanwhile" in response.content.decode()
    assert not Allocation.objects.exists()


def test_todays_split_and_a_split_without_a_reason_are_not_sent(fitted: None) -> None:
    visitor = client(bob())
    page = shown(visitor.get(PAGE))
    run = str(page["curves"].run.pk)
    assert visitor.post(PAGE + "send/", {"run": run, "why": "Just so."}).status_code == 422
    assert visitor.post(PAGE + "send/", {**fields(page["tried"]), "run": run, "why": " "}).status_code == 422
    assert not Allocation.objects.exists()


def test_who_sees_less_than_the_company_finds_nothing(fitted: None) -> None:
    assert client(alice()).get(PAGE).status_code == 404
    assert client(mallory()).get(PAGE).status_code == 403
    looker = client(charlie())
    assert looker.post(PAGE + "fit/").status_code == 403
    assert looker.post(PAGE + "send/", {"run": ResponseRun.objects.get().pk}).status_code == 403


def test_the_page_asks_as_much_of_twelve_channels_as_of_three(
    fitted: None, django_assert_max_num_queries: Any
) -> None:
    visitor = client(bob())
    visitor.get(PAGE)
    with django_assert_max_num_queries(45):
        visitor.get(PAGE)
