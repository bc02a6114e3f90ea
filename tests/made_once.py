"""A world that the tests of a module share: made once, in a transaction around theirs.

Each test runs in a savepoint within it, so what a test changes is taken back and the next finds the world as it was
made. Only for tests that commit nothing themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from django.db import transaction

Made = TypeVar("Made")


def made_once(blocker: Any, make: Callable[[], Made]) -> Iterator[Made]:
    """For a fixture of a module: `yield from made_once(django_db_blocker, make)`; it must ask for `django_db_setup`."""
    with blocker.unblock():
        around = transaction.atomic()
        around.__enter__()
        made = make()
    yield made
    with blocker.unblock():
        transaction.set_rollback(True)
        around.__exit__(None, None, None)
