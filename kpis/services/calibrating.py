"""Calibrations: filed by whoever leads the area, carried out when a manager approves (opened: `month_closing`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from common import formats
from common.periods import Grain, Period
from decisions.kinds import Decision, Outcome
from decisions.models import Proposal, Task, TaskState
from decisions.services import complete_task, propose
from kpis.calibration_words import money_of, summary_of
from kpis.models import (
    Calibration,
    CalibrationState,
    Cause,
    ChangeKind,
    Metric,
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
    `versions`: which version of each she saw, 0 for none.
    """

    cause: Cause
    reason: str
    plan: str
    numbers: Mapping[date, Decimal]
    versions: Mapping[date, int]
    resplit: bool = False


@transaction.atomic
def file_calibration(
    *, calibration: Calibration, filing: Filing, person: Person, as_of: datetime | None = None
) -> Calibration:
    """Files it for a manager's decision; whether she may set targets here, the gate was asked before.

    Raises Refused where it is filed or decided already, words are missing, no number changes or a month is not one of
    those left; TargetRefused for a number that cannot be.
    """
    as_of = as_of or timezone.now()
    calibration = (
        Calibration.objects.select_for_update(of=("self",))
        .select_related("metric", "scope__region", "scope__channel", "scope__product")
        .get(pk=calibration.pk)
    )
    if not calibration.to_file:
        raise Refused(_("This has been filed already. Look at it again."))
    reason = _words(filing.reason, _("Say why it came so."))
    plan = _words(filing.plan, _("Say what will be done instead."))
    before: dict[str, str | None] = {}
    numbers: dict[date, Decimal] = {}
    if filing.cause == Cause.MARKET:
        numbers = _changed_numbers(calibration, filing, before, today=timezone.localdate(as_of))
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
            "versions": {day.isoformat(): filing.versions.get(day, 0) for day in numbers},
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


def _changed_numbers(
    calibration: Calibration, filing: Filing, before: dict[str, str | None], *, today: date
) -> dict[date, Decimal]:
    """Those that say something else than what holds, which is put into `before`."""
    left = {period.start: period for period in months_left(calibration.month, today=today)}
    for day, value in filing.numbers.items():
        if day not in left:
            raise Refused(_("%(month)s is not one of the months left.") % {"month": f"{day:%Y-%m}"})
        check(TargetEntry(calibration.metric, calibration.scope, left[day], value))
    held = {
        target.start: target.value
        for target in Target.objects.filter(
            metric=calibration.metric,
            scope=calibration.scope,
            grain=Grain.MONTH.value,
            start__in=list(left),
            superseded_at=None,
        )
    }
    changed = {day: value for day, value in filing.numbers.items() if held.get(day) != value}
    if not changed:
        raise Refused(_("The market changed, you say: give at least one of the months left another target."))
    for day in sorted(changed):
        was = held.get(day)
        before[day.isoformat()] = None if was is None else f"{was:f}"
    return dict(sorted(changed.items()))


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
        raise Refused(_moved_words(calibration.metric, list(moved.current.values()))) from None


def _moved_words(metric: Metric, targets: Sequence[Target]) -> str:
    first = min(targets, key=lambda one: one.start)
    words = {
        "who": first.set_by.label if first.set_by else _("Somebody"),
        "month": f"{first.start:%Y-%m}",
        "value": formats.NO_VALUE if first.value is None else f"{first.value.normalize():f}",
    }
    return (
        _(
            "%(who)s has set the target of %(month)s to %(value)s since this was filed. Reject it, so that it is filed"
            " anew on what holds now."
        )
        % words
    )


def _subject(calibration: Calibration) -> str:
    return f"{calibration.metric.code} {calibration.scope.key}"
