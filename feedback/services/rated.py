"""What people rate from 1 to 5 beside the score. A driver's code stays, whatever it is called: answers carry it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from feedback.models import Driver
from organization.models import Person
from organization.services import Refused, record
from organization.slugs import slugify

LONGEST_CODE = 50
MOST = 12  # in use at once: a form that is done in half a minute holds no more


@transaction.atomic
def add_driver(*, name: str, name_zh: str, person: Person) -> Driver:
    """Last in the order. Raises Refused where the name has no letter, or a driver with its code is there."""
    try:
        code = slugify(name)[:LONGEST_CODE].strip("-")
    except ValueError:
        raise Refused(_("A name needs at least one letter or digit.")) from None
    if Driver.objects.filter(archived_at__isnull=True).count() >= MOST:
        raise Refused(
            _("At most %(n)s things are rated at a time, or nobody answers. Put one away first.")
            % {"n": MOST}
        )
    last = Driver.objects.aggregate(last=Max("position"))["last"] or 0
    try:
        with transaction.atomic():
            made = Driver.objects.create(code=code, name=name, name_zh=name_zh, position=last + 1)
    except IntegrityError:
        raise Refused(
            _(
                "Something with the code “%(code)s” is rated already, or was put away. Bring it back, or take another name."
            )
            % {"code": code}
        ) from None
    record(action="feedback.driver", subject="company", person=person, driver=code, name=name)
    return made


@transaction.atomic
def rename_driver(*, driver: Driver, name: str, name_zh: str, person: Person) -> Driver:
    row = Driver.objects.select_for_update().get(pk=driver.pk)
    if (row.name, row.name_zh) == (name, name_zh):
        return row
    before, row.name, row.name_zh = row.name, name, name_zh
    row.save(update_fields=["name", "name_zh"])
    record(
        action="feedback.driver", subject="company", person=person, driver=row.code, before=before, after=name
    )
    return row


@transaction.atomic
def move_driver(*, driver: Driver, up: bool, person: Person) -> None:
    """One place up or down among those in use; at the end of the list nothing happens."""
    rows = list(Driver.objects.select_for_update().filter(archived_at__isnull=True))
    at = next((place for place, row in enumerate(rows) if row.pk == driver.pk), None)
    if at is None:
        return
    to = at - 1 if up else at + 1
    if not 0 <= to < len(rows):
        return
    rows[at], rows[to] = rows[to], rows[at]
    _number(rows)
    record(action="feedback.driver_order", subject="company", person=person, driver=driver.code)


@transaction.atomic
def put_away_driver(*, driver: Driver, away: bool, person: Person, now: datetime) -> Driver:
    """Away, no form asks for it any more; its ratings stay. Raises Refused where too many would be in use."""
    row = Driver.objects.select_for_update().get(pk=driver.pk)
    if (row.archived_at is not None) == away:
        return row
    if not away and Driver.objects.filter(archived_at__isnull=True).count() >= MOST:
        raise Refused(
            _("At most %(n)s things are rated at a time, or nobody answers. Put one away first.")
            % {"n": MOST}
        )
    row.archived_at = now if away else None
    row.save(update_fields=["archived_at"])
    verb = "driver_away" if away else "driver_back"
    record(action=f"feedback.{verb}", subject="company", person=person, driver=row.code)
    return row


def _number(rows: Sequence[Driver]) -> None:
    for place, row in enumerate(rows, start=1):
        row.position = place
    Driver.objects.bulk_update(rows, ["position"])
