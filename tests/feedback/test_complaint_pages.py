"""A complaint's page: what Alice reads there, does there, and what stays when it cannot be done."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from feedback.models import Cause, Complaint, ComplaintEvent, Happened, Pause
from feedback.services import cause_tree, handling
from feedback.services.causes import find_or_make
from organization.services import Refused
from tests.feedback.made import a_cause, an_answer, came_in
from tests.people import ada, alice, bob, charlie, mallory, scope

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_broker")]
AT = "/feedback/complaints/"


def fresh(**more: Any) -> Complaint:
    return came_in(at=timezone.now(), **more)


def page_of(client: Client, one: Complaint) -> str:
    answer = client.get(f"{AT}{one.pk}/")
    assert answer.status_code == 200
    return answer.content.decode()


def post(client: Client, one: Complaint, act: str, **data: Any) -> Any:
    one.refresh_from_db()
    return client.post(f"{AT}{one.pk}/{act}/", {"revision": one.revision, **data})


def kinds(one: Complaint) -> list[str]:
    return list(ComplaintEvent.objects.filter(complaint=one).order_by("pk").values_list("kind", flat=True))


def test_alice_answers_hears_notes_waits_and_goes_on(client: Client) -> None:
    lead = alice()
    client.force_login(lead)
    one = fresh()
    for act, data in (
        ("message", {"text": "We send another one.", "by": "phone"}),
        ("note", {"text": "She was friendly."}),
        ("wait", {"text": "A picture of it."}),
        ("hear", {"text": "Here is the picture.", "by": "mail"}),
    ):
        assert post(client, one, act, **data).status_code == 302, act
    assert kinds(one)[-4:] == [Happened.ANSWERED, Happened.NOTE, Happened.WAITING, Happened.HEARD]
    one.refresh_from_db()
    assert one.state == "open"
    assert Pause.objects.get().ended_at is not None
    page = page_of(client, one)
    for words in ("We send another one.", "First answer · By phone", "Message from the customer · By mail"):
        assert words in page


def test_handing_on_severity_and_area_change_what_is_shown(client: Client) -> None:
    boss, lead = bob(), alice()
    client.force_login(boss)
    one = fresh()
    assert post(client, one, "assign", whom=lead.pk).status_code == 302
    assert post(client, one, "severity", severity=4, text="Somebody was hurt.").status_code == 302
    one.refresh_from_db()
    price = one.category.__class__.objects.get(code="price")
    scope("region:华东/上海")
    assert post(client, one, "area", area="region:华东/上海", category=price.pk).status_code == 302
    page = page_of(client, one)
    for words in ("Severity from Normal to Critical", "Area from 华东 to 上海", "Somebody was hurt."):
        assert words in page
    one.refresh_from_db()
    assert (one.assigned_to, one.severity, one.category.code) == (lead, 4, "price")


def test_what_alice_typed_stays_where_somebody_was_quicker(client: Client) -> None:
    client.force_login(alice())
    one = fresh()
    old = one.revision
    handling.note(complaint=one, person=bob(), now=timezone.now(), text="Mine first.")
    answer = client.post(
        f"{AT}{one.pk}/message/", {"revision": old, "text": "We <b>send</b> another.", "by": "chat"}
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Somebody has changed this complaint meanwhile" in page
    assert "We &lt;b&gt;send&lt;/b&gt; another.</textarea>" in page
    assert "Mine first." in page
    one.refresh_from_db()
    assert f'name="revision" value="{one.revision}"' in page
    assert post(client, one, "message", text="We send another.", by="chat").status_code == 302


def test_an_empty_answer_is_said_at_its_field(client: Client) -> None:
    client.force_login(alice())
    answer = post(client, fresh(), "message", text=" ", by="phone")
    assert answer.status_code == 422
    assert 'id="message-text_error"' in answer.content.decode()


def test_what_cannot_be_done_in_a_state_is_not_offered_and_is_refused(client: Client) -> None:
    client.force_login(alice())
    one = fresh()
    page = page_of(client, one)
    assert f"{AT}{one.pk}/reopen/" not in page
    assert f"{AT}{one.pk}/resume/" not in page
    assert post(client, one, "resume").status_code == 422
    assert post(client, one, "explode").status_code == 404


def test_alice_solves_with_five_whys_and_opens_it_again(client: Client) -> None:
    client.force_login(alice())
    one = fresh()
    answer = client.post(
        f"{AT}{one.pk}/solve/",
        {
            "revision": one.revision, "solution": "Sent another one.", "why1": "Came open", "why2": "Thin tape",
            "why3": "Cheapest supplier", "why4": "Bonus on cost alone", "why5": "Nobody asked quality",
        },
    )  # fmt: skip
    assert answer.status_code == 302
    one.refresh_from_db()
    assert one.state == "solved"
    assert one.cause is not None
    assert (one.cause.name, one.cause.depth) == ("Nobody asked quality", 5)
    page = page_of(client, one)
    assert "Thin tape" in page
    assert "Came open → Thin tape → Cheapest supplier" in page
    assert post(client, one, "reopen", text="Open again, she says.").status_code == 302
    assert "Open again, she says." in page_of(client, one)
    again = client.get(f"{AT}{one.pk}/solve/").content.decode()
    assert 'value="Cheapest supplier"' in again


@pytest.mark.parametrize(
    ("whys", "field"),
    [
        ({}, "why1"),
        ({"why1": " "}, "why1"),
        ({"why1": "a", "why3": "c"}, "why2"),
        ({"why1": "x" * 201}, "why1"),
    ],
)
def test_whys_without_a_gap_from_the_first_on_are_asked_for(
    client: Client, whys: dict[str, str], field: str
) -> None:
    client.force_login(alice())
    one = fresh()
    answer = client.post(
        f"{AT}{one.pk}/solve/", {"revision": one.revision, "solution": "Typed with care.", **whys}
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    assert f'id="id_{field}_error"' in page
    assert "Typed with care." in page
    assert not Cause.objects.exists()


def test_each_why_suggests_what_is_known_below_and_how_many_share_it(client: Client) -> None:
    client.force_login(alice())
    deep = a_cause("Came open", "Thin tape")
    a_cause("Came open", "No padding")
    Complaint.objects.filter(pk=fresh().pk).update(cause=deep)
    one = fresh()
    answer = client.get(
        f"{AT}{one.pk}/solve/", {"why1": "came  OPEN", "why2": ""}, headers={"HX-Request": "true"}
    )
    page = answer.content.decode()
    assert "<html" not in page
    assert 'value="Thin tape"' in page.split('id="whys-2"')[1].split("</datalist>")[0]
    assert "1 complaint has this cause so far." in page


def test_repeats_and_the_survey_answer_stand_beside_it(client: Client) -> None:
    from customers.services.people import know_customer

    client.force_login(alice())
    her = know_customer(name="王小明", phone="13812345678", now=timezone.now())
    first = fresh(customer=her)
    second = fresh(customer=her, answer=an_answer(nps=3))
    hidden = fresh(customer=her, area="region:华北")
    page = page_of(client, second)
    assert "3 of 10" in page
    assert f"#{first.pk}" in page
    assert f"{AT}{hidden.pk}/" not in page
    assert "138****5678" in page
    assert "13812345678" not in page


def test_strangers_find_nothing_and_weak_roles_are_refused(client: Client) -> None:
    ours, theirs = fresh(), fresh(area="region:华北")
    for who, one, told in (
        (alice(), ours, 200), (alice(), theirs, 404), (charlie(), ours, 403), (mallory(), ours, 403),
    ):  # fmt: skip
        client.force_login(who)
        for path in ("", "solve/"):
            assert client.get(f"{AT}{one.pk}/{path}").status_code == told
        if told != 200:
            assert client.post(f"{AT}{one.pk}/note/", {"text": "x"}).status_code == told


def test_bob_enters_a_complaint_once_with_what_the_customer_agreed_to(client: Client) -> None:
    client.force_login(bob())
    scope("region:华东")
    form = {
        "text": "It broke.", "area": "region:华东", "category": category("quality"), "severity": 3, "name": "王小明",
        "phone": "13812345678", "key": "6f9619ff-8b86-4d01-b42d-00cf4fc964ff",
    }  # fmt: skip
    refused = client.post(f"{AT}new/", form)
    assert refused.status_code == 422
    assert "Without the customer" in refused.content.decode()
    for _time in range(2):
        assert client.post(f"{AT}new/", {**form, "consent": "on"}).status_code == 302
    one = Complaint.objects.get()
    assert (one.severity, one.customer is not None, one.scope.key) == (3, True, "region:华东")
    assert client.post(f"{AT}new/", {**form, "consent": "on", "area": "region:火星"}).status_code == 422


def category(code: str) -> int:
    from feedback.models import Category

    return Category.objects.get(code=code).pk


def test_ada_renames_puts_away_and_merges_causes_and_the_past_still_reads_as_it_was(client: Client) -> None:
    client.force_login(alice())
    one = fresh()
    client.post(
        f"{AT}{one.pk}/solve/",
        {"revision": one.revision, "solution": "Done.", "why1": "Packed badly", "why2": "No tape"},
    )
    old, tape = Cause.objects.get(name="Packed badly"), Cause.objects.get(name="No tape")
    into = a_cause("Packaging", "No Tape").parent
    assert into is not None
    assert client.post(f"/feedback/causes/{old.pk}/", {"do": "put_away"}).status_code == 403
    client.force_login(ada())
    assert (
        client.post(f"/feedback/causes/{into.pk}/", {"do": "rename", "name": "Bad packaging"}).status_code
        == 302
    )
    assert client.post(f"/feedback/causes/{old.pk}/", {"do": "merge", "into": into.pk}).status_code == 302
    one.refresh_from_db()
    assert one.cause == Cause.objects.get(name="No Tape")
    tree = client.get("/feedback/causes/").content.decode()
    assert "Bad packaging" in tree
    assert "Packed badly" not in tree
    assert "Packed badly → No tape" in page_of(client, one)
    assert find_or_make(whys=["packed badly", "no tape"], person=None, now=timezone.now()) == one.cause
    assert client.get(f"/feedback/causes/{tape.pk}/").status_code == 200
    assert client.post(f"/feedback/causes/{into.pk}/", {"do": "put_away"}).status_code == 302
    assert Cause.objects.get(name="No Tape").archived_at is not None
    assert client.post(f"/feedback/causes/{into.pk}/", {"do": "bring_back"}).status_code == 302
    assert Cause.objects.get(pk=into.pk).archived_at is None


def test_a_cause_goes_neither_into_itself_nor_below_itself_nor_too_deep() -> None:
    who, now = ada(), timezone.now()
    low = a_cause("a", "b", "c")
    top = low.parent.parent if low.parent else None
    assert top is not None
    deep = a_cause("p", "q", "r", "s")
    for cause, into in ((top, top), (top, low), (top, deep)):
        with pytest.raises(Refused):
            cause_tree.merge(cause=cause, into=into, person=who, now=now)
    merged = cause_tree.merge(cause=low, into=deep, person=who, now=now)
    assert merged == deep
    assert cause_tree.merge(cause=top, into=a_cause("p"), person=who, now=now).name == "p"
    assert Cause.objects.get(name="b").parent == a_cause("p")


def test_two_causes_of_one_name_beside_each_other_are_refused(client: Client) -> None:
    a_cause("Late"), a_cause("Slow")
    client.force_login(ada())
    answer = client.post(f"/feedback/causes/{a_cause('Slow').pk}/", {"do": "rename", "name": "late"})
    assert answer.status_code == 422
    assert "There is one of this name beside it already." in answer.content.decode()
