"""A contact in clear, for who may see it and on record; and the page of how long things are kept."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.template.loader import render_to_string
from django.urls import reverse

from customers.models import Customer, Retention
from customers.selectors.people import masked_contacts
from customers.services import know_customer
from organization.models import AuditEntry
from tests.budgets.test_open_pages import browser
from tests.feedback.made import a_complaint, an_answer
from tests.people import ada, alice, bob, charlie, dana, node

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def her() -> Customer:
    found = know_customer(key="c1", name="王小明", phone="13812341234", email="ming@example.com", now=NOW)
    assert found
    return found


def test_alice_sees_the_contact_of_whoever_complained_in_her_region_and_that_is_on_record() -> None:
    customer = her()
    a_complaint(area="region:华东/上海", customer=customer)
    url = reverse("customers:reveal", args=[customer.pk])
    shown = browser(alice()).post(url, headers={"HX-Request": "true"})
    assert "13812341234" in shown.content.decode()
    assert "no-store" in shown["Cache-Control"]
    entry = AuditEntry.objects.get(action="customer.reveal")
    assert (entry.person, entry.details) == (alice(), {"customer": customer.pk})
    assert "13812341234" not in f"{entry.subject}{entry.details}"


def test_an_answer_in_her_region_does_too_and_one_of_another_region_is_not_found() -> None:
    near, far = her(), know_customer(key="c2", phone="13812349999", now=NOW)
    assert far
    an_answer(customer=near, region_id=node("region:华东/杭州").pk)
    an_answer(customer=far, region_id=node("region:华北").pk)
    looking = browser(alice())
    assert looking.post(reverse("customers:reveal", args=[near.pk])).status_code == 200
    assert looking.post(reverse("customers:reveal", args=[far.pk])).status_code == 404
    assert AuditEntry.objects.filter(action="customer.reveal").count() == 1


def test_who_only_looks_sees_none_and_who_manages_the_company_sees_all() -> None:
    customer = her()
    a_complaint(customer=customer)
    url = reverse("customers:reveal", args=[customer.pk])
    assert browser(charlie()).post(url).status_code == 403
    assert browser(dana()).post(url).status_code == 403
    assert browser(bob()).get(url).status_code == 405
    assert "13812341234" in browser(bob()).post(url).content.decode()
    assert browser(bob()).post(reverse("customers:reveal", args=[customer.pk + 1])).status_code == 404


def test_a_page_shows_her_masked_with_a_button_and_nothing_of_who_left_none() -> None:
    customer = her()
    contact = masked_contacts([customer.pk])[customer.pk]
    text = render_to_string("customers/_contact.html", {"customer": customer.pk, "contact": contact})
    assert "138****1234" in text
    assert "13812341234" not in text
    assert reverse("customers:reveal", args=[customer.pk]) in text
    nobody = know_customer(key="c2", now=NOW)
    assert nobody
    empty = masked_contacts([nobody.pk])[nobody.pk]
    text = render_to_string("customers/_contact.html", {"customer": nobody, "contact": empty})
    assert "No contact is kept." in text
    assert "<button" not in text


def test_ada_says_for_how_long_things_are_kept_and_bob_may_not() -> None:
    url = reverse("customers:retention")
    assert browser(bob()).get(url).status_code == 403
    keeper = browser(ada())
    assert "Everything is kept for ever." in keeper.get(url).content.decode()
    data = {"version": "1", "contact": "1095", "comment": "", "conversation": "730", "interview": "7"}
    again = keeper.post(url, data)
    assert "id_interview_error" in again.content.decode()
    assert keeper.post(url, {**data, "interview": "365"}).status_code == 302
    assert dict(Retention.objects.values_list("field_class", "days")) == {
        "contact": 1095, "comment": None, "conversation": 730, "interview": 365,
    }  # fmt: skip
    late = keeper.post(url, {**data, "interview": "30"}).content.decode()
    assert "Somebody else has changed this meanwhile." in late
    assert 'name="version" value="2"' in late
