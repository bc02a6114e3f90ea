"""Reading the page of values that people entered: what holds now, and how each came to be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.core.paginator import Page, Paginator
from django.http import Http404

from kpis.models import EnteredValue, Measure, Uncounted
from kpis.services.entering import SOURCE
from organization.gate import Action, scopes_where, visible_scopes
from organization.models import NodeAncestor, Person

ROWS_A_PAGE = 50


@dataclass(frozen=True)
class EnteredRow:
    """`beside`: another source reports the same and counts first. `hers`: she may correct it."""

    value: EnteredValue
    beside: bool
    hers: bool


@dataclass(frozen=True)
class EnteredPage:
    rows: tuple[EnteredRow, ...]
    page: Page[EnteredValue]


def entered_page(
    person: Person, *, measure: Measure | None = None, number: int | str | None = 1
) -> EnteredPage:
    """The values that hold now on areas that she may see, the latest periods first. A bounded number of queries."""
    values = EnteredValue.objects.filter(
        superseded_at__isnull=True, value__isnull=False, scope__in=visible_scopes(person)
    )
    if measure is not None:
        values = values.filter(measure=measure)
    page = Paginator(
        values.select_related(
            "measure", "scope__channel", "scope__region", "scope__product", "entered_by"
        ).order_by("-start", "measure__slot", "scope__key", "pk"),
        ROWS_A_PAGE,
    ).get_page(number)
    shown = list(page.object_list)
    hers = set(
        scopes_where(person, Action.ENTER_VALUES)
        .filter(pk__in=[value.scope_id for value in shown])
        .values_list("pk", flat=True)
    )
    beside = _beside(shown)
    return EnteredPage(
        rows=tuple(EnteredRow(value, value.pk in beside, value.scope_id in hers) for value in shown),
        page=page,
    )


def value_history(person: Person, pk: int) -> list[EnteredValue]:
    """All versions of the cell of this value, the newest first. Raises Http404 where she may not see its area."""
    value = EnteredValue.objects.filter(pk=pk, scope__in=visible_scopes(person)).first()
    if value is None:
        raise Http404
    return list(
        EnteredValue.objects.filter(
            measure=value.measure_id, scope=value.scope_id, grain=value.grain, start=value.start
        )
        .select_related("measure", "scope__channel", "scope__region", "scope__product", "entered_by")
        .order_by("-version")
    )


def _beside(values: list[EnteredValue]) -> set[int]:
    """Those that do not count, because another source's amounts of their month do."""
    months = {value.start.replace(day=1) for value in values}
    away: dict[tuple[date, int], set[int]] = {
        (month, channel): set(slots)
        for month, channel, slots in Uncounted.objects.filter(
            source__code=SOURCE, month__in=months
        ).values_list("month", "channel_id", "slots")
    }
    if not away:
        return set()
    channels = [value.scope.channel_id for value in values if value.scope.channel_id is not None]
    tops = dict(
        NodeAncestor.objects.filter(node_id__in=channels, ancestor_depth=1).values_list(
            "node_id", "ancestor_id"
        )
    )
    return {
        value.pk
        for value in values
        if value.measure.slot
        in away.get((value.start.replace(day=1), tops.get(value.scope.channel_id or 0, 0)), set())
    }
