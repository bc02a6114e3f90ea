"""What a mail with a page says: subject, plain text and HTML. One like every other mail of the house."""

from __future__ import annotations

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from alerts.wording import Wording, one_line
from dashboards.mail_parts import MailPage
from organization.models import Person

PAGE = "page"  # names of templates, as the outbox keeps them
STOPPED = "page-stopped"


def compose_page(
    *, name: str, page: MailPage, address: str, whom: Person, owner: Person, leave: str
) -> Wording:
    """`leave` is the link by which she gets no more of it. Who cannot log in gets no link that would ask for it."""
    with translation.override(whom.language):
        opens = whom.is_active and whom.has_usable_password()
        context = {
            "language": whom.language,
            "headline": one_line(name),
            "page": page,
            "link": settings.SITE_URL + address if opens else "",
            "leave": leave,
            "owner": "" if owner.pk == whom.pk else owner.label,
        }
        subject = f"{name}: {page.lead}" if page.lead else f"{name}: {page.heading}"
        return Wording(
            subject=one_line(subject),
            text=_tidy(render_to_string("dashboards/mail_page.txt", context)),
            html=render_to_string("dashboards/mail_page.html", context).strip(),
            template=PAGE,
            fields={"leave": leave},
        )


def compose_stopped(*, name: str, address: str, whom: Person, link: str) -> Wording:
    """Told once, when the page is gone that she had sent."""
    with translation.override(whom.language):
        words = {"name": name, "address": address}
        subject = one_line(_("The mail “%(name)s” is paused: its page is gone") % words)
        context = {
            "language": whom.language,
            "headline": subject,
            "lines": [
                _("Nothing opens for you any more at %(address)s.") % words,
                _(
                    "Nobody gets this mail until the page opens for you again and you let the mail go on. You can also remove it."
                ),
            ],
            "button": _("See the mail"),
            "link": link,
        }
        return Wording(
            subject=subject,
            text=render_to_string("alerts/letter.txt", context).strip() + "\n",
            html=render_to_string("alerts/mail_letter.html", context).strip(),
            template=STOPPED,
        )


def _tidy(text: str) -> str:
    """At most one empty line between others."""
    lines: list[str] = []
    for line in text.splitlines():
        line = line.rstrip()
        if line or (lines and lines[-1]):
            lines.append(line)
    return "\n".join(lines).strip() + "\n"
