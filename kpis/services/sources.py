from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from common.queueing import enqueue
from kpis.models import Measure, Source, SourceOrder, Target, Uncounted
from kpis.services.changes import mark_days_changed
from organization.models import Node, Person
from organization.services import record


def ensure_source(*, code: str, name: str, facts: str, rank: int = 100) -> Source:
    """The source with this code, made where it is new."""
    source, _ = Source.objects.get_or_create(code=code, defaults={"name": name, "facts": facts, "rank": rank})
    return source


def money_is_kept() -> bool:
    """Whether any source has published amounts, or a target is set: they are in the company's currency."""
    return Source.objects.filter(revision__gt=0).exists() or Target.objects.exists()


@transaction.atomic
def order_sources(
    *,
    sources: Sequence[Source],
    measure: Measure | None = None,
    channel: Node | None = None,
    person: Person | None,
) -> None:
    """Says which source counts first: in general, or for a measure, a top channel, or one on the other.

    Those that are not named follow as they stood. Months in which sources overlap are counted anew.
    Raises ValueError for a channel that is not at the top of its tree.
    """
    if channel is not None and (channel.dimension != "channel" or channel.depth != 1):
        raise ValueError(f"{channel.code} is not a top channel.")
    named = list(dict.fromkeys(sources))
    # The lock that every import takes too, so that two orders do not mix.
    known = list(Source.objects.select_for_update(no_key=True).order_by("rank", "pk"))
    order = [*named, *(source for source in known if source not in named)]
    if measure is None and channel is None:
        for rank, source in enumerate(order, start=1):
            source.rank = rank
        Source.objects.bulk_update(order, ["rank"])
    else:
        SourceOrder.objects.filter(measure=measure, channel=channel).delete()
        SourceOrder.objects.bulk_create(
            SourceOrder(source=source, measure=measure, channel=channel, rank=rank)
            for rank, source in enumerate(order, start=1)
        )
    record(
        action="source.order",
        subject=" > ".join(source.name for source in order)[:300],
        person=person,
        measure=measure.code if measure else None,
        channel=channel.code if channel else None,
    )
    _count_anew()


@transaction.atomic
def forget_order(*, measure: Measure | None, channel: Node | None, person: Person | None) -> None:
    """Takes a particular order away: the general one holds again. Twice is once."""
    deleted, _rows = SourceOrder.objects.filter(measure=measure, channel=channel).delete()
    if deleted:
        record(
            action="source.order.forget",
            subject=measure.code if measure else channel.code if channel else "",
            person=person,
            measure=measure.code if measure else None,
            channel=channel.code if channel else None,
        )
        _count_anew()


def _count_anew() -> None:
    """Wherever sources overlap, one of them stands beside: settling one day of such a month settles the month."""
    for source in Source.objects.order_by("pk"):
        months = Uncounted.objects.filter(source=source).values_list("month", flat=True).distinct()
        if months:
            mark_days_changed(source=source, days=sorted(months))
    enqueue("kpis.tasks.work")
