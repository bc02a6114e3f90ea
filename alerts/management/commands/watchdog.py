"""`manage.py watchdog`, from cron: tells administrators by mail when the engine that should tell them is not well."""

from __future__ import annotations

import math
import sys
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from threading import Thread
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import DatabaseError, connection
from django.utils import timezone, translation

from alerts.health import Health, Verdict
from alerts.health_words import say, since_words
from alerts.selectors.health import health
from alerts.services.outages import forget_outage, outage_was_told, tell_of_outage
from alerts.services.watching import Reader, Told, readers, tell
from organization.services import note_pulse

T = TypeVar("T")
WELL, TROUBLE, COULD_NOT_LOOK, COULD_NOT_TELL = 0, 1, 2, 3
AGAIN_AFTER = 4.0  # hours
CONNECT_SECONDS = 5
# Looking takes milliseconds. A database that hangs must not leave one more watchdog behind every five minutes.
LOOK_SECONDS = 30


class _TooLong(Exception):
    """The database has taken the question and does not answer."""


class Command(BaseCommand):
    help = (
        "Look whether rules are judged and messages go out, and mail all administrators with a confirmed address if"
        " not. Needs the database and the mail server, neither Redis nor a worker. Prints a line for each trouble."
        " Ends with 0 where all is well, 1 where something is wrong, 2 where it could not look, 3 where somebody could"
        " not be told."
    )
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--again-after",
            type=_hours,
            default=AGAIN_AFTER,
            metavar="HOURS",
            help="tell of the same trouble again after so many hours (default: %(default)s)",
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="say who would be told; send and remember nothing"
        )

    def handle(self, *args: Any, again_after: float, dry_run: bool, **options: Any) -> None:
        now = timezone.now()
        again = timedelta(hours=again_after)
        with translation.override("en"), _hurried():  # for logs; each mail is in its reader's own language
            try:
                found, to = _in_time(lambda: self._look(now, dry_run=dry_run))
            except (DatabaseError, _TooLong) as error:
                self._without_database(error, now=now, again=again, dry_run=dry_run)
                sys.exit(COULD_NOT_LOOK)
            self._print(found)
            try:
                told = tell(troubles=found.troubles, to=to, now=now, again_after=again, dry_run=dry_run)
            except DatabaseError as error:  # gone between looking and telling
                self._without_database(error, now=now, again=again, dry_run=dry_run)
                sys.exit(COULD_NOT_LOOK)
            self._say_told(told, dry_run=dry_run)
        if not told.refused and not told.busy and not dry_run:
            forget_outage()
        if told.refused or (found.troubles and not to):
            if not to:
                self.stderr.write("Nobody can be told: no administrator has a confirmed address.")
            sys.exit(COULD_NOT_TELL)
        sys.exit(WELL if found.verdict == Verdict.OK else TROUBLE)

    def _look(self, now: datetime, *, dry_run: bool) -> tuple[Health, list[Reader]]:
        found = health(now=now)
        if not dry_run:
            note_pulse(name="watchdog", now=now)
        return found, readers(outage=outage_was_told())

    def _print(self, found: Health) -> None:
        zone = ZoneInfo(settings.TIME_ZONE)
        for trouble in found.troubles:
            said = say(trouble)
            self.stdout.write(
                f"{trouble.verdict} {trouble.key}: {said.what} {since_words(trouble.since, zone=zone)}"
            )
        if not found.troubles:
            self.stdout.write("ok")

    def _say_told(self, told: Told, *, dry_run: bool) -> None:
        if told.busy:
            self.stderr.write("Another watchdog is telling; this one only looked.")
        for address in told.told:
            self.stdout.write(f"{'Would tell' if dry_run else 'Told'} {address}.")
        for address, why in told.refused:
            self.stderr.write(f"Could not tell {address}: {why}")

    def _without_database(self, error: Exception, *, now: datetime, again: timedelta, dry_run: bool) -> None:
        with suppress(DatabaseError):
            connection.close()
        why = str(error).strip() or type(error).__name__
        self.stderr.write(f"Could not look: {why}")
        if not settings.WATCHDOG_EMAIL:
            self.stderr.write("Nobody was told: WATCHDOG_EMAIL names nobody.")
            return
        self._say_told(tell_of_outage(why=why, now=now, again_after=again, dry_run=dry_run), dry_run=dry_run)


def _in_time(ask: Callable[[], T]) -> T:
    """The answer. Raises _TooLong where it takes too long, be it to connect or to get one.

    In a thread, since the client's own waiting cannot be broken off; one that hangs ends with the process.
    """
    answers: list[T | Exception] = []

    def run() -> None:
        try:
            answers.append(ask())
        except Exception as error:
            answers.append(error)
        finally:
            connection.close()  # this thread's own

    thread = Thread(target=run, daemon=True)
    thread.start()
    thread.join(LOOK_SECONDS)
    if not answers:
        raise _TooLong(f"The database did not answer within {LOOK_SECONDS} seconds.")
    if isinstance(answers[0], Exception):
        raise answers[0]
    return answers[0]


@contextmanager
def _hurried() -> Iterator[None]:
    """Connections that are opened within give up by themselves, where the server is there at all."""
    usual = connection.settings_dict.get("OPTIONS", {})
    connection.settings_dict["OPTIONS"] = {
        **usual,
        "connect_timeout": CONNECT_SECONDS,
        "options": f"-c statement_timeout={LOOK_SECONDS * 1000:.0f}",
    }
    try:
        yield
    finally:
        connection.settings_dict["OPTIONS"] = usual


def _hours(text: str) -> float:
    try:
        hours = float(text)
    except ValueError:
        hours = math.nan
    if not 0 <= hours <= 24 * 365:
        raise ArgumentTypeError(f"{text!r} is no number of hours.")
    return hours
