"""Metrics of one's own: made, edited and put away. What a change means for history is computed by the workers."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from common.listing import listed
from common.queueing import enqueue
from kpis.formulas import Formula, mixes
from kpis.models import Direction, Kind, Measure, Metric, MetricProcess, OverTime
from kpis.services.changes import mark_metric_changed
from kpis.services.measures import free_code, lock_codes
from kpis.uses import Use, uses_of
from organization.models import Person
from organization.services import record

MOST_PARTS = 12
LARGEST = Decimal(10) ** 8
LARGEST_EDGE = Decimal(10) ** 15


class MetricRefused(ValueError):
    """It cannot be; the message says why, for people. `field` is where on the form it belongs ("" for all of it)."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class MetricMoved(Exception):
    """Somebody else saved it first; nothing was written. `current` is what holds now."""

    def __init__(self, current: Metric) -> None:
        super().__init__(current.code)
        self.current = current


class MetricInUse(Exception):
    """Rules or targets use it, and whoever asked has not said that she knows; nothing was written."""

    def __init__(self, uses: Collection[Use]) -> None:
        super().__init__(listed(use.words for use in uses))
        self.uses = list(uses)


@dataclass(frozen=True)
class MetricDraft:
    """What somebody wrote. Coefficients by measure code; bands and edges as ratios and in the metric's unit (0.025 is
    2.5%). `code` counts only while it is made; empty, it follows from the name. `processes` are codes of what leads to
    it; None leaves them as they are."""

    name: str
    formula: Formula
    unit: str
    code: str = ""
    name_zh: str = ""
    direction: str = Direction.HIGHER
    kind: str = "result"
    band_low: Decimal | None = None
    band_high: Decimal | None = None
    green_from: Decimal = Decimal(1)
    yellow_from: Decimal = Decimal("0.85")
    least_base: int | None = None
    help_text: str = ""
    help_text_zh: str = ""
    processes: Collection[str] | None = None

    def as_metric(self) -> Metric:
        """The row that it would become, unsaved: for a preview."""
        return Metric(**_columns(self, stock=is_stock(self.formula)))


@transaction.atomic
def make_metric(*, draft: MetricDraft, person: Person | None) -> Metric:
    """Makes a metric; its history is computed for every area. Raises MetricRefused before anything is written."""
    check_metric(draft)
    lock_codes()
    code = free_code(Metric, draft.code or draft.name, MetricRefused)
    last = Metric.objects.aggregate(position=Max("position"))["position"]
    metric = Metric.objects.create(
        code=code,
        position=0 if last is None else last + 1,
        **_columns(draft, stock=is_stock(draft.formula)),
    )
    _name_processes(metric, _processes(draft, metric))
    record(action="metric.make", subject=metric.code, person=person, **_described(metric))
    _compute(metric)
    return metric


@transaction.atomic
def edit_metric(*, metric: Metric, draft: MetricDraft, based_on: int, person: Person | None) -> Metric:
    """Edits a metric that somebody saw in revision `based_on`; where its judgement changes, history is computed anew.

    Of a shipped one names, help, bands and processes may change, its formula, unit and direction not.
    Raises MetricRefused, and MetricMoved where somebody else came first and said something else.
    """
    metric = Metric.objects.select_for_update(no_key=True).get(pk=metric.pk)
    if metric.shipped:
        draft = _with_shipped_formula(metric, draft)
    else:
        check_metric(draft)
    _check_judgement(draft)
    before = _described(metric)
    processes = _processes(draft, metric)
    stock = metric.stock if metric.shipped else is_stock(draft.formula)
    for name, value in _columns(draft, stock=stock).items():
        setattr(metric, name, value)
    after = {**_described(metric), "processes": sorted(one.code for one in processes)}
    if after == before:
        return metric
    if metric.revision != based_on:
        raise MetricMoved(Metric.objects.get(pk=metric.pk))
    metric.revision += 1
    metric.save()
    _name_processes(metric, processes)
    record(action="metric.edit", subject=metric.code, person=person, before=before, after=after)
    if _judged_by(before) != _judged_by(after):
        _compute(metric)
    return metric


@transaction.atomic
def put_metric_away(*, metric: Metric, person: Person | None, knowing: bool = False) -> Metric:
    """It appears no longer; its targets and what was computed stay. Twice is once.

    Raises MetricInUse where something uses it and she has not said that she knows, MetricRefused for a shipped one.
    """
    metric = Metric.objects.select_for_update(no_key=True).get(pk=metric.pk)
    if metric.shipped:
        raise MetricRefused(_("It comes with Plumbline, and pages build on it: it cannot be put away."))
    if metric.archived_at is not None:
        return metric
    uses = uses_of(metric)
    if uses and not knowing:
        raise MetricInUse(uses)
    metric.archived_at = timezone.now()
    metric.revision += 1
    metric.save(update_fields=["archived_at", "revision"])
    record(
        action="metric.put_away", subject=metric.code, person=person, uses=[str(use.words) for use in uses]
    )
    return metric


@transaction.atomic
def bring_metric_back(*, metric: Metric, person: Person | None) -> Metric:
    """Takes it back out; what came meanwhile is computed. Twice is once. Raises MetricRefused without its measures."""
    metric = Metric.objects.select_for_update(no_key=True).get(pk=metric.pk)
    if metric.archived_at is None:
        return metric
    away = Measure.objects.filter(code__in=formula_of(metric).codes, archived_at__isnull=False)
    if away:
        raise MetricRefused(
            _("It needs %(name)s, which is put away. Bring that back first.") % {"name": away[0].label}
        )
    metric.archived_at = None
    metric.revision += 1
    metric.save(update_fields=["archived_at", "revision"])
    record(action="metric.bring_back", subject=metric.code, person=person)
    _compute(metric)
    return metric


def formula_of(metric: Metric) -> Formula:
    return Formula.of(metric.numerator, metric.denominator, metric.scale)


def is_stock(formula: Formula) -> bool:
    """Whether a plain sum is one of stocks: its months do not add up to a quarter."""
    return (
        formula.denominator is None
        and Measure.objects.filter(code__in=formula.numerator, over_time=OverTime.LAST).exists()
    )


def check_metric(draft: MetricDraft) -> None:
    """Raises MetricRefused with a sentence for people, and the field that it is about."""
    if not draft.name.strip():
        raise MetricRefused(_("Give it a name."), "name")
    _check_judgement(draft)
    formula = draft.formula
    if not formula.scale.is_finite() or formula.scale == 0 or abs(formula.scale) >= LARGEST:
        raise MetricRefused(_("The scale is a number other than 0."), "scale")
    if round(formula.scale, 4) != formula.scale:
        raise MetricRefused(_("The scale has at most four decimals."), "scale")
    if not formula.numerator:
        raise MetricRefused(_("Choose at least one amount above the line."), "numerator")
    measures = {one.code: one for one in Measure.objects.filter(code__in=formula.codes)}
    for field, parts in (("numerator", formula.numerator), ("denominator", formula.denominator or {})):
        if len(parts) > MOST_PARTS:
            raise MetricRefused(_("At most %(n)s amounts fit here.") % {"n": MOST_PARTS}, field)
        for code, coefficient in parts.items():
            measure = measures.get(code)
            if measure is None or measure.archived_at is not None:
                raise MetricRefused(
                    _("There is no amount called %(name)s.")
                    % {"name": measure.label if measure else code[:50]},
                    field,
                )
            if measure.over_time == OverTime.COMPUTED:
                raise MetricRefused(
                    _("%(name)s is published for each period by its source and cannot be calculated with.")
                    % {"name": measure.label},
                    field,
                )
            if not coefficient.is_finite() or coefficient == 0 or abs(coefficient) >= LARGEST:
                raise MetricRefused(
                    _("%(name)s needs a number other than 0 beside it.") % {"name": measure.label}, field
                )
        stocks = {code for code in parts if measures[code].over_time == OverTime.LAST}
        if mixes(parts, stocks):
            one = measures[next(code for code in parts if code in stocks)].label
            other = measures[next(code for code in parts if code not in stocks)].label
            raise MetricRefused(
                _(
                    "%(stock)s is a stock, of which the last value counts, and %(flow)s adds up over time: they cannot"
                    " be added. Put one of them on the other side of the line."
                )
                % {"stock": one, "flow": other},
                field,
            )


def _check_judgement(draft: MetricDraft) -> None:
    for name, edge in (("green_from", draft.green_from), ("yellow_from", draft.yellow_from)):
        if not edge.is_finite() or not 0 < edge < 100:
            raise MetricRefused(_("A light begins at a share of the plan above 0%."), name)
    if draft.yellow_from > draft.green_from:
        raise MetricRefused(_("Yellow begins below green."), "yellow_from")
    if draft.least_base is not None and not 0 < draft.least_base < LARGEST:
        raise MetricRefused(_("Say how many it takes, 1 or more, or leave it empty."), "least_base")
    if draft.direction != Direction.BAND:
        return
    if draft.band_low is None or draft.band_high is None:
        raise MetricRefused(
            _("Say from where to where it is good."), "band_low" if draft.band_low is None else "band_high"
        )
    for name, edge in (("band_low", draft.band_low), ("band_high", draft.band_high)):
        if not edge.is_finite() or abs(edge) >= LARGEST_EDGE:
            raise MetricRefused(_("This number is too large."), name)
    if draft.band_low > draft.band_high:
        raise MetricRefused(_("The upper edge lies below the lower one."), "band_high")


def _processes(draft: MetricDraft, metric: Metric) -> list[Metric]:
    """What shall lead to it. Raises MetricRefused where that cannot be."""
    if draft.processes is None:
        found = list(metric.processes.all())
    else:
        asked = Metric.objects.filter(code__in=set(draft.processes)).order_by("pk")
        found = list(asked.select_for_update(no_key=True))  # their kind holds until this is saved
        missing = set(draft.processes) - {one.code for one in found}
        if missing:
            raise MetricRefused(_("There is no figure “%(code)s”.") % {"code": min(missing)}, "processes")
    if found and draft.kind != Kind.RESULT:
        raise MetricRefused(
            _("Only a result names process figures: take the ticks away, or make it a result."), "processes"
        )
    if metric in found:
        raise MetricRefused(_("It cannot lead to itself."), "processes")
    for one in found:
        if one.kind != Kind.PROCESS:
            raise MetricRefused(_("%(name)s is a result itself.") % {"name": one.label}, "processes")
    if draft.kind != Kind.PROCESS and (named_by := metric.results.first()):
        raise MetricRefused(
            _("%(name)s names it as a process figure. Take it from there first.") % {"name": named_by.label},
            "kind",
        )
    return found


def _name_processes(metric: Metric, processes: Collection[Metric]) -> None:
    links = MetricProcess.objects.filter(result=metric)
    links.exclude(process__in=processes).delete()
    MetricProcess.objects.bulk_create(
        (MetricProcess(result=metric, process=one) for one in processes), ignore_conflicts=True
    )


def _with_shipped_formula(metric: Metric, draft: MetricDraft) -> MetricDraft:
    if not draft.name.strip():
        raise MetricRefused(_("Give it a name."), "name")
    return MetricDraft(
        name=draft.name, name_zh=draft.name_zh, help_text=draft.help_text, help_text_zh=draft.help_text_zh,
        green_from=draft.green_from, yellow_from=draft.yellow_from, least_base=draft.least_base, band_low=draft.band_low, band_high=draft.band_high,
        formula=formula_of(metric), unit=metric.unit, direction=metric.direction, kind=metric.kind,
        processes=draft.processes,
    )  # fmt: skip


def _columns(draft: MetricDraft, *, stock: bool) -> dict[str, Any]:
    band = draft.direction == Direction.BAND
    below = draft.formula.denominator
    return {
        "name": " ".join(draft.name.split())[:100],
        "name_zh": " ".join(draft.name_zh.split())[:100],
        "numerator": _kept(draft.formula.numerator),
        "denominator": _kept(below) if below else None,
        "scale": draft.formula.scale,
        "unit": draft.unit,
        "direction": draft.direction,
        "kind": draft.kind,
        "band_low": draft.band_low if band else None,
        "band_high": draft.band_high if band else None,
        "green_from": draft.green_from,
        "yellow_from": draft.yellow_from,
        "least_base": draft.least_base if below else None,
        "help_text": draft.help_text.strip(),
        "help_text_zh": draft.help_text_zh.strip(),
        "stock": stock,
    }


def _kept(parts: Any) -> dict[str, str]:
    return {code: f"{coefficient.normalize():f}" for code, coefficient in parts.items()}


_TEXTS = ("name", "name_zh", "help_text", "help_text_zh", "kind")
_NUMBERS = ("scale", "band_low", "band_high", "green_from", "yellow_from")
_RULES = ("numerator", "denominator", "unit", "direction", "stock", "least_base")


def _described(metric: Metric) -> dict[str, Any]:
    """For the audit trail, and to see whether anything changed."""
    numbers = {name: getattr(metric, name) for name in _NUMBERS}
    return {
        **{name: getattr(metric, name) for name in (*_TEXTS, *_RULES)},
        **{name: None if value is None else _number(value) for name, value in numbers.items()},
        "processes": sorted(one.code for one in metric.processes.all()),
    }


def _number(value: Decimal) -> str:
    return f"{Decimal(value).normalize():f}"


def _judged_by(described: dict[str, Any]) -> dict[str, Any]:
    """What of it decides values and lights."""
    return {name: value for name, value in described.items() if name not in (*_TEXTS, "processes")}


def _compute(metric: Metric) -> None:
    mark_metric_changed(metric=metric)
    enqueue("kpis.tasks.work")
