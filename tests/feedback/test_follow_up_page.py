"""The page on which a customer says whether it stayed solved: without a login, once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.utils import timezone

from customers.services.people import know_customer
from feedback.models import Complaint, ComplaintEvent
from feedback.services import handling
from feedback.services.clocks import hash_of, look_next
from tests.feedback.made import came_in
from tests.people import bob

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_broker")]
TOKEN = "a-token-of-her-own"


def asked(**more: Any) -> Complaint:
    """Solved a month ago, and asked about; her link is /s/c/TOKEN/."""
    now = timezone.now()
    begun = now - timedelta(days=40)
    her = know_customer(email="ming@example.com", now=begun)
    one = came_in(at=begun, customer=her, **more)
    handling.solve(complaint=one, person=bob(), now=begun, cause=["Came open"], solution="Sent another one.")
    while look_next(now=now):
        pass
    Complaint.objects.filter(pk=one.pk).update(follow_up_hash=hash_of(TOKEN))
    one.refresh_from_db()
    assert one.followed_up_at == now
    return one


def say(client: Client, path: str, data: dict[str, str]) -> Any:
    """As a browser sends a form without files."""
    return client.post(path, urlencode(data), content_type="application/x-www-form-urlencoded")


def test_opening_the_page_answers_nothing_and_shows_no_text_of_the_complaint(client: Client) -> None:
    one = asked(text="A secret trouble")
    answer = client.get(f"/s/c/{TOKEN}/")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "Has it stayed solved?" in page
    assert "secret" not in page
    assert "ming@" not in page
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    one.refresh_from_db()
    assert one.state == "solved"


def test_yes_closes_it_once(client: Client) -> None:
    one = asked()
    answer = say(client, f"/s/c/{TOKEN}/", {"stayed": "yes", "text": "Thank you!"})
    assert answer.status_code == 303
    assert "Good to hear" in client.get(answer.headers["Location"]).content.decode()
    one.refresh_from_db()
    assert (one.state, one.stayed_solved) == ("closed", True)
    assert say(client, f"/s/c/{TOKEN}/", {"stayed": "no"}).status_code == 410
    assert client.get(f"/s/c/{TOKEN}/").status_code == 410


def test_no_opens_it_again_with_her_words(client: Client) -> None:
    one = asked()
    assert say(client, f"/s/c/{TOKEN}/", {"stayed": "no", "text": "<b>Broken</b> again"}).status_code == 303
    one.refresh_from_db()
    assert (one.state, one.reopened) == ("open", 1)
    assert ComplaintEvent.objects.filter(complaint=one, text="<b>Broken</b> again").exists()


@pytest.mark.parametrize("data", [{}, {"stayed": "perhaps"}, {"stayed": "yes", "text": "x" * 8001}])
def test_what_cannot_be_taken_comes_back_with_her_words(client: Client, data: dict[str, str]) -> None:
    one = asked()
    answer = say(client, f"/s/c/{TOKEN}/", {"text": "Hello there", **data})
    assert answer.status_code == 422
    assert ("Hello there" in answer.content.decode()) is ("text" not in data)
    one.refresh_from_db()
    assert one.state == "solved"


def test_a_made_up_token_finds_nothing_in_either_language(client: Client) -> None:
    for path in ("/s/c/nothing/", f"/s/c/{'x' * 5000}/", "/s/c/nothing/?lang=zh"):
        assert client.get(path).status_code == 410
        assert say(client, path, {"stayed": "yes"}).status_code == 410
