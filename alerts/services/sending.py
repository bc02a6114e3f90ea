"""Sending queued messages: claim by lease, act outside the lock, mark. Any number of workers may do so at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.db import connection, transaction

from alerts import delivery
from alerts.models import Message, MessageState
from alerts.services import connections
from alerts.services.charts import Charts
from alerts.services.falling_back import fall_back
from alerts.services.letters import (
    ADDRESS_CHANGED,
    CONNECTION_GONE,
    CONNECTION_OFF,
    KIND_OF_WAY,
    LEFT,
    NOT_CONFIRMED,
    tell_of_connection,
    tell_of_refusal,
)
from alerts.services.limiting import CODE, make_room
from alerts.services.recipients import Recipients
from common import stopping
from common.phones import without_numbers
from organization.selectors.addresses import address_of, is_confirmed
from organization.services import refuse_address
from organization.services.addresses import CODE_LIVES

log = structlog.get_logger(__name__)

BATCH = 20
TIMEOUTS_IN_A_LEASE = 6  # several words with a mail server, each of which may take one, and the chart
GIVE_UP_AFTER = timedelta(days=1)
# After so many failed tries (about three quarters of an hour) the person is told by another way too.
FALL_BACK_AT = 4
CONNECTED = ("chat", "webhook")
TESTS = (CODE, "test")


def lease() -> timedelta:
    """For how long a message is one worker's: a minute, as servers may take ten seconds."""
    return TIMEOUTS_IN_A_LEASE * timedelta(seconds=settings.DELIVERY_TIMEOUT)


def deliver_next(*, clock: Callable[[], datetime], limit: int = BATCH) -> int:
    """Claims some due messages and sends them; returns how many it claimed. Call it again until nothing is due.

    A crash between sending and marking, or a server that answers later than the lease, may send a message twice,
    with the same Message-ID; nothing else does.
    """
    claimed = _claim(now=clock(), limit=limit)
    recipients, charts = Recipients(claimed), Charts(claimed)
    with delivery.batch():
        for place, message in enumerate(claimed):
            if stopping.asked():
                _let_go(claimed[place:])
                break
            recipients.meet(message)
            if _may_not(message) or not make_room(message, now=clock()):
                continue
            # Those before it may have taken long; who lost the lease leaves the message to whoever has it now.
            if _renew(message, now=clock()):
                charts.give(message, now=clock())
                if not _send(message, clock):
                    recipients.forget()
    return len(claimed)


def _let_go(messages: list[Message]) -> None:
    """Of a process that is to stop: another one need not wait for the leases' end."""
    for message in messages:
        Message.objects.filter(pk=message.pk, lease_until=message.lease_until).update(lease_until=None)


def _may_not(message: Message) -> bool:
    """Whether the address has ceased to be one to which anything may go; then it stays here, with the reason."""
    why = _why_not_there(message) if message.way in CONNECTED else _why_not_to_her(message)
    if not why:
        return False
    Message.objects.filter(pk=message.pk, lease_until=message.lease_until).update(
        state=MessageState.WITHHELD, lease_until=None, last_error=why, sealed=""
    )
    return True


def _why_not_to_her(message: Message) -> str:
    whom = message.person
    if whom is None or message.way not in KIND_OF_WAY:
        return ""
    if not whom.is_active:  # since it was queued: what was worded for her is not hers to read any more
        return LEFT
    kind = KIND_OF_WAY[message.way]
    if address_of(whom, kind) != message.address:
        return ADDRESS_CHANGED
    return NOT_CONFIRMED if message.template != CODE and not is_confirmed(whom, kind) else ""


def _why_not_there(message: Message) -> str:
    """Of a connection; tests go to every one that there is."""
    connection = message.connection
    if connection is None:
        return CONNECTION_GONE
    if connection.address != message.address:
        return ADDRESS_CHANGED
    if message.template in TESTS or connection.ready:
        return ""
    return NOT_CONFIRMED if connection.confirmed_at is None else CONNECTION_OFF


def _claim(*, now: datetime, limit: int) -> list[Message]:
    """The oldest first. One statement, so that no lock outlives it. Another worker's rows are passed over, not waited
    for.
    """
    claimed = list(
        Message.objects.raw(
            """
            UPDATE alerts_message SET lease_until = %s
            WHERE id IN (
                SELECT id FROM alerts_message
                WHERE state = 'queued' AND next_attempt_at <= %s AND (lease_until IS NULL OR lease_until < %s)
                ORDER BY next_attempt_at, id LIMIT %s FOR UPDATE SKIP LOCKED)
            RETURNING *
            """,
            [now + lease(), now, now, limit],
        )
    )
    return sorted(
        claimed, key=lambda message: (message.next_attempt_at, message.pk)
    )  # RETURNING has no order


def _renew(message: Message, *, now: datetime) -> bool:
    """Takes the lease anew and counts the try, if the lease is still ours."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE alerts_message SET lease_until = %s, attempts = attempts + 1
            WHERE id = %s AND state = 'queued' AND lease_until = %s
            """,
            [now + lease(), message.pk, message.lease_until],
        )
        ours = bool(cursor.rowcount)
    if ours:
        message.lease_until = now + lease()
        message.attempts += 1
    return ours


def _send(message: Message, clock: Callable[[], datetime]) -> bool:
    """Whether it went out."""
    try:
        receipt = delivery.send(message)
    except delivery.TransportError as error:
        failed = _mark_failed(message, str(error), permanent=error.permanent, now=clock())
        if failed and error.address:
            _switch_off(message, str(error), now=clock())
        if failed or message.attempts == FALL_BACK_AT:
            _tell_otherwise(message, now=clock())
    except Exception as error:
        # A fault of ours must not stop the queue, nor be tried for ever.
        log.exception("message_send_broke", message=message.pk)
        _mark_failed(message, f"{type(error).__name__}: {error}", permanent=False, now=clock())
    else:
        _mark_sent(message, receipt, now=clock())
        return True
    return False


def _mark_sent(message: Message, receipt: str, *, now: datetime) -> None:
    """Sent is sent, whoever holds the lease by now. With the picture that went along, if it is still there."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE alerts_message
            SET state = 'sent', sent_at = %s, lease_until = NULL, last_error = '', receipt = %s, sealed = '',
                chart_id = (SELECT id FROM alerts_eventchart WHERE id = %s FOR KEY SHARE)
            WHERE id = %s AND state <> 'sent'
            """,
            [now, receipt, message.chart_id, message.pk],
        )


def _tell_otherwise(message: Message, *, now: datetime) -> None:
    """By the person's next way, where there is one. A fault in that must not stop the queue."""
    try:
        fall_back(message=message, now=now)
    except Exception:
        log.exception("message_fell_back_broke", message=message.pk)


@transaction.atomic
def _switch_off(message: Message, why: str, *, now: datetime) -> None:
    """The address was refused for good: nothing more goes there, and its owner hears of it by another way."""
    if message.way in CONNECTED:
        there = message.connection
        if there is not None and connections.refuse(
            connection=there, address=message.address, why=why, now=now
        ):
            tell_of_connection(connection=there, message=message, why=why, now=now)
        return
    whom, kind = message.person, KIND_OF_WAY[message.way]
    if whom is not None and refuse_address(whom=whom, kind=kind, address=message.address, now=now):
        tell_of_refusal(message=message, why=without_numbers(why), now=now)


def _mark_failed(message: Message, reason: str, *, permanent: bool, now: datetime) -> bool:
    """Unless another worker has taken over meanwhile. Whether it has failed for good."""
    if message.way == "sms":
        reason = without_numbers(reason)
    mine = Message.objects.filter(pk=message.pk, state=MessageState.QUEUED, lease_until=message.lease_until)
    waits = settings.DELIVERY_WAITS
    wait = timedelta(seconds=waits[min(message.attempts, len(waits)) - 1])
    give_up_at = message.created_at + (CODE_LIVES if _is_code(message) else GIVE_UP_AFTER)
    failed = permanent or now + wait > give_up_at
    if failed:
        ours = mine.update(state=MessageState.FAILED, lease_until=None, last_error=reason[:500], sealed="")
    else:
        ours = mine.update(next_attempt_at=now + wait, lease_until=None, last_error=reason[:500])
    log.warning("message_not_sent", message=message.pk, permanent=permanent, reason=reason)
    return bool(ours) and failed


def _is_code(message: Message) -> bool:
    """A code alone is of no use once it has expired; a mail has a link that lives longer."""
    return message.template == CODE and message.way != "email"
