"""The company's own sign-in (OpenID Connect), against a real provider of a few lines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit
from urllib.request import HTTPRedirectHandler, build_opener

import pytest
from allauth.socialaccount.models import SocialAccount, SocialToken
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from organization.models import AuditEntry, Person
from tests.organization.provider import Provider, a_provider
from tests.people import PASSWORD, charlie, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def provider(settings: Any) -> Iterator[Provider]:
    cache.clear()
    with a_provider() as one:
        one.claims = {
            "sub": "u-1",
            "email": "charlie@example.com",
            "email_verified": True,
            "name": "Charlie C",
        }
        settings.OIDC_ISSUER = one.url
        settings.OIDC_NAME = "Acme ID"
        settings.OIDC_ONLY = False
        settings.OIDC_DOMAINS = []
        settings.SOCIALACCOUNT_PROVIDERS = {
            "openid_connect": {
                "OAUTH_PKCE_ENABLED": True,
                "APPS": [
                    {
                        "provider_id": "company",
                        "name": "Acme ID",
                        "client_id": "plumbline",
                        "secret": "s3cret",
                        "settings": {"server_url": one.url},
                    }
                ],
            }
        }
        yield one


class _Stay(HTTPRedirectHandler):
    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


def sign_in(client: Client, **query: str) -> Any:
    """Follows the browser's way: to the provider, and back with its code."""
    away = client.get(reverse("openid_connect_login", kwargs={"provider_id": "company"}), query)
    assert away.status_code == 302, away.content.decode()
    try:
        build_opener(_Stay).open(away["Location"])
    except Exception as answer:
        back = answer.headers["Location"]  # type: ignore[attr-defined]  # an HTTPError
    parts = urlsplit(back)
    return client.get(parts.path, {name: values[0] for name, values in parse_qs(parts.query).items()})


def test_charlie_is_in_by_his_address_and_later_by_the_providers_own_id(provider: Provider) -> None:
    who = charlie()
    client = Client()
    assert sign_in(client)["Location"] == "/home/"
    assert client.get(reverse("organization:me")).status_code == 200
    assert Person.objects.get(pk=who.pk).check_password(PASSWORD)
    assert AuditEntry.objects.get(action="person.connect").person == who
    provider.claims["email"] = "renamed@example.com"
    again = Client()
    sign_in(again)
    assert again.get(reverse("organization:me")).status_code == 200
    assert SocialAccount.objects.count() == 1
    assert not SocialToken.objects.exists()


def test_he_goes_on_where_he_wanted_to(provider: Provider) -> None:
    charlie()
    assert sign_in(Client(), next="/alerts/")["Location"] == "/alerts/"
    assert sign_in(Client(), next="https://evil.example/")["Location"] == "/home/"


@pytest.mark.parametrize(
    "claims",
    [
        {"email": "stranger@example.com"},
        {"email_verified": False},
        {"email_verified": "false"},
        {"email_verified": None},
    ],
)
def test_strangers_and_unproven_addresses_open_nothing(provider: Provider, claims: dict[str, Any]) -> None:
    charlie()
    provider.claims.update(claims)
    client = Client()
    answer = sign_in(client)
    assert answer["Location"] == reverse("account_login")
    page = client.get(reverse("account_login")).content.decode()
    assert "nobody here has your address" in page or "does not vouch" in page
    assert client.get(reverse("organization:me")).status_code == 302
    assert (Person.objects.count(), SocialAccount.objects.count()) == (1, 0)


def test_somebody_of_a_trusted_domain_gets_an_account_without_any_role(
    provider: Provider, settings: Any
) -> None:
    settings.OIDC_DOMAINS = ["example.com"]
    provider.claims.update(email="new.hire@example.com", name="New Hire")
    client = Client()
    sign_in(client)
    made = Person.objects.get(email="new.hire@example.com")
    assert (made.display_name, made.grants.count(), made.has_usable_password()) == ("New Hire", 0, False)
    assert client.get(reverse("dashboards:overview")).status_code == 403
    provider.claims.update(sub="u-2", email="x@notexample.com")
    sign_in(Client())
    assert Person.objects.count() == 1


def test_who_has_left_stays_out(provider: Provider) -> None:
    who = charlie()
    sign_in(Client())
    Person.objects.filter(pk=who.pk).update(is_active=False)
    client = Client()
    sign_in(client)
    assert client.get(reverse("organization:me")).status_code == 302


@pytest.mark.parametrize("wrong", [{"aud": "another"}, {"iss": "http://evil.example"}, {"exp": 1}])
def test_a_token_for_another_or_from_another_or_too_old_opens_nothing(
    provider: Provider, wrong: dict[str, Any]
) -> None:
    charlie()
    provider.id_token = wrong
    client = Client()
    assert sign_in(client)["Location"] == reverse("account_login")
    assert client.get(reverse("organization:me")).status_code == 302


def test_an_answer_that_nobody_asked_for_opens_nothing(provider: Provider) -> None:
    charlie()
    client = Client()
    callback = reverse("openid_connect_callback", kwargs={"provider_id": "company"})
    answer = client.get(callback, {"code": "c0de", "state": "made-up"})
    assert answer["Location"] == reverse("account_login")
    assert client.get(reverse("organization:me")).status_code == 302
    assert "/token" not in provider.asked


@pytest.mark.parametrize("where", ["/userinfo", "/.well-known"])
def test_a_broken_provider_is_said_and_not_an_error_of_ours(provider: Provider, where: str) -> None:
    charlie()
    client = Client()
    provider.broken = where
    if where == "/.well-known":
        answer = client.get(reverse("openid_connect_login", kwargs={"provider_id": "company"}))
    else:
        answer = sign_in(client)
    assert answer["Location"] == reverse("account_login")
    assert "did not work" in client.get(reverse("account_login")).content.decode()


def test_the_button_stands_on_the_login_page_only_where_there_is_such_a_sign_in(
    provider: Provider, settings: Any
) -> None:
    assert "Sign in with Acme ID" in Client().get(reverse("account_login")).content.decode()
    settings.OIDC_ISSUER = ""
    assert "Sign in with" not in Client().get(reverse("account_login")).content.decode()


def test_where_it_alone_counts_passwords_open_superusers_accounts_only(
    provider: Provider, settings: Any
) -> None:
    settings.OIDC_ONLY = True
    charlie()
    person("Root", is_superuser=True)
    refused = Client().post(reverse("account_login"), {"login": "charlie", "password": PASSWORD})
    assert "Passwords are turned off here" in refused.content.decode()
    client = Client()
    client.post(reverse("account_login"), {"login": "root", "password": PASSWORD})
    assert client.get(reverse("organization:me")).status_code == 200


def test_nobody_ties_a_sign_in_to_a_session_by_a_crafted_link(provider: Provider) -> None:
    charlie()
    mallory = person("Mallory")
    client = Client()
    client.force_login(mallory, backend="django.contrib.auth.backends.ModelBackend")
    sign_in(client, process="connect")
    assert not SocialAccount.objects.filter(user=mallory).exists()
