"""How many SMS a person gets: so many an hour, and the rest in one when there is room again.

The count is of tries, since one that timed out may have arrived. A lock for each person keeps two workers from both
taking the last place.
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q, QuerySet

from alerts.models import Message, MessageState, Notice
from alerts.routing import NAMESPACE
from alerts.wording import compose_more

HOUR = timedelta(hours=1)
CODE = "code"  # asked for by a person, and limited where it is


@transaction.atomic
def make_room(message: Message, *, now: datetime) -> bool:
    """Whether this SMS, whose lease we hold, may go now; it is counted then. Else it waits, or is told with others."""
    if message.way != "sms" or message.template == CODE or message.person_id is None:
        return True
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('alerts.sms'), %s)", [message.person_id])
    mine = Message.objects.filter(way="sms", person_id=message.person_id).exclude(template=CODE)
    if not mine.filter(pk=message.pk, state=MessageState.QUEUED, lease_until=message.lease_until).exists():
        return False  # folded, or taken over, while we waited for the lock
    lately = mine.exclude(pk=message.pk).filter(tried_at__gt=now - HOUR)
    tries = sorted(tried for tried in lately.values_list("tried_at", flat=True) if tried)
    limit = max(1, settings.SMS_PER_HOUR)
    if len(tries) >= limit:
        free_at = tries[-limit] + HOUR
        Message.objects.filter(pk=message.pk).update(next_attempt_at=free_at, lease_until=None)
        return False
    if _was_put_off(message) and _fold(message, mine, now):
        return False
    Message.objects.filter(pk=message.pk).update(tried_at=now)
    return True


def _was_put_off(message: Message) -> bool:
    return message.tried_at is None and message.next_attempt_at > message.created_at


def _fold(message: Message, mine: QuerySet[Message], now: datetime) -> bool:
    """One message for all that were put off; False where this is the only one."""
    # Also those that another worker has claimed: before it tries one it asks here, and finds it folded.
    put_off = Q(state=MessageState.QUEUED, tried_at__isnull=True, next_attempt_at__gt=F("created_at"))
    folded = list(mine.filter(put_off).order_by("pk").select_for_update())
    if len(folded) < 2:
        return False
    count = sum(int(one.fields.get("count", 1)) if one.template == "alert-more" else 1 for one in folded)
    wording = compose_more(count=count, language=message.language)
    one = Message.objects.create(
        key=uuid.uuid5(NAMESPACE, "\n".join(sorted(str(part.key) for part in folded))),
        way="sms",
        person_id=message.person_id,
        address=message.address,
        language=message.language,
        subject=wording.subject,
        text=wording.text,
        html="",
        template=wording.template,
        fields=wording.fields,
        next_attempt_at=now,
        created_at=now,
    )
    keys = [part.pk for part in folded]
    Notice.objects.filter(message_id__in=keys).update(message=one)
    Message.objects.filter(pk__in=keys).update(state=MessageState.FOLDED, lease_until=None, last_error="")
    return True
