"""Pictures that somebody asks for, and the worker who draws them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db import connection, transaction
from django.utils.translation import gettext as _

from common.queueing import enqueue
from dashboards.drawing.drawn import Drawn, NotDrawn, draw
from dashboards.models import Picture
from dashboards.shareable import NotShareable, address_of
from organization.models import Person
from organization.services import Refused, record

log = structlog.get_logger(__name__)

TASK = "dashboards.tasks.draw"
LEASE = timedelta(seconds=60)  # a picture is drawn or given up well within (DRAWING_SECONDS)
TRIES = 3
AN_HOUR = 30  # pictures that one person may ask for
KEPT = timedelta(days=1)

_FREE = "state = 'waiting' AND (lease_until IS NULL OR lease_until < %(now)s)"


class TooMany(Refused):
    """She has asked for as many as an hour allows."""


@dataclass(frozen=True)
class Asked:
    """`panel` "" is the whole page; `width` px."""

    address: str
    form: str
    panel: str = ""
    language: str = ""
    theme: str = "light"
    width: int = 1440


@transaction.atomic
def ask_for_picture(*, person: Person, asked: Asked, now: datetime) -> Picture:
    """Raises TooMany; what is wrong with the page is found out when it is drawn."""
    Person.objects.select_for_update(no_key=True).get(pk=person.pk)  # so that two at once are two
    if Picture.objects.filter(person=person, asked_at__gt=now - timedelta(hours=1)).count() >= AN_HOUR:
        raise TooMany(
            _("You have asked for %(n)s pictures within an hour. Wait some minutes, then try again.")
            % {"n": AN_HOUR}
        )
    made = Picture.objects.create(
        person=person,
        address=asked.address,
        panel=asked.panel,
        form=asked.form,
        language=asked.language or person.language,
        theme=asked.theme,
        width=asked.width,
        asked_at=now,
    )
    record(
        action="dashboards.picture",
        subject="company",
        person=person,
        page=asked.address[:200],
        form=asked.form,
    )
    enqueue(TASK)
    return made


def pictures_wait(*, now: datetime) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT EXISTS (SELECT FROM dashboards_picture WHERE {_FREE})", {"now": now})  # noqa: S608
        return bool(cursor.fetchone()[0])


def draw_next(*, now: datetime) -> bool:
    """Draws one picture that waits, if there is one."""
    picture = _claim(now)
    if picture is None:
        return False
    if picture.tries > TRIES:  # whoever tried was killed each time
        _settle(picture, "broken", None, now)
        return True
    try:
        drawn = draw(
            picture.person,
            address_of(picture.address),
            form=picture.form,
            panel=picture.panel,
            language=picture.language,
            theme=picture.theme,
            width=picture.width,
            now=now,
        )
    except NotShareable:
        _settle(picture, "gone", None, now)
    except NotDrawn as error:
        _settle(picture, "" if error.again and picture.tries < TRIES else error.why, None, now)
    except Exception:
        log.exception("picture.page_failed", picture=picture.pk)
        _settle(picture, "" if picture.tries < TRIES else "broken", None, now)
    else:
        _settle(picture, "", drawn, now)
    return True


def _claim(now: datetime) -> Picture | None:
    """`tries` says whose it is: whoever comes back after another has claimed it settles nothing."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE dashboards_picture SET lease_until = %(until)s, tries = tries + 1 WHERE id = ("  # noqa: S608
            f" SELECT id FROM dashboards_picture WHERE {_FREE} ORDER BY asked_at, id LIMIT 1"
            " FOR UPDATE SKIP LOCKED) RETURNING id",
            {"now": now, "until": now + LEASE},
        )
        row = cursor.fetchone()
    return Picture.objects.select_related("person").get(pk=row[0]) if row else None


def _settle(picture: Picture, reason: str, drawn: Drawn | None, now: datetime) -> None:
    """Done, failed for a reason, or free for another try."""
    mine = Picture.objects.filter(pk=picture.pk, tries=picture.tries, state="waiting")
    if drawn is not None:
        mine.update(
            state="done", content=drawn.content, title=drawn.title[:200], made_at=now, lease_until=None
        )
    elif reason:
        mine.update(state="failed", reason=reason, lease_until=None)
    else:
        mine.update(lease_until=None)


def forget_old_pictures(*, now: datetime) -> int:
    return Picture.objects.filter(asked_at__lt=now - KEPT).delete()[0]
