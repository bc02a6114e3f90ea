"""The job that reads comments: which topics they speak of, which words they have, and what scores went with these."""

from __future__ import annotations

import hashlib
import io
import json
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from common.periods import add_months
from decisions.selectors.rights import today_of
from feedback.models import Answer, Keyword, Topic, TopicRun
from feedback.selectors.settings import feedback_settings
from feedback.together import NO_SCORE, Comments, Counted, Mentions, clusters, count, keywords
from feedback.words import Reader, is_chinese
from organization.jobs import Progress
from organization.models import Job

MONTHS = 24
CHUNK = 5000  # comments fetched at once
SAID_EVERY = 500
MOST_SEGMENTS = 100  # to choose from
WAY = 1  # of reading: raise it where the same comments are to be read otherwise

_INPUTS = """
    SELECT count(*), max(day), coalesce(sum(hashtextextended(
        concat_ws('|', id, day, channel_id, region_id, product_id, segment, coalesce(nps, -1), comment), 0)::numeric), 0)
    FROM feedback_answer WHERE day >= %s AND comment > ''
"""
_COUNTED = (
    "month", "channel_id", "region_id", "product_id", "segment", "comments", "scored", "score_sum", "score_squares",
    "promoters", "detractors",
)  # fmt: skip
_CELL = 5  # of these, how many are the key

Cell = tuple[date, int, int, int, str]


def run_topics(job: Job, progress: Progress) -> None:
    """Replaces what was counted before. Where comments and words are the same, nothing is done."""
    now = job.started_at or timezone.now()
    progress.at(1, gettext_noop("Looking for what is new"))
    first_day = add_months(today_of(now).replace(day=1), 1 - MONTHS)
    topics = dict(Topic.objects.filter(archived_at=None).order_by("pk").values_list("pk", "words"))
    stop = feedback_settings().stop_words
    comments, last_day, prints = _inputs(first_day)
    inputs = hashlib.sha256(
        json.dumps([WAY, first_day.isoformat(), comments, str(prints), list(topics.items()), sorted(stop)]).encode()
    ).hexdigest()  # fmt: skip
    if TopicRun.objects.filter(pk=1, inputs=inputs).update(made_at=now):
        return
    progress.at(2, gettext_noop("Reading comments"))
    read = _read(first_day, comments, Reader(topics, stop), progress)
    progress.at(75, gettext_noop("Finding words that occur together"))
    found = _find(read, sorted(topics))
    progress.at(80, gettext_noop("Writing results"))
    with transaction.atomic():
        progress.still_ours()
        _write(found, progress)
        TopicRun.objects.update_or_create(
            pk=1,
            defaults={
                "inputs": inputs, "first_day": first_day, "last_day": last_day, "comments": len(read.answers),
                "segments": sorted({segment for *_key, segment in read.cells} - {""})[:MOST_SEGMENTS], "made_at": now,
            },
        )  # fmt: skip


def _inputs(first_day: date) -> tuple[int, date | None, Any]:
    with connection.cursor() as cursor:
        cursor.execute(_INPUTS, [first_day])
        row: tuple[int, date | None, Any] = cursor.fetchone()
    return row


# -- Reading ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Read:
    """Comments as rows of arrays; `cells` and `words` in the order of their numbers. `topics` are mentions by id."""

    answers: np.ndarray[Any, np.dtype[np.int64]]
    days: list[date]
    comments: Comments
    cells: list[Cell]
    words: list[str]
    mentions: Mentions
    topics: Mentions


def _read(first_day: date, expected: int, reader: Reader, progress: Progress) -> _Read:
    rows = (
        Answer.objects.filter(day__gte=first_day, comment__gt="")
        .order_by("pk")
        .values_list("pk", "day", "channel_id", "region_id", "product_id", "segment", "nps", "comment")
    )
    cells: dict[Cell, int] = {}
    words: dict[str, int] = {}
    answers, of_cell, scores = array("q"), array("q"), array("q")
    word_of, word_at, topic_of, topic_at = array("q"), array("q"), array("q"), array("q")
    days: list[date] = []
    for at, (pk, day, channel, region, product, segment, nps, comment) in enumerate(
        rows.iterator(chunk_size=CHUNK)
    ):
        if at % SAID_EVERY == 0:
            progress.at(2 + 73 * min(1, at / max(expected, 1)), rows=at)
        answers.append(pk)
        days.append(day)
        cell = (day.replace(day=1), channel, region, product, segment)
        of_cell.append(cells.setdefault(cell, len(cells)))
        scores.append(NO_SCORE if nps is None else nps)
        found = reader.read(comment)
        for word in found.words:
            word_of.append(words.setdefault(word, len(words)))
            word_at.append(at)
        for topic in found.topics:
            topic_of.append(topic)
            topic_at.append(at)
    progress.at(75, rows=len(answers))
    return _Read(
        _ints(answers), days, Comments(_ints(of_cell), _ints(scores)), list(cells), list(words),
        Mentions(_ints(word_of), _ints(word_at)), Mentions(_ints(topic_of), _ints(topic_at)),
    )  # fmt: skip


def _ints(values: array[int]) -> np.ndarray[Any, np.dtype[np.int64]]:
    return np.array(values, dtype=np.int64)


# -- What follows -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Found:
    """`by_word` counts by the place of a word in `words`, `by_topic` by the place of its id in `topics`."""

    read: _Read
    topics: list[int]
    by_topic: Counted
    words: list[tuple[str, int, str]]  # with its comments and the name of its cluster
    by_word: Counted


def _find(read: _Read, topics: list[int]) -> _Found:
    chosen = keywords(read.mentions, read.comments, len(read.words))
    mentions = read.mentions.of(chosen)
    often = np.bincount(mentions.what, minlength=len(chosen))
    names = [read.words[at] for at in chosen]
    cluster = [""] * len(names)
    for together in clusters(mentions, len(read.comments), len(names)):
        for word in together:
            cluster[word] = _name([names[one] for one in together])
    return _Found(
        read,
        topics,
        count(read.topics.of(np.array(topics, dtype=np.int64)), read.comments),
        [(name, int(often[at]), cluster[at]) for at, name in enumerate(names)],
        count(mentions, read.comments),
    )


def _name(words: list[str]) -> str:
    """The most frequent, as many as there is room for, at most three."""
    longest = Keyword._meta.get_field("cluster").max_length or 0
    name = words[0]
    for word in words[1:3]:
        name = longer if len(longer := f"{name} · {word}") <= longest else name
    return name


# -- Writing ----------------------------------------------------------------------------------------


def _write(found: _Found, progress: Progress) -> None:
    """Only what differs from what stands is touched: most of a run says the same as the one before."""
    read = found.read
    places = ["\t".join(map(str, cell[1:4])) for cell in read.cells]
    scores = ["\\N" if score == NO_SCORE else str(score) for score in read.comments.scores.tolist()]
    of_cell, answers = read.comments.cells.tolist(), read.answers.tolist()
    _replace(
        "feedback_answertopic",
        ("topic_id", "answer_id"),
        ("day", "channel_id", "region_id", "product_id", "score"),
        (
            f"{topic}\t{answers[at]}\t{read.days[at]}\t{places[of_cell[at]]}\t{scores[at]}\n"
            for topic, at in zip(read.topics.what.tolist(), read.topics.comments.tolist(), strict=True)
        ),
    )
    progress.at(85)
    _replace(
        "feedback_topicmonth",
        ("topic_id", *_COUNTED[:_CELL]),
        _COUNTED[_CELL:],
        _lines(found.by_topic, found.topics, read.cells),
    )
    progress.at(88)
    ids = _keep_words(found.words)
    _replace(
        "feedback_keywordmonth",
        ("keyword_id", *_COUNTED[:_CELL]),
        _COUNTED[_CELL:],
        _lines(found.by_word, ids, read.cells),
    )
    Keyword.objects.exclude(pk__in=ids).delete()
    progress.at(99)


def _keep_words(words: list[tuple[str, int, str]]) -> list[int]:
    """A word keeps its id, so that its address stays."""
    Keyword.objects.bulk_create(
        [
            Keyword(
                word=word, language="zh" if is_chinese(word) else "en", comments=comments, cluster=cluster
            )
            for word, comments, cluster in words
        ],
        update_conflicts=True,
        unique_fields=["word"],
        update_fields=["comments", "cluster"],
    )
    known = dict(Keyword.objects.values_list("word", "pk"))
    return [known[word] for word, _comments, _cluster in words]


def _lines(counted: Counted, ids: list[int], cells: list[Cell]) -> Iterator[str]:
    keys = ["\t".join((*map(str, cell[:4]), _text(cell[4]))) for cell in cells]
    columns = (
        counted.what, counted.cells, counted.comments, counted.scored, counted.total, counted.squares,
        counted.promoters, counted.detractors,
    )  # fmt: skip
    for what, cell, n, scored, total, squares, high, low in zip(
        *(column.tolist() for column in columns), strict=True
    ):
        yield f"{ids[what]}\t{keys[cell]}\t{n}\t{scored}\t{total}\t{squares}\t{high}\t{low}\n"


def _replace(table: str, key: tuple[str, ...], values: tuple[str, ...], lines: Iterable[str]) -> None:
    """Makes the table hold these rows, as COPY writes them, and no others. Pages ask for some months: new rows of a time
    lie together."""
    by_time = "month" if "month" in key else "day"
    columns = ", ".join((*key, *values))
    same = " AND ".join(f"had.{name} = due.{name}" for name in key)
    differs = f"({', '.join(f'had.{name}' for name in values)}) IS DISTINCT FROM ({', '.join(f'EXCLUDED.{name}' for name in values)})"
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE due ON COMMIT DROP AS SELECT {columns} FROM {table} WITH NO DATA")
        cursor.copy_expert(f"COPY due ({columns}) FROM STDIN", _Lines(lines))
        cursor.execute("ANALYZE due")
        cursor.execute(f"DELETE FROM {table} had WHERE NOT EXISTS (SELECT FROM due WHERE {same})")
        cursor.execute(
            f"INSERT INTO {table} AS had ({columns}) SELECT {columns} FROM due ORDER BY {by_time} "
            f"ON CONFLICT ({', '.join(key)}) DO UPDATE SET {', '.join(f'{name} = EXCLUDED.{name}' for name in values)} "
            f"WHERE {differs}"
        )
        cursor.execute("DROP TABLE due")


class _Lines(io.TextIOBase):
    """Lines as COPY reads them, made while it reads."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._lines = iter(lines)
        self._left = ""

    def read(self, size: int | None = -1) -> str:
        parts, held = [self._left], len(self._left)
        wanted = size if size is not None and size > 0 else 1 << 30
        for line in self._lines:
            parts.append(line)
            held += len(line)
            if held >= wanted:
                break
        text = "".join(parts)
        self._left = text[wanted:]
        return text[:wanted]


def _text(value: str) -> str:
    return value.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")
