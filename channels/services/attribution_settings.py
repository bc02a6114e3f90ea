"""What somebody sets for attribution, the files of paths that she sends, and having it all computed."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from channels.attribution import ORDERS, Model
from channels.models import AttributionRun, AttributionSettings, PathUpload
from channels.path_files import read_paths
from channels.services.attributing import KIND
from channels.touch_reading import inputs_version
from ingest.errors import FileRefused
from organization.models import Job, Node, Person
from organization.services import Refused, record
from organization.services.jobs import order_job

TOUCHES = "touches"  # the key of the job over all touches
LEAST_HALF_LIFE, MOST_HALF_LIFE = Decimal("0.1"), Decimal(24 * 730)
MOST_LOOK_BACK = 730
MOST_BYTES = 20 * 1024 * 1024
MOST_UPLOADS = 50
SETTLING = timedelta(minutes=1)


class SettingsRefused(Refused):
    """It cannot be; the message says why, for people. `field` is where on the form it belongs."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class SettingsMoved(Exception):
    """Somebody else saved them first; nothing was written."""

    def __init__(self, current: AttributionSettings) -> None:
        super().__init__(str(current.version))
        self.current = current


@dataclass(frozen=True)
class SettingsDraft:
    shown: Sequence[Model]
    published: Sequence[Model]
    half_life_hours: Decimal
    order: int
    look_back_days: int
    direct: Node | None = None


@transaction.atomic
def keep_settings(
    *, draft: SettingsDraft, based_on: int, person: Person | None, now: datetime
) -> AttributionSettings:
    """Saves them and has everything divided anew by them. `based_on` is the version that was on screen (0: none yet).

    Raises SettingsRefused before anything is written, SettingsMoved where another version holds that says otherwise.
    """
    _check(draft)
    row, _new = AttributionSettings.objects.get_or_create(pk=1, defaults={"version": 0, "shown": _all(())})
    row = AttributionSettings.objects.select_for_update().select_related(None).get(pk=row.pk)
    wanted: dict[str, Any] = {
        "shown": _all(draft.shown),
        "published": _all(draft.published),
        "half_life_hours": round(draft.half_life_hours, 2),
        "order": draft.order,
        "look_back_days": draft.look_back_days,
        "direct_id": draft.direct.pk if draft.direct else None,
    }
    before = {name: getattr(row, name) for name in wanted}
    if before == wanted:
        return row
    if row.version != based_on:
        raise SettingsMoved(row)
    for name, value in wanted.items():
        setattr(row, name, value)
    row.version += 1
    row.changed_at, row.changed_by = now, person
    row.save()
    record(
        action="attribution.change", subject="", person=person,
        before={name: str(before[name]) for name in wanted if before[name] != wanted[name]},
        after={name: str(wanted[name]) for name in wanted if before[name] != wanted[name]},
    )  # fmt: skip
    if inputs_version():
        order_run(person=person, now=now)
    return row


def order_run(
    *,
    upload: PathUpload | None = None,
    person: Person | None,
    now: datetime,
    after: timedelta = timedelta(0),
) -> Job:
    """Has all touches, or this file of paths, divided by what is set now, no earlier than `after` from now."""
    return order_job(
        kind=KIND,
        key=job_key(upload.pk if upload else None),
        params={} if upload is None else {"upload": upload.pk},
        person=person,
        now=now,
        after=after,
    )


def follow_touches(*, now: datetime) -> None:
    """Touches changed: what was divided once is divided anew, a while later, since files seldom come alone."""
    if AttributionRun.objects.filter(upload__isnull=True).exists():
        order_run(person=None, now=now, after=SETTLING)


def job_key(upload: int | None) -> str:
    return TOUCHES if upload is None else f"paths-{upload}"


@transaction.atomic
def send_paths(*, name: str, content: bytes, person: Person | None, now: datetime) -> PathUpload:
    """Keeps a file of paths with counts and has it divided. Raises SettingsRefused for one that cannot be read."""
    if len(content) > MOST_BYTES:
        raise SettingsRefused(
            _("This file is larger than %(limit)s MB. Split it and send the parts.")
            % {"limit": MOST_BYTES // 1024 // 1024},
            "file",
        )
    if PathUpload.objects.count() >= MOST_UPLOADS:
        raise SettingsRefused(
            _("There are %(n)s files of paths already. Take some away first.") % {"n": MOST_UPLOADS}, "file"
        )
    with tempfile.TemporaryDirectory(prefix="plumbline-paths-") as folder:
        path = Path(folder) / (Path(name).name or "paths.csv")
        path.write_bytes(content)
        try:
            found = read_paths(path)
        except (FileRefused, ValueError, OSError) as refused:
            raise SettingsRefused(str(refused), "file") from refused
    if not len(found.paths):
        raise SettingsRefused(_("This file has headings but no line below them."), "file")
    upload = PathUpload.objects.create(name=Path(name).name[:255], content=content, created_by=person)
    record(action="paths.make", subject=upload.name, person=person, paths=len(found.paths), upload=upload.pk)
    order_run(upload=upload, person=person, now=now)
    return upload


@transaction.atomic
def remove_paths(*, upload: PathUpload, person: Person | None) -> None:
    """Takes a file of paths away with what was found in it."""
    record(action="paths.remove", subject=upload.name, person=person, upload=upload.pk)
    upload.delete()


def _all(models: Sequence[Model]) -> list[str]:
    """In the order of the models, each once."""
    return [model.value for model in Model if model in models]


def _check(draft: SettingsDraft) -> None:
    if not LEAST_HALF_LIFE <= draft.half_life_hours <= MOST_HALF_LIFE:
        raise SettingsRefused(_("A half-life is 0.1 to 17,520 hours."), "half_life_hours")
    if draft.order not in ORDERS:
        raise SettingsRefused(_("A Markov chain is of order 1, 2 or 3."), "order")
    if not 1 <= draft.look_back_days <= MOST_LOOK_BACK:
        raise SettingsRefused(_("The look-back is 1 to 730 days."), "look_back_days")
    if not draft.shown:
        raise SettingsRefused(_("Choose at least one model."), "shown")
    if Model.LAST_NON_DIRECT in {*draft.shown, *draft.published} and draft.direct is None:
        raise SettingsRefused(_("Last non-direct needs to know which channel is direct."), "direct")
    if draft.direct is not None and (draft.direct.dimension != "channel" or draft.direct.depth != 1):
        raise SettingsRefused(_("The direct channel is a channel, not a campaign of one."), "direct")
