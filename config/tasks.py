"""The heartbeat of the background: every beat says "look", and each app looks after its own rows."""

from __future__ import annotations

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from alerts import tasks as alerts
from budgets import tasks as budgets
from common.queueing import enqueue
from customers import tasks as customers
from dashboards import tasks as dashboards
from decisions import tasks as decisions
from feedback import tasks as feedback
from ingest.services import make_due, make_nightly, pulls_wait, work_waits
from kpis.reconciling import checks_wait, night_of, start_night
from kpis.services import turn_day
from kpis.services.month_closing import months_wait
from kpis.services.okr import reminders_wait
from kpis.services.outlook import outlooks_wait
from kpis.services.scorecards import scores_wait
from kpis.stamps import sweep_stamps
from kpis.work import is_due
from organization import tasks as organization
from organization.selectors import closed_through
from organization.services import note_pulse


@shared_task
def sweep() -> None:
    """Find work whose message was lost or whose worker died. Harmless when doubled or missed."""
    note_pulse(name="sweep", now=timezone.now())
    today = timezone.localdate()
    turn_day(today=today, open_since=closed_through(today) + timedelta(days=1))
    make_due()
    night = night_of(timezone.now())
    if night is not None:
        make_nightly(night=night)
        start_night(today=today)
    if pulls_wait():
        enqueue("ingest.tasks.pull")
    if work_waits():
        enqueue("ingest.tasks.work")
    if checks_wait():
        enqueue("kpis.tasks.reconcile")
    if is_due():
        enqueue("kpis.tasks.work")
    if months_wait(today=today):
        enqueue("kpis.tasks.close_months")
    if reminders_wait(now=timezone.now()):
        enqueue("kpis.tasks.remind_check_ins")
    if outlooks_wait(today=today):
        enqueue("kpis.tasks.forecast")
    if scores_wait(now=timezone.now()):
        enqueue("kpis.tasks.score")
    sweep_stamps()
    customers.sweep()
    budgets.sweep()
    feedback.sweep()
    alerts.sweep()
    decisions.sweep()
    organization.sweep()
    dashboards.sweep()
