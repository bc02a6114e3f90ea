"""The month that closed last in the demo company, as its people have dealt with it: what closed far off plan waits to be
explained, one is explained and waits for a decision, and one moved the targets of the months left.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal

from django.db.models import F
from django.utils import timezone

from decisions.services import decide
from kpis.models import Calibration, CalibrationState, Cause
from kpis.selectors.calibrations import months_to_set
from kpis.services.calibrating import Filing, file_calibration
from kpis.services.month_closing import close_months, open_calibrations
from kpis.work import catch_up
from organization.gate import Action, scopes_where
from organization.models import Person

STEP = 1000  # yuan, to which people round a target
MARKET = (
    "Two chains opened shops nearby in the last quarter, and orders went there. 上季度两家连锁在周边开店，订单被分流。",
    "Fewer discounts, more fitting within 48 hours; half of the search budget goes to nearby towns. 少打折，强化 48 小时安装；搜索预算一半转投周边城镇。",
)
EXECUTION = (
    "The campaign's pictures came two weeks late. 活动素材晚到两周。",
    "Pictures are due three weeks before a campaign begins; a look at it every Monday. 素材须在活动前三周到位，每周一检查。",
)


def make(*, staff: Mapping[str, Person], today: date) -> int:
    """Closes the months that are over, and deals with two of what that opens. Returns how many wait to be explained."""
    now = timezone.make_aware(datetime.combine(today, time(9)))
    close_months(today=today)
    catch_up(today=today)
    open_calibrations(now=now)
    if not Calibration.objects.exclude(filed_at=None).exists():
        _deal_with(staff["lead"], staff["manager"], now)
        catch_up(today=today)
    return Calibration.objects.filter(state=CalibrationState.OPEN).count()


def _deal_with(lead: Person, manager: Person, now: datetime) -> None:
    """The two revenues of the lead's own areas that fell most."""
    hers = Calibration.objects.filter(
        metric__code="revenue", value__lt=F("target"), scope__in=scopes_where(lead, Action.SET_TARGETS)
    ).select_related("metric", "scope")
    worst = sorted(hers, key=lambda one: (one.value - one.target, one.pk))
    for one, words in zip(worst, (MARKET, EXECUTION), strict=False):
        numbers = _numbers(one, now) if words is MARKET else {}
        cause = Cause.MARKET if numbers else Cause.EXECUTION
        filed = file_calibration(
            calibration=one,
            filing=Filing(cause, *words, numbers=numbers, versions={}),
            person=lead,
            as_of=now,
        )
        if words is MARKET and filed.proposal is not None:
            decide(
                proposal=filed.proposal, person=manager, verdict="approve", note="Agreed. 同意。", as_of=now
            )


def _numbers(one: Calibration, now: datetime) -> dict[date, Decimal]:
    """The months left, two thirds of the way that the month went."""
    went = 1 + (one.value / one.target - 1) * 2 / 3
    return {
        month.period.start: round(month.target * went / STEP) * Decimal(STEP)
        for month in months_to_set(one, today=timezone.localdate(now))
        if month.target
    }
