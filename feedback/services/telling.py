"""Mails about complaints to those whose they are: what happened, and by when something is due. Never what a customer wrote."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings as site
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from common.formats import moment
from feedback.complaint_kind import title_of, url_of
from feedback.models import Complaint
from organization.letterhead import AccountWords, write
from organization.middleware import zone_of
from organization.models import AddressKind, Person
from organization.selectors.addresses import is_confirmed
from organization.services.mails import queue_mail
from organization.speaking import speaking_to

NAMED = 10  # in a mail about several

ASSIGNED, WARNED, BREACHED, ESCALATED = "assigned", "warned", "breached", "escalated"
ASK, REOPENED = "follow-up", "reopened"
SAID: dict[str, str | Promise] = {
    ASSIGNED: gettext_lazy("A complaint is yours to handle."),
    WARNED: gettext_lazy("The time for a complaint is running out."),
    BREACHED: gettext_lazy("The time for a complaint is over."),
    ESCALATED: gettext_lazy("A complaint was not handled in time, and comes to you."),
    REOPENED: gettext_lazy("A complaint that was solved is open again."),
    ASK: gettext_lazy("Ask a customer whether her complaint has stayed solved."),
}
MANY: dict[str, Callable[[int], str]] = {
    ASSIGNED: lambda n: ngettext(
        "%(n)s complaint is yours to handle.", "%(n)s complaints are yours to handle.", n
    ),
    WARNED: lambda n: ngettext(
        "The time for %(n)s complaint is running out.", "The time for %(n)s complaints is running out.", n
    ),
    BREACHED: lambda n: ngettext(
        "The time for %(n)s complaint is over.", "The time for %(n)s complaints is over.", n
    ),
    ESCALATED: lambda n: ngettext(
        "%(n)s complaint was not handled in time, and comes to you.",
        "%(n)s complaints were not handled in time, and come to you.",
        n,
    ),
    REOPENED: lambda n: ngettext(
        "%(n)s complaint that was solved is open again.",
        "%(n)s complaints that were solved are open again.",
        n,
    ),
    ASK: lambda n: ngettext(
        "Ask %(n)s customer whether the complaint has stayed solved.",
        "Ask %(n)s customers whether their complaints have stayed solved.",
        n,
    ),
}


@dataclass(frozen=True)
class Told:
    """What one person should hear about one complaint."""

    person: Person
    why: str
    complaint: Complaint


def tell(told: Iterable[Told], now: datetime) -> None:
    """One mail a person and reason, however many complaints it is about; to confirmed addresses alone."""
    heaps: dict[tuple[int, str], list[Told]] = {}
    for one in told:
        heaps.setdefault((one.person.pk, one.why), []).append(one)
    for heap in heaps.values():
        person = heap[0].person
        if not person.is_active or not person.email or not is_confirmed(person, AddressKind.EMAIL):
            continue
        complaints = list({one.complaint.pk: one.complaint for one in heap}.values())
        with speaking_to(person):
            subject, text, html = write(_words(person, heap[0].why, complaints))
        queue_mail(
            kind=f"complaint-{heap[0].why}", whom=person, address=person.email, subject=subject, text=text,
            html=html, now=now,
        )  # fmt: skip


def _words(person: Person, why: str, complaints: Sequence[Complaint]) -> AccountWords:
    """In the language that is active."""
    if len(complaints) == 1:
        said = str(SAID[why])
        link, button = url_of(complaints[0].pk), _("Look at it")
    else:
        said = MANY[why](len(complaints)) % {"n": len(complaints)}
        link, button = reverse("feedback:queue"), _("Open the complaints")
    paragraphs = [_line(person, one) for one in complaints[:NAMED]]
    if len(complaints) > NAMED:
        more = len(complaints) - NAMED
        paragraphs.append(ngettext("And %(n)s more.", "And %(n)s more.", more) % {"n": more})
    return AccountWords(
        subject=said, headline=said, paragraphs=paragraphs, link=site.SITE_URL + link, button=button
    )


def _line(person: Person, complaint: Complaint) -> str:
    values = {
        "title": title_of(complaint),
        "severity": complaint.get_severity_display(),
        "area": complaint.scope.label,
        "answer": _until(person, complaint.answer_due_at),
        "solve": _until(person, complaint.solve_due_at),
    }
    if complaint.state not in Complaint.OPEN:
        return _("%(title)s. Area: %(area)s.") % values
    if complaint.answered_at is None:
        return (
            _(
                "%(title)s. Severity: %(severity)s. Area: %(area)s. First answer due %(answer)s, solution due %(solve)s."
            )
            % values
        )
    return _("%(title)s. Severity: %(severity)s. Area: %(area)s. Solution due %(solve)s.") % values


def _until(person: Person, due: datetime | None) -> str:
    return moment(due.astimezone(zone_of(person)), person.language) if due else "—"
