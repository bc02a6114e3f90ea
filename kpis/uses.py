"""What builds on a metric: apps above register how to ask them, so that nothing here looks upwards."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import get_language, ngettext

from common import formats
from kpis.models import KeyResult, Metric, ObjectiveState, Target


@dataclass(frozen=True)
class Use:
    """`words` say what uses it and how often ("3 alert rules"), in the reader's language; `url` where to see them."""

    words: str
    url: str = ""


_asked: list[Callable[[Metric], Iterable[Use]]] = []


def register_uses(ask: Callable[[Metric], Iterable[Use]]) -> None:
    """`ask` answers with what of its app uses the metric now; nothing where nothing does."""
    if ask not in _asked:
        _asked.append(ask)


def uses_of(metric: Metric) -> list[Use]:
    return [use for ask in _asked for use in ask(metric)]


def targets_of(metric: Metric) -> list[Use]:
    """Areas that have a target for it now."""
    areas = (
        Target.objects.filter(metric=metric, superseded_at__isnull=True, value__isnull=False)
        .values("scope")
        .distinct()
        .count()
    )
    if not areas:
        return []
    words = ngettext("%(n)s area has a target for it", "%(n)s areas have targets for it", areas) % {
        "n": areas
    }
    return [Use(words, f"{reverse('kpis:targets')}?metric={metric.code}")]


def results_of(metric: Metric) -> list[Use]:
    """Results that it leads to, by their names."""
    named = [one.label for one in metric.results.filter(archived_at__isnull=True)]
    if not named:
        return []
    words = ngettext(
        "%(names)s names it as a process figure", "%(names)s name it as a process figure", len(named)
    )
    return [Use(words % {"names": formats.listed(named, get_language() or "en")}, reverse("kpis:metrics"))]


def key_results_of(metric: Metric) -> list[Use]:
    """Key results that move by it, of objectives that are not closed."""
    tied = KeyResult.objects.filter(metric=metric, removed_at__isnull=True)
    n = tied.exclude(objective__state=ObjectiveState.CLOSED).count()
    if not n:
        return []
    words = ngettext("%(n)s key result moves by it", "%(n)s key results move by it", n) % {"n": n}
    return [Use(words, reverse("kpis:okr"))]
