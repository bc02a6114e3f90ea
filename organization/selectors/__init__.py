"""Reading the organization. What narrows by grants (`selectors.trees`) stands above the gate, so it is not named here."""

from organization.selectors.audit import AuditFilter, AuditPage, audit_entries, audited_actions
from organization.selectors.calendar import (
    CalendarYear,
    calendar_year,
    calendar_years,
    closed_through,
    closing_day,
    exceptions_between,
)
from organization.selectors.people import (
    at_or_above,
    duty_holders,
    grants_of,
    people_with_grants,
    responsibilities_of,
    responsible_people,
    role_holders,
)
from organization.selectors.scopes import UnknownScope, company, find_scope, parse_scope, scope_key
from organization.workdays import is_working_day

__all__ = [
    "AuditFilter",
    "AuditPage",
    "CalendarYear",
    "UnknownScope",
    "at_or_above",
    "audit_entries",
    "audited_actions",
    "calendar_year",
    "calendar_years",
    "closed_through",
    "closing_day",
    "company",
    "duty_holders",
    "exceptions_between",
    "find_scope",
    "grants_of",
    "is_working_day",
    "parse_scope",
    "people_with_grants",
    "responsibilities_of",
    "responsible_people",
    "role_holders",
    "scope_key",
]
