"""Knowing a customer by what she or a program says of her."""

from __future__ import annotations

import re
import secrets
import unicodedata
from datetime import datetime

from django.db import connection, transaction

from common.secrets import opened, seal
from customers.keys import LENGTH, hash_key, normal
from customers.models import Customer
from customers.selectors.people import Contact, contact_of
from organization.models import Person
from organization.services import record

LONGEST = {"name": 200, "phone": 40, "email": 254}  # letters; a tail beyond them is no contact of anybody's

_CHINESE_MOBILE = re.compile(r"(?:\+|00)?(?:86)?(1[3-9]\d{9})")


@transaction.atomic
def know_customer(
    *,
    key: str = "",
    name: str = "",
    phone: str = "",
    email: str = "",
    customer: Customer | None = None,
    now: datetime,
) -> Customer | None:
    """The customer of this key (else phone, else mail address), made where nobody knows her; None without any of them.

    `customer`: who she is where that is known otherwise, as by her invitation; not if she was forgotten since.
    Contacts that are given replace those that were, sealed; what is not given stays. She is locked until the caller's
    transaction ends, so that nobody removes her before something points to her. One customer, whoever calls at once.
    """
    said = {"name": name, "phone": phone, "email": email}
    given = {field: _tidy(text)[: LONGEST[field]] for field, text in said.items()}
    if customer is not None:
        customer = Customer.objects.select_for_update().filter(pk=customer.pk, forgotten_at=None).first()
    if customer is None:
        known_by = _tidy(key) or plain_phone(given["phone"]) or given["email"]
        if not known_by or not normal(known_by):
            return None
        customer = _locked(hash_key(known_by))
    changed = [field for field, text in given.items() if text and text != opened(getattr(customer, field))]
    if changed:
        for field in changed:
            setattr(customer, field, seal(given[field]))
        customer.contact_at = now
        customer.save(update_fields=[*changed, "contact_at"])
    return customer


@transaction.atomic
def reveal_contact(*, customer: Customer, person: Person) -> Contact:
    """Her contact in clear, on record: who saw it and whose it is, never what it says. The caller has asked the gate."""
    record(action="customer.reveal", subject=f"#{customer.pk}", person=person, customer=customer.pk)
    return contact_of(customer)


def plain_phone(number: str) -> str:
    """The number as a key: without blanks and signs, a Chinese mobile without its country code; "" of no digits."""
    plain = re.sub(r"[\s()./-]", "", unicodedata.normalize("NFKC", number))
    if not any(sign.isdigit() for sign in plain):
        return ""
    mobile = _CHINESE_MOBILE.fullmatch(plain)
    return mobile[1] if mobile else plain


def stranger_hash() -> bytes:
    """A hash that no key has."""
    return secrets.token_bytes(LENGTH)


def _locked(key_hash: bytes) -> Customer:
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO customers_customer (key_hash) VALUES (%s) ON CONFLICT (key_hash) DO NOTHING",
                [key_hash],
            )
        found = Customer.objects.select_for_update().filter(key_hash=key_hash).first()
        if found is not None:  # else somebody removed her between the two
            return found


def _tidy(text: str) -> str:
    return " ".join(text.replace("\0", "").split())
