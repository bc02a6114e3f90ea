"""When working days, hours or levels change, the clocks that run are set anew: all of them, at once."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import fields
from datetime import datetime
from operator import attrgetter

import structlog
from django.db import connection, transaction

from feedback import sla
from feedback.models import Complaint, FeedbackSettings, Pause
from feedback.services.due import CLOCKS, Timed, set_clocks, stretches, terms
from feedback.services.keeping import try_to_line_up
from feedback.services.writing_clocks import write_clocks
from organization.services import record

log = structlog.get_logger(__name__)

# What the clocks depend on, and nothing else.
_STAMP = """
    SELECT md5(concat_ws('/',
        (SELECT concat_ws(' ', opens, closes, warn_percent) FROM feedback_feedbacksettings),
        (SELECT string_agg(concat_ws(' ', severity, answer_minutes, answer_hours_at_most, solve_minutes), ','
            ORDER BY severity) FROM feedback_servicelevel),
        (SELECT time_zone FROM organization_company),
        (SELECT string_agg(concat_ws(' ', day, working), ',' ORDER BY day) FROM organization_calendarday)))
"""
_READ = tuple(field.name for field in fields(Timed))
_CLOCKS = attrgetter(*CLOCKS)


def terms_moved() -> bool:
    """One query."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT calendar_stamp <> ({_STAMP}) FROM feedback_feedbacksettings")
        row = cursor.fetchone()
    return bool(row and row[0])


@transaction.atomic
def follow_terms(*, now: datetime) -> int:
    """Sets the clocks of open complaints by what holds now; returns how many changed.

    Waits for nobody: while complaints come in it does nothing, and what somebody is working on it leaves out; the next
    sweep finds that too.
    """
    if not try_to_line_up() or not terms_moved():
        return 0
    stamp = _stamp()  # before the terms are read: what changes after it is found by the next sweep
    open_ones = Complaint.objects.filter(state__in=Complaint.OPEN)
    held = open_ones.select_for_update(no_key=True, skip_locked=True).order_by("pk")
    rows = [Timed(*values) for values in held.values_list(*_READ)]
    changed = _set(rows, now)
    write_clocks(changed)
    if len(rows) == open_ones.count():
        FeedbackSettings.objects.filter(pk=1).update(calendar_stamp=stamp)
    if changed:
        record(action="feedback.clocks_moved", subject="", person=None, complaints=len(changed))
    log.info("complaint_clocks_moved", looked_at=len(rows), changed=len(changed))
    return len(changed)


def _set(rows: list[Timed], now: datetime) -> list[Timed]:
    if not rows:
        return []
    pauses: dict[int, list[sla.Stretch]] = defaultdict(list)
    for pause in Pause.objects.filter(complaint__state__in=Complaint.OPEN):
        pauses[pause.complaint_id] += stretches([pause])
    agreed = terms(since=min(row.received_at for row in rows), now=now)
    changed = []
    for row in rows:
        before = _CLOCKS(row)
        set_clocks(row, pauses[row.pk], agreed)
        if before != _CLOCKS(row):
            changed.append(row)
    return changed


def _stamp() -> str:
    with connection.cursor() as cursor:
        cursor.execute(_STAMP)
        (found,) = cursor.fetchone()
    return str(found)
