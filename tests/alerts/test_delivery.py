"""Messages on their way: a real SMTP server that accepts, refuses, stumbles or hangs up, and many hands at one queue."""

from __future__ import annotations

import asyncio
import email
import os
import socket
import subprocess
import sys
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.message import Message as Mail
from email.policy import default as modern
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.db import IntegrityError, transaction

from alerts import services
from alerts.delivery import TransportError, send
from alerts.models import Message
from alerts.services import sending
from common import queueing
from config import embedded
from tests.conftest import own_database_url

NOW = datetime(2026, 3, 20, 9, tzinfo=UTC)


class PostOffice:
    """Keeps what it accepts, and answers as told: the n-th answer to the n-th message, then the last one."""

    def __init__(self) -> None:
        self.received: list[bytes] = []
        self.to: list[str] = []
        self.at_address: str | None = None
        self.after_text: str | None = None
        self.hangs_up = False
        self.takes_seconds = 0.0
        self.most_on_a_line: int | None = None
        self.enough = "421 that was enough"

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        taken = getattr(session, "taken", 0)
        if self.most_on_a_line is not None and taken >= self.most_on_a_line:
            return self.enough
        session.taken = taken + 1  # type: ignore[attr-defined]
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.at_address:
            return self.at_address
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        await asyncio.sleep(self.takes_seconds)
        if self.hangs_up:
            assert server.transport is not None
            server.transport.close()
            return "250 never heard"
        if self.after_text:
            return self.after_text
        assert isinstance(envelope.content, bytes)
        self.received.append(envelope.content)
        self.to += envelope.rcpt_tos
        return "250 OK"

    @property
    def mails(self) -> list[Mail]:
        return [email.message_from_bytes(raw, policy=modern) for raw in self.received]


@pytest.fixture
def office(settings: Any) -> Iterator[PostOffice]:
    office = PostOffice()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(office, hostname="127.0.0.1", port=port)
    controller.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
    settings.EMAIL_TIMEOUT = 5
    settings.DEFAULT_FROM_EMAIL = "Plumbline <plumbline@example.com>"
    yield office
    controller.stop()


def queued(number: int = 1, **fields: Any) -> Message:
    return Message.objects.create(
        **{
            "key": uuid.uuid5(uuid.NAMESPACE_DNS, str(number)),
            "way": "email",
            "address": f"alice{number}@example.com",
            "language": "en",
            "subject": "Critical: Revenue, 华东 is at 60% of plan",
            "text": "Value: ¥600.00\n",
            "html": "<p>Value: ¥600.00</p>",
            "next_attempt_at": NOW,
            "created_at": NOW,
            **fields,
        }
    )


def clock(now: datetime = NOW) -> Callable[[], datetime]:
    return lambda: now


def drain(now: datetime = NOW) -> int:
    sent = 0
    while claimed := services.deliver_next(clock=clock(now)):
        sent += claimed
    return sent


@pytest.mark.django_db
def test_a_message_goes_out_once_with_both_bodies_and_its_own_id(office: PostOffice) -> None:
    message = queued()
    assert drain() == 1
    assert drain() == 0
    message.refresh_from_db()
    assert (message.state, message.sent_at, message.attempts, message.lease_until) == ("sent", NOW, 1, None)
    (mail,) = office.mails
    assert office.to == ["alice1@example.com"]
    assert mail["Message-ID"] == f"<{message.key}@example.com>"
    assert mail["Subject"].strip() == message.subject
    assert [part.get_content_type() for part in mail.walk()][1:] == ["text/plain", "text/html"]


@pytest.mark.django_db
@pytest.mark.parametrize("where", ["at_address", "after_text"])
def test_a_refusal_for_good_fails_at_once_with_the_servers_words(office: PostOffice, where: str) -> None:
    setattr(office, where, "550 no such mailbox")
    message = queued()
    drain()
    message.refresh_from_db()
    assert (message.state, message.attempts) == ("failed", 1)
    assert message.last_error == "The mail server said 550: no such mailbox"
    assert drain(NOW + timedelta(days=2)) == 0


@pytest.mark.django_db
@pytest.mark.parametrize("where", ["at_address", "after_text"])
def test_a_passing_refusal_is_tried_again_later_and_then_arrives(office: PostOffice, where: str) -> None:
    setattr(office, where, "451 try again")
    message = queued()
    drain()
    message.refresh_from_db()
    assert (message.state, message.last_error) == ("queued", "The mail server said 451: try again")
    assert message.next_attempt_at == NOW + timedelta(seconds=30)
    assert drain(NOW + timedelta(seconds=29)) == 0
    setattr(office, where, None)
    assert drain(NOW + timedelta(seconds=30)) == 1
    message.refresh_from_db()
    assert (message.state, message.attempts, message.last_error) == ("sent", 2, "")


@pytest.mark.django_db
def test_it_waits_longer_each_time_and_gives_up_after_a_day(office: PostOffice) -> None:
    office.at_address = "451 try again"
    message = queued()
    now, waits = NOW, []
    while message.state == "queued":
        drain(now)
        message.refresh_from_db()
        waits.append(message.next_attempt_at - now)
        now = message.next_attempt_at
    assert message.state == "failed"
    waits.pop()
    assert waits == sorted(waits)
    assert waits[0] == timedelta(seconds=30)
    assert 6 < len(waits) < 12
    assert now <= NOW + timedelta(days=1)


@pytest.mark.django_db
def test_a_server_that_hangs_up_and_one_that_is_away_are_passing_trouble(
    office: PostOffice, settings: Any
) -> None:
    office.hangs_up = True
    message = queued()
    drain()
    message.refresh_from_db()
    assert (message.state, message.attempts) == ("queued", 1)
    settings.EMAIL_PORT = 1  # nobody listens there
    drain(NOW + timedelta(hours=1))
    message.refresh_from_db()
    assert (message.state, message.attempts) == ("queued", 2)
    assert "Refused" in message.last_error


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["", "nobody", "a@b@c.com", "eve@example.com\r\nBcc: all@example.com"])
def test_what_is_no_address_never_reaches_the_server(office: PostOffice, address: str) -> None:
    with pytest.raises(TransportError) as refused:
        send(queued(address=address))
    assert refused.value.permanent
    assert office.received == []


@pytest.mark.django_db
def test_a_header_of_two_lines_is_refused_for_good(office: PostOffice) -> None:
    with pytest.raises(TransportError) as refused:
        send(queued(subject="Alert\r\nBcc: eve@example.com"))
    assert refused.value.permanent
    assert office.received == []


@pytest.mark.django_db
def test_one_bad_message_does_not_keep_the_others(office: PostOffice) -> None:
    for number in range(25):
        queued(number, address="nobody" if number % 5 == 0 else f"p{number}@example.com")
    drain()
    assert len(office.received) == 20
    assert Counter(Message.objects.values_list("state", flat=True)) == {"sent": 20, "failed": 5}


@pytest.mark.django_db
def test_a_fault_of_ours_is_noted_and_tried_again(
    office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("alerts.delivery.send", lambda message: 1 / 0)
    message = queued()
    drain()
    message.refresh_from_db()
    assert (message.state, message.last_error) == ("queued", "ZeroDivisionError: division by zero")


@pytest.mark.django_db
def test_an_unknown_way_fails_for_good() -> None:
    message = queued(way="pigeon")
    drain()
    message.refresh_from_db()
    assert (message.state, message.last_error) == ("failed", "There is no way called pigeon.")


@pytest.mark.django_db
def test_who_died_while_sending_is_taken_over_when_the_lease_ends(office: PostOffice) -> None:
    message = queued(lease_until=NOW + timedelta(seconds=60), attempts=1)
    assert drain(NOW + timedelta(seconds=59)) == 0
    assert drain(NOW + timedelta(seconds=61)) == 1
    message.refresh_from_db()
    assert (message.state, message.attempts) == ("sent", 2)


@pytest.mark.django_db
def test_who_lost_the_lease_neither_sends_nor_marks(office: PostOffice) -> None:
    queued()
    (claimed,) = sending._claim(now=NOW, limit=10)
    taken_over = NOW + timedelta(minutes=3)
    Message.objects.update(lease_until=taken_over)
    assert not sending._renew(claimed, now=NOW + timedelta(minutes=2))
    sending._mark_failed(claimed, "late", permanent=True, now=NOW)
    row = Message.objects.get()
    assert (row.state, row.lease_until, row.last_error) == ("queued", taken_over, "")


@pytest.mark.django_db
def test_the_same_notices_can_only_make_one_message() -> None:
    queued()
    with pytest.raises(IntegrityError), transaction.atomic():
        queued()


WORKER = """
import sys, django
django.setup()
from django.db import connection
from django.utils import timezone
from alerts.services import deliver_next
connection.ensure_connection()
print("ready", flush=True)
sys.stdin.readline()
claimed = 0
while done := deliver_next(clock=timezone.now):
    claimed += done
print(claimed)
"""


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_one_queue_send_each_message_once(office: PostOffice, settings: Any) -> None:
    office.takes_seconds = 0.02  # so that both are at it at once
    for number in range(120):
        queued(number)
    environment = {
        **os.environ,
        "DATABASE_URL": own_database_url(),
        "EMAIL_HOST": settings.EMAIL_HOST,
        "EMAIL_PORT": str(settings.EMAIL_PORT),
    }
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", WORKER],
            cwd=embedded.PROJECT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    try:
        for worker in workers:
            assert worker.stdout is not None
            assert worker.stdout.readline() == "ready\n"
        claimed = [int(worker.communicate(timeout=60)[0]) for worker in _let_go(workers)]
    finally:
        for worker in workers:
            worker.kill()
    assert sum(claimed) == 120
    assert min(claimed) > 0, "both took part"
    assert Counter(office.to) == {f"alice{number}@example.com": 1 for number in range(120)}
    assert set(Message.objects.values_list("state", "attempts")) == {("sent", 1)}


def _let_go(workers: list[subprocess.Popen[str]]) -> list[subprocess.Popen[str]]:
    """Both begin before either is waited for."""
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("go\n")
        worker.stdin.flush()
    return workers


@pytest.mark.django_db
def test_the_sweep_finds_what_no_message_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    from alerts import tasks

    said: list[str] = []
    monkeypatch.setattr(queueing, "enqueue", lambda task, after=0: said.append(task))
    tasks.sweep()
    assert said == []
    queued()
    tasks.sweep()
    assert said == ["alerts.tasks.deliver"]


@pytest.mark.django_db
@pytest.mark.parametrize("how", ["421 that was enough", "452 that was enough"])
def test_a_server_that_takes_so_many_mails_a_connection_gets_the_next_on_another(
    office: PostOffice, how: str
) -> None:
    office.most_on_a_line, office.enough = 3, how
    for number in range(8):
        queued(number)
    drain()
    assert Counter(office.to) == {f"alice{number}@example.com": 1 for number in range(8)}
    assert set(Message.objects.values_list("state", "attempts")) == {("sent", 1)}
