"""Versions of a budget's plan as a kind of subject that is decided about."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from decimal import Decimal

from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from budgets.models import Version, VersionState
from budgets.money_text import money_text
from budgets.selectors.plan_changes import changes_between
from budgets.services.plans import carry_out
from common import formats
from decisions.kinds import Kind, register_kind
from decisions.models import Proposal
from organization.models import DIMENSIONS, Scope

SHOWN = 8  # changed lines in a proposal; its page has them all


def register() -> None:
    register_kind(
        Kind(
            code=Version.KIND,
            label=gettext_lazy("Plan of a budget"),
            scope_of=_scope_of,
            url_of=lambda pk: reverse("budgets:version", args=[pk]),
            titles_of=_titles_of,
            on_decided=carry_out,
            details_of=_details_of,
        )
    )


def _scope_of(pk: int) -> Scope | None:
    return Scope.objects.filter(node__budget__versions=pk).select_related(*DIMENSIONS).first()


def _titles_of(ids: Collection[int]) -> Mapping[int, str]:
    found = Version.objects.filter(pk__in=ids).select_related("budget__node")
    return {
        one.pk: _("%(budget)s, version %(number)s") % {"budget": one.budget.node.label, "number": one.number}
        for one in found
    }


def _details_of(proposal: Proposal) -> Sequence[tuple[str, str]]:
    """What it has in all, for when, and which lines become more or less."""
    payload, language = proposal.payload, get_language() or "en"
    found = [(_("Planned in all"), money_text(Decimal(payload["total"])))]
    if payload.get("was"):
        found.append((_("Planned before"), money_text(Decimal(payload["was"]))))
    days = [formats.day(date.fromisoformat(payload[one]), language) for one in ("first_day", "last_day")]
    found.append((_("Days"), " – ".join(days)))
    found.append((_("Budget lines"), str(payload["lines"])))
    version = Version.objects.filter(pk=proposal.subject_id).select_related("budget").first()
    held = (
        Version.objects.filter(budget=version.budget, number__lt=version.number, held_from__isnull=False)
        .order_by("-held_from")
        .first()
        if version is not None
        else None
    )
    if version is not None and held is not None and version.state != VersionState.REPLACED:
        changed = changes_between(version, held)
        found += [(one.name, one.said) for one in changed[:SHOWN]]
        if len(changed) > SHOWN:
            found.append((_("Further lines that change"), str(len(changed) - SHOWN)))
    return found
