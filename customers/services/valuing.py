"""The job of customers' value: reads all orders, works out tiers, cohorts, steps and forecasts, writes and publishes them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

import numpy as np
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_noop

from common.periods import Grain
from customers.customer_value import counting
from customers.customer_value.cohorts import cohorts
from customers.customer_value.figures import (
    MONTHS,
    Worth,
    bounds_of,
    periods_of,
    tier_moves,
    worth_of,
)
from customers.customer_value.funnel import Steps, funnel
from customers.customer_value.orders import NONE, Flags, Ints, day_of, money_of, month_start, tally
from customers.customer_value.worth import YEAR, Forecast, Outcome, around
from customers.models import (
    AreaValue,
    CohortMonth,
    Margin,
    Order,
    TierMove,
    TopCustomer,
    ValueRun,
    ValueSettings,
)
from customers.order_files import SOURCE
from customers.selectors.value_input import Layer, ValueInput, days_with_cost, value_input
from customers.services.best import Best, best_of
from customers.services.value_settings import limits_of
from kpis.models import Source
from kpis.services import Published, publish_amounts
from organization.jobs import Progress
from organization.models import Job
from organization.selectors import company

MOST_AREAS = 300  # with tables of their own, those with the most customers; all areas are published
COHORTS = 24  # months
WEEKS = 53  # that are published
MOST_PERIODS = 1000
ENDLESS = (date(1971, 1, 1), date(9000, 1, 1))
LIMITS = ("window_days", "new_days", "dormant_days", "high_score", "soon_days", "horizon_months")
COUNTED = (
    "customers", "repeat_customers", "active_customers", "customers_before", "retained_customers", "acquired_customers",
    "ltv_of_acquired", "margin_of_acquired", "revenue_of_customers", "ltv_against_cost", "margin_against_cost",
)  # fmt: skip


def run_valuing(job: Job, progress: Progress) -> None:
    """Replaces the last run and all that it published. Without orders nothing stays."""
    progress.at(1, gettext_noop("Reading orders"))
    settings = ValueSettings.objects.filter(pk=1).first() or ValueSettings()
    inputs = inputs_now(settings)
    read = value_input()
    if not read.orders.known.any():
        with transaction.atomic():
            progress.still_ours()
            ValueRun.objects.all().delete()
            _publish(None)
        return
    work = _Work(read, settings, progress)
    progress.at(10, gettext_noop("Sorting customers into tiers"))
    moved = work.moves
    progress.at(30, gettext_noop("Following cohorts"))
    cohort_rows = work.cohorts
    progress.at(40, gettext_noop("Foretelling what customers bring"))
    worth = work.worth
    progress.at(75, gettext_noop("Counting customers by area and period"))
    published = work.published()
    progress.at(90, gettext_noop("Writing results"))
    with transaction.atomic():
        progress.still_ours()
        ValueRun.objects.all().delete()
        run = ValueRun.objects.create(
            inputs=inputs,
            limits={name: getattr(settings, name) for name in LIMITS},
            first_day=work.first_day,
            last_day=work.last_day,
            orders=int(read.orders.counts.sum()),
            customers=int(read.orders.known.sum()),
        )
        AreaValue.objects.bulk_create(work.area_rows(run, worth), batch_size=2000)
        TierMove.objects.bulk_create((TierMove(run=run, **one) for one in moved), batch_size=5000)
        CohortMonth.objects.bulk_create((CohortMonth(run=run, **one) for one in cohort_rows), batch_size=5000)
        TopCustomer.objects.bulk_create(work.best.rows(run, work.shown[1]), batch_size=5000)
        progress.at(95)
        _publish(published, through=work.last_day)


def inputs_now(settings: ValueSettings) -> str:
    """Which orders, margins and limits there are: another text where any of them is another."""
    newest = Order.objects.aggregate(newest=Max("batch_id"))["newest"] or 0
    margins = Margin.objects.aggregate(changed=Max("changed_at"))["changed"]
    told = f"{margins:%Y%m%d%H%M%S}" if margins else "-"
    return f"import {newest}, margins {told}, limits {settings.version}"


@dataclass(frozen=True)
class _Shown:
    """An area that has tables: its scope, its layer and its place there."""

    scope: int
    layer: int
    place: int


class _Work:
    def __init__(self, read: ValueInput, settings: ValueSettings, progress: Progress) -> None:
        self.read, self.settings, self.progress = read, settings, progress
        self.orders = read.orders
        self.day = int(self.orders.days.max())
        self.first_day, self.last_day = day_of(int(self.orders.days.min())), day_of(self.day)
        # Of each layer, where each customer first ordered.
        self.homes = [self.orders.of_first(layer.of_order) for layer in read.layers]

    def _told(self, begin: float, end: float) -> Any:
        def told(done: int, of: int) -> None:
            self.progress.at(begin + (end - begin) * done / max(of, 1))

        return told

    @cached_property
    def shown(self) -> tuple[list[Ints], dict[tuple[int, int], int]]:
        """The layers with the areas that have tables alone, and the scopes of these by layer and place."""
        counts = [
            tally(home[home != NONE], len(layer.scopes))
            for home, layer in zip(self.homes, self.read.layers, strict=True)
        ]
        ranked = sorted(
            (
                (int(count), -at, -place)
                for at, row in enumerate(counts)
                for place, count in enumerate(row)
                if count
            ),
            reverse=True,
        )[:MOST_AREAS]
        chosen = {(-at, -place) for _count, at, place in ranked}
        layers, scopes = [], {}
        for at, (home, layer) in enumerate(zip(self.homes, self.read.layers, strict=True)):
            places = [place for place in range(len(layer.scopes)) if (at, place) in chosen]
            anew = np.full(len(layer.scopes) + 1, NONE, dtype=np.int64)  # the last one is NONE's
            anew[places] = np.arange(len(places))
            layers.append(anew[home])
            scopes.update({(at, new): layer.scopes[place] for new, place in enumerate(places)})
        return layers, scopes

    @cached_property
    def moves(self) -> list[dict[str, Any]]:
        layers, scopes = self.shown
        found, self.standing = tier_moves(
            self.orders, limits_of(self.settings), layers, told=self._told(10, 30)
        )
        return [
            {
                "scope_id": scopes[at, one.area],
                "month": month,
                "came_from": one.came_from or "",
                "tier": one.tier,
                "customers": one.customers,
                "amount": money_of(one.amount),
            }
            for month, by_layer in found[-MONTHS:]
            for at, rows in enumerate(by_layer)
            for one in rows
        ]

    @cached_property
    def cohorts(self) -> list[dict[str, Any]]:
        layers, scopes = self.shown
        newest = (self.last_day.year - 1970) * 12 + self.last_day.month - 1
        return [
            {
                "scope_id": scopes[at, one.area],
                "month": month_start(one.month),
                "later": one.later,
                "customers": one.customers,
                "amount": money_of(one.amount),
            }
            for at, layer in enumerate(layers)
            for one in cohorts(self.orders, [layer], since=newest - COHORTS + 1)
        ]

    @cached_property
    def top(self) -> int | None:
        """The layer of top channels, where any order names one."""
        return next(
            (
                at
                for at, layer in enumerate(self.read.layers)
                if (layer.dimension, layer.depth) == ("channel", 1)
            ),
            None,
        )

    @cached_property
    def worth(self) -> Worth:
        """By top channel of the first order; those without one are a group of their own, behind the channels."""
        home = (
            self.homes[self.top]
            if self.top is not None
            else np.full(self.orders.people, NONE, dtype=np.int64)
        )
        count = len(self.read.layers[self.top].scopes) if self.top is not None else 0
        groups = np.where(home == NONE, count, home)
        weeks = YEAR * self.settings.horizon_months / 12
        return worth_of(
            self.orders, self.read.profits, self.read.margined, groups, day=self.day, weeks=weeks,
            told=self._told(40, 75),
        )  # fmt: skip

    # -- Tables ----------------------------------------------------------------------------------------

    def area_rows(self, run: ValueRun, worth: Worth) -> Iterator[AreaValue]:
        layers, scopes = self.shown
        counted = tally(self.orders.customers, self.orders.people, self.orders.counts)
        for at, layer in enumerate(layers):
            size = int(layer.max(initial=NONE)) + 1
            if not size:
                continue
            here = layer != NONE
            of = layer[here]

            def summed(values: Any, of: Ints = of, here: Flags = here, size: int = size) -> Ints:
                return tally(of, size, np.rint(values[here]))

            people, orders, so_far = tally(of, size), summed(counted), summed(worth.so_far)
            profit, lifetime = summed(worth.profit), summed(worth.lifetime)
            bare = summed(~worth.margined)
            foretold, ahead = summed(worth.foretold), summed(worth.ahead)
            steps = {
                one.area: one
                for one in funnel(
                    self.orders, self.standing, [layer], day=self.day, soon=self.settings.soon_days
                )
            }
            for area in range(size):
                margined = not bare[area]
                row = AreaValue(
                    run=run,
                    scope_id=scopes[at, area],
                    customers=int(people[area]),
                    orders=int(orders[area]),
                    amount=money_of(so_far[area]),
                    profit=money_of(profit[area]) if margined else None,
                    lifetime=money_of(lifetime[area]) if margined else None,
                    foretold=int(foretold[area]),
                    ahead=money_of(ahead[area]) if foretold[area] else None,
                    top_tenth=self.best.count(at, area),
                    **_steps(steps.get(area)),
                )
                self._say_outlook(row, at, worth.groups)
                yield row

    @cached_property
    def best(self) -> Best:
        assert self.moves is not None  # it sorts them
        return best_of(self.read, self.standing, self.shown[0], day=self.day)

    def _say_outlook(self, row: AreaValue, at: int, groups: Sequence[Forecast]) -> None:
        """What became of the forecast, on the rows of top channels and of the company."""
        if at == self.top:
            group = groups[self.read.layers[at].scopes.index(row.scope_id)]
            row.outlook = group.outcome
            if group.check is not None:
                row.check_weeks = int(group.check.weeks)
                row.check_expected, row.check_actual = group.check.expected, group.check.actual
            if group.habits is not None and group.spending is not None:
                habits, spending = group.habits, group.spending
                row.parameters = {
                    "r": habits.r, "alpha": habits.alpha, "a": habits.a, "b": habits.b,
                    "p": spending.p, "q": spending.q, "gamma": spending.gamma / 10_000,
                }  # fmt: skip
            told = [group]
        elif at == 0:
            told = list(groups)
            outcomes = [one.outcome for one in groups if len(one.members)]
            row.outlook = Outcome.PREDICTED if Outcome.PREDICTED in outcomes else outcomes[0]
            checks = [
                one.check for one in groups if one.check is not None and one.outcome == Outcome.PREDICTED
            ]
            if checks:
                row.check_weeks = int(max(one.weeks for one in checks))
                row.check_expected = sum(one.expected for one in checks)
                row.check_actual = sum(one.actual for one in checks)
        else:
            return
        low, high = _interval([one for one in told if one.outcome == Outcome.PREDICTED])
        row.low, row.high = low, high

    @cached_property
    def uncovered(self) -> Ints:
        """Days on which a top channel cost something of which no order says who bought: what its customers bring is
        unknown, so nothing may be held against the cost of all channels."""
        known = self.read.layers[self.top].scopes if self.top is not None else ()
        return days_with_cost(but=known)

    # -- Published amounts ------------------------------------------------------------------------------

    def published(self) -> dict[Grain, list[Published]]:
        grains = (Grain.WEEK, Grain.MONTH, Grain.QUARTER, Grain.YEAR)
        found: dict[Grain, list[Published]] = {grain: [] for grain in grains}
        for at, layer in enumerate(self.read.layers):
            self.progress.at(75 + 15 * at / len(self.read.layers))
            for grain in grains:
                found[grain] += self._published_of(layer, self.homes[at], grain)
        return found

    def _published_of(self, layer: Layer, home: Ints, grain: Grain) -> list[Published]:
        periods = periods_of(
            grain, self.first_day, self.last_day, fiscal_start=company().fiscal_year_start,
            most=WEEKS if grain == Grain.WEEK else MOST_PERIODS,
        )  # fmt: skip
        bounds = bounds_of(periods, self.last_day)
        areas = len(layer.scopes)
        counts = counting.count(self.read.within(layer), layer.of_order, areas, bounds)
        first_days, worth = self.orders.first_days, self.worth
        new = counting.acquired(home, first_days, areas, bounds)
        lifetime = counting.acquired(home, first_days, areas, bounds, worth.lifetime)
        monthly = counting.acquired(home, first_days, areas, bounds, worth.monthly)
        bare = counting.acquired(home, first_days, areas, bounds, (~worth.margined).astype(np.int64))
        brought = counting.summed(layer.of_order, self.orders.days, self.orders.amounts, areas, bounds)
        # Before an area's first order nothing is known of it; from then on, nobody is nobody.
        begins = np.full(areas, len(periods), dtype=np.int64)
        ordered = np.flatnonzero((layer.of_order != NONE) & self.orders.bought)
        at = np.searchsorted(bounds.ends, self.orders.days[ordered])
        np.minimum.at(begins, layer.of_order[ordered], at)
        covered = [
            not self.uncovered[(self.uncovered >= first) & (self.uncovered <= last)].size
            for first, last in zip(bounds.starts.tolist(), bounds.ends.tolist(), strict=True)
        ]
        rows: list[Published] = []
        for area, scope in enumerate(layer.scopes):
            for place in range(int(begins[area]), len(periods)):
                said: dict[str, Decimal] = {
                    "customers": Decimal(int(counts.in_window[area, place])),
                    "repeat_customers": Decimal(int(counts.repeating[area, place])),
                    "active_customers": Decimal(int(counts.active[area, place])),
                    "acquired_customers": Decimal(int(new[area, place])),
                    "revenue_of_customers": money_of(brought[area, place]),
                }
                # Of an open period nobody can say yet who did not come back.
                if bounds.closed[place] and place > 0:
                    said["customers_before"] = Decimal(int(counts.before[area, place]))
                    said["retained_customers"] = Decimal(int(counts.retained[area, place]))
                if not bare[area, place]:
                    said["ltv_of_acquired"] = money_of(lifetime[area, place])
                    said["margin_of_acquired"] = money_of(monthly[area, place])
                    if layer.dimension == "channel" or covered[place]:
                        said["ltv_against_cost"] = said["ltv_of_acquired"]
                        said["margin_against_cost"] = said["margin_of_acquired"]
                start = periods[place].start
                rows += [Published(scope, measure, start, amount) for measure, amount in said.items()]
        return rows


def _steps(one: Steps | None) -> dict[str, Any]:
    if one is None:
        return {"steps": [], "step_amounts": []}
    return {"steps": list(one.customers), "step_amounts": [str(money_of(amount)) for amount in one.amounts]}


def _interval(groups: Sequence[Forecast]) -> tuple[Decimal | None, Decimal | None]:
    """Of the mean over all customers of some groups, whose errors have nothing to do with one another."""
    people = sum(len(one.members) for one in groups)
    if not people:
        return None, None
    mean = sum(one.mean * len(one.members) for one in groups) / people
    spread = float(np.sqrt(sum((one.spread * len(one.members)) ** 2 for one in groups))) / people
    low, high = around(mean, spread)
    return money_of(low), money_of(high)


def _publish(rows: dict[Grain, list[Published]] | None, *, through: date | None = None) -> None:
    """Replaces all that was published, for every grain."""
    source = Source.objects.filter(code=SOURCE).first()
    if source is None:
        return
    for grain in (Grain.WEEK, Grain.MONTH, Grain.QUARTER, Grain.YEAR):
        publish_amounts(
            source=source,
            grain=grain,
            first=ENDLESS[0],
            last=ENDLESS[1],
            measures=COUNTED,
            rows=rows[grain] if rows else (),
            through=through or ENDLESS[0],
        )
