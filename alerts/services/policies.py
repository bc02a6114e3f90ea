"""Writing policies: by which steps an alert finds somebody who answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from alerts.models import WAYS, Connection, Policy, PolicyStep, Rota, Rule, StepTarget, TargetKind
from alerts.models.policies import LONGEST_DELAY
from common.listing import listed
from organization.gate import visible_scopes
from organization.models import Person, Scope
from organization.services import Refused, record

MOST_STEPS = 10
MOST_TARGETS = 20  # of one step
SOONEST_REMINDER = 15  # minutes


class PolicyRefused(Refused):
    """`at` is the field that it is about: name, reminder, or steps/0 (and so on); empty for the whole."""

    def __init__(self, reason: str, *, at: str = "") -> None:
        super().__init__(reason)
        self.at = at


@dataclass(frozen=True)
class TargetDraft:
    """One of `person`, `duty`, `rota` and `connection`, as `kind` says. Without `ways`: as each person chose."""

    kind: str
    person: Person | None = None
    duty: str = ""
    rota: Rota | None = None
    connection: Connection | None = None
    ways: tuple[str, ...] = ()


@dataclass(frozen=True)
class StepDraft:
    delay_minutes: int
    targets: Sequence[TargetDraft]


@dataclass(frozen=True)
class PolicyDraft:
    """`repeat_minutes`: how often those told are reminded; None for never."""

    name: str
    scope: Scope
    steps: Sequence[StepDraft]
    repeat_minutes: int | None = None


@transaction.atomic
def save_policy(
    *, draft: PolicyDraft, person: Person | None, policy: Policy | None = None, version: int | None = None
) -> Policy:
    """Makes a policy, or edits one whose `version` its editor has seen.

    Alerts that wait for a step go on with the steps as they are then. Raises PolicyRefused before anything is written.
    """
    check(draft)
    before = None
    if policy is None:
        policy = Policy(owner=person)
    else:
        policy = locked(policy, version)
        before = _described(policy)
        policy.version += 1
    policy.name, policy.scope, policy.repeat_minutes = tidy(draft.name), draft.scope, draft.repeat_minutes
    try:
        with transaction.atomic():
            policy.save()
    except IntegrityError:
        raise PolicyRefused(_("There is a policy of this name already."), at="name") from None
    _save_steps(policy, draft.steps)
    record(
        action="policy.edit" if before else "policy.make",
        subject=policy.name,
        person=person,
        policy=policy.pk,
        before=before,
        after=_described(policy),
    )
    return policy


@transaction.atomic
def remove_policy(*, policy: Policy, person: Person) -> None:
    """Raises PolicyRefused while a rule names it."""
    row = Policy.objects.select_for_update().filter(pk=policy.pk).first()
    if row is None:
        return
    rules = Rule.objects.filter(tiers__policy=row).distinct()
    if rules.exists():
        raise PolicyRefused(_in_use(rules.count(), _names(rules.filter(scope__in=visible_scopes(person)))))
    record(action="policy.remove", subject=row.name, person=person, policy=row.pk, before=_described(row))
    row.delete()


def locked(policy: Policy, version: int | None) -> Policy:
    row = Policy.objects.select_for_update(of=("self",)).filter(pk=policy.pk).first()
    if row is None:
        raise PolicyRefused(_("The policy was removed meanwhile."))
    if version is not None and row.version != version:
        raise PolicyRefused(
            _("Somebody else has changed this policy meanwhile. Look at it again, then make your change.")
        )
    return row


def check(draft: PolicyDraft) -> None:
    """Raises PolicyRefused with a sentence for people."""
    if not 0 < len(tidy(draft.name)) <= 80:
        raise PolicyRefused(_("A name of at most 80 letters is needed."), at="name")
    if not draft.steps:
        raise PolicyRefused(_("Say whom the first step tells."), at="steps/0")
    if len(draft.steps) > MOST_STEPS:
        raise PolicyRefused(_("A policy has at most %(n)s steps.") % {"n": MOST_STEPS})
    repeat = draft.repeat_minutes
    if repeat is not None and not SOONEST_REMINDER <= repeat <= LONGEST_DELAY:
        raise PolicyRefused(
            _("Reminders come every 15 minutes at the soonest, every 30 days at the latest."), at="reminder"
        )
    before = -1
    for place, step in enumerate(draft.steps):
        _check_step(step, before, f"steps/{place}")
        before = step.delay_minutes


def _check_step(step: StepDraft, before: int, at: str) -> None:
    if not step.targets:
        raise PolicyRefused(_("Say whom this step tells."), at=at)
    if len(step.targets) > MOST_TARGETS:
        raise PolicyRefused(_("A step tells at most %(n)s.") % {"n": MOST_TARGETS}, at=at)
    if not 0 <= step.delay_minutes <= LONGEST_DELAY:
        raise PolicyRefused(_("A step comes after 30 days at the latest."), at=at)
    if step.delay_minutes <= before:
        raise PolicyRefused(_("Each step comes later than the one before it."), at=at)
    for target in step.targets:
        _check_target(target, at)


def _check_target(target: TargetDraft, at: str) -> None:
    named = {
        TargetKind.PERSON: target.person,
        TargetKind.DUTY: target.duty.strip(),
        TargetKind.ROTA: target.rota,
        TargetKind.CONNECTION: target.connection,
    }
    if target.kind not in TargetKind.values or not named.get(TargetKind(target.kind), True):
        raise PolicyRefused(_("Say whom this step tells."), at=at)
    if target.person is not None and not target.person.is_active:
        raise PolicyRefused(
            _("%(person)s has left and cannot be told.") % {"person": target.person.label}, at=at
        )
    if set(target.ways) - {way for way, _label in WAYS}:
        raise PolicyRefused(_("Messages cannot go out that way."), at=at)


def tidy(name: str) -> str:
    return " ".join(name.split())


def _save_steps(policy: Policy, steps: Sequence[StepDraft]) -> None:
    """All anew: alerts know a step by its position."""
    policy.steps.all().delete()
    for position, step in enumerate(steps):
        row = PolicyStep.objects.create(policy=policy, position=position, delay_minutes=step.delay_minutes)
        StepTarget.objects.bulk_create(
            StepTarget(
                step=row,
                kind=target.kind,
                person=target.person,
                duty=target.duty.strip(),
                rota=target.rota,
                connection=target.connection,
                ways=list(target.ways),
            )
            for target in dict.fromkeys(step.targets)
        )


def _names(rules: Any) -> list[str]:
    return list(rules.order_by("name").values_list("name", flat=True)[:5])


def _in_use(number: int, known: Sequence[str]) -> str:
    """Names the rules that she may know."""
    if not known:
        return _("Alert rules name this policy. Take it out of them first.")
    names = listed(known) + (" …" if number > len(known) else "")
    return _("These rules name this policy: %(rules)s. Take it out of them first.") % {"rules": names}


def _described(policy: Policy) -> dict[str, object]:
    """For the audit trail."""
    steps = PolicyStep.objects.filter(policy=policy).prefetch_related(
        "targets__person", "targets__rota", "targets__connection"
    )
    return {
        "name": policy.name,
        "scope": policy.scope.key,
        "repeat_minutes": policy.repeat_minutes,
        "steps": [
            {
                "delay_minutes": step.delay_minutes,
                "targets": [_target_described(target) for target in step.targets.all()],
            }
            for step in steps
        ],
    }


def _target_described(target: StepTarget) -> str:
    named = target.duty or target.rota or target.connection
    who = target.person.username if target.person is not None else str(named or "")
    return " ".join([target.kind, *([who] if who else []), *target.ways])
