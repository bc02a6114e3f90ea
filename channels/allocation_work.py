"""Response curves as long work, and splits as something that is decided about, made known to the floors below."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal

from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from channels.allocation_words import amount as money
from channels.models import Allocation
from channels.services.allocating import carry_out
from channels.services.responding import KIND, run_response
from common import formats
from decisions.kinds import Kind, register_kind
from decisions.models import Proposal
from organization.gate import Action, can, can_somewhere
from organization.jobs import JobKind, register_job_kind
from organization.models import Job, Node, Person, Scope


def register() -> None:
    register_job_kind(
        JobKind(
            code=KIND,
            label=gettext_lazy("Fitting response curves"),
            run=run_response,
            may_see=_may_see,
            may_cancel=lambda person, _job: can_somewhere(person, Action.KEEP_METRICS),
        )
    )
    register_kind(
        Kind(
            code=Allocation.KIND,
            label=gettext_lazy("Split of a budget"),
            scope_of=lambda pk: _company() if Allocation.objects.filter(pk=pk).exists() else None,
            url_of=lambda pk: f"{reverse('channels:allocation')}#sent-{pk}",
            titles_of=titles_of,
            on_decided=carry_out,
            details_of=details_of,
        )
    )


def titles_of(pks: Collection[int]) -> Mapping[int, str]:
    language = get_language() or "en"
    return {
        one.pk: _("Split of %(total)s, %(first)s – %(last)s")
        % {
            "total": money(one.total),
            "first": formats.day(one.first_day, language),
            "last": formats.day(one.last_day, language),
        }
        for one in Allocation.objects.filter(pk__in=pks)
    }


def details_of(proposal: Proposal) -> Sequence[tuple[str, str]]:
    """Each channel's amount, and today's beside it."""
    one = Allocation.objects.filter(pk=proposal.subject_id).first()
    if one is None:
        return []
    names = Node.objects.in_bulk([part["node"] for part in one.parts])
    told = [
        (names[part["node"]].label, f"{money(Decimal(part['today']))} → {money(Decimal(part['amount']))}")
        for part in one.parts
        if part["node"] in names
    ]
    gain = _("%(gain)s (%(low)s to %(high)s)") % {
        "gain": money(one.gain),
        "low": money(one.gain_low),
        "high": money(one.gain_high),
    }
    return [(_("Total"), money(one.total)), (_("Expected gain"), gain), *told]


def _company() -> Scope | None:
    return Scope.objects.filter(key="company").first()


def _may_see(person: Person, _job: Job) -> bool:
    company = _company()
    return company is not None and can(person, Action.VIEW, company)
