"""Calibrations: filed by whoever leads the area, carried out when a manager approves (opened: `month_closing`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from common.periods import Grain, Period
from decisions.kinds import Decision, Outcome
from decisions.models import Proposal, Task, TaskState
from decisions.services import complete_task, propose
from kpis.calibration_words import amount, money_of, month_words, summary_of
from kpis.models import (
    Calibration,
    CalibrationState,
    Cause,
    ChangeKind,
    Target,
    TargetChange,
)
from kpis.models.calibration import KIND
from kpis.selectors.months import months_left
from kpis.services.closing import check_open
from kpis.services.month_closing import ask
from kpis.services.plans import change_targets
from kpis.services.revisions import Revision, TargetsMoved
from kpis.services.targets import TargetEntry, TargetRefused, check
from organization.models import Person
from organization.services import Refused, record

LONGEST_TEXT = 4000


# -- Filing -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Filing:
    """What the lead says. `numbers`: new targets by the first day of their month, of the market's cause alone;
    `versions`: which version of each she saw, 0 for none; of what is not in it, she takes the one that holds.
    """

    cause: Cause
    reason: str
    plan: str
    numbers: Mapping[date, Decimal]
    versions: Mapping[date, int]
    resplit: bool = False


class AlreadyFiled(Refused):
    """It waits for a decision, or is decided."""


class NumbersMoved(Exception):
    """Somebody set targets of the months left after she looked; nothing was filed. `current` by the first day."""

    def __init__(self, current: Mapping[date, Target]) -> None:
        super().__init__(moved_words(next(iter(current.values()))))
        self.current = current


@transaction.atomic
def file_calibration(
    *, calibration: Calibration, filing: Filing, person: Person, as_of: datetime | None = None
) -> Calibration:
    """Files it for a manager's decision; whether she may set targets here, the gate was asked before.

    Raises AlreadyFiled; Refused where words are missing, no number changes or a month is not one of those left; TargetRefused for a number that cannot be; NumbersMoved where she saw other targets than hold.
    """
    as_of = as_of or timezone.now()
    calibration = (
        Calibration.objects.select_for_update(of=("self",))
        .select_related("metric", "scope__region", "scope__channel", "scope__product")
        .get(pk=calibration.pk)
    )
    if not calibration.to_file:
        raise AlreadyFiled(_("This has been filed already. Look at it again."))
    reason = _words(filing.reason, _("Say why it came so."))
    plan = _words(filing.plan, _("Say what will be done instead."))
    held: dict[date, Target] = {}
    numbers: dict[date, Decimal] = {}
    if filing.cause == Cause.MARKET:
        left = months_left(calibration.month, today=timezone.localdate(as_of))
        held = _held(calibration, left)
        numbers = _changed_numbers(calibration, filing, left, held)
    before = {day.isoformat(): _written(held[day].value if day in held else None) for day in numbers}
    calibration.times_filed += 1
    calibration.proposal = propose(
        kind=KIND,
        subject_id=calibration.pk,
        scope=calibration.scope,
        summary=summary_of(calibration, filing.cause),
        body=reason,
        payload={
            "cause": filing.cause.value,
            "plan": plan,
            "before": before,
            "numbers": {day.isoformat(): f"{value:f}" for day, value in numbers.items()},
            "versions": {day.isoformat(): held[day].version if day in held else 0 for day in numbers},
            "resplit": filing.resplit,
        },
        amount=money_of(calibration.metric, before, numbers),
        person=person,
        as_of=as_of,
    )
    calibration.cause, calibration.reason, calibration.plan = filing.cause, reason, plan
    calibration.numbers = {day.isoformat(): f"{value:f}" for day, value in numbers.items()}
    calibration.resplit = filing.resplit and bool(numbers)
    calibration.filed_by, calibration.filed_at = person, as_of
    calibration.state = CalibrationState.PROPOSED
    calibration.save()
    for task in Task.objects.filter(kind=KIND, subject_id=calibration.pk, state=TaskState.OPEN):
        complete_task(task=task, person=person, as_of=as_of)
    record(
        action="calibration.file", subject=_subject(calibration), person=person,
        month=f"{calibration.month:%Y-%m}", cause=filing.cause.value, reason=reason,
    )  # fmt: skip
    return calibration


def _held(calibration: Calibration, left: Sequence[Period]) -> dict[date, Target]:
    """The targets of the months left, as they hold."""
    found = Target.objects.filter(
        metric=calibration.metric,
        scope=calibration.scope,
        grain=Grain.MONTH.value,
        start__in=[one.start for one in left],
        superseded_at=None,
    )
    return {target.start: target for target in found.select_related("set_by")}


def _changed_numbers(
    calibration: Calibration, filing: Filing, left: Sequence[Period], held: Mapping[date, Target]
) -> dict[date, Decimal]:
    periods = {period.start: period for period in left}
    for day, value in filing.numbers.items():
        if day not in periods:
            raise Refused(_("%(month)s is not one of the months left.") % {"month": f"{day:%Y-%m}"})
        check(TargetEntry(calibration.metric, calibration.scope, periods[day], value))
    changed = {
        day: value
        for day, value in sorted(filing.numbers.items())
        if day not in held or held[day].value != value
    }
    if not changed:
        raise Refused(_("The market changed, you say: give at least one of the months left another target."))
    moved = {
        day: held[day]
        for day in changed
        if day in held and filing.versions.get(day, held[day].version) != held[day].version
    }
    if moved:
        raise NumbersMoved(moved)
    return changed


def _written(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:f}"


def _words(text: str, otherwise: str) -> str:
    text = text.replace("\0", "").strip()
    if not text:
        raise Refused(otherwise)
    if len(text) > LONGEST_TEXT:
        raise Refused(_("This is too long: at most %(most)s characters.") % {"most": LONGEST_TEXT})
    return text


# -- What follows -------------------------------------------------------------------------------------


def carry_out(proposal: Proposal, decision: Decision) -> None:
    """Inside the transaction of the decision: targets move where it is approved; else it is to be filed anew.

    Raises Refused where a target was set meanwhile, or a month has closed.
    """
    calibration = (
        Calibration.objects.select_for_update(of=("self",))
        .select_related("metric", "scope__region", "scope__channel", "scope__product")
        .get(pk=proposal.subject_id)
    )
    if decision.approved:
        if proposal.payload["cause"] == Cause.MARKET:
            calibration.change = _move_targets(calibration, proposal, decision)
        calibration.state = CalibrationState.APPROVED
    elif decision.outcome == Outcome.REJECTED:
        calibration.state = CalibrationState.REJECTED
    else:
        calibration.state = CalibrationState.OPEN
    calibration.save(update_fields=["state", "change"])
    if calibration.to_file:
        ask(calibration, decision.at)


def _move_targets(calibration: Calibration, proposal: Proposal, decision: Decision) -> TargetChange | None:
    payload = proposal.payload
    revisions = [
        Revision(
            TargetEntry(
                calibration.metric,
                calibration.scope,
                Period(Grain.MONTH, date.fromisoformat(day)),
                Decimal(value),
            ),
            based_on=payload["versions"][day],
        )
        for day, value in payload["numbers"].items()
    ]
    try:
        check_open([one.entry for one in revisions], today=timezone.localdate(decision.at))
        return change_targets(
            kind=ChangeKind.CALIBRATION,
            revisions=revisions,
            person=proposal.proposed_by,
            reason=proposal.body,
            details={
                "calibration": calibration.pk,
                "cause": payload["cause"],
                "plan": payload["plan"],
                "resplit": payload["resplit"],
                "approved_by": decision.person.pk if decision.person else None,
                "approved_by_name": decision.person.label if decision.person else "",
            },
        )
    except TargetRefused as refused:
        raise Refused(str(refused)) from None
    except TargetsMoved as moved:
        raise Refused(_moved_meanwhile(list(moved.current.values()))) from None


def _moved_meanwhile(targets: Sequence[Target]) -> str:
    return _(
        "%(who)s has set the target of %(month)s to %(value)s since this was filed. Reject it, so that it is filed"
        " anew on what holds now."
    ) % _named(min(targets, key=lambda one: one.start))


def moved_words(target: Target) -> str:
    """Of one that was set after somebody looked."""
    return _(
        "%(who)s has set the target of %(month)s to %(value)s after you opened the page. Look at it again."
    ) % _named(target)


def _named(target: Target) -> dict[str, str]:
    return {
        "who": target.set_by.label if target.set_by else _("Somebody"),
        "month": month_words(target.start),
        "value": amount(target.value, target.metric),
    }


def _subject(calibration: Calibration) -> str:
    return f"{calibration.metric.code} {calibration.scope.key}"
