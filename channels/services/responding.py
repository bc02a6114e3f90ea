"""The job of response curves: fits every channel's, keeps them as rows, and publishes what the next 1% of spend brings."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal

import numpy as np
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop as _noop

from channels.models import ResponseCurve, ResponseRun
from channels.response import Curve, Fitted, Verdict, fit_one
from channels.selectors.response_input import ResponseInput, month_spend, response_input
from common.periods import Grain, Period
from kpis.services import Published, ensure_source, publish_amounts
from organization.jobs import Progress
from organization.models import Job, Person
from organization.selectors import closed_through
from organization.services import order_job

KIND = "channels.response"
SOURCE = "response-curves"
MEASURES = ("marginal_revenue", "marginal_cost")
MONTHS = 13  # closed ones of which the next 1% is published: a year, and the month it is compared with
CENT = Decimal("0.01")
ENDLESS = (date(1971, 1, 1), date(9000, 1, 1))


def order_curves(*, person: Person | None, now: datetime) -> Job:
    """Has all curves fitted anew; one who orders while they are has it done once more."""
    return order_job(kind=KIND, person=person, now=now)


def run_response(job: Job, progress: Progress) -> None:
    """Replaces all curves and what was published of them. A channel that teaches nothing has a row that says why."""
    began = time.monotonic()
    today = timezone.localdate()
    progress.at(1, _noop("Reading weeks of spend and revenue"))
    read = response_input(today=today)
    found: dict[int, Fitted] = {}
    for at, weeks in enumerate(read.channels):
        progress.at(2 + 90 * at / max(len(read.channels), 1), _noop("Fitting curves"), rows=at)
        found[weeks.node.pk] = fit_one(weeks.spend, weeks.revenue) if len(weeks.spend) else NOTHING
    progress.at(93, _noop("Writing curves"))
    keep_curves(read, found, today=today, job=job, progress=progress, seconds=time.monotonic() - began)


NOTHING = Fitted(Verdict.NO_SPEND, 0, 0)


@transaction.atomic
def keep_curves(
    read: ResponseInput,
    found: Mapping[int, Fitted],
    *,
    today: date,
    job: Job,
    progress: Progress,
    seconds: float,
) -> ResponseRun:
    """Writes the run in place of the last one."""
    progress.still_ours()
    ResponseRun.objects.all().delete()
    run = ResponseRun.objects.create(
        made_by=job.created_by,
        inputs_version=read.version,
        first_day=min((weeks.first_day for weeks in read.channels if weeks.first_day), default=None),
        last_day=read.last_day,
        seconds=seconds,
    )
    ResponseCurve.objects.bulk_create(
        _row(run, weeks.node.pk, weeks.current, found[weeks.node.pk]) for weeks in read.channels
    )
    curves = {weeks.node.scope.pk: found[weeks.node.pk].curve for weeks in read.channels}
    closed = closed_through(today)
    publish_amounts(
        source=ensure_source(code=SOURCE, name="Response curves", facts="", rank=900),
        grain=Grain.MONTH,
        first=ENDLESS[0],
        last=ENDLESS[1],
        measures=MEASURES,
        rows=list(_published(curves, closed)),
        through=closed,
    )
    return run


def _row(run: ResponseRun, node: int, current: Decimal, fitted: Fitted) -> ResponseCurve:
    row = ResponseCurve(
        run=run, node_id=node, verdict=fitted.verdict.value, weeks=fitted.weeks, parameters=fitted.parameters,
        explained=fitted.explained, current=current,
    )  # fmt: skip
    if fitted.curve is not None:
        curve = fitted.curve
        row.usual, row.highest = curve.usual, curve.highest
        row.draws = {
            name: [float(f"{each:.6g}") for each in getattr(curve, name)]
            for name in ("carry", "steep", "half", "most")
        }
    return row


def _published(curves: Mapping[int, Curve | None], closed: date) -> Iterator[Published]:
    """What 1% more than each month's spend would have brought, at that month's rate."""
    month = Period.containing(closed, Grain.MONTH)
    newest = month if month.end <= closed else month.next(-1)
    months = [newest.next(-back) for back in range(MONTHS)]
    fitted = {scope: curve for scope, curve in curves.items() if curve is not None}
    spent = month_spend(fitted, first=months[-1].start, last=months[0].end)
    for one in months:
        weeks = ((one.end - one.start).days + 1) / 7
        for scope, curve in fitted.items():
            amount = spent.get((scope, one.start))
            if amount is None:
                continue
            week = np.array([float(amount) / weeks])
            more = Decimal(str(float(curve.next(week).mean()))) * amount / 100
            yield Published(scope, "marginal_revenue", one.start, more.quantize(CENT))
            yield Published(scope, "marginal_cost", one.start, (amount / 100).quantize(CENT))
