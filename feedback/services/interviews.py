"""Interviews with customers: guides, appointments, what was noted. Who is to ask is told by mail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings as site
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from common.formats import moment
from customers.models import Customer
from customers.selectors.people import customer_label
from customers.selectors.top import tier_of
from feedback.models import Guide, Interview, InterviewNote, InterviewState, Topic
from organization.gate import Action, can
from organization.letterhead import AccountWords, write
from organization.middleware import zone_of
from organization.models import AddressKind, Person, Scope
from organization.selectors.addresses import is_confirmed
from organization.services import Refused, record
from organization.services.mails import queue_mail
from organization.speaking import speaking_to

LONGEST_NOTE = 4000
LONGEST_QUESTION, MOST_QUESTIONS = 500, 40
LONGEST_TAG, MOST_TAGS = 40, 10
AHEAD = timedelta(days=366)


class Moved(Exception):
    """Somebody else changed it meanwhile; nothing was written."""


# -- Guides -------------------------------------------------------------------------------------------


@transaction.atomic
def keep_guide(
    *, guide: Guide | None, name: str, questions: Sequence[str], based_on: int, person: Person
) -> Guide:
    """A new guide, or another text of one that was seen at revision `based_on`; notes keep the question they were given to.

    Raises Refused for no name, one that another has, or no questions, Moved where another revision stands.
    """
    name = _line(name)[:100]
    asked = [line[:LONGEST_QUESTION] for one in questions if (line := _line(one))]
    if not name:
        raise Refused(_("Give the guide a name."))
    if not asked:
        raise Refused(_("Write at least one question, each on its own line."))
    if len(asked) > MOST_QUESTIONS:
        raise Refused(_("A guide has at most %(most)s questions.") % {"most": MOST_QUESTIONS})
    row = Guide(name=name) if guide is None else Guide.objects.select_for_update().get(pk=guide.pk)
    if Guide.objects.filter(name=name).exclude(pk=row.pk).exists():
        raise Refused(_("There is a guide of this name already. Choose another name."))
    if guide is not None and row.revision != based_on:
        raise Moved
    if guide is not None and (row.name, row.questions) == (name, asked):
        return row
    row.name, row.questions = name, asked
    row.revision = row.revision + 1 if row.pk else 1
    row.save()
    record(
        action="guide.make" if guide is None else "guide.change",
        subject=name,
        person=person,
        questions=len(asked),
    )
    return row


@transaction.atomic
def archive_guide(*, guide: Guide, archived: bool, person: Person, now: datetime) -> None:
    """Puts it away, or brings it back. Interviews that go by it keep it."""
    changed = Guide.objects.filter(pk=guide.pk, archived_at__isnull=archived).update(
        archived_at=now if archived else None
    )
    if changed:
        record(action=f"guide.{'archive' if archived else 'restore'}", subject=guide.name, person=person)


# -- Appointments -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Appointment:
    """What was agreed. `guide` None: without one."""

    at: datetime
    scope: Scope
    interviewer: Person
    guide: Guide | None


@transaction.atomic
def arrange(*, agreed: Appointment, customer: Customer | None, person: Person, now: datetime) -> Interview:
    """Makes the appointment and tells who is to ask. The same one again that is still planned is that one.

    Raises Refused for what cannot be agreed, PermissionDenied where the area is not hers.
    """
    _check(agreed, person, now)
    if customer is not None:
        customer = Customer.objects.select_for_update().get(pk=customer.pk)  # who arranges at once waits
        if customer.forgotten_at is not None:
            raise Refused(_("This customer was forgotten on her request, and cannot be asked."))
        planned = Interview.objects.filter(customer=customer, state=InterviewState.PLANNED).first()
        if planned is not None and (planned.at, planned.interviewer_id) == (agreed.at, agreed.interviewer.pk):
            return planned
        if planned is not None:
            when = moment(planned.at.astimezone(zone_of(person)), person.language)
            raise Refused(_("There is an appointment with this customer already: %(when)s.") % {"when": when})
    made = Interview.objects.create(
        guide=agreed.guide, customer=customer, scope=agreed.scope, at=agreed.at, interviewer=agreed.interviewer,
        tier=tier_of(customer.pk) if customer is not None else "", made_by=person, made_at=now,
    )  # fmt: skip
    _on_record("make", made, person)
    _tell(made, "new", person, now)
    return made


@transaction.atomic
def rearrange(*, interview: Interview, agreed: Appointment, person: Person, now: datetime) -> Interview:
    """Another time, area, guide or interviewer. Raises as `arrange`, and Refused where it is over."""
    row = _planned(interview, person)
    _check(agreed, person, now, unless=row.at)
    before = (row.at, row.scope_id, row.interviewer_id, row.guide_id)
    row.at, row.scope, row.interviewer, row.guide = agreed.at, agreed.scope, agreed.interviewer, agreed.guide
    if before == (row.at, row.scope_id, row.interviewer_id, row.guide_id):
        return row
    row.save(update_fields=["at", "scope", "interviewer", "guide"])
    _on_record("change", row, person)
    if (row.at, row.interviewer_id) != (before[0], before[2]):
        _tell(row, "new" if row.interviewer_id != before[2] else "moved", person, now)
    return row


@transaction.atomic
def end(*, interview: Interview, state: InterviewState, person: Person, now: datetime) -> Interview:
    """It took place, was cancelled, or is planned after all. Twice is once. A cancelled one is told to who was to ask."""
    row = _hers(interview, person)
    if row.state == state:
        return row
    if state == InterviewState.DONE and row.at > now:
        raise Refused(_("It has not taken place yet. Change its time, if it was earlier."))
    row.state = state
    row.save(update_fields=["state"])
    verb = {InterviewState.DONE: "done", InterviewState.CANCELLED: "drop", InterviewState.PLANNED: "open"}[
        state
    ]
    _on_record(verb, row, person)
    if state == InterviewState.CANCELLED:
        _tell(row, "cancelled", person, now)
    return row


# -- Notes --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class NewNote:
    text: str
    question: str = ""
    quote: bool = False
    tags: Sequence[str] = ()
    topics: Sequence[Topic] = ()


@transaction.atomic
def add_note(*, interview: Interview, said: NewNote, person: Person, now: datetime) -> InterviewNote:
    """A note, or a sentence as she said it. The same one again is that one (a double click). Raises Refused for nothing,
    for too much, and where the interview was cancelled."""
    row = _hers(interview, person)
    if row.state == InterviewState.CANCELLED:
        raise Refused(_("This interview was cancelled. Plan it again to note something."))
    text = said.text.replace("\0", "").strip()
    if not text:
        raise Refused(_("Write the note first."))
    if len(text) > LONGEST_NOTE:
        raise Refused(_("This is too long: at most %(most)s characters.") % {"most": LONGEST_NOTE})
    question = _line(said.question)[:LONGEST_QUESTION]
    same = InterviewNote.objects.filter(interview=row, question=question, text=text, quote=said.quote).first()
    if same is not None:
        return same
    made = InterviewNote.objects.create(
        interview=row, question=question, text=text, quote=said.quote, tags=tidy_tags(said.tags), at=now,
        person=person,
    )  # fmt: skip
    made.topics.set(said.topics)
    _on_record("note", row, person)
    return made


@transaction.atomic
def remove_note(*, note: InterviewNote, person: Person) -> None:
    """Takes a note out. Twice is once."""
    row = _hers(note.interview, person)
    if InterviewNote.objects.filter(pk=note.pk).delete()[0]:
        _on_record("note_removed", row, person)


def tidy_tags(tags: Sequence[str]) -> list[str]:
    """Lower case, each once, in their order. Raises Refused for too many or too long ones."""
    found = list(dict.fromkeys(tag for one in tags if (tag := _line(one).lstrip("#").lower())))
    if len(found) > MOST_TAGS or any(len(tag) > LONGEST_TAG for tag in found):
        raise Refused(
            _("At most %(most)s tags of %(letters)s letters each.")
            % {"most": MOST_TAGS, "letters": LONGEST_TAG}
        )
    return found


# -- Checks -------------------------------------------------------------------------------------------


def _check(agreed: Appointment, person: Person, now: datetime, *, unless: datetime | None = None) -> None:
    if not can(person, Action.HANDLE_COMPLAINTS, agreed.scope):
        raise PermissionDenied
    if agreed.at != unless and agreed.at > now + AHEAD:
        raise Refused(_("Choose a time within the coming year."))
    if not agreed.interviewer.is_active or not can(
        agreed.interviewer, Action.HANDLE_COMPLAINTS, agreed.scope
    ):
        raise Refused(
            _("%(name)s does not look after customers of this area. Choose somebody else, or another area.")
            % {"name": agreed.interviewer.label}
        )


def _hers(interview: Interview, person: Person) -> Interview:
    row = Interview.objects.select_for_update(of=("self",)).select_related("scope", "interviewer", "guide").get(
        pk=interview.pk
    )  # fmt: skip
    if not can(person, Action.HANDLE_COMPLAINTS, row.scope):
        raise PermissionDenied
    return row


def _planned(interview: Interview, person: Person) -> Interview:
    row = _hers(interview, person)
    if row.state != InterviewState.PLANNED:
        raise Refused(_("It is over: plan it again to change it."))
    return row


def _line(text: str) -> str:
    return " ".join(text.replace("\0", "").split())


def _on_record(verb: str, row: Interview, person: Person) -> None:
    whom = row.interviewer.username if row.interviewer else ""
    record(action=f"interview.{verb}", subject=row.scope.key, person=person, interview=row.pk, whom=whom)


# -- Mails --------------------------------------------------------------------------------------------


def _tell(row: Interview, why: str, person: Person, now: datetime) -> None:
    """`why`: new, moved or cancelled. To a confirmed address; not of who moved or cancelled it herself."""
    whom = row.interviewer
    if whom is None or not whom.is_active or not whom.email or not is_confirmed(whom, AddressKind.EMAIL):
        return
    if whom == person and why != "new":
        return
    with speaking_to(whom):
        subject, text, html = write(_words(row, whom, why))
    queue_mail(
        kind=f"interview-{why}", whom=whom, address=whom.email, subject=subject, text=text, html=html, now=now
    )


def _words(row: Interview, whom: Person, why: str) -> AccountWords:
    """In the language that is active; the customer masked."""
    when = moment(row.at.astimezone(zone_of(whom)), whom.language)
    customer = customer_label(row.customer_id) if row.customer_id else _("Somebody without a record")
    said = {
        "new": _("You are to interview a customer: %(when)s"),
        "moved": _("An interview of yours has another time: %(when)s"),
        "cancelled": _("An interview of yours was cancelled: %(when)s"),
    }[why] % {"when": when}
    paragraphs = [_("Customer: %(name)s. Area: %(area)s.") % {"name": customer, "area": row.scope.label}]
    if row.guide is not None and why != "cancelled":
        paragraphs.append(_("Guide: %(name)s.") % {"name": row.guide.name})
    if why != "cancelled":
        paragraphs.append(_("How to reach her stands on the page of the interview."))
    return AccountWords(
        subject=said,
        headline=said,
        paragraphs=paragraphs,
        link=site.SITE_URL + reverse("feedback:interview", args=[row.pk]),
        button=_("Open the interview"),
    )
