"""Complaints whose assignee left, or may not handle them there any more, go to whoever should have them now."""

from __future__ import annotations

from datetime import datetime

import structlog
from django.db import connection, transaction

from feedback.models import Complaint
from feedback.services.assigning import able_there, choose, give
from feedback.services.keeping import SCOPES, line_up, mark, note_down
from feedback.services.telling import ASSIGNED, Told, tell
from organization.gate import Action, roles_for
from organization.models import DIMENSIONS

log = structlog.get_logger(__name__)

BATCH = 200
_COVERED = " AND ".join(
    f"(top.{one}_id IS NULL OR EXISTS (SELECT 1 FROM organization_nodeancestor AS way"
    f" WHERE way.node_id = area.{one}_id AND way.ancestor_id = top.{one}_id))"
    for one in DIMENSIONS
)
# Whose they are is asked once a person and area, however many complaints there are.
_ASTRAY = f"""
    WITH held AS (
        SELECT DISTINCT assigned_to_id, scope_id FROM feedback_complaint WHERE state IN ('new', 'open', 'waiting')
    ), astray AS (
        SELECT held.* FROM held JOIN organization_scope AS area ON area.id = held.scope_id
        LEFT JOIN organization_person AS person ON person.id = held.assigned_to_id
        WHERE person.id IS NULL OR NOT person.is_active OR NOT (person.is_superuser OR EXISTS (
            SELECT 1 FROM organization_grant AS grants JOIN organization_scope AS top ON top.id = grants.scope_id
            WHERE grants.person_id = person.id AND grants.role = ANY(%(roles)s) AND {_COVERED}))
    )
    SELECT complaint.id FROM feedback_complaint AS complaint JOIN astray
        ON complaint.scope_id = astray.scope_id AND complaint.assigned_to_id IS NOT DISTINCT FROM astray.assigned_to_id
    WHERE state IN ('new', 'open', 'waiting')
    ORDER BY complaint.assigned_to_id IS NULL, complaint.id LIMIT %(limit)s
"""


def astray(*, limit: int = BATCH) -> list[int]:
    """Open complaints that nobody has who may handle them; those first that somebody had. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_ASTRAY, {"roles": list(roles_for(Action.HANDLE_COMPLAINTS)), "limit": limit})
        return [pk for (pk,) in cursor.fetchall()]


def reassign_next(*, now: datetime, limit: int = BATCH) -> int:
    """Gives some of them to others; returns how many changed hands. Call it until none is left."""
    changed = 0
    for pk in astray(limit=limit):
        try:
            changed += _reassign(pk, now)
        except Exception:  # a fault of ours about one must not keep the others waiting
            log.exception("complaint_not_reassigned", complaint=pk)
    return changed


@transaction.atomic
def _reassign(pk: int, now: datetime) -> bool:
    """False where somebody else has it in hand, or there is still nobody."""
    row = (
        Complaint.objects.select_for_update(of=("self",), no_key=True, skip_locked=True)
        .select_related("scope", *SCOPES, "category", "assigned_to")
        .filter(pk=pk, state__in=Complaint.OPEN)
        .first()
    )
    if row is None:
        return False
    before = row.assigned_to
    if before is not None and able_there([before.pk], row.scope):
        return False
    line_up()
    choice = choose(scope=row.scope, category=row.category, severity=row.severity, now=now)
    if choice.person is None and before is None:
        return False
    give(row, choice, now, because="right" if before is not None and before.is_active else "left")
    row.save(update_fields=["assigned_to", "assigned_why", "assigned_at"])
    mark([row])
    note_down(
        "complaint_reassign", row, None, whom=choice.person.username if choice.person else None,
        whose=before.username if before else None,
    )  # fmt: skip
    if choice.person is not None:
        tell([Told(choice.person, ASSIGNED, row)], now)
    return True
