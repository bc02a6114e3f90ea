"""Email by Django's mail, to whatever SMTP server the settings name."""

from __future__ import annotations

import smtplib
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext, suppress
from contextvars import ContextVar
from email.mime.image import MIMEImage
from email.utils import parseaddr
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.validators import validate_email

from alerts.delivery.base import TransportError, bad_address
from alerts.delivery.sealed import opened
from alerts.mail_chart import has_place, placed
from alerts.models import Message

# Answers to the envelope and the message; before that, even a 5xx may be the server's passing trouble (421, 454 ...).
_PERMANENT_FROM = 500


class _Line:
    """One connection for several mails, opened with the first. After any trouble the next mail gets a new one."""

    def __init__(self) -> None:
        self._backend: Any = None

    def carry(self, mail: EmailMultiAlternatives) -> None:
        """Raises what smtplib raises, and ValueError for what cannot be written."""
        used = self._alive()
        if not used:
            self.close()
            self._backend = get_connection(fail_silently=False)
            self._backend.open()
        try:
            self._backend.send_messages([mail])
        except smtplib.SMTPSenderRefused:
            # The line may have carried as many as the server likes; nothing was handed over yet.
            self.close()
            if not used:
                raise
            self.carry(mail)

    def _alive(self) -> bool:
        """Asked before a mail is given to it, when asking is still free: the server may have hung up meanwhile."""
        server = getattr(self._backend, "connection", None)
        if not isinstance(server, smtplib.SMTP):
            return False
        try:
            return bool(server.noop()[0] == 250)
        except (smtplib.SMTPException, OSError):
            return False

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
        leave=str(message.fields.get("leave", "")),
    )
    return ""


def post(
    *, address: str, subject: str, text: str, html: str, identity: str, png: bytes = b"", leave: str = ""
) -> None:
    """Hands one mail to the server; `png` goes where the HTML has a place for it. `leave`: a link by which the reader is
    sent no more of it, which mail programs offer as a button (RFC 8058). Raises TransportError.
    """
    try:
        validate_email(address)
    except ValidationError:
        raise bad_address(f"{address!r} is not an email address.") from None
    mail = EmailMultiAlternatives(
        subject=subject,
        body=text,
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[address],
        headers={"Message-ID": identity, "Auto-Submitted": "auto-generated"} | _leaving(leave),
    )
    _attach(mail, html, png, identity)
    line = _line.get()
    with closing(_Line()) if line is None else nullcontext(line) as there:
        try:
            _hand_over(mail, there)
        except BaseException:
            there.close()
            raise


def _leaving(link: str) -> dict[str, str]:
    if not link:
        return {}
    return {"List-Unsubscribe": f"<{link}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def _hand_over(mail: EmailMultiAlternatives, line: _Line) -> None:
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


def _attach(mail: EmailMultiAlternatives, html: str, png: bytes, identity: str) -> None:
    """The HTML, and beside it the picture that it shows, if there is one."""
    if not png or not has_place(html):
        mail.attach_alternative(placed(html, ""), "text/html")
        return
    name = identity.strip("<>").replace("@", ".chart@")  # no other mail's picture has it
    mail.attach_alternative(placed(html, f"cid:{name}"), "text/html")
    picture = MIMEImage(png, "png")
    picture.add_header("Content-ID", f"<{name}>")
    picture.add_header("Content-Disposition", "inline", filename="chart.png")
    mail.mixed_subtype = "related"  # type: ignore[attr-defined]
    mail.attach(picture)


def message_id(key: uuid.UUID) -> str:
    _, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    domain = address.rpartition("@")[2] or "localhost"
    return f"<{key}@{domain}>"


def _said(code: int, text: bytes | str) -> str:
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return f"The mail server said {code}: {words}"
