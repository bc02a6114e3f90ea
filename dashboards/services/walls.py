"""Screens on walls: they ask for a code, somebody types it, and from then on they show her pages with her rights."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from dashboards import codes
from dashboards.models import Screen, ScreenPage
from dashboards.openly import may_show_openly
from dashboards.shareable import Address
from organization.models import Person
from organization.services import Refused, record

LEAST_SECONDS, MOST_SECONDS = 10, 600
MOST_PAGES = 20
SEEN_EVERY = timedelta(seconds=30)
KEPT = timedelta(days=1)  # of what nobody paired, and of what was switched off


class WrongCode(Refused):
    """No screen shows this code now."""


@dataclass(frozen=True)
class Shows:
    """What a screen is called and shows; `seconds` each page."""

    name: str
    pages: Sequence[Address]
    seconds: int
    theme: str
    language: str


def open_screen(*, now: datetime) -> tuple[Screen, str]:
    """A screen that nobody has paired, with the secret that it alone keeps."""
    secret = secrets.token_urlsafe(32)
    screen = Screen(secret_hash=codes.digest(secret), asked_at=now)
    _new_code(screen, secret, now)
    return screen, secret


def code_for(*, screen: Screen, secret: str, now: datetime) -> str:
    """The code that it shows now: a new one where the last has run out."""
    if screen.code_until is None or screen.code_until <= now:
        _new_code(screen, secret, now)
    assert screen.code_until is not None  # it has just been given one
    return codes.code_of(secret, screen.code_until)


def _new_code(screen: Screen, secret: str, now: datetime) -> None:
    """Another screen may have been given the same one: then one that runs out a moment later."""
    for step in range(5):
        screen.code_until = now + codes.VALID + timedelta(microseconds=step)
        screen.code_hash = codes.digest(codes.code_of(secret, screen.code_until))
        try:
            with transaction.atomic():
                if screen.pk is None:
                    screen.save()
                else:  # not where somebody has paired it this very moment
                    unpaired = Screen.objects.filter(pk=screen.pk, person__isnull=True)
                    unpaired.update(code_hash=screen.code_hash, code_until=screen.code_until)
            return
        except IntegrityError:
            continue
    raise RuntimeError("no free code for a screen")


@transaction.atomic
def pair_screen(*, code: str, shows: Shows, person: Person, now: datetime) -> Screen:
    """The screen that shows this code is hers: of any number who type it at once, one gets it. Raises WrongCode, and
    Refused for what it cannot show.
    """
    _check(shows, person)
    paired = Screen.objects.filter(
        code_hash=codes.digest(codes.typed(code)),
        code_until__gt=now,
        person__isnull=True,
        revoked_at__isnull=True,
    )
    screen = paired.select_for_update().first()  # who waits for the row finds it without this code
    if screen is None:
        said = _(
            "No screen shows this code. A code works once and for ten minutes: type the one that the screen shows now."
        )
        raise WrongCode(said)
    screen.person, screen.paired_at, screen.code_hash, screen.code_until = person, now, None, None
    screen.save(update_fields=["person", "paired_at", "code_hash", "code_until"])
    _put(screen, shows)
    record(action="dashboards.screen_pair", subject=screen.name, person=person, **_told(shows))
    return screen


@transaction.atomic
def change_screen(*, screen: Screen, shows: Shows, person: Person) -> Screen:
    """What it is called and shows. Raises Refused for what it cannot show."""
    _check(shows, person)
    _put(screen, shows)
    record(action="dashboards.screen_change", subject=screen.name, person=person, **_told(shows))
    return screen


@transaction.atomic
def revoke_screen(*, screen: Screen, person: Person, now: datetime) -> bool:
    """Its secret is worth nothing from now on: it asks for a code again. False where that was done before."""
    done = Screen.objects.filter(pk=screen.pk, revoked_at__isnull=True).update(revoked_at=now)
    if done:
        owner = screen.person.username if screen.person is not None else ""
        record(action="dashboards.screen_revoke", subject=screen.name, person=person, whose=owner)
    return bool(done)


def note_seen(*, screen: Screen, now: datetime) -> None:
    """A screen that asks every few seconds writes now and then."""
    if screen.seen_at is None or screen.seen_at < now - SEEN_EVERY:
        stale = Q(seen_at__isnull=True) | Q(seen_at__lt=now - SEEN_EVERY)
        Screen.objects.filter(stale, pk=screen.pk).update(seen_at=now)


def sweep_screens(*, now: datetime) -> None:
    """Those that nobody paired within a day, and those that were switched off a day ago."""
    old = now - KEPT
    Screen.objects.filter(Q(person__isnull=True, asked_at__lt=old) | Q(revoked_at__lt=old)).delete()


def _check(shows: Shows, person: Person) -> None:
    if not " ".join(shows.name.split()):
        raise Refused(_("Give the screen a name, such as the room where it hangs."))
    if not 1 <= len(shows.pages) <= MOST_PAGES:
        raise Refused(_("A screen shows from 1 to %(n)s pages.") % {"n": MOST_PAGES})
    if not LEAST_SECONDS <= shows.seconds <= MOST_SECONDS:
        said = _("Each page is shown for %(least)s to %(most)s seconds.")
        raise Refused(said % {"least": LEAST_SECONDS, "most": MOST_SECONDS})
    if not all(may_show_openly(person, page) for page in shows.pages):
        said = _(
            "On a wall you may show figures of areas that you lead or manage. Leave out the pages of others."
        )
        raise Refused(said)


def _put(screen: Screen, shows: Shows) -> None:
    screen.name = " ".join(shows.name.split())[:80]
    screen.seconds, screen.theme, screen.language = shows.seconds, shows.theme, shows.language
    screen.save(update_fields=["name", "seconds", "theme", "language"])
    screen.pages.all().delete()
    ScreenPage.objects.bulk_create(
        ScreenPage(screen=screen, position=at, address=str(page)) for at, page in enumerate(shows.pages)
    )


def _told(shows: Shows) -> dict[str, object]:
    return {"pages": [str(page) for page in shows.pages], "seconds": shows.seconds}
