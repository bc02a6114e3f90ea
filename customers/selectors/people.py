"""Customers as pages may show them: masked."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.translation import gettext as _

from common.secrets import opened
from customers.forgetting import holders
from customers.masking import mask_email, mask_name, mask_phone
from customers.models import Customer
from organization.gate import Action, can
from organization.models import Person


@dataclass(frozen=True)
class Contact:
    """In clear; "" where there is none."""

    name: str
    phone: str
    email: str

    def __bool__(self) -> bool:
        return bool(self.name or self.phone or self.email)


@dataclass(frozen=True)
class MaskedContact(Contact):
    """`key_known` is False of somebody who was forgotten: nothing new is linked to her."""

    key_known: bool


def masked_contacts(customer_ids: Collection[int]) -> dict[int, MaskedContact]:
    """By id, those that there are; one query. What can no longer be unsealed shows as nothing."""
    found = {}
    for customer in Customer.objects.filter(pk__in=set(customer_ids)):
        clear = contact_of(customer)
        found[customer.pk] = MaskedContact(
            mask_name(clear.name),
            mask_phone(clear.phone),
            mask_email(clear.email),
            customer.forgotten_at is None,
        )
    return found


def customer_label(customer_id: int, contact: MaskedContact | None = None) -> str:
    """Her masked name, else “Customer 1234”. At most one query; none with the contact at hand."""
    masked = contact if contact is not None else masked_contacts([customer_id]).get(customer_id)
    return masked.name if masked and masked.name else _("Customer %(number)s") % {"number": customer_id}


def get_customer_or_404(person: Person, pk: int, needs: Action = Action.SEE_CONTACTS) -> Customer:
    """Raises Http404 where nothing of hers lies in an area of the person's, PermissionDenied where her role is too weak
    there. A grant on the company covers those of whom nothing is kept, too."""
    customer = Customer.objects.filter(pk=pk).first()
    if customer is None or not reaches(person, pk, Action.VIEW):
        raise Http404
    if not reaches(person, pk, needs):
        raise PermissionDenied
    return customer


def reaches(person: Person, customer_id: int, needs: Action) -> bool:
    """Whether she may do this to anything of the customer's: an order, an answer, a complaint, an interview."""
    return can(person, needs) or any(
        holder.seen_by(person, needs, customer_id) for holder in holders() if holder.seen_by is not None
    )


def contact_of(customer: Customer) -> Contact:
    """In clear: for whoever was let through. What a file of orders gave stands in where nothing else was."""
    told = opened(customer.contact)
    by_mail = "@" in told
    return Contact(
        opened(customer.name),
        opened(customer.phone) or ("" if by_mail else told),
        opened(customer.email) or (told if by_mail else ""),
    )
