"""Many customers at once, by what files call them."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from django.db import transaction

from customers.keys import hash_key
from customers.models import Customer


@transaction.atomic
def know_keys(keys: Sequence[str]) -> list[int]:
    """The ids of these customers, in their order, made where they are new; locked as by `know_customer`.

    Raises ValueError for a key of which nothing is left.
    """
    hashes = [hash_key(key) for key in keys]
    wanted = set(hashes)
    while True:
        new = wanted - set(_ids(wanted))
        Customer.objects.bulk_create((Customer(key_hash=one) for one in sorted(new)), ignore_conflicts=True)
        found = _ids(wanted)
        if len(found) == len(wanted):  # else somebody removed one between the two
            return [found[one] for one in hashes]


def _ids(hashes: Collection[bytes]) -> dict[bytes, int]:
    rows = Customer.objects.select_for_update().filter(key_hash__in=hashes).order_by("key_hash")
    return {bytes(key_hash): pk for key_hash, pk in rows.values_list("key_hash", "pk")}
