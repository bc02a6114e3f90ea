"""Mails about proposals: to who may decide, and to the author. Only to addresses that their owners have confirmed, and
only to people who see the area; rows in the transaction of what they tell, sent by a worker."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from common.formats import moment
from decisions.kinds import kind_of
from decisions.models import Proposal, ProposalState, Step
from decisions.selectors.rights import deciders_of, sees, today_of
from organization.letterhead import AccountWords, write
from organization.middleware import zone_of
from organization.models import AddressKind, Person
from organization.selectors.addresses import is_confirmed
from organization.services.mails import queue_mail
from organization.speaking import speaking_to


def tell_deciders(*, step: Step, why: str, as_of: datetime) -> None:
    """`why`: begins, answered, half (of its time is over), overdue, or raised: overdue with others, and theirs as well."""
    on = today_of(as_of)
    people = deciders_of(step, on)
    if why == "raised" or step.raised_at is not None:
        above = [one for one in deciders_of(step, on, raised=True) if one not in people]
        people = above if why == "raised" else [*people, *above]
    for person in people:
        with speaking_to(person):
            proposal = step.proposal
            until = moment(step.due_at.astimezone(zone_of(person)) if step.due_at else None, person.language)
            said = {
                "begins": _("Waiting for your decision: %(what)s"),
                "answered": _("Your question was answered: %(what)s"),
                "half": _("Half of the time is over: %(what)s"),
                "overdue": _("Overdue for your decision: %(what)s"),
                "raised": _("Overdue with others, and now for you as well: %(what)s"),
            }[why] % {"what": _title(proposal)}
            paragraphs = [
                _("%(name)s proposes: %(summary)s")
                % {"name": _author(proposal), "summary": _(proposal.summary)},
                _("A decision was due by %(when)s.") % {"when": until}
                if why in ("overdue", "raised")
                else _("A decision is due by %(when)s.") % {"when": until},
            ]
            _send(proposal, person, f"proposal-{why}", said, paragraphs, _("Look at it and decide"), as_of)


def tell_author(*, proposal: Proposal, by: Person | None, note: str, as_of: datetime) -> None:
    """That it is decided or has lapsed, or that she was asked something."""
    author = proposal.proposed_by
    if author is None or not author.is_active:
        return
    if not sees(author, proposal.kind, proposal.subject_id, proposal.scope):
        return
    with speaking_to(author):
        said = {
            ProposalState.ASKED.value: _("You were asked something: %(what)s"),
            ProposalState.APPROVED.value: _("Approved: %(what)s"),
            ProposalState.REJECTED.value: _("Rejected: %(what)s"),
        }.get(str(proposal.state), _("Lapsed: %(what)s")) % {"what": _title(proposal)}
        paragraphs = [_(proposal.summary)]
        if note:
            paragraphs.append(
                _("%(name)s writes: %(note)s") % {"name": by.label, "note": note} if by is not None else note
            )
        asked = proposal.state == ProposalState.ASKED
        button = _("Answer") if asked else _("Look at it")
        _send(proposal, author, f"proposal-{proposal.state}", said, paragraphs, button, as_of)


def _send(
    proposal: Proposal,
    person: Person,
    kind: str,
    said: str,
    paragraphs: Sequence[str],
    button: str,
    as_of: datetime,
) -> None:
    if not person.email or not is_confirmed(person, AddressKind.EMAIL):
        return
    subject, text, html = write(
        AccountWords(
            subject=said,
            headline=said,
            paragraphs=paragraphs,
            link=settings.SITE_URL + reverse("decisions:proposal", args=[proposal.pk]),
            button=button,
        )
    )
    queue_mail(kind=kind, whom=person, address=person.email, subject=subject, text=text, html=html, now=as_of)


def _title(proposal: Proposal) -> str:
    kind = kind_of(proposal.kind)
    title = kind.titles_of([proposal.subject_id]).get(proposal.subject_id, "")
    return f"{kind.label}: {title}" if title else str(kind.label)


def _author(proposal: Proposal) -> str:
    return proposal.proposed_by.label if proposal.proposed_by else "Plumbline"
