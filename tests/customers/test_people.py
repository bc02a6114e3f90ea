"""A customer is one, whoever says so, and what she left is sealed."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from threading import Barrier

import pytest
from django.db import connection, transaction

from common.secrets import unseal
from customers.keys import hash_key
from customers.models import Customer
from customers.selectors.people import contact_of, customer_label, masked_contacts
from customers.services import know_customer
from tests.customers.files import send_orders, take_back
from tests.feedback.made import a_complaint

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def test_who_says_nothing_of_herself_is_nobody() -> None:
    assert know_customer(name="Li Li", now=NOW) is None
    assert know_customer(key=" \0 ", phone="–", email=" ", now=NOW) is None
    assert not Customer.objects.exists()


def test_a_key_comes_before_a_phone_and_a_phone_before_a_mail() -> None:
    by_key = know_customer(key="C1", phone="138 1234 1234", email="li@example.com", now=NOW)
    by_phone = know_customer(phone="+86 138-1234-1234", email="li@example.com", now=NOW)
    by_mail = know_customer(email="LI@example.com", now=NOW)
    assert by_key
    assert by_phone
    assert by_mail
    assert len({by_key.pk, by_phone.pk, by_mail.pk}) == 3
    assert bytes(by_key.key_hash) == hash_key("c1")
    assert bytes(by_phone.key_hash) == hash_key("13812341234")  # as a file of orders writes it
    assert bytes(by_mail.key_hash) == hash_key("li@example.com")


def test_contacts_are_kept_where_given_sealed_and_shown_masked() -> None:
    first = know_customer(key="c1", name="王小明", phone="13812341234", now=NOW)
    assert first
    assert ("1234" in first.phone, unseal(first.phone)) == (False, "13812341234")
    again = know_customer(key="c1", email="ming@example.com", now=NOW.replace(day=3))
    assert again
    assert again.pk == first.pk
    assert (unseal(again.name), unseal(again.email)) == ("王小明", "ming@example.com")
    shown = masked_contacts([first.pk])[first.pk]
    assert (shown.name, shown.phone, shown.email) == ("王**", "138****1234", "m***@example.com")
    assert customer_label(first.pk) == "王**"
    sealed = again.phone
    assert know_customer(key="c1", phone="13812341234", now=NOW).phone == sealed  # type: ignore[union-attr]


def test_who_left_no_name_has_a_number_and_what_a_file_gave_is_a_contact_too(tmp_path: Path) -> None:
    send_orders(
        tmp_path,
        ("c1", "2026-01-05", "10", "A1", "13812341234"),
        ("c2", "2026-01-05", "10", "A2", "li@example.com"),
        headings=("customer", "date", "amount", "order no", "phone"),
    )
    one, two = (Customer.objects.get(key_hash=hash_key(key)) for key in ("c1", "c2"))
    assert (contact_of(one).phone, contact_of(two).email) == ("13812341234", "li@example.com")
    assert customer_label(one.pk) == f"Customer {one.pk}"
    assert one.contact_at is not None


def test_customers_who_come_at_once_are_one() -> None:
    many = 6
    together = Barrier(many)

    def come(number: int) -> int:
        try:
            together.wait()
            found = know_customer(key="same", name=f"Name {number}", now=NOW)
            assert found is not None
            return found.pk
        finally:
            connection.close()

    with ThreadPoolExecutor(many) as pool:
        assert len(set(pool.map(come, range(many)))) == 1
    assert Customer.objects.count() == 1


@pytest.mark.parametrize(
    "amount", [10, -10]
)  # who only got money back has no first order that would be settled
def test_a_customer_somebody_is_about_to_point_to_is_not_removed_with_her_orders(
    tmp_path: Path, amount: int
) -> None:
    batch = send_orders(tmp_path, ("c1", "2026-01-05", amount, "A1"))
    taken = ThreadPoolExecutor(1)

    def undo() -> None:
        try:
            take_back(batch)
        finally:
            connection.close()

    with transaction.atomic():
        known = know_customer(key="c1", now=NOW)
        assert known is not None
        undone = taken.submit(undo)
        time.sleep(1)  # it waits for her by now
        a_complaint(customer=known)
    undone.result(timeout=30)
    assert Customer.objects.filter(pk=known.pk, first_order_day=None).exists()


def test_who_has_no_orders_left_and_nothing_else_is_gone(tmp_path: Path) -> None:
    batch = send_orders(tmp_path, ("c1", "2026-01-05", 10, "A1"))
    take_back(batch)
    assert not Customer.objects.exists()
