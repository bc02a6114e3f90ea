"""Email by Django's mail, to whatever SMTP server the settings name."""

from __future__ import annotations

import smtplib
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from email.utils import formatdate
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.validators import validate_email

from alerts.delivery import mime
from alerts.delivery.base import TransportError, bad_address
from alerts.delivery.sealed import opened
from alerts.mail_chart import has_place, placed
from alerts.models import Message

# Answers to the envelope and the message; before that, even a 5xx may be the server's passing trouble (421, 454 ...).
_PERMANENT_FROM = 500


@dataclass(frozen=True)
class _Mail:
    """`picture` is the Content-ID of the PNG, if there is one."""

    address: str
    subject: str
    text: str
    html: str
    headers: dict[str, str]
    png: bytes
    picture: str


class _Line:
    """One connection for several mails, opened with the first. After any trouble the next mail gets a new one."""

    def __init__(self) -> None:
        self._backend: Any = None

    def carry(self, mail: _Mail) -> None:
        """Raises what smtplib raises, and ValueError for what cannot be written."""
        sender, envelope = mime.mailbox(settings.DEFAULT_FROM_EMAIL)
        receiver, address = mime.mailbox(mail.address)
        written = mime.written(
            {"Subject": mail.subject, "From": sender, "To": receiver, "Date": formatdate(), **mail.headers},
            text=mail.text,
            html=placed(mail.html, f"cid:{mail.picture}" if mail.png else ""),
            png=mail.png,
            name=mail.picture,
        )
        server = self._server_for(envelope, len(written))
        if server is None:
            self._carry_otherwise(mail)
            return
        code, said = server.rcpt(address)
        if code not in (250, 251):
            raise smtplib.SMTPRecipientsRefused({address: (code, said)})
        code, said = server.data(written)
        if code != 250:
            raise smtplib.SMTPDataError(code, said)

    def _server_for(self, sender: str, size: int) -> smtplib.SMTP | None:
        """A server that has agreed to a mail from the sender; None where mails go to no server.

        A line that was used before may have been hung up, or have carried as many as the server likes. Nothing was
        handed over by then, so that it is safe to ask again on a new one.
        """
        used = self._backend is not None
        if not used:
            self._backend = get_connection(fail_silently=False)
            self._backend.open()
        server = getattr(self._backend, "connection", None)
        if not isinstance(server, smtplib.SMTP):
            return None
        try:
            server.ehlo_or_helo_if_needed()
            code, said = server.mail(sender, [f"size={size}"] if server.has_extn("size") else [])
            if code != 250:
                raise smtplib.SMTPSenderRefused(code, said, sender)
        except (smtplib.SMTPException, OSError):
            if not used:
                raise
            self.close()
            return self._server_for(sender, size)
        return server

    def _carry_otherwise(self, mail: _Mail) -> None:
        """By another of Django's ways, which keeps or shows mails: as the library writes them, without the picture."""
        letter = EmailMultiAlternatives(
            subject=mail.subject,
            body=mail.text,
            from_email=settings.DEFAULT_FROM_EMAIL,
            to=[mail.address],
            headers=mail.headers,
        )
        letter.attach_alternative(placed(mail.html, ""), "text/html")
        self._backend.send_messages([letter])

    def close(self) -> None:
        backend, self._backend = self._backend, None
        if backend is not None:
            with suppress(Exception):
                backend.close()


_line: ContextVar[_Line | None] = ContextVar("mail_line", default=None)


@contextmanager
def one_connection() -> Iterator[None]:
    """Mails sent within share a connection to the server: to make one takes longer than to send a mail."""
    line = _Line()
    token = _line.set(line)
    try:
        yield
    finally:
        _line.reset(token)
        line.close()


def send(message: Message) -> str:
    """Sends it with a Message-ID made of its key, so that a repeat can be recognised. Raises TransportError."""
    inside = opened(message)
    post(
        address=message.address,
        subject=message.subject,
        text=inside.text,
        html=inside.html,
        identity=message_id(message.key),
        png=bytes(message.chart.png) if message.chart is not None else b"",
    )
    return ""


def post(*, address: str, subject: str, text: str, html: str, identity: str, png: bytes = b"") -> None:
    """Hands one mail to the server; `png` goes where the HTML has a place for it. Raises TransportError."""
    try:
        validate_email(address)
    except ValidationError:
        raise bad_address(f"{address!r} is not an email address.") from None
    mail = _Mail(
        address=address,
        subject=subject,
        text=text,
        html=html,
        headers={"Message-ID": identity, "Auto-Submitted": "auto-generated"},
        png=png if has_place(html) else b"",
        picture=identity.strip("<>").replace("@", ".chart@"),  # no other mail's picture has it
    )
    line = _line.get()
    with closing(_Line()) if line is None else nullcontext(line) as there:
        try:
            _hand_over(mail, there)
        except BaseException:
            there.close()
            raise


def _hand_over(mail: _Mail, line: _Line) -> None:
    try:
        line.carry(mail)
    except ValueError as error:  # a header or an address that cannot be written
        raise TransportError(str(error), permanent=True) from error
    except smtplib.SMTPRecipientsRefused as error:
        code, said = next(iter(error.recipients.values()))
        # About this one address, and not about what the mail says.
        refused = code >= _PERMANENT_FROM
        raise TransportError(_said(code, said), permanent=refused, address=refused) from error
    except (smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as error:
        permanent = error.smtp_code >= _PERMANENT_FROM
        raise TransportError(_said(error.smtp_code, error.smtp_error), permanent=permanent) from error
    except (
        smtplib.SMTPResponseException
    ) as error:  # a greeting or a login refused: the server's trouble, not the mail's
        raise TransportError(_said(error.smtp_code, error.smtp_error), permanent=False) from error
    except (smtplib.SMTPException, OSError) as error:
        raise TransportError(f"{type(error).__name__}: {error}", permanent=False) from error


def message_id(key: uuid.UUID) -> str:
    domain = mime.mailbox(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    return f"<{key}@{domain}>"


def _said(code: int, text: bytes | str) -> str:
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return f"The mail server said {code}: {words}"
