"""Second factors: asked for by roles, set up by oneself, asked for at the door, reset by administrators."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from organization.models import AuditEntry, Company, Person
from organization.services import Refused
from organization.services.account_rules import update_account_rules
from organization.services.factors import reset_factors
from organization.services.mails import send_next_mails
from organization.services.tokens import make_token
from tests.people import PASSWORD, ada, bob, charlie, dana, scope

pytestmark = pytest.mark.django_db
NOW = timezone.now()


@pytest.fixture(autouse=True)
def a_fresh_count() -> None:
    cache.clear()


def log_in(who: str) -> Client:
    client = Client()
    client.post(reverse("account_login"), {"login": who, "password": PASSWORD})
    return client


def needed_by(*roles: str) -> None:
    Company.objects.update(second_factor_roles=list(roles))


def code_for(secret: str) -> str:
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30)))


def set_up_app(client: Client) -> str:
    """Goes through the page as a person would; returns the secret."""
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    page = client.get(reverse("mfa_activate_totp")).content.decode()
    found = re.search(r"qr-key\">([A-Z2-7]+)<", page)
    assert found
    answer = client.post(reverse("mfa_activate_totp"), {"code": code_for(found[1])})
    assert answer.status_code == 302, answer.content.decode()
    return found[1]


def test_dana_whose_role_needs_one_can_do_nothing_else_until_she_has_it() -> None:
    dana()
    needed_by("finance", "admin")
    client = log_in("dana")
    for name in ("dashboards:overview", "organization:me", "kpis:targets", "alerts:rules", "ingest:imports"):
        answer = client.get(reverse(name))
        assert (answer.status_code, answer.get("Location")) == (302, reverse("mfa_index")), name
    assert "Your role asks for a second factor" in client.get(reverse("mfa_index")).content.decode()
    set_up_app(client)
    assert client.get(reverse("dashboards:overview")).status_code == 200


def test_charlie_whose_role_needs_none_is_not_asked() -> None:
    charlie()
    needed_by("finance", "admin")
    assert log_in("charlie").get(reverse("dashboards:overview")).status_code == 200


@pytest.mark.parametrize("how", ["by a role on a part of the company", "from the console"])
def test_a_role_anywhere_counts_and_so_does_the_console(how: str) -> None:
    needed_by("admin")
    if how == "from the console":
        who = charlie()
        Person.objects.filter(pk=who.pk).update(is_superuser=True)
        client = log_in("charlie")
    else:
        ada("region:华东")
        client = log_in("ada")
    assert client.get(reverse("dashboards:overview"))["Location"] == reverse("mfa_index")


def test_a_fragment_sends_the_whole_page_there() -> None:
    dana()
    needed_by("finance")
    answer = log_in("dana").get(reverse("dashboards:overview"), headers={"HX-Request": "true"})
    assert answer["HX-Redirect"] == reverse("mfa_index")


@pytest.mark.parametrize("by", ["token", "session"])
def test_programs_of_somebody_who_lacks_it_are_refused_too(by: str) -> None:
    who = dana()
    _token, secret = make_token(whose=who, name="shop", scopes=["read"], days=30, now=NOW, person=who)
    client = log_in("dana")
    headers = {"Authorization": f"Bearer {secret}"} if by == "token" else {}
    asking = Client() if by == "token" else client
    assert asking.get("/api/v1/metrics/", headers=headers).status_code == 200
    needed_by("finance")
    refused = asking.get("/api/v1/metrics/", headers=headers)
    assert refused.status_code in (401, 403)
    assert "second factor" in refused.json()["detail"]


def test_the_code_is_asked_for_at_the_door_and_works_once() -> None:
    charlie()
    secret = set_up_app(log_in("charlie"))
    client = log_in("charlie")
    assert client.get(reverse("organization:me")).status_code == 302
    wrong = client.post(reverse("mfa_authenticate"), {"code": "000000"})
    assert "not right" in wrong.content.decode()
    used = code_for(secret)
    cache_answer = client.post(reverse("mfa_authenticate"), {"code": used})
    if cache_answer.status_code == 200:  # used while setting it up, in this same half minute
        codes = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()
        assert client.post(reverse("mfa_authenticate"), {"code": codes[0]}).status_code == 302
    assert client.get(reverse("organization:me")).status_code == 200


def test_a_recovery_code_opens_once_and_the_codes_lie_sealed() -> None:
    charlie()
    set_up_app(log_in("charlie"))
    row = Authenticator.objects.get(type="recovery_codes")
    code = row.wrap().get_unused_codes()[0]
    assert code not in str(row.data)
    first, second = log_in("charlie"), log_in("charlie")
    assert first.post(reverse("mfa_authenticate"), {"code": code}).status_code == 302
    assert "not right" in second.post(reverse("mfa_authenticate"), {"code": code}).content.decode()


def test_the_secret_of_the_app_lies_sealed() -> None:
    charlie()
    secret = set_up_app(log_in("charlie"))
    assert secret not in str(Authenticator.objects.get(type="totp").data)


def test_guessing_codes_is_stopped() -> None:
    charlie()
    set_up_app(log_in("charlie"))
    cache.clear()
    client = log_in("charlie")
    answers = [
        client.post(reverse("mfa_authenticate"), {"code": "000000"}).content.decode() for _ in range(6)
    ]
    assert "Too many tries" in answers[-1]


@pytest.mark.parametrize("name", ["mfa_activate_totp", "mfa_add_webauthn", "mfa_generate_recovery_codes"])
def test_changing_factors_asks_for_the_password_once_more(name: str) -> None:
    charlie()
    answer = log_in("charlie").get(reverse(name))
    assert answer["Location"].startswith(reverse("account_reauthenticate"))


def test_ada_resets_the_factor_of_a_lost_phone_and_it_is_history() -> None:
    who = charlie()
    there = log_in("charlie")
    set_up_app(there)
    boss = Client()
    boss.force_login(ada(), backend="django.contrib.auth.backends.ModelBackend")
    boss.post(reverse("organization:factors_reset", args=[who.pk]))
    assert not Authenticator.objects.filter(user=who).exists()
    assert there.get(reverse("organization:me")).status_code == 302
    entry = AuditEntry.objects.get(action="factor.reset")
    assert (entry.person, entry.subject) == (ada(), "charlie")
    assert log_in("charlie").get(reverse("organization:me")).status_code == 200


def test_nobody_resets_her_own_that_way() -> None:
    with pytest.raises(Refused, match="your own"):
        reset_factors(whom=ada(), person=ada(), now=NOW)


def test_ada_cannot_ask_of_administrators_what_she_lacks_herself() -> None:
    rules: dict[str, Any] = {"time_zone": "Asia/Shanghai", "invitation_days": 7, "session_hours": 336}
    with pytest.raises(Refused, match="shut out yourself"):
        update_account_rules(second_factor_roles=["admin"], person=ada(), **rules)
    update_account_rules(second_factor_roles=["finance"], person=ada(), **rules)
    assert Company.objects.get().second_factor_roles == ["finance"]


@pytest.mark.parametrize(
    "wrong",
    [{"invitation_days": 0}, {"invitation_days": 61}, {"session_hours": 0}, {"time_zone": "Moon/Base"}],
)
def test_rules_that_make_no_sense_are_refused(wrong: dict[str, Any]) -> None:
    rules: dict[str, Any] = {"time_zone": "Asia/Shanghai", "invitation_days": 7, "session_hours": 336}
    with pytest.raises(Refused):
        update_account_rules(second_factor_roles=[], person=ada(), **{**rules, **wrong})


def test_the_owner_hears_of_a_new_factor_in_her_language(django_capture_on_commit_callbacks: Any) -> None:
    who = charlie()
    Person.objects.filter(pk=who.pk).update(language="zh-hans")
    with django_capture_on_commit_callbacks(execute=True):
        set_up_app(log_in("charlie"))
    while send_next_mails(clock=timezone.now):
        pass
    assert [letter.to for letter in mail.outbox] == [["charlie@example.com"]]


def test_the_check_costs_one_query(django_assert_num_queries: Any) -> None:
    from organization.selectors.standing import standing_of

    bob()
    who = Person.objects.get(username="bob")
    scope("company")
    with django_assert_num_queries(1):
        standing_of(who)
