"""What was proposed for channels, how it was decided, and what their figures did before and after."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.core.paginator import Page, Paginator
from django.db.models import F, Max, QuerySet
from django.utils import timezone

from channels.asked_words import asked_in_words
from channels.before_after import USUAL, Windows, known_from, windows
from channels.changes import KIND, LABELS, Change
from channels.selectors.profiles import ProfileRow, profiles_of
from common import formats
from decisions.models import Proposal, ProposalState
from decisions.models.proposals import UNDECIDED
from decisions.selectors.rights import at_or_below, seen_by
from decisions.selectors.tasks import SCOPES
from decisions.selectors.threads import StepLine, step_line
from kpis.models import AmountDay, Metric
from kpis.selectors.figures import figures_of_spans
from organization.models import Node, Person
from organization.selectors import company

PER_PAGE = 20
SHOWN = 5  # on a channel's own page
MOST_OPEN = 200
BESIDE = ("revenue", "cost")  # what it brought and what it took, beside the figure that it was about
ENDED = (ProposalState.APPROVED.value, ProposalState.REJECTED.value)


@dataclass(frozen=True)
class Compared:
    """A figure before and after; None where nothing was reported."""

    metric: Metric
    before: Decimal | None
    after: Decimal | None

    @property
    def change(self) -> Decimal | None:
        return formats.change_between(self.after, self.before, self.metric)


@dataclass(frozen=True)
class Effect:
    """`windows` None: it is too early, and `known_from` says until when."""

    windows: Windows | None
    known_from: date
    compared: tuple[Compared, ...] = ()


@dataclass(frozen=True)
class Action:
    """A proposal for a channel. `asked` is what its rule held its figure against, by name; `waits` is the step that waits,
    `effect` of one that was decided.
    """

    proposal: Proposal
    change: Change
    channel: str
    profile: ProfileRow
    asked: Sequence[tuple[str, str]]
    waits: StepLine | None
    effect: Effect | None

    @property
    def label(self) -> str:
        return str(LABELS[self.change])


@dataclass(frozen=True)
class ActionsPage:
    waiting: tuple[Action, ...]
    decided: tuple[Action, ...]
    page: Page[Proposal]
    days: int


def actions_page(
    person: Person, *, channel: Node | None, days: int, number: str | None, today: date
) -> ActionsPage:
    """All that she may see, of one channel and what lies below it where one is given. A fixed number of queries."""
    seen = _seen(person)
    if channel is not None:
        seen = seen.filter(at_or_below(channel.scope, "scope"))
    waiting = list(seen.filter(state__in=UNDECIDED).order_by("-pk")[:MOST_OPEN])
    page = Paginator(_decided(seen), PER_PAGE).get_page(number)
    rows = _actions([*waiting, *page.object_list], days=days, today=today)
    return ActionsPage(tuple(rows[: len(waiting)]), tuple(rows[len(waiting) :]), page, days)


def actions_of(person: Person, node: Node, *, today: date, days: int = USUAL) -> tuple[Action, ...]:
    """For a channel's own page: what waits, then what was decided last."""
    seen = _seen(person).filter(subject_id=node.pk)
    waiting = list(seen.filter(state__in=UNDECIDED))
    return tuple(_actions([*waiting, *_decided(seen)[:SHOWN]], days=days, today=today))


def last_before(proposal: Proposal) -> Proposal | None:
    """What was decided the last time about the same channel."""
    found = Proposal.objects.filter(
        kind=KIND, subject_id=proposal.subject_id, state__in=ENDED, pk__lt=proposal.pk
    )
    return found.order_by("-decided_at", "-pk").first()


def effects_of(proposals: Iterable[Proposal], *, days: int, today: date) -> Mapping[int, Effect]:
    """Of those that were approved or rejected, by id. A handful of queries, on roll-ups alone."""
    ended = [one for one in proposals if one.state in ENDED and one.decided_at is not None]
    if not ended:
        return {}
    codes = {code for one in ended for code in _codes(one)}
    metrics = {one.code: one for one in Metric.objects.in_use().filter(code__in=codes)}
    through = _through({one.scope_id for one in ended}, today)
    found: dict[int, tuple[date, Windows | None]] = {}
    for one in ended:
        assert one.decided_at is not None
        decided = timezone.localdate(one.decided_at)
        last = through.get(one.scope_id)
        found[one.pk] = decided, windows(decided, through=last, most=days) if last else None
    spans = [
        (one.scope_id, span.first, span.last)
        for one in ended
        if (both := found[one.pk][1]) is not None
        for span in (both.before, both.after)
    ]
    figures = figures_of_spans(spans, metrics=list(metrics.values()), today=today)

    def value(scope: int, first: date, last: date, metric: Metric) -> Decimal | None:
        figure = figures.get((scope, first, last, metric.pk))
        return figure.value if figure else None

    effects = {}
    for one in ended:
        decided, both = found[one.pk]
        compared = tuple(
            Compared(
                metrics[code],
                value(one.scope_id, both.before.first, both.before.last, metrics[code]),
                value(one.scope_id, both.after.first, both.after.last, metrics[code]),
            )
            for code in _codes(one)
            if both is not None and code in metrics
        )
        effects[one.pk] = Effect(both, known_from(decided), compared)
    return effects


def _seen(person: Person) -> QuerySet[Proposal]:
    return (
        Proposal.objects.filter(seen_by(person), kind=KIND)
        .select_related("proposed_by", "decided_by", *SCOPES)
        .prefetch_related("steps")
    )


def _decided(seen: QuerySet[Proposal]) -> QuerySet[Proposal]:
    return seen.exclude(state__in=UNDECIDED).order_by(F("decided_at").desc(), "-pk")


def _actions(proposals: Sequence[Proposal], *, days: int, today: date) -> list[Action]:
    now = timezone.now()
    effects = effects_of(proposals, days=days, today=today)
    profiles = profiles_of({one.subject_id for one in proposals})
    codes = {one.payload.get("metric", "") for one in proposals}
    metrics = {one.code: one for one in Metric.objects.filter(code__in=codes)}
    fiscal_start = company().fiscal_year_start
    rows = []
    for one in proposals:
        metric = metrics.get(one.payload.get("metric", ""))
        lines = (step_line(step, one.scope, now) for step in one.steps.all())
        rows.append(
            Action(
                proposal=one,
                change=Change(one.payload["change"]),
                channel=one.scope.label,
                profile=profiles[one.subject_id],
                asked=asked_in_words(one.payload, metric, fiscal_start=fiscal_start),
                waits=next((line for line in lines if line.waits), None),
                effect=effects.get(one.pk),
            )
        )
    return rows


def _codes(proposal: Proposal) -> list[str]:
    """The figure that it was about first."""
    own = proposal.payload.get("metric") or "roas"
    return list(dict.fromkeys([str(own), *BESIDE]))


def _through(scope_ids: Collection[int], today: date) -> Mapping[int, date]:
    """By area, the last day that its sources have reported, anywhere: where a channel is paused they go on without it.
    Not beyond yesterday."""
    yesterday = today.toordinal() - 1
    rows = (
        AmountDay.objects.filter(scope__in=scope_ids, source__last_day__isnull=False)
        .values_list("scope_id")
        .annotate(last=Max("source__last_day"))
    )
    return {pk: min(last, date.fromordinal(yesterday)) for pk, last in rows}
