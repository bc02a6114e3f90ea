"""Keeping scorecards, and computing the scores of a period: set-based reads, plain arithmetic, rows as the result."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.core.cache import cache
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from common.periods import Grain, Period
from kpis.models import Metric, Reading
from kpis.models.scorecards import (
    ImprovementPlan,
    Perspective,
    PlanNote,
    Score,
    ScoreArea,
    Scorecard,
    ScorecardLine,
    Subject,
)
from kpis.scorecards import Line, Scored, bottom_tenth, climbed, composite, ranks
from kpis.scoring import Bands, score
from kpis.stamps import stamp
from organization.models import Person, Responsibility, Scope
from organization.services import Refused, record

GRAINS = (Grain.MONTH, Grain.QUARTER, Grain.YEAR)
MOST_LINES = 20


@dataclass(frozen=True)
class LineDraft:
    perspective: str
    metric: Metric
    weight: Decimal


@dataclass(frozen=True)
class CardDraft:
    name: str
    name_zh: str
    subject: str
    role: str
    cap: Decimal
    weights: Mapping[str, Decimal]
    lines: Sequence[LineDraft]


class CardMoved(Exception):
    """Somebody else has changed the card since it was opened; nothing was written."""


@transaction.atomic
def keep_card(
    *, draft: CardDraft, person: Person | None, card: Scorecard | None = None, based_on: int = 0
) -> Scorecard:
    """Makes a card, or changes one that was seen as revision `based_on`. Scores follow with the next look.

    Raises Refused for weights or lines that cannot be, CardMoved where somebody else was quicker.
    """
    _check(draft, card)
    if card is None:
        card = Scorecard()
    else:
        card = Scorecard.objects.select_for_update().get(pk=card.pk)
        if card.revision != based_on:
            raise CardMoved
        card.revision += 1
    card.name, card.name_zh, card.subject = draft.name, draft.name_zh, draft.subject
    card.role, card.cap = draft.role, draft.cap
    card.weights = {name: str(weight) for name, weight in draft.weights.items()}
    card.save()
    card.lines.all().delete()
    ScorecardLine.objects.bulk_create(
        ScorecardLine(card=card, perspective=line.perspective, metric=line.metric, weight=line.weight)
        for line in draft.lines
    )
    record(
        action="scorecard.keep",
        subject=card.name,
        person=person,
        weights=card.weights,
        lines=[f"{line.metric.code} {line.weight}" for line in draft.lines],
    )
    return card


def _check(draft: CardDraft, card: Scorecard | None) -> None:
    taken = Scorecard.objects.filter(name=draft.name).exclude(pk=card.pk if card else 0)
    if taken.exists():
        raise Refused(_("There is a scorecard of this name already."))
    if not draft.lines:
        raise Refused(_("A scorecard needs at least one figure."))
    if len(draft.lines) > MOST_LINES:
        raise Refused(_("A scorecard has at most %(n)s figures.") % {"n": MOST_LINES})
    if len({line.metric.pk for line in draft.lines}) < len(draft.lines):
        raise Refused(_("A figure stands on a scorecard once."))
    if any(line.weight <= 0 for line in draft.lines):
        raise Refused(_("A figure's weight is above zero; take out what weighs nothing."))
    if any(weight < 0 for weight in draft.weights.values()):
        raise Refused(_("A perspective's weight is not below zero."))
    if not any(draft.weights.get(line.perspective, 0) for line in draft.lines):
        raise Refused(_("None of these perspectives has a weight, so there would be no score."))


@transaction.atomic
def put_card_away(*, card: Scorecard, person: Person | None) -> None:
    """Its scores stay; no new ones are computed."""
    card.archived_at = timezone.now()
    card.save(update_fields=["archived_at"])
    record(action="scorecard.put_away", subject=card.name, person=person)


# -- Plans of those who fell behind -----------------------------------------------------------------


@transaction.atomic
def open_plan(*, of: Score, goal: str, mentor: Person | None, person: Person) -> ImprovementPlan:
    """Raises Refused where there is a plan already."""
    if ImprovementPlan.objects.filter(score=of).exists():
        raise Refused(_("There is a plan already."))
    plan = ImprovementPlan.objects.create(score=of, goal=goal, mentor=mentor, opened_by=person)
    record(action="plan.open", subject=_who(of), person=person, goal=goal)
    return plan


@transaction.atomic
def change_plan(*, plan: ImprovementPlan, goal: str, mentor: Person | None, person: Person) -> None:
    plan.goal, plan.mentor = goal, mentor
    plan.save(update_fields=["goal", "mentor"])
    record(action="plan.change", subject=_who(plan.score), person=person, goal=goal)


@transaction.atomic
def note_progress(*, plan: ImprovementPlan, text: str, person: Person) -> PlanNote:
    """Raises Refused where the plan is closed."""
    if plan.closed_at is not None:
        raise Refused(_("This plan is closed."))
    return PlanNote.objects.create(plan=plan, text=text, by=person)


@transaction.atomic
def close_plan(*, plan: ImprovementPlan, person: Person) -> None:
    if ImprovementPlan.objects.filter(pk=plan.pk, closed_at=None).update(closed_at=timezone.now()):
        record(action="plan.close", subject=_who(plan.score), person=person)


def _who(of: Score) -> str:
    return of.person.username if of.person else (of.team.code if of.team else "company")


# -- Scores -----------------------------------------------------------------------------------------


EVERY = 900  # seconds between two looks


def scores_wait(*, now: datetime) -> bool:
    """Whether cards wait for a look. Of several beats one asks, and a look too many finds nothing changed."""
    return (
        cache.add("kpis.scores", now.isoformat(), EVERY)
        and Scorecard.objects.filter(archived_at=None).exists()
    )


@dataclass(frozen=True)
class _Judged:
    """Who is judged by what areas; both None: the company."""

    person_id: int | None
    team_id: int | None
    scopes: tuple[int, ...]


def score_open_periods(*, today: date, fiscal_start: int) -> int:
    """The running month, quarter and year, and the ones before them. Returns how many scores changed."""
    changed = 0
    for grain in GRAINS:
        running = Period.containing(today, grain, fiscal_start=fiscal_start)
        for period in (running.next(-1), running):
            changed += score_period(period=period)
    return changed


@transaction.atomic
def score_period(*, period: Period) -> int:
    """Computes every card's scores of the period from the figures kept, and keeps those that differ.

    Two at once do the same twice: the cards are locked, so the second finds nothing to change.
    """
    cards = list(Scorecard.objects.filter(archived_at__isnull=True).order_by("pk").select_for_update())
    if not cards:
        return 0
    lines = defaultdict(list)
    for line in ScorecardLine.objects.filter(card__in=cards).select_related("metric"):
        lines[line.card_id].append(line)
    judged = {card.pk: _judged(card, period) for card in cards}
    scope_ids = {pk for many in judged.values() for one in many for pk in one.scopes}
    metric_ids = {line.metric_id for many in lines.values() for line in many}
    figures = {
        (reading.scope_id, reading.metric_id): reading
        for reading in Reading.objects.filter(
            scope__in=scope_ids, metric__in=metric_ids, grain=period.grain.value, start=period.start
        )
    }
    changed = sum(_score_card(card, lines[card.pk], judged[card.pk], figures, period) for card in cards)
    if changed:
        stamp()
    return changed


def _judged(card: Scorecard, period: Period) -> list[_Judged]:
    if card.subject == Subject.COMPANY:
        return [_Judged(None, None, (Scope.objects.get(key="company").pk,))]
    held = Responsibility.objects.filter(
        Q(last_day__isnull=True) | Q(last_day__gte=period.start), first_day__lte=period.end
    )
    areas: dict[tuple[int | None, int | None], set[int]] = defaultdict(set)
    if card.subject == Subject.TEAM:
        for team, scope in held.filter(team__isnull=False).values_list("team_id", "scope_id"):
            areas[None, team].add(scope)
    else:
        # (Being one of a team's people is said by a responsibility for the team; that is no area with figures.)
        people = held.filter(person__is_active=True, scope__team__isnull=True)
        if card.role:
            people = people.filter(person__grants__role=card.role)
        for person, scope in people.values_list("person_id", "scope_id"):
            areas[person, None].add(scope)
    return [_Judged(*who, tuple(sorted(scopes))) for who, scopes in areas.items()]


Figures = Mapping[tuple[int, int], Reading]


def _score_card(
    card: Scorecard,
    lines: Sequence[ScorecardLine],
    judged: Sequence[_Judged],
    figures: Figures,
    period: Period,
) -> int:
    weights = {name: Decimal(card.weights.get(name, "0")) for name in Perspective.values}
    scored: dict[_Judged, tuple[Scored, list[Line]]] = {}
    for one in judged:
        measured = [
            Line(
                line.perspective, line.metric.code, line.weight, _attainment(line.metric, one.scopes, figures)
            )
            for line in lines
        ]
        scored[one] = (composite(measured, weights=weights, cap=card.cap), measured)
    known = {one: done.score for one, (done, _lines) in scored.items() if done.score is not None}
    places = ranks(known)
    lowest = bottom_tenth(known) if card.subject == Subject.PERSON else set()
    before: dict[tuple[int | None, int | None], int] = {
        (person, team): rank or 0
        for person, team, rank in Score.objects.filter(
            card=card, grain=period.grain.value, start=period.next(-1).start, rank__isnull=False
        ).values_list("person_id", "team_id", "rank")
    }
    moves = climbed({(one.person_id, one.team_id): place for one, place in places.items()}, before)
    held = {
        (row.person_id, row.team_id): row
        for row in Score.objects.filter(card=card, grain=period.grain.value, start=period.start)
    }
    changed = 0
    for one, (done, measured) in scored.items():
        key = (one.person_id, one.team_id)
        through = max(
            (reading.through for pk in one.scopes for reading in _of_scope(figures, pk) if reading.through),
            default=None,
        )
        values: dict[str, object] = {
            "value": round(done.score, 4) if done.score is not None else None,
            "parts": {
                name: {"score": _text(part.score), "share": _text(part.share)}
                for name, part in done.parts.items()
            },
            "lines": [
                {
                    "metric": line.metric,
                    "perspective": line.perspective,
                    "weight": _text(line.weight),
                    "attainment": _text(line.attainment),
                }
                for line in measured
            ],
            "rank": places.get(one),
            "ranked": len(known),
            "climbed": moves.get(key),
            "behind": one in lowest,
            "through": through,
        }
        changed += _keep(card, key, one.scopes, values, held.pop(key, None), period)
    # Who is judged no more keeps what she has a plan about.
    gone = [row.pk for row in held.values()]
    return changed + Score.objects.filter(pk__in=gone, plan__isnull=True).delete()[0]


def _keep(
    card: Scorecard,
    key: tuple[int | None, int | None],
    scopes: Sequence[int],
    values: dict[str, object],
    row: Score | None,
    period: Period,
) -> int:
    areas = set(scopes)
    if row is None:
        row = Score.objects.create(
            card=card,
            person_id=key[0],
            team_id=key[1],
            grain=period.grain.value,
            start=period.start,
            **values,
        )
    else:
        had = set(row.areas.values_list("scope_id", flat=True))
        same = all(getattr(row, name) == value for name, value in values.items())
        if same and had == areas:
            return 0
        Score.objects.filter(pk=row.pk).update(**values, computed_at=timezone.now())
        if had == areas:
            return 1
        row.areas.all().delete()
    ScoreArea.objects.bulk_create(ScoreArea(score=row, scope_id=pk) for pk in sorted(areas))
    return 1


def _of_scope(figures: Figures, scope_id: int) -> Iterable[Reading]:
    return (reading for (scope, _metric), reading in figures.items() if scope == scope_id)


def _attainment(metric: Metric, scopes: Sequence[int], figures: Figures) -> Decimal | None:
    """One area: as its light says. Several: what adds up is added up first, ratios count alike; None: nothing known."""
    found = [one for pk in scopes if (one := figures.get((pk, metric.pk))) is not None]
    judged = [one for one in found if one.value is not None and one.expected is not None]
    bands = Bands(metric.green_from, metric.yellow_from, metric.band_low, metric.band_high)
    if metric.additive and metric.direction != "band" and judged:
        value = sum((one.value or Decimal(0) for one in judged), Decimal(0))
        expected = sum((one.expected or Decimal(0) for one in judged), Decimal(0))
        result = score(value=value, expected=expected, direction=metric.direction, bands=bands)
        return result.attainment if result.attainment is not None else _met(result.met)
    known = [one.attainment for one in found if one.attainment is not None]
    return sum(known, Decimal(0)) / len(known) if known else None


def _met(met: bool | None) -> Decimal | None:
    """Met without a number counts as just on plan, missed as nothing."""
    return None if met is None else Decimal(int(met))


def _text(value: Decimal | None) -> str | None:
    return None if value is None else f"{round(value, 6).normalize():f}"
