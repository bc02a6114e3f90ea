"""Proposing, deciding, asking back, answering, withdrawing: each one transaction with its entry in the history."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from decisions.clocks import HOURS_A_DAY
from decisions.kinds import Decision, Outcome, kind_of
from decisions.ladder import Rung, rungs_for
from decisions.models import Band, Comment, CommentKind, Proposal, ProposalState, Step, StepState
from decisions.selectors.rights import deciders_of, how_many_could, right_to, today_of
from decisions.services.errors import Settled
from decisions.services.telling import tell_author, tell_deciders
from decisions.services.timing import begin, go_on
from organization.models import Person, Role, Scope
from organization.services import Refused, record

LONGEST_TEXT = 10_000
HIGHEST = Decimal(10) ** 15


class Verdict(StrEnum):
    APPROVE = "approve"
    REJECT = "reject"
    ASK = "ask"  # a question back to its author; the clock stands still until she answers


@transaction.atomic
def propose(
    *,
    kind: str,
    subject_id: int,
    scope: Scope,
    summary: str,
    body: str,
    payload: Mapping[str, Any],
    amount: Decimal | None = None,
    urgent: bool = False,
    person: Person | None,
    as_of: datetime | None = None,
) -> Proposal:
    """Asks for a decision on a subject. `amount` (the company's money) chooses who approves; `urgent` makes it hours.
    `summary` and `body` go through gettext where they are shown, so machines (`person` None) write them in English.

    Whether she may propose this, the subject's own floor has asked the gate before. Raises Refused where something is
    undecided on the subject already, no reason is given, or nobody else could approve it.
    """
    as_of = as_of or timezone.now()
    words, why = " ".join(summary.split()), checked(body, _("Say why."))
    if not words or len(words) > 300:
        raise Refused(_("Say in one line what is proposed, in at most 300 characters."))
    if amount is not None and not Decimal(0) <= amount < HIGHEST:
        raise Refused(_("The amount must be zero or more, and below a thousand million million."))
    rungs = _rungs(kind, amount, urgent=urgent)
    if Proposal.objects.filter(kind=kind, subject_id=subject_id, state__in=("open", "asked")).exists():
        raise _taken()
    try:
        with transaction.atomic():
            made = Proposal.objects.create(
                kind=kind, subject_id=subject_id, scope=scope, summary=words, body=why, payload=dict(payload),
                amount=amount, urgent=urgent, proposed_by=person, proposed_at=as_of,
            )  # fmt: skip
    except IntegrityError:  # by somebody else in this very moment
        raise _taken() from None
    steps = [
        Step.objects.create(
            proposal=made, position=place, role=rung.role, duty=rung.duty, hours=rung.hours, author=person,
            up_role=rung.up_role, up_duty=rung.up_duty,
        )
        for place, rung in enumerate(rungs, start=1)
    ]  # fmt: skip
    _staff(steps, kind_of(kind).without_duty, today_of(as_of))
    begin(step=steps[0], as_of=as_of)
    _record("proposal.make", made, person, summary=words)
    tell_deciders(step=steps[0], why="begins", as_of=as_of)
    return made


@transaction.atomic
def decide(
    *,
    proposal: Proposal,
    person: Person,
    verdict: Verdict | str,
    note: str,
    as_of: datetime | None = None,
    based_on: int | None = None,
) -> Proposal:
    """Approves or rejects the step that waits, or asks its author back. `based_on` is the proposal's `turn` that she saw.

    Two at once: the second raises Settled. Raises Refused for her own proposal, for a rejection or a question without
    words, and for what the subject's floor refuses to carry out (then nothing has changed); PermissionDenied where the
    step is not hers.
    """
    as_of = as_of or timezone.now()
    verdict = Verdict(verdict)
    locked, step = _undecided(proposal, based_on)
    if locked.proposed_by_id == person.pk:
        raise Refused(_("You proposed this yourself, so somebody else decides about it."))
    right = right_to(person, step, today_of(as_of))
    if right is None:
        raise PermissionDenied
    if verdict == Verdict.ASK:
        return _ask(locked, step, person, note, as_of)
    approved = verdict == Verdict.APPROVE
    note = limited(note) if approved else checked(note, _("Say why you reject it."))
    step.remind_at = step.asked_at = None
    step.state = StepState.APPROVED if approved else StepState.REJECTED
    step.decided_by, step.on_behalf_of, step.note, step.at = person, right.in_place_of, note, as_of
    step.save(update_fields=["state", "decided_by", "on_behalf_of", "note", "at", "remind_at", "asked_at"])
    _record(
        f"proposal.{verdict}", locked, person, note=note,
        in_place_of=right.in_place_of.username if right.in_place_of else "",
    )  # fmt: skip
    following = locked.steps.filter(state=StepState.AHEAD).order_by("position").first()
    if approved and following is not None:
        _move(locked, ProposalState.OPEN)
        following.proposal = locked
        begin(step=following, as_of=as_of)
        tell_deciders(step=following, why="begins", as_of=as_of)
        return locked
    outcome = Outcome.APPROVED if approved else Outcome.REJECTED
    _end(locked, Decision(outcome, person, right.in_place_of, note, as_of))
    tell_author(proposal=locked, by=person, note=note, as_of=as_of)
    return locked


@transaction.atomic
def answer(
    *,
    proposal: Proposal,
    person: Person,
    text: str,
    as_of: datetime | None = None,
    based_on: int | None = None,
) -> Proposal:
    """Its author answers what was asked back: it waits for the decision again, and the clock goes on.

    Raises Settled where nothing is asked any more, PermissionDenied for anybody but its author.
    """
    as_of = as_of or timezone.now()
    if proposal.proposed_by_id != person.pk:
        raise PermissionDenied
    locked, step = _undecided(proposal, based_on)
    if locked.state != ProposalState.ASKED:
        raise Settled(_("Nothing is asked here any more."))
    _say(locked, person, checked(text, _("Write an answer.")), CommentKind.ANSWER, as_of)
    _move(locked, ProposalState.OPEN)
    go_on(step=step, as_of=as_of)
    _record("proposal.answer", locked, person)
    tell_deciders(step=step, why="answered", as_of=as_of)
    return locked


@transaction.atomic
def withdraw(
    *, proposal: Proposal, person: Person, note: str = "", as_of: datetime | None = None
) -> Proposal:
    """Its author takes it back while it is undecided. Raises Settled, and PermissionDenied for anybody else."""
    as_of = as_of or timezone.now()
    if proposal.proposed_by_id != person.pk:
        raise PermissionDenied
    locked, _step = _undecided(proposal, None)
    note = limited(note)
    _end(locked, Decision(Outcome.WITHDRAWN, person, None, note, as_of))
    _record("proposal.withdraw", locked, person, note=note)
    return locked


@transaction.atomic
def lapse(*, proposal: Proposal, note: str, as_of: datetime | None = None) -> Proposal | None:
    """Ends a proposal that events have overtaken (its subject is gone). The subject's own floor calls it, and is not
    called back. None where it was over already."""
    as_of = as_of or timezone.now()
    try:
        locked, _step = _undecided(proposal, None)
    except Settled:
        return None
    _close(locked, ProposalState.LAPSED, None, note, as_of)
    _record("proposal.lapse", locked, None, note=note)
    tell_author(proposal=locked, by=None, note=note, as_of=as_of)
    return locked


def checked(text: str, otherwise: str) -> str:
    """As `limited`. Raises Refused with `otherwise` where nothing is left."""
    text = limited(text)
    if not text:
        raise Refused(otherwise)
    return text


def limited(text: str) -> str:
    """The text without blanks around it. Raises Refused for a novel."""
    text = text.replace("\0", "").strip()
    if len(text) > LONGEST_TEXT:
        raise Refused(_("This is too long: at most %(most)s characters.") % {"most": LONGEST_TEXT})
    return text


def _rungs(kind: str, amount: Decimal | None, *, urgent: bool) -> list[Rung]:
    bands = list(Band.objects.filter(kind=kind))
    if not bands:
        hours = 2 if urgent else kind_of(kind).days * HOURS_A_DAY
        return [Rung(Role.MANAGER.value, "", hours)]
    rungs = rungs_for(bands, amount, urgent=urgent)
    if not rungs:
        raise Refused(
            _("Nobody approves so much here. An administrator can say who does, under Who approves.")
        )
    return rungs


def _staff(steps: Sequence[Step], instead: str, on: date) -> None:
    """Sees to it that somebody can decide each step, and as many people as there are steps of one kind. Where nobody but
    its author could, it goes to the next band at once.

    `instead` is the role that approves where nobody has the duty. Raises Refused.
    """
    needed: Counter[tuple[str, str]] = Counter()
    for step in steps:
        if not deciders_of(step, on):
            if deciders_of(step, on, raised=True):
                step.role, step.duty, step.up_role, step.up_duty = step.up_role, step.up_duty, "", ""
            elif instead and step.duty:
                step.role, step.duty = instead, ""
        elif instead and not step.up_role and not step.up_duty:
            step.up_role = instead
        step.save(update_fields=["role", "duty", "up_role", "up_duty"])
        needed[step.role, step.duty] += 1
        if not deciders_of(step, on):
            raise Refused(_nobody(step))
        if needed[step.role, step.duty] > max(how_many_could(step), 1):
            raise Refused(_too_few(step, needed[step.role, step.duty]))


def _undecided(proposal: Proposal, based_on: int | None) -> tuple[Proposal, Step]:
    """The proposal under lock with the step that waits. Raises Settled where it is over, or not as she saw it."""
    locked = (
        Proposal.objects.select_for_update(of=("self",))
        .select_related("scope", "proposed_by")
        .get(pk=proposal.pk)
    )
    if not locked.undecided:
        raise Settled(_over(locked))
    if based_on is not None and based_on != locked.turn:
        raise Settled(_("Something has happened here since you looked. Look again, then decide."))
    step = locked.steps.select_related("author").get(state__in=(StepState.WAITING, StepState.ASKED))
    step.proposal = locked
    return locked, step


def _ask(proposal: Proposal, step: Step, person: Person, question: str, as_of: datetime) -> Proposal:
    if proposal.state == ProposalState.ASKED:
        raise Settled(_("Its author has been asked already and has not answered yet."))
    if proposal.proposed_by is None:
        raise Refused(_("Nobody is there who could answer: it was not proposed by a person."))
    text = checked(question, _("Write what you want to know."))
    _say(proposal, person, text, CommentKind.QUESTION, as_of)
    _move(proposal, ProposalState.ASKED)
    step.state, step.asked_at, step.remind_at = StepState.ASKED, as_of, None
    step.save(update_fields=["state", "asked_at", "remind_at"])
    _record("proposal.ask_back", proposal, person)
    tell_author(proposal=proposal, by=person, note=text, as_of=as_of)
    return proposal


def _say(proposal: Proposal, person: Person, text: str, says: CommentKind, as_of: datetime) -> None:
    Comment.objects.create(
        kind=proposal.kind, subject_id=proposal.subject_id, scope=proposal.scope, author=person, text=text, at=as_of,
        says=says, proposal=proposal,
    )  # fmt: skip


def _move(proposal: Proposal, state: ProposalState) -> None:
    proposal.state = state
    proposal.turn += 1
    proposal.save(update_fields=["state", "turn"])


def _end(proposal: Proposal, decision: Decision) -> None:
    """Closes it and has the subject's own floor carry out what follows, which may refuse."""
    _close(proposal, ProposalState(decision.outcome.value), decision.person, decision.note, decision.at)
    follow = kind_of(proposal.kind).on_decided
    if follow is not None:
        follow(proposal, decision)


def _close(
    proposal: Proposal, state: ProposalState, person: Person | None, note: str, as_of: datetime
) -> None:
    proposal.steps.filter(state__in=(StepState.AHEAD, StepState.WAITING, StepState.ASKED)).update(
        state=StepState.DROPPED, remind_at=None, asked_at=None
    )
    proposal.decided_at, proposal.decided_by, proposal.decision_note = as_of, person, note
    proposal.state = state
    proposal.turn += 1
    proposal.save(update_fields=["decided_at", "decided_by", "decision_note", "state", "turn"])


def _taken() -> Settled:
    return Settled(
        _("Something is proposed here already and not decided yet. It must be decided or withdrawn first.")
    )


def _nobody(step: Step) -> str:
    if step.duty:
        return _(
            "Nobody else who sees %(area)s has the duty “%(duty)s” there, so nobody could approve this."
            " An administrator can name somebody."
        ) % {"duty": step.duty, "area": step.proposal.scope.label}
    return _(
        "Nobody else has the role “%(role)s” for %(area)s, so nobody could approve this."
        " An administrator can give it to somebody."
    ) % {"role": Role(step.role).label, "area": step.proposal.scope.label}


def _too_few(step: Step, needed: int) -> str:
    return _(
        "%(n)s different people must approve this as %(who)s, and so many others are not there."
        " An administrator can name somebody."
    ) % {"n": needed, "who": step.duty or Role(step.role).label}


def _over(proposal: Proposal) -> str:
    who = proposal.decided_by.label if proposal.decided_by else ""
    match proposal.state:
        case ProposalState.APPROVED:
            return _("%(name)s has approved this meanwhile.") % {"name": who or "—"}
        case ProposalState.REJECTED:
            return _("%(name)s has rejected this meanwhile.") % {"name": who or "—"}
        case ProposalState.WITHDRAWN:
            return _("Its author has withdrawn this meanwhile.")
    return _("This is over: it has lapsed.")


def _record(action: str, proposal: Proposal, person: Person | None, **details: Any) -> None:
    record(
        action=action,
        subject=proposal.scope.key,
        person=person,
        kind=proposal.kind,
        subject_id=proposal.subject_id,
        proposal=proposal.pk,
        **{name: value for name, value in details.items() if value != ""},
    )
