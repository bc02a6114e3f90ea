"""One mail by Django's backend, to whatever SMTP server the settings name; and whether trying again makes sense."""

from __future__ import annotations

import smtplib
from email.utils import parseaddr
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.validators import validate_email

# Answers to the envelope and the message; before that, even a 5xx may be the server's passing trouble (421, 454 ...).
_PERMANENT_FROM = 500


class MailNotSent(Exception):
    """It did not go out. `permanent`: it will not on another try either."""

    def __init__(self, reason: str, *, permanent: bool) -> None:
        super().__init__(reason)
        self.permanent = permanent


def send_mail(*, key: UUID, address: str, subject: str, text: str, html: str) -> None:
    """Sends it with a Message-ID made of `key`, so that a repeat can be recognised. Raises MailNotSent."""
    try:
        validate_email(address)
    except ValidationError:
        raise MailNotSent(f"{address!r} is not an email address.", permanent=True) from None
    mail = EmailMultiAlternatives(
        subject=subject,
        body=text,
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[address],
        headers={"Message-ID": message_id(key), "Auto-Submitted": "auto-generated"},
        connection=get_connection(fail_silently=False),
    )
    if html:
        mail.attach_alternative(html, "text/html")
    try:
        mail.send()
    except ValueError as error:  # a header or an address that cannot be written
        raise MailNotSent(str(error), permanent=True) from error
    except smtplib.SMTPRecipientsRefused as error:
        code, said = next(iter(error.recipients.values()))
        raise MailNotSent(_said(code, said), permanent=code >= _PERMANENT_FROM) from error
    except (smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as error:
        permanent = error.smtp_code >= _PERMANENT_FROM
        raise MailNotSent(_said(error.smtp_code, error.smtp_error), permanent=permanent) from error
    except smtplib.SMTPResponseException as error:
        # A greeting or a login refused: the server's trouble, not the mail's.
        raise MailNotSent(_said(error.smtp_code, error.smtp_error), permanent=False) from error
    except (smtplib.SMTPException, OSError) as error:
        raise MailNotSent(f"{type(error).__name__}: {error}", permanent=False) from error


def message_id(key: UUID) -> str:
    _, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    domain = address.rpartition("@")[2] or "localhost"
    return f"<{key}@{domain}>"


def _said(code: int, text: bytes | str) -> str:
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return f"The mail server said {code}: {words}"
