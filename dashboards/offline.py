"""What a device keeps for a person: under which name, which pages, and in which words its script speaks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from dashboards.shareable import SHAREABLE
from organization.models import Person

KEEPABLE = SHAREABLE | {"kpis:grid", "dashboards:offline"}
MOST_PAGES = 40
EVERY = 30 * 60  # seconds between two looks of a device for what has changed


def kept_under(person: Person) -> str:
    """Whose copies a device holds, without saying who that is."""
    return salted_hmac("dashboards.offline", str(person.pk), algorithm="sha256").hexdigest()[:32]


def words() -> dict[str, Any]:
    """Texts of static/js/offline.js in the reader's language; pairs are for one and for several."""
    return {
        "zone": timezone.get_current_timezone_name(),
        "moment": _("%(time)s, %(day)s"),
        "as_of": _("Offline. As of %(at)s"),
        "offline": _("Offline"),
        "stale": _("Offline. What you see may be out of date."),
        "back": _("Online again. What you see is as of %(at)s"),
        "again": _("Load again"),
        "kept": _("What is kept"),
        "needs_network": _("This needs a connection. It works again when you are online."),
        "not_kept": _("This view is not kept on this device. It opens again when you are online."),
        "unsent": _pair(
            lambda n: ngettext("%(n)s target is not sent yet", "%(n)s targets are not sent yet", n)
        ),
        "few_words": _pair(lambda n: ngettext("%(n)s not sent", "%(n)s not sent", n)),
        "undecided": _pair(
            lambda n: ngettext("%(n)s target typed here needs you", "%(n)s targets typed here need you", n)
        ),
        "sent": _pair(
            lambda n: ngettext("%(n)s target typed here was sent.", "%(n)s targets typed here were sent.", n)
        ),
        "send": _("Send now"),
        "look": _("Look"),
        "signed_out": _("Log in again, then it is sent."),
        "leaving": _pair(
            lambda n: ngettext(
                "%(n)s target typed on this device is not saved yet",
                "%(n)s targets typed on this device are not saved yet",
                n,
            )
        ),
        "leaving_text": _(
            "Logging out deletes what is kept on this device. Send them first, or discard them."
        ),
        "leaving_look": _("Some could not be sent. Look at them first, or discard them."),
        "send_first": _("Send and log out"),
        "discard_and_leave": _("Discard and log out"),
        "cancel": _("Cancel"),
    }


def kept_words() -> dict[str, str]:
    """Texts of static/js/kept.js."""
    return {
        "as_of": _("as of %(at)s"),
        "waits": _("Not sent yet"),
        "not_allowed": _("You may not set targets any more. Ask an administrator, or discard this."),
    }


def _pair(said: Callable[[int], str]) -> tuple[str, str]:
    return said(1), said(2)
