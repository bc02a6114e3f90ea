"""The pages: what waits for one, a proposal, a task, who approves, who stands in."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from decisions import kinds as registry
from decisions.kinds import kind_of
from decisions.models import Band, Comment, Delegation, Proposal, Task
from decisions.selectors import inbox, thread
from decisions.services import decide
from organization.models import Person, Scope
from tests.decisions import plans
from tests.decisions.plans import PLAN, WEDNESDAY, proposed
from tests.people import ada, alice, bob, charlie, dana, person, scope

pytestmark = pytest.mark.django_db


def client_of(whom: Person) -> Client:
    client = Client()
    client.force_login(whom, backend="django.contrib.auth.backends.ModelBackend")
    return client


def post(whom: Person, name: str, *args: Any, **data: Any) -> Any:
    """The page that it leads to."""
    return client_of(whom).post(reverse(f"decisions:{name}", args=args), data, follow=True)


def text(response: Any) -> str:
    return str(response.content.decode())


def test_bob_finds_what_waits_for_him_decides_and_alice_reads_why() -> None:
    lead, manager = alice(), bob()
    proposal = proposed(lead, as_of=timezone.now())
    page = text(client_of(manager).get(reverse("decisions:inbox")))
    assert "1 thing waits for you." in page
    assert "Plan of 华东" in page
    page = text(client_of(manager).get(reverse("decisions:proposal", args=[proposal.pk])))
    assert "The market shrank." in page
    assert "Approve" in page
    said = text(post(manager, "decide", proposal.pk, verdict="reject", note="Too early.", turn=proposal.turn))
    assert "You rejected it" in said
    page = text(client_of(lead).get(reverse("decisions:proposal", args=[proposal.pk])))
    assert "Too early." in page
    assert "Decided lately" in text(client_of(lead).get(reverse("decisions:inbox")))


def test_a_rejection_without_a_word_says_so_beside_the_field_and_keeps_what_was_typed() -> None:
    manager = bob()
    proposal = proposed(alice())
    page = text(post(manager, "decide", proposal.pk, verdict="ask", note="x" * 10_001))
    assert "This is too long" in page
    assert "x" * 10_001 in page
    page = text(post(manager, "decide", proposal.pk, verdict="reject", note=""))
    assert "Say why you reject it." in page
    assert 'aria-invalid="true"' in page
    assert f'value="/decisions/{proposal.pk}/"' in page  # not to where only posts are taken
    assert Proposal.objects.get().state == "open"


def test_alice_has_no_buttons_on_her_own_and_is_told_so_when_she_tries() -> None:
    bob()
    proposal = proposed(alice())
    page = text(client_of(alice()).get(reverse("decisions:proposal", args=[proposal.pk])))
    assert 'name="verdict"' not in page
    assert "Withdraw the proposal" in page
    assert "You proposed this yourself" in text(post(alice(), "decide", proposal.pk, verdict="approve"))


def test_a_question_goes_to_alice_and_her_answer_back() -> None:
    lead, manager = alice(), bob()
    proposal = proposed(lead)
    post(manager, "decide", proposal.pk, verdict="ask", note="Which market?")
    page = text(client_of(lead).get(reverse("decisions:inbox")))
    assert "Asked back" in page
    assert inbox(manager, as_of=WEDNESDAY).waiting == ()
    assert "Write an answer." in text(post(lead, "answer", proposal.pk, note=" "))
    assert "Which market?" in text(post(lead, "answer", proposal.pk, note="Panels."))
    assert [one.text for one in Comment.objects.order_by("pk")] == ["Which market?", "Panels."]
    assert len(inbox(manager, as_of=WEDNESDAY).waiting) == 1


def test_who_comes_second_is_shown_what_holds() -> None:
    proposal = proposed(alice()) if bob() else None
    assert proposal
    decide(proposal=proposal, person=ada(), verdict="approve", note="", as_of=WEDNESDAY)
    page = text(post(bob(), "decide", proposal.pk, verdict="reject", note="No.", turn=proposal.turn))
    assert "Ada has approved this meanwhile." in page
    assert Proposal.objects.get().state == "approved"


def test_a_page_that_is_old_decides_nothing() -> None:
    lead, manager = alice(), bob()
    proposal = proposed(lead)
    post(manager, "decide", proposal.pk, verdict="ask", note="Why?")
    post(lead, "answer", proposal.pk, note="So.")
    page = text(post(manager, "decide", proposal.pk, verdict="approve", turn=1))
    assert "Look again" in page
    assert Proposal.objects.get().state == "open"


@pytest.mark.parametrize(
    ("back", "where"),
    [("/targets/?plan=1", "/targets/?plan=1"), ("https://evil.example/", None), ("//evil.example", None)],
)
def test_one_comes_back_to_the_page_that_one_decided_on_if_it_is_ours(back: str, where: str | None) -> None:
    manager = bob()
    proposal = proposed(alice())
    response = client_of(manager).post(
        reverse("decisions:decide", args=[proposal.pk]), {"verdict": "approve", "next": back}
    )
    assert response["Location"] == where or reverse("decisions:proposal", args=[proposal.pk])


def test_what_charlie_may_not_decide_is_403_and_what_ned_may_not_see_is_404() -> None:
    bob()
    proposal = proposed(alice())
    ned = person("Ned", "manager", "region:华北")
    for name, data in (("decide", {"verdict": "approve"}), ("answer", {"note": "x"}), ("withdraw", {})):
        assert post(charlie(), name, proposal.pk, **data).status_code == 403
        assert post(ned, name, proposal.pk, **data).status_code == 404
    assert client_of(ned).get(reverse("decisions:proposal", args=[proposal.pk])).status_code == 404
    place = scope("region:华东").pk
    assert post(charlie(), "comment", PLAN, place, text="Hm.").status_code == 403
    assert post(ned, "comment", PLAN, place, text="Hm.").status_code == 404
    for kind, pk in (("tests.unknown", place), (PLAN, 10**9), (PLAN, 10**30)):
        assert post(bob(), "comment", kind, pk, text="Hm.").status_code == 404


def test_a_comment_is_said_and_read_by_all_who_see_the_area() -> None:
    manager = bob()
    proposal = proposed(alice())
    place = scope("region:华东")
    assert "Well done." in text(
        post(manager, "comment", PLAN, place.pk, text="Well done.", next=f"/decisions/{proposal.pk}/")
    )
    page = text(client_of(charlie()).get(reverse("decisions:proposal", args=[proposal.pk])))
    assert "Well done." in page
    assert "Write a comment" not in page
    assert "Write something first." in text(
        post(manager, "comment", PLAN, place.pk, text=" ", next=f"/decisions/{proposal.pk}/")
    )


def test_a_comment_cannot_break_the_page() -> None:
    manager = bob()
    proposal = proposed(alice())
    post(manager, "comment", PLAN, proposal.subject_id, text="<script>alert(1)</script>")
    page = text(client_of(manager).get(reverse("decisions:proposal", args=[proposal.pk])))
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


def test_a_task_is_done_dropped_or_handed_over_on_its_page() -> None:
    lead = alice()
    for number, (do, said) in enumerate((("done", "Done."), ("drop", "Dropped."))):
        one = plans.task(whose=lead, opened_for=str(number))
        assert said in text(post(lead, "task", one.pk, do=do, note="Looked."))
        one.refresh_from_db()
        assert one.state != "open"
    one = plans.task(whose=lead, opened_for="hand")
    assert "This field is required." in text(post(lead, "task", one.pk, do="hand_over"))
    assert "It is with Charlie now." in text(post(lead, "task", one.pk, do="hand_over", to=charlie().pk))
    assert Task.objects.get(pk=one.pk).assigned_to == charlie()
    assert post(dana(), "task", one.pk, do="done").status_code == 403
    assert "Look at the plan" in text(client_of(charlie()).get(reverse("decisions:inbox")))


def test_ada_says_who_approves_what() -> None:
    admin = ada()
    fields = {"kind": PLAN, "who": "duty", "time": "3", "unit": "days", "urgent_hours": "2"}
    assert "Name the duty." in text(post(admin, "bands", **fields))
    post(admin, "bands", **fields, duty="General manager", up_to="500000")
    band = Band.objects.get(kind=PLAN)
    assert (band.duty, band.role, band.up_to, band.working_hours) == ("General manager", "", D(500_000), 27)
    page = text(client_of(admin).get(reverse("decisions:bands")))
    assert "General manager" in page
    assert "3 working days" in page
    for wrong in (
        {"up_to": "x"},
        {"up_to": "-1"},
        {"up_to": "1e30"},
        {"time": "0"},
        {"kind": "zq"},
        {"who": "zq"},
    ):
        post(admin, "bands", **{**fields, "duty": "Board", **wrong})
    assert Band.objects.filter(kind=PLAN).count() == 1
    post(admin, "band_remove", band.pk)
    assert not Band.objects.filter(kind=PLAN).exists()


def test_bob_has_charlie_stand_in_and_charlie_decides_in_his_place() -> None:
    manager, looker = bob(), charlie()
    today = timezone.localdate()
    days = {"first_day": today.isoformat(), "last_day": (today + timedelta(days=7)).isoformat()}
    assert "The last day lies before the first." in text(
        post(manager, "away", to=looker.pk, first_day=days["last_day"], last_day=days["first_day"])
    )
    assert "Charlie can decide in your place then." in text(
        post(manager, "away", to=looker.pk, **days, area="")
    )
    assert Delegation.objects.get().scope is None
    proposal = proposed(alice(), as_of=timezone.now())
    page = text(client_of(looker).get(reverse("decisions:inbox")))
    assert "in the place of Bob" in page
    post(looker, "decide", proposal.pk, verdict="approve")
    page = text(client_of(manager).get(reverse("decisions:proposal", args=[proposal.pk])))
    assert "in the place of Bob" in page
    assert "Bob" in text(client_of(looker).get(reverse("decisions:away")))
    post(manager, "away_end", Delegation.objects.get().pk)
    assert not Delegation.objects.filter(last_day__gte=today).exists()


def test_standing_in_is_offered_to_people_around_her_areas_alone_and_for_areas_that_are_hers() -> None:
    lead = alice()
    ned, near = person("Ned", "manager", "region:华北"), person("Nora", "viewer", "region:华东/上海")
    page = text(client_of(lead).get(reverse("decisions:away")))
    assert "Nora" in page
    assert "Ned" not in page
    today = timezone.localdate().isoformat()
    wrong = post(lead, "away", to=ned.pk, first_day=today, last_day=today, area="")
    assert "Select a valid choice" in text(wrong)
    wrong = post(lead, "away", to=near.pk, first_day=today, last_day=today, area="region:华北")
    assert "There is no such area among yours." in text(wrong)
    assert "华北" not in text(wrong)
    post(lead, "away", to=near.pk, first_day=today, last_day=today, area="region:华东/上海")
    assert Delegation.objects.get().scope == scope("region:华东/上海")


def test_what_only_some_who_see_the_area_may_see_is_shown_to_nobody_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Such as the plan of one person, which her colleagues do not read."""
    lead, manager, looker = alice(), bob(), charlie()
    for_two = replace(
        kind_of(PLAN),
        seen_by=lambda whom: Scope.objects.filter(pk__gt=0 if whom in (lead, manager) else 10**9).values(
            "pk"
        ),
    )
    monkeypatch.setitem(registry._kinds, PLAN, for_two)
    proposal = proposed(lead)
    plans.task(whose=looker)
    assert inbox(looker, as_of=WEDNESDAY).tasks == ()
    assert client_of(looker).get(reverse("decisions:proposal", args=[proposal.pk])).status_code == 404
    assert post(looker, "comment", PLAN, proposal.subject_id, text="Hm.").status_code == 404
    assert len(inbox(manager, as_of=WEDNESDAY).waiting) == 1
    assert client_of(manager).get(reverse("decisions:proposal", args=[proposal.pk])).status_code == 200


def test_a_kind_that_nobody_registers_any_more_is_shown_to_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    manager = bob()
    proposal = proposed(alice())
    plans.task(whose=manager)
    monkeypatch.delitem(registry._kinds, PLAN)
    found = inbox(manager, as_of=WEDNESDAY)
    assert (found.waiting, found.tasks) == ((), ())
    assert client_of(manager).get(reverse("decisions:proposal", args=[proposal.pk])).status_code == 404


def test_the_inbox_asks_the_database_as_often_for_one_as_for_twenty(
    django_assert_max_num_queries: Any,
) -> None:
    lead, manager = alice(), bob()
    for number in range(20):
        area = f"region:华东/{number}"
        proposed(lead, area)
        plans.task(area, opened_for=area, whose=manager if number % 2 else None)
    for whom in (lead, manager):
        with django_assert_max_num_queries(30):
            found = inbox(whom, as_of=WEDNESDAY)
    assert (len(found.waiting), len(found.tasks)) == (20, 10)


def test_a_thread_asks_the_database_as_often_for_one_comment_as_for_fifty(
    django_assert_max_num_queries: Any,
) -> None:
    manager = bob()
    proposal = proposed(alice())
    for number in range(50):
        post(manager, "comment", PLAN, proposal.subject_id, text=str(number))
    with django_assert_max_num_queries(25):
        found = thread(manager, PLAN, proposal.subject_id, as_of=WEDNESDAY)
    assert len(found.comments) == 50
    assert found.proposal is not None
    assert found.proposal.may_decide
