"""Telling of a database that is away. There is nobody to look up and no table to remember in: addresses come from the
environment (WATCHDOG_EMAIL), and what was told is kept in a file of the data folder.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO

from django.conf import settings

from alerts.delivery import TransportError
from alerts.health_words import compose_outage
from alerts.services.watching import Told, send


def tell_of_outage(*, why: str, now: datetime, again_after: timedelta, dry_run: bool = False) -> Told:
    """Once, and again when it was told `again_after` ago; where the folder cannot be written to, each time."""
    with _note() as (note, alone):
        if not alone:
            return Told(busy=True)
        told_at = _told_at(note)
        if told_at is not None and told_at > now - again_after:
            return Told()
        wording = compose_outage(why, language=settings.LANGUAGE_CODE)
        told, refused = [], []
        for address in settings.WATCHDOG_EMAIL:
            try:
                if not dry_run:
                    send(wording, address=address)
            except TransportError as error:
                refused.append((address, str(error)))
            else:
                told.append(address)
        if told and not refused and not dry_run and note is not None:
            _write(note, now.isoformat())
        return Told(tuple(told), tuple(refused))


def outage_was_told() -> bool:
    """Whether somebody still believes that the database is away."""
    with suppress(OSError):
        return bool(_path().read_text().strip())
    return False


def forget_outage() -> None:
    """The database is back, and who was told otherwise knows it."""
    with suppress(OSError):
        _path().unlink(missing_ok=True)


def _path() -> Path:
    return Path(settings.VAR_DIR) / "watchdog-outage"


@contextmanager
def _note() -> Iterator[tuple[IO[str] | None, bool]]:
    """The file, held against other watchdogs; None where there can be none. Whether we hold it."""
    try:
        note = _path().open("a+")
    except OSError:
        yield None, True
        return
    with note:
        try:
            fcntl.flock(note, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield note, False
            return
        yield note, True


def _told_at(note: IO[str] | None) -> datetime | None:
    if note is None:
        return None
    note.seek(0)
    with suppress(ValueError):
        return datetime.fromisoformat(note.read().strip())
    return None


def _write(note: IO[str], text: str) -> None:
    note.seek(0)
    note.truncate()
    note.write(text)
