"""Metrics and measures that people make, for tests."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from common.periods import Period
from kpis.formulas import Formula
from kpis.models import Measure, Metric
from kpis.services import Entered, Entry, MeasureDraft, MetricDraft, enter_values, make_measure, make_metric
from kpis.work import catch_up
from tests.people import scope

D = Decimal
TODAY = date(2026, 3, 20)


def measure(name: str, **more: Any) -> Measure:
    return make_measure(draft=MeasureDraft(name=name, **more), person=None)


def draft(
    name: str, above: Mapping[str, str], below: Mapping[str, str] | None = None, **more: Any
) -> MetricDraft:
    scale = D(more.pop("scale", 1))
    more.setdefault("unit", "ratio" if below else "count")
    return MetricDraft(name=name, formula=Formula.of(above, below, scale), **more)


def metric(
    name: str, above: Mapping[str, str], below: Mapping[str, str] | None = None, **more: Any
) -> Metric:
    return make_metric(draft=draft(name, above, below, **more), person=None)


def entry(what: Measure | str, area: str, period: str, value: str | None, note: str = "") -> Entry:
    found = Measure.objects.get(code=what) if isinstance(what, str) else what
    return Entry(found, scope(area), Period.parse(period), None if value is None else D(value), note)


def enter(*entries: Entry, today: date = TODAY) -> Entered:
    done = enter_values(entries=list(entries), person=None, today=today)
    catch_up()
    return done
