"""Workers look here for roll-ups and figures that are due."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from common import stopping
from common.queueing import enqueue
from kpis.reconciling import check_next
from kpis.services import month_closing, okr
from kpis.services.outlook import forecast_next
from kpis.services.scorecards import score_open_periods
from kpis.work import catch_up
from organization.selectors import company


@shared_task(name="kpis.tasks.work")
def work() -> None:
    catch_up()
    if stopping.asked():
        enqueue("kpis.tasks.work")  # for a worker that stays


@shared_task(name="kpis.tasks.reconcile")
def reconcile() -> None:
    """Does checks until none is free, and computes what they marked before they look again."""
    while not stopping.asked() and check_next():
        catch_up()


@shared_task(name="kpis.tasks.remind_check_ins")
def remind_check_ins() -> None:
    """Writes to those whose check-ins are missing."""
    okr.remind(now=timezone.now())


@shared_task(name="kpis.tasks.close_months")
def close_months() -> None:
    """Notes months that have closed, has their figures computed, and opens what is to be explained."""
    month_closing.close_months(today=timezone.localdate())
    catch_up()
    month_closing.open_calibrations(now=timezone.now())


@shared_task(name="kpis.tasks.score")
def score() -> None:
    """Computes the scores of the running periods and the ones before; twice is as good as once."""
    score_open_periods(today=timezone.localdate(), fiscal_start=company().fiscal_year_start)


@shared_task(name="kpis.tasks.forecast")
def forecast() -> None:
    """Forecasts what is due until nothing is; any number of workers share the rows."""
    today, fiscal_start = timezone.localdate(), company().fiscal_year_start
    while not stopping.asked() and forecast_next(today=today, fiscal_start=fiscal_start):
        pass
