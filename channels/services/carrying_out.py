"""What follows from a decision about a channel: its state, and a transfer between lines of a budget or a task for finance."""

from __future__ import annotations

from datetime import date, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from channels.changes import BECOMES, KIND, SHARES, Change, makes_sense
from channels.models import ChannelState
from channels.selectors.profiles import profiles_of
from channels.services.profiles import change_state
from decisions.kinds import Decision
from decisions.models import Proposal
from decisions.money import MoneyWanted, taken_up
from decisions.services import open_task
from organization.models import Node, Role
from organization.selectors import exceptions_between, role_holders
from organization.services import Refused
from organization.workdays import add_working_days

DAYS = 5  # working days until money has moved
TITLES = {
    Change.MOVE: gettext_noop("Move money out of this channel, as decided"),
    Change.EXPAND: gettext_noop("Give this channel more money, as decided"),
}
WHAT = gettext_noop("The amount stands in the proposal. Say in your note from where to where it went.")


def carry_out(proposal: Proposal, decision: Decision) -> None:
    """Part of the decision's transaction. What was rejected or withdrawn is kept, and changes nothing.

    Raises Refused where the channel is gone since, or in a state that it would be brought back from.
    """
    if not decision.approved:
        return
    node = Node.objects.filter(pk=proposal.subject_id).first()
    if node is None or node.archived_at is not None:
        raise Refused(
            _(
                "This channel has been put away or merged since, so there is nothing to change. Reject it instead."
            )
        )
    change = Change(proposal.payload["change"])
    now = profiles_of([node.pk])[node.pk]
    if now.state != BECOMES.get(change) and not makes_sense(change, now.state):
        raise Refused(
            _("Its state is “%(state)s” meanwhile, so this no longer fits. Reject it instead.")
            % {"state": now.state_label}
        )
    if change in BECOMES:
        change_state(
            node=node,
            state=ChannelState(BECOMES[change]),
            why=decision.note or str(proposal.payload.get("rule") or proposal.body),
            person=decision.person,
            now=decision.at,
            proposal=proposal,
        )
    if change in SHARES and not _taken_up(node, change, proposal, decision):
        today = timezone.localdate(decision.at)
        open_task(
            kind=KIND,
            subject_id=node.pk,
            scope=proposal.scope,
            title=TITLES[change],
            what=WHAT,
            opened_for=f"{KIND}:{proposal.pk}",
            assigned_to=next(iter(role_holders([Role.FINANCE], proposal.scope)), None),
            due_on=due(today),
            person=decision.person,
            as_of=decision.at,
        )


def _taken_up(node: Node, change: Change, proposal: Proposal, decision: Decision) -> bool:
    """Whether a budget moves the money; else finance has a task."""
    if proposal.amount is None:
        return False
    return taken_up(MoneyWanted(node, change == Change.EXPAND, proposal.amount, proposal, decision))


def due(today: date) -> date:
    return add_working_days(today, DAYS, exceptions_between(today, today + timedelta(days=60)))
