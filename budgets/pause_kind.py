"""Pausing a line as a kind of subject that is decided about; the subject is the line itself."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from budgets import line_kind
from budgets.models import Line
from budgets.money_text import money_text
from budgets.pause_words import PAUSE
from budgets.services.holds import pause
from decisions.kinds import Decision, Kind, register_kind
from decisions.models import Proposal
from kpis.models import Metric
from organization.services import Refused

WHY = gettext_noop("Decided: its return is %(value)s, under %(threshold)s, while spending is ahead of plan.")


def register() -> None:
    register_kind(
        Kind(
            code=PAUSE,
            label=gettext_lazy("Pause of a budget line"),
            scope_of=line_kind.scope_of,
            url_of=line_kind.url_of,
            titles_of=line_kind.titles_of,
            on_decided=carry_out,
            details_of=_details_of,
        )
    )


def carry_out(proposal: Proposal, decision: Decision) -> None:
    """Part of the decision's transaction. Raises Refused where the line is closed or gone since."""
    if not decision.approved:
        return
    line = Line.objects.filter(pk=proposal.subject_id).select_related("node").first()
    if line is None:
        raise Refused(_("This line is gone since, so there is nothing to pause. Reject it instead."))
    payload = proposal.payload
    pause(
        line=line,
        why=WHY,
        values={name: str(payload.get(name, "—")) for name in ("value", "threshold", "rule")},
        episode=payload.get("episode"),
        proposal=proposal,
        person=decision.person,
        now=decision.at,
    )


def _details_of(proposal: Proposal) -> Sequence[tuple[str, str]]:
    payload = proposal.payload
    metric = Metric.objects.filter(code=payload.get("metric", "")).first()
    found = [(_("Alert rule"), str(payload.get("rule") or "—"))]
    if payload.get("value"):
        name = str(metric.label) if metric is not None else _("Return")
        found.append((name, _("%(value)s, under %(threshold)s") % payload))
    for key, label in (("free", _("Free on this line")), ("excess", _("Too much in all"))):
        if payload.get(key):
            found.append((label, money_text(Decimal(str(payload[key])))))
    return found
