"""What the owner of a line is asked to say (a plan for the rest, a cause), and saying it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from budgets.line_kind import KIND
from budgets.models import AskedFor, Hold, HoldKind, Line, Statement
from budgets.services.holds import lift
from budgets.services.settings import settings
from decisions.models import TaskState
from decisions.selectors.rights import sees
from decisions.selectors.tasks import may_finish
from decisions.services import Settled, complete_task, open_task
from organization.models import Person, Scope
from organization.selectors import exceptions_between
from organization.services import Refused, record
from organization.workdays import add_working_days

LONGEST = 10_000
TITLES = {
    AskedFor.REST: gettext_noop("Say how the rest of this line's money will be spent"),
    AskedFor.DAY_CAUSE: gettext_noop("Say why a day cost more than planned"),
    AskedFor.LINE_CAUSE: gettext_noop("Say why this line is over its plan"),
}
WHAT = gettext_noop("Open the line and write it under what its owner was asked. It is kept with the line.")
FILED = gettext_noop("The plan for the rest is there.")


@transaction.atomic
def ask(
    *,
    line: Line,
    asked_for: AskedFor,
    day: date,
    values: Mapping[str, str],
    episode: int | None,
    now: datetime,
) -> tuple[Statement, bool]:
    """Asks the line's owner, with a task that is due in as many working days as the settings say.

    Where the same is asked and not said yet, that stays, and so does what was asked for the same day. Returns the
    statement and whether it is new.
    """
    Line.objects.select_for_update(of=("self",)).get(pk=line.pk)  # who asks at once waits
    of_kind = Statement.objects.filter(line=line, asked_for=asked_for)
    same = Q(day=day)
    if asked_for != AskedFor.DAY_CAUSE:
        same |= Q(said_at__isnull=True)
    known = of_kind.filter(same).order_by("-pk").first()
    if known is not None:
        return known, False
    today = timezone.localdate(now)
    row = settings()
    made = Statement.objects.create(
        line=line, asked_for=asked_for, day=day, values=dict(values), episode=episode, asked_at=now,
        due_on=due(today, row.plan_days if asked_for == AskedFor.REST else row.cause_days),
    )  # fmt: skip
    scope = Scope.objects.get(node=line.node_id)
    owner = line.owner
    if owner is not None and not (owner.is_active and sees(owner, KIND, line.pk, scope)):
        owner = None
    made.task = open_task(
        kind=KIND, subject_id=line.pk, scope=scope, title=TITLES[asked_for], what=WHAT,
        opened_for=f"budgets.statement:{made.pk}", assigned_to=owner, due_on=made.due_on, as_of=now,
    )  # fmt: skip
    made.save(update_fields=["task"])
    _record("budget.require", made, scope, None)
    return made, True


@transaction.atomic
def say(*, statement: Statement, text: str, person: Person, now: datetime) -> Statement:
    """Keeps what she says, ends its task, and lifts what was frozen until the plan for the rest is there.

    The caller has asked `rights.may_spend`. What was said stays: raises Settled where it was; Refused for nothing.
    """
    text = text.replace("\0", "").strip()
    if not text:
        raise Refused(_("Write it first."))
    if len(text) > LONGEST:
        raise Refused(_("This is too long: at most %(most)s characters.") % {"most": LONGEST})
    row = Statement.objects.select_for_update(of=("self",)).select_related("line__budget", "task").get(
        pk=statement.pk
    )  # fmt: skip
    if row.said_at is not None:
        who = row.said_by.label if row.said_by else "—"
        raise Settled(_("%(name)s has said it meanwhile.") % {"name": who})
    row.text, row.said_by, row.said_at = text, person, now
    row.save(update_fields=["text", "said_by", "said_at"])
    _record("budget.answer", row, Scope.objects.get(node=row.line.node_id), person)
    if row.task is not None and row.task.state == TaskState.OPEN:
        by = person if may_finish(person, row.task, as_of=now) else None
        complete_task(task=row.task, person=by, note=text, as_of=now)
    if row.asked_for == AskedFor.REST:
        for hold in _waiting_for(row):
            lift(hold=hold, why=FILED, person=None, now=now)
    return row


def due(today: date, days: int) -> date:
    return add_working_days(today, days, exceptions_between(today, today + timedelta(days=120)))


def _waiting_for(statement: Statement) -> list[Hold]:
    """What was frozen until plans are there, and for which none is lacking any more.

    A rule about a line waits for that line's; one about the whole budget for those of all lines that were asked.
    """
    line = statement.line
    open_in = Statement.objects.filter(asked_for=AskedFor.REST, said_at__isnull=True)
    of_line = open_in.filter(line=line).exists()
    of_budget = open_in.filter(line__budget=line.budget_id).exists()
    holds = Hold.objects.filter(
        kind=HoldKind.FREEZE, lifted_at__isnull=True, episode__isnull=False, line__budget=line.budget_id
    ).order_by("line_id")
    return [
        hold
        for hold in holds
        if (hold.values.get("until") == "line" and hold.line_id == line.pk and not of_line)
        or (hold.values.get("until") == "budget" and not of_budget)
    ]


def _record(action: str, statement: Statement, scope: Scope, person: Person | None) -> None:
    record(
        action=action, subject=scope.key, person=person, line=statement.line_id, statement=statement.pk,
        asked_for=statement.asked_for, day=statement.day.isoformat(),
        **({"text": statement.text} if statement.text else {}),
    )  # fmt: skip
