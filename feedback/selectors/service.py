"""What was agreed about complaints, for the page that shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from common.listing import listed
from feedback.models import AssignBy, AssignmentRule, FeedbackSettings, ServiceLevel, Severity
from organization.models import DIMENSIONS


@dataclass(frozen=True)
class RuleRow:
    rule: AssignmentRule
    who: str
    severity: str  # empty: any
    first: bool
    last: bool


def rule_rows() -> list[RuleRow]:
    """In their order. Two queries."""
    scopes = (f"scope__{dimension}" for dimension in DIMENSIONS)
    found = list(
        AssignmentRule.objects.select_related("scope", *scopes, "category").prefetch_related("people")
    )
    return [
        RuleRow(
            rule=rule,
            who=_who(rule),
            severity="" if rule.least_severity == Severity.LOW else str(Severity(rule.least_severity).label),
            first=index == 0,
            last=index == len(found) - 1,
        )
        for index, rule in enumerate(found)
    ]


def _who(rule: AssignmentRule) -> str:
    if rule.assigns_by == AssignBy.DUTY:
        return _("Duty: %(duty)s") % {"duty": rule.duty}
    return listed(one.label for one in rule.people.all())


def said_of_service(row: FeedbackSettings, levels: Mapping[int, ServiceLevel]) -> str:
    """One sentence that says it, for a complaint of normal severity."""
    normal = levels.get(Severity.NORMAL) or ServiceLevel(severity=Severity.NORMAL)
    return _(
        "Working hours are %(opens)s to %(closes)s. A normal complaint is answered within %(answer)s and solved within"
        " %(solve)s."
    ) % {
        "opens": f"{row.opens:%H:%M}",
        "closes": f"{row.closes:%H:%M}",
        "answer": _span(normal.answer_minutes),
        "solve": _span(normal.solve_minutes),
    }


def _span(minutes: int) -> str:
    if minutes % 60:
        return ngettext("%(n)s working minute", "%(n)s working minutes", minutes) % {"n": minutes}
    hours = minutes // 60
    return ngettext("%(n)s working hour", "%(n)s working hours", hours) % {"n": hours}
