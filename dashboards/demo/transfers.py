"""Money that the demo company moved within its quarter's budget: one transfer from the reserve, approved, and one that waits."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.utils import timezone

from budgets.models import Line, Pool, Transfer
from budgets.services.transfers import ask_transfer
from common.periods import Grain, Period
from dashboards.demo.budget import CREATORS, FAIR, FILM, quarter_name
from decisions.services import decide
from organization.models import Person

BOOTH = "The hall raised the price of the booth. 展馆上调了展位费。"
AGREED = "Agreed; the fair brings dealers. 同意，展会能带来经销商。"
AUTUMN = "The film is cheaper than planned, and creators sell. 品牌片比计划便宜，达人合作见效。"
DAYS_AGO = 9


def make(*, staff: Mapping[str, Person], today: date) -> int:
    """Right after the budgets, while the money is there. Returns how many transfers there are."""
    quarter = Period.containing(today, Grain.QUARTER)
    lines = Line.objects.filter(budget__node__name=quarter_name(quarter)).select_related("budget")
    if Transfer.objects.exists() or not lines:
        return Transfer.objects.count()
    by_name = {line.name: line for line in lines}
    reserve = next(line for line in lines if line.pool == Pool.RESERVE)
    asked = today - timedelta(days=DAYS_AGO)
    if asked >= quarter.start:
        moved = ask_transfer(
            from_line=reserve, to_line=by_name[FAIR], amount=Decimal(30_000), why=BOOTH, person=staff["lead"],
            now=_at(asked, 10),
        )  # fmt: skip
        assert moved.proposal is not None
        decide(
            proposal=moved.proposal,
            person=staff["manager"],
            verdict="approve",
            note=AGREED,
            as_of=_at(asked, 15),
        )
    ask_transfer(
        from_line=by_name[FILM], to_line=by_name[CREATORS], amount=Decimal(18_000), why=AUTUMN,
        person=staff["finance"], now=_at(max(today - timedelta(days=1), quarter.start), 16),
    )  # fmt: skip
    return Transfer.objects.count()


def _at(day: date, hour: int) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(hour)))
