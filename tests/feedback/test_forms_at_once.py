"""The same form on many connections in the same instant, and a form sent a thousand times as fast as it goes."""

from __future__ import annotations

import re
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client

from customers.models import Customer
from feedback.models import Answer, Invitation, SurveyLink
from feedback.services.forms import Filled, Sent, send_form
from feedback.services.invitations import make_invitations
from feedback.services.links import Place, make_links
from tests.feedback.made import a_link, a_survey, an_invitation
from tests.people import bob, node

pytestmark = [
    pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("no_broker", "quiet_minutes"),
]  # fmt: skip
NOW = datetime(2026, 3, 2, 4, tzinfo=UTC)
HANDS = 12
FILLED = Filled(scores={"nps": 3}, ratings={"delivery": 2}, comment="慢", contact={"phone": "13812345678"})


def at_once(work: Callable[[int], object], hands: int = HANDS) -> list[object]:
    """What each connection was told; what one raises is raised."""
    ready, told, failed = threading.Barrier(hands), [], []

    def run(number: int) -> None:
        try:
            connection.ensure_connection()
            ready.wait(60)
            told.append(work(number))
        except BaseException as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(hands)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    if failed:
        raise failed[0]
    return told


def test_of_many_who_send_one_form_at_once_one_is_kept() -> None:
    link, nonce = a_link(), uuid4()
    told = at_once(lambda n: send_form(link=link, nonce=nonce, filled=FILLED, now=NOW.replace(microsecond=n)))
    assert Counter(told) == {Sent.NEW: 1, Sent.KNOWN: HANDS - 1}
    assert Answer.objects.count() == 1
    assert Customer.objects.count() == 1


def test_of_many_who_answer_one_invitation_at_once_one_is_kept() -> None:
    invitation = an_invitation(customer=Customer.objects.create(key_hash=b"k" * 16))
    told = at_once(
        lambda n: send_form(
            link=invitation.link, invitation=invitation, filled=FILLED, now=NOW.replace(microsecond=n)
        )
    )
    assert Counter(told) == {Sent.NEW: 1, Sent.KNOWN: HANDS - 1}
    assert Answer.objects.get().invitation_id == invitation.pk


def test_a_batch_of_invitations_asked_for_twice_at_once_is_made_once() -> None:
    link, batch, who = a_link(), uuid4(), bob()

    def work(_number: int) -> tuple[str, ...]:
        made = make_invitations(
            link=link, batch=batch, how_many=0, customers=["B-2", "A-1"], days=30, person=who, now=NOW
        )
        return tuple(one.token for one in made)

    told = at_once(work)
    assert len(set(told)) == 1  # all were given the same file
    assert Invitation.objects.count() == 2


def test_links_asked_for_twice_at_once_are_made_once() -> None:
    survey, who = a_survey(), bob()
    places = [Place(region=node(f"region:华东/{name}")) for name in ("上海", "杭州", "苏州")]
    at_once(lambda _n: make_links(survey=survey, places=places, person=who, now=NOW))
    assert SurveyLink.objects.count() == 3


def test_a_form_sent_a_thousand_times_as_fast_as_it_goes_leaves_thirty_answers_at_most(
    django_assert_max_num_queries: Any,
) -> None:
    a_link()
    nonces = []
    for _ in range(60):  # a sender who has opened the form often beforehand
        page = Client().get("/s/shop-door/").content.decode()
        nonces.append(re.findall(r'name="nonce" value="([^"]*)"', page)[0])

    def work(number: int) -> Counter[int]:
        client, statuses = Client(), Counter[int]()
        for n in range(100):
            body = urlencode({"nps": "0", "nonce": nonces[(number * 100 + n) % len(nonces)]})
            kind = "application/x-www-form-urlencoded"
            statuses[client.post("/s/shop-door/", body, content_type=kind).status_code] += 1
        return statuses

    began = time.perf_counter()
    told = sum((one for one in at_once(work, hands=10) if isinstance(one, Counter)), Counter[int]())
    seconds = time.perf_counter() - began
    assert told[429] == 1000 - 30
    assert told[303] == 30
    assert Answer.objects.count() <= 30
    assert seconds < 60
    with django_assert_max_num_queries(0):  # who is held up costs the database nothing
        assert (
            Client()
            .post("/s/shop-door/", "nps=0", content_type="application/x-www-form-urlencoded")
            .status_code
            == 429
        )
