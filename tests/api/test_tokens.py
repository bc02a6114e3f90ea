"""Tokens: made and shown once, never more than their person, gone when they are revoked."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from organization.models import ApiToken, AuditEntry
from organization.services import Refused
from organization.services.tokens import make_token, revoke_token
from tests.api.callers import Program, token_of
from tests.people import PASSWORD, ada, alice, bob, charlie, mallory

pytestmark = pytest.mark.django_db
TOKENS = "/organization/me/tokens/"


def logged_in(username: str) -> Client:
    """As people log in, and have said their password again a moment ago."""
    client = Client()
    client.post(reverse("account_login"), {"login": username, "password": PASSWORD})
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    return client


def test_alice_makes_a_token_and_sees_it_this_once() -> None:
    alice()
    client = logged_in("alice")
    page = client.post(TOKENS, {"name": "nightly", "scopes": ["read"], "days": "90"})
    secret = re.search(r'id="secret">(plb_[\w-]{43})<', page.content.decode())
    assert secret is not None
    assert "no-store" in page["Cache-Control"]
    assert secret[1] not in client.get(TOKENS).content.decode()
    token = ApiToken.objects.get()
    assert secret[1] not in (token.digest, token.prefix)
    assert Program(secret=secret[1]).get("scopes/").status_code == 200
    made = AuditEntry.objects.get(action="token.make")
    assert made.person == token.person
    assert secret[1] not in str(made.details) + made.subject


def test_alice_says_her_password_again_and_then_has_her_token() -> None:
    client = Client()
    client.force_login(alice(), backend="django.contrib.auth.backends.ModelBackend")
    response = client.post(TOKENS, {"name": "nightly", "scopes": ["read"], "days": "90"})
    assert response.status_code == 302
    assert response["Location"].startswith(reverse("account_reauthenticate"))
    assert not ApiToken.objects.exists()
    wrong = client.post(response["Location"], {"password": "a guess"})
    assert "plb_" not in wrong.content.decode()
    page = client.post(response["Location"], {"password": PASSWORD, "next": TOKENS})
    assert re.search(r'id="secret">plb_', page.content.decode())
    assert ApiToken.objects.count() == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"scopes": []},
        {"scopes": ["administer"]},
        {"days": "366"},
        {"days": "x"},
        {"name": "a\0b"},
    ],
)
def test_a_form_that_is_wrong_makes_nothing(wrong: dict[str, object]) -> None:
    alice()
    data = {"name": "nightly", "scopes": ["read"], "days": "90", **wrong}
    response = logged_in("alice").post(TOKENS, data)
    assert response.status_code == 200
    assert "field-error" in response.content.decode()
    assert not ApiToken.objects.exists()


@pytest.mark.parametrize(
    ("name", "scopes", "days"), [(" ", ["read"], 5), ("x", ["write"], 5), ("x", ["read"], 366)]
)
def test_the_service_refuses_what_cannot_be(name: str, scopes: list[str], days: int) -> None:
    person = alice()
    with pytest.raises(Refused):
        make_token(whose=person, name=name, scopes=scopes, days=days, now=timezone.now(), person=person)


def test_no_token_lasts_longer_than_a_year_whoever_writes_it() -> None:
    token, _secret = token_of(alice())
    with pytest.raises(IntegrityError), transaction.atomic():
        ApiToken.objects.filter(pk=token.pk).update(expires_at=token.created_at + timedelta(days=400))


def test_one_person_has_fifty_tokens_at_most() -> None:
    person = alice()
    for _ in range(50):
        token_of(person)
    with pytest.raises(Refused):
        token_of(person)


def test_alice_revokes_her_token_and_it_stops_at_once() -> None:
    token, secret = token_of(alice())
    program = Program(secret=secret)
    assert program.get("scopes/").status_code == 200
    assert logged_in("alice").post(f"{TOKENS}{token.pk}/revoke/").status_code == 302
    response = program.get("scopes/")
    assert response.status_code == 401
    assert response["WWW-Authenticate"].startswith("Bearer")
    assert AuditEntry.objects.filter(action="token.revoke", person=token.person).count() == 1
    assert not revoke_token(token=token, now=timezone.now(), person=token.person)
    assert AuditEntry.objects.filter(action="token.revoke").count() == 1


def test_ada_revokes_bobs_token_and_alice_cannot_even_see_that_there_is_one() -> None:
    ada(), alice()
    token, secret = token_of(bob())
    assert "a script" not in logged_in("alice").get(TOKENS).content.decode()
    assert logged_in("alice").post(f"{TOKENS}{token.pk}/revoke/").status_code == 404
    assert Program(secret=secret).get("scopes/").status_code == 200
    page = logged_in("ada").get(TOKENS).content.decode()
    assert "Bob" in page
    logged_in("ada").post(f"{TOKENS}{token.pk}/revoke/")
    assert Program(secret=secret).get("scopes/").status_code == 401


def test_a_token_ends() -> None:
    _token, secret = token_of(alice(), days=1, now=timezone.now() - timedelta(days=2))
    assert Program(secret=secret).get("scopes/").status_code == 401


def test_when_alice_leaves_her_programs_stop() -> None:
    person = alice()
    program = Program(person)
    person.is_active = False
    person.save(update_fields=["is_active"])
    assert program.get("scopes/").status_code == 401


def test_a_token_loses_what_its_person_loses() -> None:
    person = alice()
    program = Program(person)
    assert program.get("scopes/", dimension="region").json()["results"]
    person.grants.all().delete()
    assert program.get("scopes/").status_code == 403


@pytest.mark.parametrize(
    "header",
    [
        "Bearer plb_nothing",
        "Bearer ",
        "Bearer",
        "bearer plb_" + "x" * 43,
        "Bearer plb_" + "é" * 10,
        "Bearer " + "x" * 5000,
        "Basic YTpi",
        "Token plb_x",
        "plb_x",
    ],
)
def test_what_is_no_token_opens_nothing(header: str) -> None:
    response = Client().get("/api/v1/scopes/", headers={"Authorization": header.encode().decode("latin-1")})
    assert response.status_code == 401
    assert response.json()["type"] == "urn:plumbline:problem:not-authenticated"


def test_a_token_opens_no_page() -> None:
    _token, secret = token_of(ada())
    client = Client(headers={"Authorization": f"Bearer {secret}"})
    assert client.get("/organization/settings/").status_code == 302
    assert client.get("/api/v1/docs/").status_code == 302


def test_a_use_is_noted_once_a_minute() -> None:
    token, secret = token_of(alice())
    Program(secret=secret).get("scopes/")
    token.refresh_from_db()
    first = token.last_used_at
    assert first is not None
    Program(secret=secret).get("scopes/")
    token.refresh_from_db()
    assert token.last_used_at == first
    ApiToken.objects.update(last_used_at=first - timedelta(minutes=2))
    Program(secret=secret).get("scopes/")
    token.refresh_from_db()
    assert token.last_used_at is not None
    assert token.last_used_at > first - timedelta(minutes=1)


def test_a_session_may_read_and_writes_only_with_the_forms_token() -> None:
    bob()
    client = Client(enforce_csrf_checks=True)
    client.force_login(bob(), backend="django.contrib.auth.backends.ModelBackend")
    assert client.get("/api/v1/scopes/").status_code == 200
    refused = client.post("/api/v1/facts/", "{}", content_type="application/json")
    assert refused.status_code == 403
    client.get("/api/v1/docs/")
    token = client.cookies["csrftoken"].value
    allowed = client.post(
        "/api/v1/facts/", "{}", content_type="application/json", headers={"X-CSRFToken": token}
    )
    assert allowed.status_code == 400


@pytest.mark.parametrize(
    ("scopes", "method", "address", "status"),
    [
        (["read"], "GET", "readings/", 200),
        (["write:facts"], "GET", "readings/", 403),
        (["read"], "PUT", "targets/", 403),
        (["write:targets"], "PUT", "targets/", 400),
        (["read", "write:targets"], "POST", "imports/", 403),
        (["write:facts"], "POST", "imports/1/undo/", 403),
        (["write:imports"], "POST", "imports/1/undo/", 404),
        ([*"r"], "GET", "schema/", 200),
    ],
)
def test_a_token_does_what_it_was_made_for(scopes: list[str], method: str, address: str, status: int) -> None:
    token, secret = token_of(bob())
    ApiToken.objects.filter(pk=token.pk).update(scopes=scopes)
    assert Program(secret=secret).send(method, address, {}).status_code == status


def test_charlie_and_mallory_may_make_tokens_that_can_as_little_as_they() -> None:
    assert Program(charlie()).put("targets/", {}).status_code == 403
    assert Program(mallory()).get("readings/").status_code == 403
