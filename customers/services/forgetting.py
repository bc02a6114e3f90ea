"""Forgetting a customer: who she is goes, what she bought and how she rated stays, as nobody's."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from common.secrets import opened
from customers.forgetting import holders, key_holders
from customers.keys import LENGTH, hash_key, normal
from customers.models import Customer
from customers.services.people import plain_phone, stranger_hash
from customers.services.publishing import hold_orders
from ingest.models import Import
from ingest.services.rejects import empty_rejects
from organization.models import Person
from organization.services import record

CONTACTS = ("contact", "name", "phone", "email")
READ_AT_ONCE = 2000


@dataclass(frozen=True)
class Forgotten:
    """`already`: she had been forgotten before. `rejects` were emptied; the kept files of `imports` may name her."""

    customer: int | None
    already: bool
    rejects: int
    renamed: int
    imports: tuple[Import, ...]


def find_customers(text: str) -> list[Customer]:
    """Whom this text may mean: `#12`, a key as files write it, a phone number or a mail address, however she is known.

    Opens all contacts where no key is meant: some seconds for a hundred thousand.
    """
    text = text.strip()
    if text.startswith("#") and text[1:].isascii() and text[1:].isdecimal() and len(text) < 18:
        return list(Customer.objects.filter(pk=int(text[1:])))
    if not normal(text):
        return []
    hashes = {hash_key(key) for key in (text, plain_phone(text)) if key and normal(key)}
    found = {one.pk: one for one in Customer.objects.filter(key_hash__in=hashes)}
    wanted = {normal(text), plain_phone(text)} - {""}
    for customer in Customer.objects.exclude(contact="", phone="", email="").iterator(READ_AT_ONCE):
        told = [opened(sealed) for sealed in (customer.contact, customer.phone, customer.email)]
        if wanted & {form for one in told if one for form in (normal(one), plain_phone(one))}:
            found[customer.pk] = customer
    return [found[pk] for pk in sorted(found)]


def forget(*, customer: Customer, person: Person | None, now: datetime) -> Forgotten:
    """Erases her contacts and her words, and gives her a hash that no key has. Twice is once.

    Rejected lines come first: they are found by the hash that goes. Should it break off between, it can be done again.
    """
    rejects = empty_rejects(names=_recogniser(customer))
    return _forget(customer, rejects, person, now)


@transaction.atomic
def _forget(customer: Customer, rejects: int, person: Person | None, now: datetime) -> Forgotten:
    hold_orders()  # an import that is naming customers may have found her already
    row = Customer.objects.select_for_update().get(pk=customer.pk)
    already, old = row.forgotten_at is not None, bytes(row.key_hash)
    batches: set[int] = set()
    for holder in holders():
        holder.forget(row.pk)
        if holder.batches is not None:
            batches.update(holder.batches(row.pk))
    renamed = 0
    if not already:
        renamed = _rename(old, row, batches)
        for field in CONTACTS:
            setattr(row, field, "")
        row.contact_at, row.forgotten_at = None, now
        row.save(update_fields=[*CONTACTS, "contact_at", "forgotten_at", "key_hash"])
        record(
            action="customer.forget", subject=f"#{row.pk}", person=person, customer=row.pk, rejects=rejects
        )
    return Forgotten(row.pk, already, rejects, renamed, _imports(batches))


def forget_key(*, key: str, person: Person | None, now: datetime) -> Forgotten:
    """The same for somebody who never became a customer: what knows her by her key alone, and rejected lines."""
    old = hash_key(key)
    rejects = empty_rejects(names=_names(old, {normal(key), plain_phone(key)} - {""}))
    with transaction.atomic():
        batches: set[int] = set()
        renamed = _rename(old, None, batches)
        if rejects or renamed:
            record(action="customer.forget", subject="—", person=person, rejects=rejects)
    return Forgotten(None, False, rejects, renamed, _imports(batches))


def _rename(old: bytes, row: Customer | None, batches: set[int]) -> int:
    """Rows that know her by the hash get the new one, all of them the same, so that her path stays a path."""
    new = stranger_hash()
    renamed = 0
    for holder in key_holders():
        batches.update(holder.batches(old))
        renamed += holder.rename(old, new)
    if row is not None:
        row.key_hash = new
    return renamed


def _imports(batches: Collection[int]) -> tuple[Import, ...]:
    return tuple(Import.objects.filter(pk__in=batches).order_by("pk"))


# -- Rejected lines -----------------------------------------------------------------------------------


def _recogniser(customer: Customer) -> Callable[[str], bool]:
    told = [opened(getattr(customer, field)) for field in ("contact", "phone", "email")]
    words = {form for one in told if one for form in (normal(one), plain_phone(one))}
    return _names(bytes(customer.key_hash), words - {""})


def _names(key_hash: bytes, words: Collection[str]) -> Callable[[str], bool]:
    """Whether a cell is her key, her phone number or her address."""
    assert len(key_hash) == LENGTH

    def names_her(cell: str) -> bool:
        plain = normal(cell)
        return bool(plain) and (
            hash_key(plain) == key_hash or plain in words or (bool(words) and plain_phone(plain) in words)
        )

    return names_her
