"""Reading scores: whose somebody may see, by cards and periods."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import F, Q, QuerySet
from django.shortcuts import get_object_or_404

from common.periods import Period
from kpis.models import ImprovementPlan, Metric, Perspective, Score, ScoreArea, Scorecard, Subject
from kpis.scorecards import fastest
from organization.gate import scopes_where, visible_scopes
from organization.models import Grant, Person, Responsibility, Role

TREND = 12


@dataclass(frozen=True)
class Bar:
    label: str
    score: Decimal | None
    share: Decimal


@dataclass(frozen=True)
class ScoreRow:
    score: Score
    name: str
    bars: tuple[Bar, ...]
    hers: bool

    @property
    def value(self) -> Decimal | None:
        return self.score.value


@dataclass(frozen=True)
class ScorePage:
    card: Scorecard | None
    cards: tuple[Scorecard, ...]
    period: Period
    rows: tuple[ScoreRow, ...]
    climbers: tuple[ScoreRow, ...]
    behind: tuple[ScoreRow, ...]


@dataclass(frozen=True)
class ScoredLine:
    metric: Metric
    weight: Decimal
    attainment: Decimal | None


@dataclass(frozen=True)
class OneScore:
    row: ScoreRow
    parts: tuple[tuple[Bar, tuple[ScoredLine, ...]], ...]
    trend: tuple[Score, ...]  # oldest first


def visible_scores(person: Person) -> QuerySet[Score]:
    """Her own; of teams and the company those whose areas she may all see; of people those that she manages.

    Narrowed in SQL. An own score shows figures of areas that she is responsible for, whether granted or not: it is
    about her.
    """
    unseen = ScoreArea.objects.exclude(scope__in=visible_scopes(person).values("pk")).values("score")
    unmanaged = ScoreArea.objects.exclude(scope__in=scopes_where(person, Role.MANAGER).values("pk")).values(
        "score"
    )
    managed = scopes_where(person, Role.MANAGER)
    teams = Responsibility.objects.filter(person=person, scope__team__isnull=False).values("scope__team")
    return Score.objects.filter(
        Q(person=person)
        | Q(team__in=teams)
        | (Q(person__isnull=True) & ~Q(pk__in=unseen))
        | (Q(person__isnull=False) & ~Q(pk__in=unmanaged) & Q(areas__scope__in=managed.values("pk")))
    ).distinct()


def score_or_404(person: Person, pk: int) -> Score:
    return get_object_or_404(visible_scores(person).select_related("card", "person", "team"), pk=pk)


def planned_score_or_404(person: Person, pk: int) -> Score:
    """A person's score that she may see, or whose plan she mentors."""
    seen = Q(pk__in=visible_scores(person).values("pk")) | Q(plan__mentor=person)
    scores = Score.objects.filter(seen, person__isnull=False)
    return get_object_or_404(scores.select_related("card", "person"), pk=pk)


def manages(person: Person, score: Score) -> bool:
    """Nobody writes her own plan: who manages all its areas does."""
    if score.person_id is None or score.person_id == person.pk:
        return False
    areas = set(score.areas.values_list("scope_id", flat=True))
    return scopes_where(person, Role.MANAGER).filter(pk__in=areas).count() == len(areas) > 0


def writes(person: Person, score: Score, plan: ImprovementPlan | None) -> bool:
    """Notes: whose score it is, who helps, and who manages."""
    return person.pk in (score.person_id, plan.mentor_id if plan else None) or manages(person, score)


def mentors_for(score: Score) -> QuerySet[Person]:
    return Person.objects.filter(is_active=True, pk__in=Grant.objects.values("person")).exclude(
        pk=score.person_id or 0
    )


def score_page(person: Person, *, card: str, period: Period) -> ScorePage:
    """The card's scores of the period that she may see, best first. Queries do not grow with rows."""
    scores = visible_scores(person)
    cards = tuple(
        Scorecard.objects.filter(
            Q(pk__in=scores.values("card")) | Q(archived_at__isnull=True, subject=Subject.COMPANY)
        ).distinct()
    )
    chosen = next((one for one in cards if str(one.pk) == card), cards[0] if cards else None)
    if chosen is None:
        return ScorePage(None, cards, period, (), (), ())
    found = list(
        scores.filter(card=chosen, grain=period.grain.value, start=period.start)
        .select_related("person", "team", "card", "plan")
        .order_by(F("rank").asc(nulls_last=True), "pk")
    )
    rows = tuple(as_row(one, person) for one in found)
    most = fastest({row.score.pk: row.score.climbed for row in rows if row.score.climbed is not None})
    return ScorePage(
        chosen,
        cards,
        period,
        rows,
        tuple(row for row in rows if row.score.pk in most),
        tuple(row for row in rows if row.score.behind),
    )


def one_score(person: Person, score: Score) -> OneScore:
    """A score with its figures and the ones of the periods before it, as far as they are hers to see."""
    metrics = {
        one.code: one for one in Metric.objects.filter(code__in=[line["metric"] for line in score.lines])
    }
    row = as_row(score, person)
    parts = tuple(
        (
            bar,
            tuple(
                ScoredLine(metrics[line["metric"]], Decimal(line["weight"]), _number(line["attainment"]))
                for line in score.lines
                if line["perspective"] == name and line["metric"] in metrics
            ),
        )
        for name, bar in zip(Perspective.values, row.bars, strict=True)
    )
    trend = visible_scores(person).filter(
        card=score.card, person=score.person, team=score.team, grain=score.grain, start__lte=score.start,
        value__isnull=False,
    )  # fmt: skip
    return OneScore(row, parts, tuple(reversed(list(trend.order_by("-start")[:TREND]))))


def as_row(score: Score, person: Person) -> ScoreRow:
    return ScoreRow(
        score=score,
        name=_name(score),
        bars=tuple(
            Bar(str(label), _number(part.get("score")), _number(part.get("share")) or Decimal(0))
            for name, label in Perspective.choices
            for part in [_part(score.parts, name)]
        ),
        hers=score.person_id == person.pk,
    )


def _name(score: Score) -> str:
    if score.person is not None:
        return str(score.person.label)
    return str(score.team.label) if score.team is not None else str(Subject.COMPANY.label)


def _part(parts: Mapping[str, Mapping[str, str | None]], name: str) -> Mapping[str, str | None]:
    return parts.get(name, {})


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
