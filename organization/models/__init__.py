from organization.models.accounts import AccountMail, Invitation, MailState
from organization.models.addresses import AddressCode, AddressKind, Pulse
from organization.models.calendar import CalendarDay, CalendarEvent, EventKind
from organization.models.company import AuditEntry, Company
from organization.models.jobs import Job, JobState
from organization.models.people import Duty, Grant, Person, Responsibility, Role
from organization.models.rates import Rate
from organization.models.tokens import ApiToken, TokenScope
from organization.models.tree import (
    DIMENSIONS,
    ChangeKind,
    Dimension,
    Node,
    NodeAlias,
    NodeAncestor,
    NodeReader,
    Scope,
    TreeChange,
)

__all__ = [
    "DIMENSIONS",
    "AccountMail",
    "AddressCode",
    "AddressKind",
    "ApiToken",
    "AuditEntry",
    "CalendarDay",
    "CalendarEvent",
    "ChangeKind",
    "Company",
    "Dimension",
    "Duty",
    "EventKind",
    "Grant",
    "Invitation",
    "Job",
    "JobState",
    "MailState",
    "Node",
    "NodeAlias",
    "NodeAncestor",
    "NodeReader",
    "Person",
    "Pulse",
    "Rate",
    "Responsibility",
    "Role",
    "Scope",
    "TokenScope",
    "TreeChange",
]
