"""A month that closed off plan, made by hand: October 2026, looked at on 10 November."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

from common.periods import Period
from kpis.models import Calibration, Cause, ChangedDay, ChangedScope, Metric
from kpis.services import set_target
from kpis.services.calibrating import Filing
from kpis.services.month_closing import close_months, open_calibrations
from tests.dashboards.figures import keep
from tests.people import scope

NOW = datetime(2026, 11, 10, 2, tzinfo=UTC)
TODAY = date(2026, 11, 10)
OCTOBER, NOVEMBER, DECEMBER = date(2026, 10, 1), date(2026, 11, 1), date(2026, 12, 1)


def aim(area: str, value: str | None, month: str = "2026-10", code: str = "revenue") -> None:
    """A target, set by nobody in particular: commands may plan the past."""
    set_target(
        metric=Metric.objects.get(code=code), scope=scope(area), period=Period.parse(month),
        value=None if value is None else Decimal(value), person=None,
    )  # fmt: skip


def closed_at(
    area: str, value: str | None, target: str, month: str = "2026-10", code: str = "revenue"
) -> None:
    aim(area, target, month, code)
    keep(area, code, value, expected=target, period=month, through=date(2026, 12, 31))


def settle() -> None:
    """As if workers had computed all that was due."""
    ChangedDay.objects.all().delete()
    ChangedScope.objects.all().delete()


def opened(now: datetime = NOW) -> list[Calibration]:
    close_months(today=now.date())
    settle()
    return open_calibrations(now=now)


def east_fell() -> Calibration:
    """East closed October 20% under 1,000; November and December are planned at 1,200 and 1,800."""
    closed_at("region:east", "800", "1000")
    aim("region:east", "1200", "2026-11")
    aim("region:east", "1800", "2026-12")
    (made,) = opened()
    return made


def market(numbers: dict[date, str] | None = None, *, versions: int = 1, **fields: object) -> Filing:
    given = {NOVEMBER: "1000", DECEMBER: "1500"} if numbers is None else numbers
    told = {day: Decimal(text) for day, text in given.items()}
    known: dict[str, object] = {
        "cause": Cause.MARKET, "reason": "A rival opened ten shops.", "plan": "Advertise nearer to our own.",
        "numbers": told, "versions": dict.fromkeys(told, versions),
    }  # fmt: skip
    return Filing(**{**known, **fields})  # type: ignore[arg-type]


def execution() -> Filing:
    return Filing(
        Cause.EXECUTION, "The campaign began three weeks late.", "Weekly look at what begins when.", {}, {}
    )
