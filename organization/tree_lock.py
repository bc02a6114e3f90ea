"""The lock of the trees' shape. Whoever moves or merges holds it alone; whoever reads a shape and writes what follows
from it (roll-ups, new nodes below old ones) shares it, to the end of the transaction.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection, transaction
from django.utils.translation import gettext as _

from organization.services.errors import Refused

_LOCK = 7404  # names our advisory lock
PATIENCE = "10s"  # what somebody in front of a page waits for others
_NOT_GRANTED = "55P03"  # PostgreSQL's lock_not_available


def share_tree() -> None:
    """Nothing is moved or merged from now to the end of the transaction. Take it before any other lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock_shared(%s, 0)", [_LOCK])


@contextmanager
def hold_tree() -> Iterator[None]:
    """A transaction in which nobody else moves, merges, makes nodes or rolls up. Raises Refused after PATIENCE."""
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('lock_timeout', %s, true)", [PATIENCE])
                cursor.execute("SELECT pg_advisory_xact_lock(%s, 0)", [_LOCK])
            yield
    except OperationalError as error:
        if getattr(error.__cause__, "pgcode", "") != _NOT_GRANTED:
            raise
        raise Refused(
            _("Data is being worked in at this moment, so nothing was changed. Try again in a few seconds.")
        ) from error
