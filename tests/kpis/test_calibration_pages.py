"""The pages about months that closed off plan, and about how a target came to be. Who may open them is in
tests/every_url.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from common.periods import Period
from decisions.models import Proposal, Task
from decisions.services import decide
from kpis.models import Calibration, Metric, Target
from kpis.services import set_target
from kpis.services.calibrating import file_calibration
from organization.models import Person
from tests.dashboards.figures import keep
from tests.kpis.calibrations import (
    DECEMBER,
    NOVEMBER,
    NOW,
    aim,
    closed_at,
    east_fell,
    execution,
    market,
    opened,
)
from tests.people import ada, alice, bob, charlie, person, scope

pytestmark = pytest.mark.django_db
D = Decimal
TOLD = {"reason": "A rival opened ten shops.", "plan": "Advertise nearer to our own."}
NEW = {"month-2026-11": "1,000", "version-2026-11": "1", "month-2026-12": "0.15万", "version-2026-12": "1"}


@pytest.fixture(autouse=True)
def the_tenth_of_november(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(timezone, "now", lambda: NOW)
    yield
    translation.deactivate()


def browser(who: Person, language: str = "en") -> Client:
    client = Client()
    client.force_login(who, backend="django.contrib.auth.backends.ModelBackend")
    client.cookies["django_language"] = language
    return client


def words(response: Any, status: int = 200) -> str:
    assert response.status_code == status
    return unescape(" ".join(response.content.decode().split()))


def shown(who: Person, pk: int, language: str = "en") -> str:
    return words(browser(who, language).get(reverse("kpis:calibration", args=[pk])))


def sent(who: Person, pk: int, **data: str) -> Any:
    return browser(who).post(reverse("kpis:calibration", args=[pk]), data, follow=True)


def figure_of(page: str) -> Any:
    found = re.search(r'<script id="figure-year" type="application/json">(.*?)</script>', page)
    assert found
    return json.loads(found[1])


# -- The list


def test_the_list_says_what_waits_for_whom() -> None:
    lead, manager, viewer = alice("region:east"), bob(), charlie()
    made = east_fell()
    page = words(browser(lead).get(reverse("kpis:calibrations")))
    assert "1 month that closed off plan waits for your explanation." in page
    assert "20% under target" in page
    assert "<strong>To be explained</strong>" in page
    assert "due 17 Nov 2026" in page
    assert "<strong>To be explained" not in words(browser(viewer).get(reverse("kpis:calibrations")))
    file_calibration(calibration=made, filing=execution(), person=lead, as_of=NOW)
    page = words(browser(manager).get(reverse("kpis:calibrations")))
    assert "1 explanation waits for a decision." in page
    assert "filed by Alice" in page


def test_what_is_settled_is_listed_among_all() -> None:
    lead, manager = alice("region:east"), bob()
    made = file_calibration(calibration=east_fell(), filing=execution(), person=lead, as_of=NOW)
    assert made.proposal is not None
    decide(proposal=made.proposal, person=manager, verdict="approve", note="", as_of=NOW)
    address = reverse("kpis:calibrations")
    assert "Nothing waits" in words(browser(lead).get(address))
    assert "No calibrations" in words(browser(lead).get(address))
    assert "20% under target" in words(browser(lead).get(address, {"show": "all"}))


def test_alice_sees_her_region_alone() -> None:
    lead = alice("region:east")
    closed_at("region:east", "800", "1000")
    closed_at("region:west", "500", "1000")
    opened()
    page = words(browser(lead).get(reverse("kpis:calibrations"), {"show": "all"}))
    assert "east" in page
    assert "west" not in page


def test_a_page_of_the_list_costs_no_more_for_many(django_assert_max_num_queries: Any) -> None:
    for number in range(30):
        closed_at(f"region:r{number}", "800", "1000")
    opened()
    client = browser(bob())
    client.get(reverse("kpis:calibrations"))
    with django_assert_max_num_queries(24):
        assert "r29" in words(client.get(reverse("kpis:calibrations")))


# -- One, read


def test_the_page_says_what_happened_and_offers_what_follows_to_whoever_leads() -> None:
    lead = alice("region:east")
    made = east_fell()
    page = shown(lead, made.pk)
    assert "It closed with ¥800.00, 20% under target (¥1,000.00)." in page
    assert "The market changed: move the target" in page
    assert 'name="month-2026-11"' in page
    assert 'name="month-2026-10"' not in page
    assert "Today's targets come to ¥3,000.00." in page
    assert "they must bring ¥3,200.00" in page
    assert "Where it came from" in page


def test_charlie_reads_it_and_cannot_file_it() -> None:
    viewer = charlie()
    made = east_fell()
    page = shown(viewer, made.pk)
    assert "It closed with" in page
    assert "File it for a decision" not in page
    assert 'name="month-2026-11"' not in page
    assert sent(viewer, made.pk, cause="execution", **TOLD).status_code == 403
    assert not Proposal.objects.exists()


@pytest.mark.parametrize("area", ["region:west", "channel:search"])
def test_a_stranger_finds_nothing(area: str) -> None:
    lead = alice(area)
    made = east_fell()
    for response in (
        browser(lead).get(reverse("kpis:calibration", args=[made.pk])),
        sent(lead, made.pk, cause="execution", **TOLD),
        browser(lead).get(reverse("kpis:calibration", args=[10**6])),
    ):
        assert response.status_code == 404


def test_later_data_are_said_beside_what_the_month_closed_with() -> None:
    made = east_fell()
    keep("region:east", "revenue", "990", expected="1000", period="2026-10")
    assert "Data came in since: by now it is ¥990.00." in shown(bob(), made.pk)


# -- Filed


def test_alice_files_it_as_the_markets_with_new_numbers_and_bob_approves_on_the_same_page() -> None:
    lead, manager = alice("region:east"), bob()
    made = east_fell()
    page = words(sent(lead, made.pk, cause="market", **TOLD, **NEW))
    assert "Filed. Somebody else decides about it." in page
    assert "File it for a decision" not in page
    assert "¥1,200.00 → ¥1,000.00" in page
    assert 'value="approve"' not in page  # her own
    proposal = Proposal.objects.get()
    assert 'value="approve"' in shown(manager, made.pk)
    back = reverse("kpis:calibration", args=[made.pk])
    said = {"verdict": "approve", "note": "", "turn": str(proposal.turn), "next": back}
    page = words(browser(manager).post(reverse("decisions:decide", args=[proposal.pk]), said, follow=True))
    assert "You approved it." in page
    held = dict(Target.objects.filter(superseded_at=None).values_list("start", "value"))
    assert (held[NOVEMBER], held[DECEMBER]) == (1000, 1500)
    lines = {one["name"]: one["y"][-2:] for one in figure_of(page)["data"]}
    assert lines["Original target"] == [1200, 1800]
    assert lines["Target"] == [1000, 1500]


def test_filed_as_execution_the_numbers_in_the_fields_do_not_matter() -> None:
    lead, _manager = alice("region:east"), bob()
    made = east_fell()
    sent(lead, made.pk, cause="execution", **TOLD, **{**NEW, "month-2026-11": "about 9"})
    assert Proposal.objects.get().payload["numbers"] == {}


@pytest.mark.parametrize(
    ("given", "said", "at"),
    [
        (
            {"month-2026-11": "about 9"},
            "This is not a number. Write 1,200,000 or 120万.",
            "about-month-2026-11",
        ),
        ({"month-2026-12": "1000000000000000000"}, "is too large", "about-month-2026-12"),
        ({"reason": " "}, "This field is required.", "id_reason_error"),
        ({"plan": ""}, "This field is required.", "id_plan_error"),
        ({"cause": "weather"}, "is not one of the available choices", ""),
        ({"cause": ""}, "This field is required.", ""),
        (
            {"month-2026-11": "1200", "month-2026-12": "1800"},
            "give at least one of the months left another target",
            "",
        ),
    ],
)
def test_what_is_amiss_is_said_at_its_place_and_what_was_typed_stays(
    given: dict[str, str], said: str, at: str
) -> None:
    lead, _manager = alice("region:east"), bob()
    made = east_fell()
    data = {"cause": "market", **TOLD, **NEW, **given}
    page = words(sent(lead, made.pk, **data))
    assert said in page
    if at:
        assert said in page[page.index(f'id="{at}"') :][:700]
    assert f'value="{data["month-2026-11"]}"' in page
    assert f'value="{data["month-2026-12"]}"' in page
    if given.get("reason") is None:
        assert TOLD["reason"] in page
    assert not Proposal.objects.exists()
    assert Calibration.objects.get().state == "open"


def test_a_total_is_split_as_the_targets_stand_before_anything_is_filed() -> None:
    lead, _manager = alice("region:east"), bob()
    made = east_fell()
    page = words(sent(lead, made.pk, split="1", total="2500", reason="Half a", **{**NEW, "plan": ""}))
    assert 'name="month-2026-11" type="text" maxlength="200" autocomplete="off" value="1,000"' in page
    assert 'value="1,500"' in page
    assert "Half a" in page
    assert "This field is required." not in page
    assert not Proposal.objects.exists()
    page = words(sent(lead, made.pk, split="1", total="much"))
    assert "This is not a number" in page
    assert 'value="much"' in page


def test_a_target_that_somebody_set_meanwhile_is_told_at_its_month_and_the_next_send_counts() -> None:
    lead, _manager = alice("region:east"), bob()
    made = east_fell()
    set_target(
        metric=Metric.objects.get(code="revenue"), scope=scope("region:east"), period=Period.parse("2026-12"),
        value=D(1700), person=ada(),
    )  # fmt: skip
    page = words(sent(lead, made.pk, cause="market", **TOLD, **NEW))
    said = "Ada has set the target of December 2026 to ¥1,700.00 after you opened the page."
    assert said in page[page.index('id="about-month-2026-12"') :][:500]
    assert 'value="0.15万"' in page
    assert 'name="version-2026-12" value="2"' in page
    assert not Proposal.objects.exists()
    sent(lead, made.pk, cause="market", **TOLD, **{**NEW, "version-2026-12": "2"})
    assert D(Proposal.objects.get().payload["before"]["2026-12-01"]) == 1700


def test_what_somebody_filed_meanwhile_is_not_filed_twice() -> None:
    lead, manager, _other = alice("region:east"), bob(), person("Berta", "manager")
    made = east_fell()
    file_calibration(calibration=made, filing=market(), person=manager, as_of=NOW)
    page = words(sent(lead, made.pk, cause="execution", **TOLD))
    assert "This has been filed already. Look at it again." in page
    assert Proposal.objects.count() == 1


def test_in_chinese() -> None:
    page = shown(alice("region:east"), east_fell().pk, "zh-hans")
    assert "2026年10月" in page


# -- How a target came to be


def history(who: Person, language: str = "en", **asked: str) -> Any:
    known = {"metric": "revenue", "area": "region:east", "period": "2026-12", **asked}
    return browser(who, language).get(reverse("kpis:history"), known)


def test_the_history_names_each_version_with_who_when_why_and_who_approved() -> None:
    lead, manager = alice("region:east"), bob()
    made = file_calibration(calibration=east_fell(), filing=market(), person=lead, as_of=NOW)
    assert made.proposal is not None
    decide(proposal=made.proposal, person=manager, verdict="approve", note="", as_of=NOW)
    page = words(history(charlie()))
    assert "¥1,500.00 by now; ¥1,800.00 as it was first set." in page
    assert "approved by Bob" in page
    assert "A rival opened ten shops." in page
    assert "Instead: Advertise nearer to our own." in page
    assert "The market changed: move the target" in page
    assert reverse("kpis:calibration", args=[made.pk]) in page
    roles = {one["name"]: one for one in figure_of(page)["data"]}
    assert [roles[name]["meta"]["role"] for name in ("Original target", "Target")] == ["original", "plan"]
    assert "Undo the last change" not in page


def test_bob_undoes_the_last_change_as_one() -> None:
    lead, manager = alice("region:east"), bob()
    made = file_calibration(calibration=east_fell(), filing=market(), person=lead, as_of=NOW)
    assert made.proposal is not None
    decide(proposal=made.proposal, person=manager, verdict="approve", note="", as_of=NOW)
    made.refresh_from_db()
    assert "Undo the last change (2 targets)" in words(history(manager))
    query = "?metric=revenue&area=region:east&period=2026-12"
    address = reverse("kpis:history") + query
    assert browser(charlie()).post(address, {"change": str(made.change_id)}).status_code == 403
    page = words(browser(manager).post(address, {"change": "0"}, follow=True))
    assert "cannot be undone as one any more" in page
    page = words(browser(manager).post(address, {"change": str(made.change_id)}, follow=True))
    assert "2 targets are as they were before." in page
    held = dict(Target.objects.filter(superseded_at=None).values_list("start", "value"))
    assert (held[NOVEMBER], held[DECEMBER]) == (1200, 1800)


def test_of_a_target_that_nobody_set_it_says_so() -> None:
    scope("region:east")
    page = words(history(bob()))
    assert "Nobody has set a target for it." in page


@pytest.mark.parametrize(
    "asked",
    [
        {"area": "region:west"},
        {"area": "company"},
        {"area": "region:nowhere"},
        {"metric": "nothing"},
        {"metric": "\0"},
        {"period": "soon"},
        {"period": ""},
    ],
)
def test_of_what_is_not_hers_or_is_not_there_there_is_no_history(asked: dict[str, str]) -> None:
    aim("region:east", "5")
    scope("region:west")
    assert history(alice("region:east"), **asked).status_code == 404


# -- The ways there


def test_the_tabs_of_plans_lead_to_calibrations_and_count_those_that_wait_for_her() -> None:
    lead, viewer = alice("region:east"), charlie()
    east_fell()
    for name in ("kpis:targets", "kpis:grid", "kpis:calibrations"):
        page = words(browser(lead).get(reverse(name)))
        assert f'href="{reverse("kpis:calibrations")}"' in page
        assert '1<span class="visually-hidden"> to be explained</span>' in page, name
    assert "to be explained</span>" not in words(browser(viewer).get(reverse("kpis:targets")))


def test_a_target_that_was_set_anew_leads_to_its_history() -> None:
    lead = alice("region:east")
    aim("region:east", "1200", "2026-11")
    asked = {"month": "2026-11", "metric": "revenue"}
    assert "see its history" not in words(browser(lead).get(reverse("kpis:targets"), asked))
    aim("region:east", "1300", "2026-11")
    page = words(browser(lead).get(reverse("kpis:targets"), asked))
    at = f"{reverse('kpis:history')}?metric=revenue&area=region%3Aeast&period=2026-11"
    assert at in page
    assert "¥1,300.00 by now; ¥1,200.00 as it was first set." in words(browser(lead).get(at))


def test_her_task_and_his_proposal_lead_to_the_calibration() -> None:
    lead, manager = alice("region:east"), bob()
    made = file_calibration(calibration=east_fell(), filing=execution(), person=lead, as_of=NOW)
    at = f'href="{reverse("kpis:calibration", args=[made.pk])}"'
    task = Task.objects.get()
    assert at in words(browser(lead).get(reverse("decisions:task", args=[task.pk])))
    assert at in words(browser(manager).get(reverse("decisions:proposal", args=[made.proposal_id])))


def test_ada_reads_in_the_history_what_opened_was_filed_and_moved_targets() -> None:
    lead, manager = alice("region:east"), bob()
    made = file_calibration(calibration=east_fell(), filing=market(), person=lead, as_of=NOW)
    assert made.proposal is not None
    decide(proposal=made.proposal, person=manager, verdict="approve", note="", as_of=NOW)
    page = words(browser(ada()).get(reverse("organization:audit")))
    for told in (
        "Calibration · opened",
        "Calibration · filed",
        "Targets · calibrated",
        "Revenue · east",
        "October 2026",
        "The market changed: move the target",
    ):
        assert told in page
