"""Mails to customers who left an address, and with it their consent to hear from us about what they said."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings as site
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from common.secrets import opened
from customers.models import Customer
from feedback.models import Complaint
from organization.letterhead import AccountWords, write
from organization.selectors import company
from organization.services import Refused
from organization.services.mails import queue_mail


def address_of(customer: Customer | None) -> str:
    """Empty where she left none, or was forgotten."""
    return opened(customer.email) if customer is not None else ""


def send_message(row: Complaint, text: str, now: datetime) -> None:
    """What somebody writes to her, as she wrote it. Raises Refused where she left no address."""
    address = address_of(row.customer)
    if not address:
        raise Refused(_("This customer left no mail address. Tell her in another way, and write down how."))
    with translation.override(language_of(row)):
        said = _("About your complaint (number %(n)s)") % {"n": row.pk}
        words = AccountWords(subject=said, headline=said, paragraphs=text.splitlines(), foot=_foot())
        _send("complaint-message", address, words, now)


def ask_whether_solved(row: Complaint, token: str, now: datetime) -> bool:
    """False where she left no address."""
    address = address_of(row.customer)
    if not address:
        return False
    with translation.override(language_of(row)):
        said = _("Has it stayed solved?")
        words = AccountWords(
            subject=said,
            headline=said,
            paragraphs=[
                _(
                    "A while ago you told us about a trouble (number %(n)s), and we told you that it was solved."
                )
                % {"n": row.pk},
                _("Please tell us whether it stayed so. If not, we take it up again."),
            ],
            link=site.SITE_URL + reverse("feedback:follow_up", args=[token]),
            button=_("Answer in one click"),
            foot=_foot(),
        )
        _send("complaint-follow-up", address, words, now)
    return True


def language_of(row: Complaint) -> str:
    """She wrote in Chinese, or in English."""
    return "zh-hans" if any("\u4e00" <= letter <= "\u9fff" for letter in row.text) else "en"


def _foot() -> str:
    return _("You get this because you left your address with a complaint. %(company)s") % {
        "company": company().name
    }


def _send(kind: str, address: str, words: AccountWords, now: datetime) -> None:
    subject, text, html = write(words)
    queue_mail(
        kind=kind, whom=None, address=address, subject=subject, text=text, html=html, now=now, hide=True
    )
