"""The tree of whys: what a complaint was caused by, and what caused that, at most five deep."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from feedback.models import Cause
from feedback.models.complaints import DEEPEST
from organization.models import Person
from organization.services import Refused, record

LONGEST = 200  # letters of a why


@transaction.atomic
def find_or_make(*, whys: Sequence[str], person: Person | None, now: datetime) -> Cause:
    """The cause at the end of this path, from the first why to the last; what of it is missing is made.

    Case and spaces do not tell two whys apart. Raises Refused for no why, for too many, and for an empty one.
    """
    path = [" ".join(why.replace("\0", "").split()) for why in whys]
    if not path:
        raise Refused(_("Say why it happened: at least one why."))
    if len(path) > DEEPEST:
        raise Refused(_("At most %(n)s whys, one below the other.") % {"n": DEEPEST})
    for why in path:
        if not why:
            raise Refused(_("One of the whys is empty. Write it, or take it out."))
        if len(why) > LONGEST:
            raise Refused(_("A why has at most %(n)s letters.") % {"n": LONGEST})
    cause: Cause | None = None
    for depth, why in enumerate(path, start=1):
        cause = _find(cause, why) or _make(cause, why, depth, person, now)
    assert cause is not None
    return cause


def _find(parent: Cause | None, why: str) -> Cause | None:
    """What was merged into another is that one; what was put away is met again."""
    found = Cause.objects.filter(parent=parent, name__iexact=why).order_by("pk").first()
    while found is not None and found.merged_into is not None:
        found = found.merged_into
    if found is not None and found.archived_at is not None:
        found.archived_at = None
        found.save(update_fields=["archived_at"])
    return found


def _make(parent: Cause | None, why: str, depth: int, person: Person | None, now: datetime) -> Cause:
    cause, made = Cause.objects.get_or_create(
        parent=parent, name=why, defaults={"depth": depth, "made_by": person, "made_at": now}
    )
    if made:
        record(action="feedback.cause", subject="", person=person, cause=cause.pk)
    return cause
