"""Sending queued messages: claim by lease, act outside the lock, mark. Any number of workers may do so at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from django.db import connection

from alerts import delivery
from alerts.models import Message, MessageState

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=60)
BATCH = 10
# After the n-th failed try; then every six hours, until a day has passed since it was made.
BACKOFF = (30, 120, 600, 1800, 7200, 21600)
GIVE_UP_AFTER = timedelta(days=1)


def deliver_next(*, clock: Callable[[], datetime], limit: int = BATCH) -> int:
    """Claims some due messages and sends them; returns how many it claimed. Call it again until nothing is due.

    A crash between sending and marking, or a server that answers later than the lease, may send a message twice,
    with the same Message-ID; nothing else does.
    """
    claimed = _claim(now=clock(), limit=limit)
    for message in claimed:
        # Those before it may have taken long; who lost the lease leaves the message to whoever has it now.
        if _renew(message, now=clock()):
            _send(message, clock)
    return len(claimed)


def _claim(*, now: datetime, limit: int) -> list[Message]:
    """One statement, so that no lock outlives it. Another worker's rows are passed over, not waited for."""
    return list(
        Message.objects.raw(
            """
            UPDATE alerts_message SET lease_until = %s
            WHERE id IN (
                SELECT id FROM alerts_message
                WHERE state = 'queued' AND next_attempt_at <= %s AND (lease_until IS NULL OR lease_until < %s)
                ORDER BY next_attempt_at, id LIMIT %s FOR UPDATE SKIP LOCKED)
            RETURNING *
            """,
            [now + LEASE, now, now, limit],
        )
    )


def _renew(message: Message, *, now: datetime) -> bool:
    """Takes the lease anew and counts the try, if the lease is still ours."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE alerts_message SET lease_until = %s, attempts = attempts + 1
            WHERE id = %s AND state = 'queued' AND lease_until = %s
            """,
            [now + LEASE, message.pk, message.lease_until],
        )
        ours = bool(cursor.rowcount)
    if ours:
        message.lease_until = now + LEASE
        message.attempts += 1
    return ours


def _send(message: Message, clock: Callable[[], datetime]) -> None:
    try:
        delivery.send(message)
    except delivery.TransportError as error:
        _mark_failed(message, str(error), permanent=error.permanent, now=clock())
    except Exception as error:
        # A fault of ours must not stop the queue, nor be tried for ever.
        log.exception("message_send_broke", message=message.pk)
        _mark_failed(message, f"{type(error).__name__}: {error}", permanent=False, now=clock())
    else:
        # Sent is sent, whoever holds the lease by now.
        Message.objects.filter(pk=message.pk).exclude(state=MessageState.SENT).update(
            state=MessageState.SENT, sent_at=clock(), lease_until=None, last_error=""
        )


def _mark_failed(message: Message, reason: str, *, permanent: bool, now: datetime) -> None:
    """Unless another worker has taken over meanwhile."""
    mine = Message.objects.filter(pk=message.pk, state=MessageState.QUEUED, lease_until=message.lease_until)
    wait = timedelta(seconds=BACKOFF[min(message.attempts, len(BACKOFF)) - 1])
    if permanent or now + wait > message.created_at + GIVE_UP_AFTER:
        mine.update(state=MessageState.FAILED, lease_until=None, last_error=reason[:500])
    else:
        mine.update(next_attempt_at=now + wait, lease_until=None, last_error=reason[:500])
    log.warning("message_not_sent", message=message.pk, permanent=permanent, reason=reason)
