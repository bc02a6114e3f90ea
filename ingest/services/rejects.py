"""Emptying rejected lines of somebody who is to be forgotten."""

from __future__ import annotations

from collections.abc import Callable

from django.db import transaction

from ingest.models import Reject

AT_ONCE = 2000
LONGEST = 320  # letters: what is longer names nobody
FORGOTTEN = "forgotten"


def empty_rejects(*, names: Callable[[str], bool]) -> int:
    """Empties the kept lines of which `names` knows a cell, and their reasons, which may repeat it; returns how many.

    The lines stay, so that an import still adds up. Reads all that are kept, some at a time; each batch is its own
    transaction, and twice is once.
    """
    emptied, last = 0, 0
    while True:
        rows = list(Reject.objects.filter(pk__gt=last).order_by("pk").values_list("pk", "cells")[:AT_ONCE])
        if not rows:
            return emptied
        last = rows[-1][0]
        hers = {pk: cells for pk, cells in rows if any(len(one) <= LONGEST and names(one) for one in cells)}
        if hers:
            emptied += _empty(hers)


@transaction.atomic
def _empty(found: dict[int, list[str]]) -> int:
    changed = [
        Reject(pk=pk, cells=[""] * len(cells), reasons=[{"code": FORGOTTEN}]) for pk, cells in found.items()
    ]
    return Reject.objects.bulk_update(changed, ["cells", "reasons"])
