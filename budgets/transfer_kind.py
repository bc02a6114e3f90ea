"""Transfers as kinds of subjects that are decided about: between lines, and from the emergency pool."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from budgets.models import Balance, Line, LineState, Transfer, TransferState
from budgets.money_text import money_text
from budgets.services.transfers import carry_out
from common import formats
from decisions.kinds import Kind, register_kind
from decisions.models import Proposal
from organization.models import DIMENSIONS, Role, Scope


def register() -> None:
    register_kind(
        Kind(
            code=Transfer.KIND,
            label=gettext_lazy("Transfer"),
            scope_of=_scope_of,
            url_of=_url_of,
            titles_of=_titles_of,
            on_decided=carry_out,
            details_of=_details_of,
        )
    )
    register_kind(
        Kind(
            code=Transfer.EMERGENCY_KIND,
            label=gettext_lazy("Emergency money"),
            scope_of=_scope_of,
            url_of=_url_of,
            titles_of=_titles_of,
            on_decided=carry_out,
            details_of=_details_of,
            days=1,
            without_duty=Role.FINANCE.value,
        )
    )


def _scope_of(pk: int) -> Scope | None:
    """The budget's: whoever has a duty there signs, whichever lines it is about, and sees them all."""
    return Scope.objects.filter(node__budget__lines__transfers_out=pk).select_related(*DIMENSIONS).first()


def _url_of(pk: int) -> str:
    return reverse("budgets:transfer", args=[pk])


def _titles_of(ids: Collection[int]) -> Mapping[int, str]:
    rows = Transfer.objects.filter(pk__in=ids).select_related("from_line", "to_line")
    return {one.pk: f"{one.from_line.name} → {one.to_line.name}" for one in rows}


def _details_of(proposal: Proposal) -> Sequence[tuple[str, str]]:
    """From where to where, what is there now, and how far the lines' plans move. Two queries."""
    transfer = (
        Transfer.objects.filter(pk=proposal.subject_id)
        .select_related("from_line__budget__node", "to_line")
        .first()
    )
    if transfer is None:
        return []
    waits = transfer.state == TransferState.WAITING
    balances = Balance.objects.in_bulk([transfer.from_line_id, transfer.to_line_id])
    found = [(_("Budget"), transfer.from_line.budget.node.label)]
    for words, line in ((_("Out of the line"), transfer.from_line), (_("Into the line"), transfer.to_line)):
        said = line.name
        if waits and line.pk in balances:
            said = _("%(line)s, %(free)s free now") % {
                "line": _line(line),
                "free": money_text(balances[line.pk].free),
            }
        found.append((words, said))
    for line in (transfer.from_line, transfer.to_line):
        share = proposal.payload.get("moves", {}).get(str(line.pk))
        if share is not None:
            words = _("“%(line)s” within the month, with this") % {"line": line.name}
            found.append((words, formats.share(Decimal(share))))
    if transfer.special:
        found.append((_("Special reason"), _(transfer.special)))
    return found


def _line(line: Line) -> str:
    if line.state == LineState.PAUSED:
        return _("%(line)s (paused)") % {"line": line.name}
    return line.name
