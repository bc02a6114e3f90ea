"""After a new key everything is under it, and what no key opens is named."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from io import StringIO

import pytest
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.core.management import call_command

from common.secrets import is_current, seal, unseal
from customers.models import Customer
from customers.services import know_customer
from ingest.models import Pull
from kpis.services import ensure_source
from organization.models import AccountMail, AuditEntry
from organization.sealed import sealed_fields
from organization.services.mails import queue_mail
from tests.people import alice

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def told() -> str:
    out = StringIO()
    call_command("rotate_secrets", stdout=out)
    return out.getvalue()


def test_every_field_that_says_it_is_sealed_is_sealed_anew() -> None:
    saying = {
        f"{model._meta.db_table}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.local_fields
        if field.name == "sealed" or "sealed" in str(getattr(field, "help_text", "")).lower()
    }
    assert saying <= {str(one) for one in sealed_fields()}


def test_everything_is_put_under_the_first_key_and_a_second_time_nothing_is_left_to_do(
    settings: object,
) -> None:
    settings.SECRETS_KEYS = ["old"]  # type: ignore[attr-defined]
    know_customer(key="c1", name="Li", phone="13812341234", now=NOW)
    queue_mail(kind="x", whom=None, address="a@example.com", subject="S", text="T", html="H", now=NOW)
    source = ensure_source(code="shop", name="Shop", facts="channels")
    Pull.objects.create(
        name="Shop", source=source, url="https://shop.example.com", headers=[["Key", seal("k")]]
    )
    Authenticator.objects.create(user=alice(), type="totp", data={"secret": seal("TOTP")})
    Authenticator.objects.create(
        user=alice(), type="recovery_codes", data={"seed": seal("seed"), "used_mask": 3}
    )
    settings.SECRETS_KEYS = ["new", "old"]  # type: ignore[attr-defined]
    said = told()
    assert "customers_customer.phone: 1 rows, 1 sealed anew, 0 lost" in said
    assert "ingest_pull.headers: 1 rows, 1 sealed anew, 0 lost" in said
    assert "mfa_authenticator.data: 2 rows, 2 sealed anew, 0 lost" in said
    settings.SECRETS_KEYS = ["new"]  # type: ignore[attr-defined]
    customer = Customer.objects.get()
    assert (unseal(customer.name), unseal(customer.phone), customer.email) == ("Li", "13812341234", "")
    assert json.loads(unseal(AccountMail.objects.get().sealed)) == ["S", "T", "H"]
    assert unseal(Pull.objects.get().headers[0][1]) == "k"
    codes = Authenticator.objects.get(type="recovery_codes").data
    assert (unseal(codes["seed"]), codes["used_mask"]) == ("seed", 3)
    assert ", 0 sealed anew, 0 lost" in told()
    assert " 1 sealed anew" not in told()
    entry = AuditEntry.objects.filter(action="secrets.rotate").order_by("pk").first()
    assert entry
    assert entry.details == {"changed": 6, "lost": 0}


def test_what_no_key_opens_is_named_and_left_as_it_is(
    settings: object, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.SECRETS_KEYS = ["gone"]  # type: ignore[attr-defined]
    lost = know_customer(key="c1", phone="13812341234", now=NOW)
    settings.SECRETS_KEYS = ["new"]  # type: ignore[attr-defined]
    kept = know_customer(key="c2", phone="13812341235", now=NOW)
    assert lost
    assert kept
    out = StringIO()
    with pytest.raises(SystemExit):
        call_command("rotate_secrets", stdout=out)
    assert f"no key of ours opens those of the rows with id {lost.pk}" in out.getvalue()
    before = lost.phone
    lost.refresh_from_db()
    assert lost.phone == before
    assert is_current(kept.phone)
