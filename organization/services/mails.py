"""Mails about accounts: written as rows in the transaction that wants them, sent by a worker, wiped when over.

Claim by lease, act outside the lock, mark; any number of workers may do so at once.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from django.db import connection

from common import queueing
from common.mail import MailNotSent, send_mail
from common.secrets import SecretLost, seal, unseal
from organization.models import AccountMail, MailState, Person

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=60)
BATCH = 5
BACKOFF = (30, 120, 600, 1800, 7200)
GIVE_UP_AFTER = timedelta(days=1)


def queue_mail(
    *, kind: str, whom: Person | None, address: str, subject: str, text: str, html: str, now: datetime,
    hide: bool = False,
) -> AccountMail:  # fmt: skip
    """Writes the row and tells a worker; a page never waits for a mail server.

    `hide` seals the address too, and it is wiped with the rest: it is a customer's.
    """
    sealed = seal(json.dumps([subject, text, html, *([address] if hide else [])]))
    mail = AccountMail.objects.create(
        key=uuid.uuid4(), kind=kind[:60], person=whom, address="" if hide else address, sealed=sealed,
        next_attempt_at=now, created_at=now,
    )  # fmt: skip
    queueing.enqueue("organization.tasks.send_mails")
    return mail


def drop_mail(*, mail: AccountMail | None) -> None:
    """It is no longer wanted: whatever has not gone out stays here, wiped."""
    if mail is not None:
        AccountMail.objects.filter(pk=mail.pk, state=MailState.QUEUED).update(
            state=MailState.DROPPED, sealed="", lease_until=None
        )


def send_next_mails(*, clock: Callable[[], datetime], limit: int = BATCH) -> int:
    """Claims some due mails and sends them; returns how many it claimed. Call it again until nothing is due.

    A crash between sending and marking may send one twice, with the same Message-ID.
    """
    claimed = _claim(now=clock(), limit=limit)
    for mail in claimed:
        # Those before it may have taken long; who lost the lease leaves the mail to whoever has it now.
        if _renew(mail, now=clock()):
            _send(mail, clock)
    return len(claimed)


def mails_wait(*, now: datetime) -> bool:
    return AccountMail.objects.filter(state=MailState.QUEUED, next_attempt_at__lte=now).exists()


def _claim(*, now: datetime, limit: int) -> list[AccountMail]:
    return list(
        AccountMail.objects.raw(
            """
            UPDATE organization_accountmail SET lease_until = %s
            WHERE id IN (
                SELECT id FROM organization_accountmail
                WHERE state = 'queued' AND next_attempt_at <= %s AND (lease_until IS NULL OR lease_until < %s)
                ORDER BY next_attempt_at, id LIMIT %s FOR UPDATE SKIP LOCKED)
            RETURNING *
            """,
            [now + LEASE, now, now, limit],
        )
    )


def _renew(mail: AccountMail, *, now: datetime) -> bool:
    """Takes the lease anew and counts the try, if the lease is still ours."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE organization_accountmail SET lease_until = %s, attempts = attempts + 1
            WHERE id = %s AND state = 'queued' AND lease_until = %s
            """,
            [now + LEASE, mail.pk, mail.lease_until],
        )
        ours = bool(cursor.rowcount)
    if ours:
        mail.lease_until = now + LEASE
        mail.attempts += 1
    return ours


def _send(mail: AccountMail, clock: Callable[[], datetime]) -> None:
    hidden: list[str] = []
    try:
        subject, text, html, *hidden = json.loads(unseal(mail.sealed))
        address = hidden[0] if hidden else mail.address
        send_mail(key=mail.key, address=address, subject=subject, text=text, html=html)
    except MailNotSent as error:
        said = str(error)
        for one in hidden:  # neither the row nor the log says where it was to go
            said = said.replace(one, "…")
        _mark_failed(mail, said, permanent=error.permanent, now=clock())
    except SecretLost:
        _mark_failed(mail, "The key under which it was sealed is gone.", permanent=True, now=clock())
    except Exception as error:
        # A fault of ours must not stop the queue, nor be tried for ever.
        log.exception("account_mail_broke", mail=mail.pk)
        _mark_failed(mail, f"{type(error).__name__}: {error}", permanent=False, now=clock())
    else:
        # Sent is sent, whoever holds the lease by now.
        AccountMail.objects.filter(pk=mail.pk).exclude(state=MailState.SENT).update(
            state=MailState.SENT, sealed="", sent_at=clock(), lease_until=None, last_error=""
        )


def _mark_failed(mail: AccountMail, reason: str, *, permanent: bool, now: datetime) -> None:
    """Unless another worker has taken over meanwhile."""
    mine = AccountMail.objects.filter(pk=mail.pk, state=MailState.QUEUED, lease_until=mail.lease_until)
    wait = timedelta(seconds=BACKOFF[min(mail.attempts, len(BACKOFF)) - 1])
    if permanent or now + wait > mail.created_at + GIVE_UP_AFTER:
        mine.update(state=MailState.FAILED, sealed="", lease_until=None, last_error=reason[:500])
    else:
        mine.update(next_attempt_at=now + wait, lease_until=None, last_error=reason[:500])
    log.warning("account_mail_not_sent", mail=mail.pk, permanent=permanent, reason=reason)
