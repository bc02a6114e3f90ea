"""Pages of transfers: asking, approving on them, and what is said where something cannot be."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from budgets.line_parts import parts_of
from budgets.models import Balance, Line, Transfer
from organization.models import Person
from tests.budgets.books import a_budget, a_line
from tests.budgets.test_transfers import asked, signs
from tests.people import alice, bob, charlie, dana, mallory

pytestmark = pytest.mark.django_db


def client_of(who: Person) -> Client:
    client = Client()
    client.force_login(who, backend="django.contrib.auth.backends.ModelBackend")
    return client


def text(answer: HttpResponse | Any) -> str:
    return str(answer.content.decode())


def lines() -> tuple[Line, Line]:
    today = timezone.localdate()
    budget = a_budget(days=(today - timedelta(days=10), today + timedelta(days=10)))
    return a_line(budget, "Search", planned=1_000_000), a_line(budget, "Fairs", planned=1_000_000)


def fields(ends: tuple[Line, Line], **more: Any) -> dict[str, Any]:
    return {
        "from_line": ends[0].pk,
        "to_line": ends[1].pk,
        "amount": "5万",
        "why": "Fairs sell better.",
        **more,
    }


NEW, LIST = reverse("budgets:transfer_new"), reverse("budgets:transfers")


def test_bob_asks_dora_approves_on_the_transfers_page_and_the_list_says_it() -> None:
    dora, ends = signs("Dora", "director"), lines()
    client = client_of(bob())
    assert "Search: ¥1,000,000.00 free" in text(client.get(NEW))
    answer = client.post(NEW, fields(ends))
    transfer = Transfer.objects.get()
    assert answer.headers["Location"] == reverse("budgets:transfer", args=[transfer.pk])
    assert "director for Plan 2026 · due" in text(client.get(LIST))
    page = text(client_of(dora).get(answer.headers["Location"]))
    assert "“Fairs” within the month, with this" in page
    assert 'value="approve"' in page
    assert transfer.proposal is not None
    client_of(dora).post(
        reverse("decisions:decide", args=[transfer.proposal.pk]),
        {"verdict": "approve", "turn": transfer.proposal.turn},
    )
    assert Balance.objects.get(line=ends[1]).free == 1_050_000
    page = text(client.get(answer.headers["Location"]))
    assert "Money that moved" in page
    assert "Done" in text(client.get(LIST))


def test_a_form_that_is_sent_twice_asks_once() -> None:
    signs("Dora", "director")
    ends, client = lines(), client_of(bob())
    key = client.get(NEW).context["form"]["key"].value()
    for _n in range(2):
        assert client.post(NEW, fields(ends, key=key)).status_code == 302
    assert Transfer.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"amount": "much"}, "This is not a number."),
        ({"amount": "0"}, "above zero"),
        ({"amount": "200万"}, "has ¥1,000,000.00 free, and this needs ¥2,000,000.00"),
        ({"amount": "20万"}, "More than 15% needs a special reason."),
        ({"why": ""}, "This field is required."),
        ({"to_line": "9999999"}, "Select a valid choice."),
        ({"same": True}, "A transfer goes to another line"),
    ],
)
def test_what_cannot_be_is_said_at_its_field_and_what_was_typed_stays(
    change: dict[str, Any], said: str
) -> None:
    signs("Dora", "director")
    ends = lines()
    if change.pop("same", False):
        change["to_line"] = ends[0].pk
    page = text(client_of(bob()).post(NEW, fields(ends, **change)))
    assert said in page
    assert "Fairs sell better." in page or not change.get("why", True)
    assert not Transfer.objects.exists()


def test_alice_asks_for_money_for_her_own_line_and_not_between_others() -> None:
    signs("Dora", "director")
    lead, ends = alice(), lines()
    client = client_of(lead)
    assert client.get(NEW).status_code == 403
    hers = a_line(ends[0].budget, "Booth", planned=400_000, owner=lead)
    assert "One of the two lines must be yours." in text(client.post(NEW, fields(ends)))
    assert client.post(NEW, fields((ends[0], hers))).status_code == 302
    for who, status in ((charlie(), 403), (mallory(), 403)):
        assert client_of(who).get(NEW).status_code == status


def test_emergency_money_is_asked_for_on_a_short_form_and_signed_by_finance() -> None:
    ends, finance = lines(), dana()
    url = reverse("budgets:emergency")
    client = client_of(bob())
    assert "No emergency pool" in text(client.get(url))
    a_line(ends[0].budget, "Pool", planned=90_000, pool="emergency")
    assert f'value="{ends[1].pk}" selected' in text(client.get(f"{url}?to={ends[1].pk}"))
    page = text(client.post(url, {"to_line": ends[1].pk, "amount": "100000", "why": "Water in the hall."}))
    assert "has ¥90,000.00 free" in page
    answer = client.post(url, {"to_line": ends[1].pk, "amount": "80000", "why": "Water in the hall."})
    page = text(client_of(finance).get(answer.headers["Location"]))
    assert "Release money from the emergency pool" in page
    assert 'value="approve"' in page


def test_a_line_shows_its_transfers_and_offers_what_she_may_ask() -> None:
    signs("Dora", "director")
    manager, ends = bob(), lines()
    asked(manager, ends, now=timezone.now())
    (part,) = [one for one in parts_of(manager, ends[1], timezone.now()) if one.anchor == "transfers"]
    assert [row.transfer.amount for row in part.context["rows"]] == [50_000]
    assert part.context["may_ask"]
    (part,) = [one for one in parts_of(charlie(), ends[1], timezone.now()) if one.anchor == "transfers"]
    assert not part.context["may_ask"]


def test_the_list_asks_the_database_as_often_for_two_transfers_as_for_twenty(
    django_assert_max_num_queries: Any,
) -> None:
    signs("Dora", "director")
    manager, ends = bob(), lines()
    for _n in range(12):
        asked(manager, ends, 1000, now=timezone.now())
    client = client_of(manager)
    client.get(LIST)
    with django_assert_max_num_queries(32):
        assert text(client.get(LIST)).count("row-link") == 12
