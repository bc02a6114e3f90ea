"""When nodes are merged or moved: what has to be rolled up and computed anew, and what it would mean."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from django.db import connection
from django.db.models import Q
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from common import formats
from common.queueing import enqueue
from kpis.models import Measure, Metric, Source, SourceOrder, Target
from kpis.services import mark_days_changed, mark_scopes_changed
from organization.hooks import Restated
from organization.selectors.rates import currency_sign


class Restatement:
    """Marks, in the transaction of the change, the days on which the nodes have amounts: workers do the rest.

    Marks that stand already, of files that just came in, stay; nobody rolls up while a tree changes, so that what is
    marked here is all that was rolled up by the old shape.
    """

    def before(self, change: Restated) -> None:
        for source, days in _days_of(change.counted).items():
            mark_days_changed(source=source, days=days)
        spans = _spans_of(change.dimension, change.asleep)
        if spans:
            mark_scopes_changed(spans=spans)

    def after(self, change: Restated) -> None:
        """Marks are done by the new shape, as soon as a worker is free."""
        enqueue("kpis.tasks.work")

    def notes(self, change: Restated) -> list[str]:
        notes = [_figures_in_words(change.counted)]
        asleep = _scopes_with(change.dimension, change.asleep)
        targets = (
            Target.objects.filter(asleep, superseded_at__isnull=True, value__isnull=False).count()
            if change.asleep
            else 0
        )
        if targets:
            notes.append(
                ngettext(
                    "%(n)s target stays on record and no longer counts.",
                    "%(n)s targets stay on record and no longer count.",
                    targets,
                )
                % {"n": targets}
            )
        if change.asleep and SourceOrder.objects.filter(channel__in=change.asleep).exists():
            notes.append(_("The order of its sources no longer counts; that of the other area holds."))
        return notes


def _days_of(nodes: Collection[int]) -> dict[Source, list[date]]:
    """The days for which these nodes have amounts, by source, in the order of their ids."""
    sources = Source.objects.in_bulk()
    with connection.cursor() as cursor:
        cursor.execute(_DAYS, {"nodes": list(nodes)})
        return {sources[pk]: days for pk, days in cursor.fetchall()}


def _spans_of(dimension: str, nodes: Collection[int]) -> list[tuple[int, date, date]]:
    """Of all scopes that hold one of the nodes: the days with figures or targets."""
    if not nodes:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_SPANS.format(dimension=dimension), {"nodes": list(nodes)})
        return [(pk, first, last) for pk, first, last in cursor.fetchall()]


def _scopes_with(dimension: str, nodes: Collection[int]) -> Q:
    return Q(**{f"scope__{dimension}__in": list(nodes)})


def _figures_in_words(nodes: Collection[int]) -> str:
    slot = Measure.objects.filter(code="revenue").values_list("slot", flat=True).first()
    with connection.cursor() as cursor:
        cursor.execute(_WEIGHT.format(slot=slot or 1), {"nodes": list(nodes)})
        days, first, last, revenue = cursor.fetchone()
    language = get_language() or "en"
    if not days:
        return _("There are no figures of it yet.")
    told = ngettext(
        "Its figures go along: %(n)s day, %(first)s.",
        "Its figures go along: %(n)s days, %(first)s to %(last)s.",
        days,
    ) % {"n": days, "first": formats.day(first, language), "last": formats.day(last, language)}
    if slot is not None and revenue is not None:
        told += " " + _("Revenue in all: %(amount)s.") % {
            "amount": formats.tile(revenue, Metric.objects.get(code="revenue"), language, currency_sign())
        }
    return told


_DAYS = """
    SELECT source_id, array_agg(DISTINCT day ORDER BY day) FROM (
        SELECT source_id, day FROM kpis_amountday
        WHERE scope_id IN (SELECT id FROM organization_scope WHERE node_id = ANY(%(nodes)s))
        UNION ALL
        SELECT source_id, day FROM kpis_besideday
        WHERE scope_id IN (SELECT id FROM organization_scope WHERE node_id = ANY(%(nodes)s))
    ) AS said GROUP BY source_id ORDER BY source_id
"""

_SPANS = """
    SELECT scope_id, min(start), max(start + CASE grain WHEN 'year' THEN 366 WHEN 'quarter' THEN 92
        WHEN 'month' THEN 31 WHEN 'week' THEN 7 ELSE 1 END - 1)
    FROM (
        SELECT scope_id, grain, start FROM kpis_reading
        UNION ALL SELECT scope_id, grain, start FROM kpis_target WHERE superseded_at IS NULL
    ) AS kept
    WHERE scope_id IN (SELECT id FROM organization_scope WHERE {dimension}_id = ANY(%(nodes)s))
    GROUP BY scope_id ORDER BY scope_id
"""

_WEIGHT = """
    SELECT count(DISTINCT day), min(day), max(day), sum(amounts[{slot}]) FROM kpis_amountday
    WHERE scope_id IN (SELECT id FROM organization_scope WHERE node_id = ANY(%(nodes)s))
"""
