"""What a rule that is being written would have done in the last twelve months."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from alerts.conditions import Level, Terms, Tier
from alerts.lifecycle import Change
from alerts.models import LEVELS, WithoutData
from alerts.models.life import CHANGES
from alerts.replaying import Replayed
from alerts.selectors.replay import Past, replay_rule
from alerts.services.rules import RuleDraft, scopes_of
from common.periods import Grain, Period, add_months
from kpis.figures import Look
from kpis.models import Metric
from organization.models import Scope
from organization.selectors import company

MONTHS = 12
MOST_AREAS = 12
SHOWN = 30


@dataclass(frozen=True)
class Happened:
    """A line of what would have happened."""

    scope: Scope
    period: str
    kind: str
    level: str
    value: Decimal | None


@dataclass(frozen=True)
class Preview:
    """`alerts` that would have begun, `areas` that were looked at of `of`."""

    metric: Metric
    grain: str
    pasts: tuple[Past, ...]
    happened: tuple[Happened, ...]
    alerts: int
    by_level: tuple[tuple[str, int], ...]
    known: int
    areas: int
    of: int

    @property
    def a_month(self) -> Decimal:
        return Decimal(self.alerts) / MONTHS

    @property
    def hidden(self) -> int:
        return max(len(self.happened) - SHOWN, 0)

    @property
    def shown(self) -> Sequence[Happened]:
        """The newest first."""
        return self.happened[:SHOWN]


def preview_of(draft: RuleDraft, *, today: date) -> Preview:
    """One query for each area, of which at most a dozen are looked at."""
    terms = terms_of_draft(draft)
    last = today - timedelta(days=1)
    first = add_months(today, -MONTHS)
    scopes = scopes_of(draft.scope, spread=draft.spread, along=draft.along)
    pasts = tuple(
        replay_rule(
            terms=terms, metric=draft.metric, grain=draft.grain, scopes=scopes[:MOST_AREAS],
            first=first, last=last, look=Look.at(today=today),
        )
    )  # fmt: skip
    begun = Counter(
        int(one.transition.tier)
        for past in pasts
        for one in past.changes
        if one.transition.change in (Change.FIRST, Change.RAISED)
    )
    levels = dict(LEVELS)
    return Preview(
        metric=draft.metric,
        grain=draft.grain,
        pasts=pasts,
        happened=_happened(pasts, draft.grain),
        alerts=sum(one.transition.change == Change.FIRST for past in pasts for one in past.changes),
        by_level=tuple((str(levels[level]), begun[level]) for level in sorted(levels) if begun[level]),
        known=sum(one.figure.value is not None for past in pasts for one in past.periods),
        areas=min(len(scopes), MOST_AREAS),
        of=len(scopes),
    )


def terms_of_draft(draft: RuleDraft) -> Terms:
    tiers = tuple(
        Tier(Level(tier.level), tier.condition, tier.for_periods, tier.out_of) for tier in draft.tiers
    )
    return Terms.of(
        tiers,
        grain=draft.grain,
        margin=draft.margin,
        keep=draft.keep_periods,
        fires_without_data=draft.without_data == WithoutData.FIRE,
    )


def _happened(pasts: Sequence[Past], grain: str) -> tuple[Happened, ...]:
    kinds, levels, fiscal_start = dict(CHANGES), dict(LEVELS), company().fiscal_year_start
    rows: list[tuple[date, Past, Replayed]] = [
        (one.figure.start, past, one) for past in pasts for one in past.changes
    ]
    rows.sort(key=lambda row: row[0], reverse=True)
    return tuple(
        Happened(
            past.scope,
            str(Period(Grain(grain), start, fiscal_start)),
            str(kinds[one.transition.change.value]),
            str(levels[int(one.transition.tier)]),
            one.figure.value,
        )
        for start, past, one in rows
    )
