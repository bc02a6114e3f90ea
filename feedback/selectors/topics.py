"""Topics and keywords of comments, as pages show them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404

from feedback.effect import Sums
from feedback.models import (
    Answer,
    AnswerTopic,
    FeedbackAction,
    InterviewNote,
    Keyword,
    KeywordMonth,
    Topic,
    TopicMonth,
    TopicRun,
)
from feedback.selectors.comment_filter import (
    COLUMNS,
    NOTHING,
    Asked,
    Standing,
    Tally,
    asked_of,
    by_month,
    by_period,
    standing,
    standing_of,
    trend_of,
)
from feedback.selectors.comments import known_segments
from feedback.selectors.settings import feedback_settings
from feedback.services.analysis import TOPICS
from organization.gate import Action, can, rows_where, scopes_where
from organization.models import Dimension, JobState, Node, NodeAncestor, Person
from organization.selectors.jobs import JobSeen, job_seen, latest_job

WORDS = 40
COMMENTS = 12
QUOTES = 10
ACTIONS = 10
PLACES = 12
SCOPES = ("scope", *(f"scope__{dimension}" for dimension in Dimension.values))
FEWEST_A_MONTH = 5  # scores that a point of a line stands on


@dataclass(frozen=True)
class Frame:
    """Around every page of topics. `run` None: comments were never read; `job`: the work, where it goes on or failed."""

    run: TopicRun | None
    asked: Asked
    segments: tuple[str, ...]
    least: int
    job: JobSeen | None


@dataclass(frozen=True)
class TopicRow:
    topic: Topic
    standing: Standing
    months: tuple[Sums, ...]

    @property
    def line(self) -> list[float | None]:
        return points(self.months)


@dataclass(frozen=True)
class WordRow:
    keyword: Keyword
    standing: Standing


@dataclass(frozen=True)
class Suggestion:
    """Words that occur together and are of no topic yet."""

    words: tuple[str, ...]
    comments: int


@dataclass(frozen=True)
class TopicsPage:
    """`rows`: those that score lowest first, then those with few scores; `moved`: those that changed by more than chance,
    the most first; `quiet`: topics of which nobody spoke here."""

    frame: Frame
    rows: tuple[TopicRow, ...]
    moved: tuple[TopicRow, ...]
    quiet: tuple[Topic, ...]
    words: tuple[WordRow, ...]
    suggestions: tuple[Suggestion, ...]


@dataclass(frozen=True)
class PlaceRow:
    node: Node
    standing: Standing


@dataclass(frozen=True)
class Places:
    dimension: str
    rows: tuple[PlaceRow, ...]


@dataclass(frozen=True)
class SubjectPage:
    """A topic or a keyword. `comments` are empty for who may not read them (`reads`)."""

    frame: Frame
    standing: Standing
    months: tuple[Sums, ...]
    places: tuple[Places, ...]
    comments: tuple[Answer, ...]
    reads: bool


def points(months: tuple[Sums, ...]) -> list[float | None]:
    """Mean scores by month; none of a month with hardly any."""
    return [one.mean if one.count >= FEWEST_A_MONTH else None for one in months]


def frame(person: Person, query: Mapping[str, str], *, now: datetime, today: date) -> Frame:
    run = TopicRun.objects.first()
    asked = asked_of(person, query, run=run, today=today)
    job = latest_job(kind=TOPICS)
    shown = job is not None and (job.is_open or job.state == JobState.FAILED)
    return Frame(
        run, asked, _segments(person, run, asked), feedback_settings().small_sample,
        job_seen(job=job, person=person, now=now) if shown else None,
    )  # fmt: skip


def _segments(person: Person, run: TopicRun | None, asked: Asked) -> tuple[str, ...]:
    """Those that were read, where she may see an answer of it, and the one that is asked for among them."""
    found = set(run.segments if run is not None else ())
    if not can(person, Action.VIEW):
        found &= set(known_segments(person))
    return tuple(sorted({*found, asked.segment} - {""}))


# -- All topics -------------------------------------------------------------------------------------


def topic_rows(found: Frame) -> tuple[tuple[TopicRow, ...], tuple[Topic, ...]]:
    """Topics that score lowest first, then those with few scores; and topics of which nobody spoke here. Two queries."""
    asked, least = found.asked, found.least
    months = by_month(TopicMonth.objects.all(), asked, "topic_id")
    rows, quiet = [], []
    for topic in Topic.objects.filter(archived_at=None):
        mine = months.get(topic.pk, {})
        one = standing_of(mine, asked, least)
        if one.comments:
            rows.append(TopicRow(topic, one, trend_of(mine, asked)))
        else:
            quiet.append(topic)
    rows.sort(key=lambda row: _worst(row.standing))
    return tuple(rows), tuple(quiet)


def topics_page(person: Person, found: Frame) -> TopicsPage:
    rows, quiet = topic_rows(found)
    moved = sorted(
        (row for row in rows if row.standing.moved),
        key=lambda row: -abs(row.standing.effect.change.value or 0.0),
    )
    return TopicsPage(
        found,
        rows,
        tuple(moved),
        quiet,
        tuple(_words(found, KeywordMonth.objects.all())),
        tuple(_suggestions(person)),
    )


def _worst(one: Standing) -> tuple[bool, float, int]:
    return (one.small, one.mean if one.mean is not None and not one.small else 0.0, -one.comments)


def _words(found: Frame, rows: QuerySet[Any, Any]) -> list[WordRow]:
    """The most frequent here; of words that nobody used here nothing is told."""
    counted = [
        (pk, *both) for pk, both in by_period(rows, found.asked, "keyword_id").items() if both[1].comments
    ]
    counted.sort(key=lambda one: (-one[2].comments, one[0]))
    words = Keyword.objects.in_bulk([pk for pk, _before, _after in counted[:WORDS]])
    return [
        WordRow(words[pk], standing(before, after, found.least))
        for pk, before, after in counted[:WORDS]
        if pk in words
    ]


def _suggestions(person: Person) -> list[Suggestion]:
    """For those who keep topics, of the whole company. None that a topic has words of already."""
    if not can(person, Action.KEEP_SURVEYS):
        return []
    taken = [word for words in Topic.objects.values_list("words", flat=True) for word in words]
    clusters: dict[str, list[Keyword]] = {}
    for word in Keyword.objects.exclude(cluster="").order_by("-comments", "word"):
        clusters.setdefault(word.cluster, []).append(word)
    return [
        Suggestion(tuple(one.word for one in words), max(one.comments for one in words))
        for words in clusters.values()
        if not any(
            part == one.word or (len(part) > 1 and part in one.word) for one in words for part in taken
        )
    ]


# -- One topic, one word ----------------------------------------------------------------------------


def get_topic_or_404(pk: int) -> Topic:
    found = Topic.objects.filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def get_keyword_or_404(person: Person, pk: int) -> Keyword:
    """A word that somebody used whose comments she may count: of others not even the word is told."""
    seen = KeywordMonth.objects.filter(rows_where(person, Action.VIEW, COLUMNS), keyword=OuterRef("pk"))
    found = Keyword.objects.filter(Exists(seen), pk=pk).first()
    if found is None:
        raise Http404
    return found


def topic_page(person: Person, topic: Topic, found: Frame) -> SubjectPage:
    mine = AnswerTopic.objects.filter(topic=topic, answer=OuterRef("pk"))
    return _subject(person, found, TopicMonth.objects.filter(topic=topic), "topic_id", Q(Exists(mine)))


def keyword_page(person: Person, keyword: Keyword, found: Frame) -> SubjectPage:
    rows = KeywordMonth.objects.filter(keyword=keyword)
    return _subject(person, found, rows, "keyword_id", Q(comment__icontains=keyword.word))


def _subject(person: Person, found: Frame, rows: QuerySet[Any, Any], key: str, about: Q) -> SubjectPage:
    asked = found.asked
    months = next(iter(by_month(rows, asked, key).values()), {})
    whole = standing_of(months, asked, found.least)
    reads = can(person, Action.HANDLE_COMPLAINTS, asked.scope)
    comments: tuple[Answer, ...] = ()
    if reads and whole.comments:
        comments = tuple(
            Answer.objects.filter(rows_where(person, Action.HANDLE_COMPLAINTS, COLUMNS), asked.rows, about)
            .filter(comment__gt="", day__gte=asked.first)
            .order_by("-day", "-pk")[:COMMENTS]
        )
    return SubjectPage(found, whole, trend_of(months, asked), tuple(_places(rows, found)), comments, reads)


def _places(rows: QuerySet[Any, Any], found: Frame) -> list[Places]:
    """By what lies one step below the area, in each tree; what lies deeper counts there. None where it is all one."""
    asked, here = found.asked, found.asked.scope
    shown = []
    for dimension, column in COLUMNS.items():
        chosen = getattr(here, dimension)
        depth = chosen.depth + 1 if chosen is not None else 1
        counted = by_period(rows.exclude(**{column: 0}), asked, column)
        above = dict(
            NodeAncestor.objects.filter(
                node_id__in=counted, ancestor_depth=depth, ancestor__dimension=dimension
            ).values_list("node_id", "ancestor_id")
        )
        added: dict[int, tuple[Tally, Tally]] = {}
        for pk, (before, after) in counted.items():
            if pk in above:
                so_far = added.get(above[pk], (NOTHING, NOTHING))
                added[above[pk]] = (so_far[0] + before, so_far[1] + after)
        nodes = Node.objects.in_bulk(added)
        places = [
            PlaceRow(nodes[pk], standing(*both, found.least))
            for pk, both in added.items()
            if both[1].comments
        ]
        places.sort(key=lambda place: _worst(place.standing))
        if places:
            shown.append(Places(str(Dimension(dimension).value), tuple(places[:PLACES])))
    return shown


# -- Beside a topic ---------------------------------------------------------------------------------


def quotes_of(person: Person, topic: Topic) -> list[InterviewNote]:
    """What customers said of it in interviews that she may read."""
    return list(
        InterviewNote.objects.filter(
            topics=topic, quote=True, interview__scope__in=scopes_where(person, Action.HANDLE_COMPLAINTS)
        )
        .select_related("interview")
        .order_by("-at", "-pk")[:QUOTES]
    )


def actions_of(person: Person, topic: Topic) -> list[FeedbackAction]:
    return list(
        FeedbackAction.objects.filter(topic=topic, scope__in=scopes_where(person, Action.VIEW))
        .select_related("owner", "task__assigned_to", *SCOPES)
        .order_by("ended_on", "-begun_on", "-pk")[:ACTIONS]
    )


def words_of(topic: Topic, found: Frame) -> list[WordRow]:
    """Of the topic's own words those that are keywords, as far as they were used here."""
    return _words(found, KeywordMonth.objects.filter(keyword__word__in=topic.words))
