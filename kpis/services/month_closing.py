"""Months that close: their calibrations are opened once, however many beats and workers look, each with its task."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import connection, transaction
from django.db.models import DateTimeField, Func
from django.utils import timezone
from django.utils.translation import gettext_noop

from common.periods import Grain, Period
from decisions.models import Task
from decisions.services import open_task
from kpis.models import Calibration, ChangedDay, ChangedScope, MonthClosing, Target
from kpis.models.calibration import KIND
from kpis.selectors.months import last_closed
from kpis.services.changes import mark_scopes_changed
from organization.models import Person, Role
from organization.selectors import (
    closed_through,
    closing_day,
    company,
    duty_holders,
    exceptions_between,
    responsible_people,
    role_holders,
)
from organization.services import record
from organization.workdays import add_working_days

TASK = gettext_noop("Say why the month closed off plan, and what follows")
RECENT = timedelta(days=45)  # months that closed before are history: nobody is asked about them
ANSWER_DAYS = 5  # working days until a calibration should be filed
DUTIES = ("lead", "director")  # who is asked where nobody is responsible


class ClockTimestamp(Func):
    """Now, and not when the transaction or the statement began."""

    template = "clock_timestamp()"
    output_field = DateTimeField()


def months_wait(*, today: date) -> bool:
    """Whether a month has closed whose calibrations are not opened yet. Four queries."""
    last = last_closed(closed_through(today))
    return (
        MonthClosing.objects.filter(opened_at=None).exists()
        or not MonthClosing.objects.filter(month=last.start).exists()
    )


@transaction.atomic
def close_months(*, today: date) -> list[Period]:
    """Notes the months that closed of late, each once however many ask, and has their figures computed a last time.

    Returns those that this call noted.
    """
    month = last_closed(closed_through(today))
    noted = []
    while closing_day(month.end) > today - RECENT:
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO kpis_monthclosing (month) VALUES (%s) ON CONFLICT DO NOTHING RETURNING month",
                [month.start],
            )
            if cursor.fetchone():
                noted.append(month)
        month = month.next(-1)
    for one in noted:
        scopes = Target.objects.filter(
            grain=Grain.MONTH.value, start=one.start, superseded_at=None, value__isnull=False
        )
        ids = sorted(set(scopes.values_list("scope_id", flat=True)))
        if ids:
            mark_scopes_changed(spans=[(pk, one.start, one.end) for pk in ids])
    # Later than the marks themselves, which are waited for.
    MonthClosing.objects.filter(month__in=[one.start for one in noted]).update(marked_at=ClockTimestamp())
    return noted


@transaction.atomic
def open_calibrations(*, now: datetime) -> list[Calibration]:
    """Opens what is to be explained of the months that have closed, once; returns what this call opened.

    A month waits until the figures that were due when it closed have been computed. One statement a month, then a task
    for each. Later data opens none anew.
    """
    opened: list[int] = []
    for closing in (
        MonthClosing.objects.filter(opened_at=None).select_for_update(skip_locked=True).order_by("month")
    ):
        if any(
            due.objects.filter(marked_at__lte=closing.marked_at).exists()
            for due in (ChangedDay, ChangedScope)
        ):
            continue
        with connection.cursor() as cursor:
            cursor.execute(
                _OPEN, {"month": closing.month, "threshold": company().calibration_threshold, "now": now}
            )
            opened += [pk for (pk,) in cursor.fetchall()]
        closing.opened_at = now
        closing.save(update_fields=["opened_at"])
    found = list(
        Calibration.objects.filter(pk__in=opened)
        .select_related("metric", "scope", "scope__region", "scope__channel", "scope__product")
        .order_by("pk")
    )
    for one in found:
        record(
            action="calibration.open",
            subject=f"{one.metric.code} {one.scope.key}",
            person=None,
            month=f"{one.month:%Y-%m}",
        )
        ask(one, now)
    return found


# Of result figures with a target of their own for the month. What has no target, no value or a target of zero has no
# distance from plan.
_OPEN = """
    INSERT INTO kpis_calibration (metric_id, scope_id, month, target, value, attainment, opened_at)
    SELECT reading.metric_id, reading.scope_id, reading.start, target.value, reading.value, reading.attainment, %(now)s
    FROM kpis_reading AS reading
    JOIN kpis_target AS target ON target.metric_id = reading.metric_id AND target.scope_id = reading.scope_id
        AND target.grain = 'month' AND target.start = reading.start AND target.superseded_at IS NULL
    JOIN kpis_metric AS metric ON metric.id = reading.metric_id
    WHERE reading.grain = 'month' AND reading.start = %(month)s AND reading.value IS NOT NULL
      AND target.value <> 0 AND abs(reading.value - target.value) >= %(threshold)s * abs(target.value)
      AND metric.kind = 'result' AND metric.direction <> 'band' AND metric.archived_at IS NULL
    ORDER BY reading.scope_id, reading.metric_id
    ON CONFLICT (metric_id, scope_id, month) DO NOTHING
    RETURNING id
"""


def ask(calibration: Calibration, now: datetime) -> Task:
    """The task of whoever leads the area: the one responsible, else by duty, else the nearest lead."""
    today = timezone.localdate(now)
    scope = calibration.scope
    whose: Person | None = None
    if not responsible_people(scope, today):
        holders = [
            *(person for duty in DUTIES for person in duty_holders(duty, scope)),
            *role_holders([Role.LEAD], scope),
            *role_holders([Role.MANAGER], scope),
        ]
        whose = next(iter(holders), None)
    exceptions = exceptions_between(today, today + timedelta(days=60))
    return open_task(
        kind=KIND,
        subject_id=calibration.pk,
        scope=scope,
        title=TASK,
        opened_for=f"{KIND}:{calibration.pk}:{calibration.times_filed}",
        assigned_to=whose,
        due_on=add_working_days(today, ANSWER_DAYS, exceptions),
        as_of=now,
    )
