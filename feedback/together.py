"""Counting comments by word and by topic, the words that tell most, and the words that occur together.

A comment is a row of arrays; a mention is a pair of a word (or topic) and a comment, each pair once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
NO_SCORE = -1

FREQUENT = 200  # words that most comments have
TELLING = 100  # others, whose comments' scores differ most
LEAST = 10  # comments that a keyword stands in
LIFT = 3.0  # how much oftener than by chance two words meet that belong together
SHARE = 0.2  # and in how much of the comments with the rarer word
NEAREST = 4  # each is among the other's nearest
BIGGEST = 8  # words of a cluster


@dataclass(frozen=True)
class Comments:
    """`cells`: of which month, nodes and customer type each is, as a number from 0; `scores` 0 to 10, or NO_SCORE."""

    cells: Ints
    scores: Ints

    def __len__(self) -> int:
        return len(self.cells)


@dataclass(frozen=True)
class Mentions:
    """`what` of `comments` (a row of Comments), the same pair never twice."""

    what: Ints
    comments: Ints

    def of(self, wanted: Ints) -> Mentions:
        """Those of these words alone, numbered anew in the order of `wanted`."""
        place = np.full(int(max(self.what.max(initial=-1), wanted.max(initial=-1))) + 1, -1, dtype=np.int64)
        place[wanted] = np.arange(len(wanted))
        found = place[self.what]
        kept = found >= 0
        return Mentions(found[kept], self.comments[kept])


@dataclass(frozen=True)
class Counted:
    """A line a word (or topic) and cell."""

    what: Ints
    cells: Ints
    comments: Ints
    scored: Ints
    total: Ints
    squares: Ints
    promoters: Ints
    detractors: Ints


def count(mentions: Mentions, comments: Comments) -> Counted:
    width = int(comments.cells.max(initial=0)) + 1
    keys, line = np.unique(mentions.what * width + comments.cells[mentions.comments], return_inverse=True)
    scores = comments.scores[mentions.comments]
    known = scores != NO_SCORE

    def summed(values: Any) -> Ints:
        return np.rint(np.bincount(line, weights=values, minlength=len(keys))).astype(np.int64)

    held = np.where(known, scores, 0)
    return Counted(
        keys // width, keys % width, summed(np.ones(len(line))), summed(known), summed(held), summed(held * held),
        summed(known & (scores >= 9)), summed(known & (scores <= 6)),
    )  # fmt: skip


def keywords(mentions: Mentions, comments: Comments, words: int) -> Ints:
    """Which of so many words are worth a look: the most frequent, and of the others those whose comments' mean score lies
    farthest from that of all, counted in standard errors. In the order of how many comments have them."""
    often = np.bincount(mentions.what, minlength=words)
    by_count = np.argsort(-often, kind="stable")
    by_count = by_count[often[by_count] >= LEAST]
    frequent, others = by_count[:FREQUENT], by_count[FREQUENT:]
    far = _distance(mentions, comments, words)[others]
    chosen = np.zeros(words, dtype=np.bool_)
    chosen[frequent] = True
    chosen[others[np.argsort(-far, kind="stable")[:TELLING]]] = True
    return by_count[chosen[by_count]].astype(np.int64)


def _distance(mentions: Mentions, comments: Comments, words: int) -> NDArray[np.float64]:
    scored = comments.scores[comments.scores != NO_SCORE]
    spread = float(scored.std()) if len(scored) else 0.0
    if not spread:
        return np.zeros(words)
    scores = comments.scores[mentions.comments]
    known = scores != NO_SCORE
    number = np.bincount(mentions.what[known], minlength=words)
    total = np.bincount(mentions.what[known], weights=scores[known], minlength=words)
    mean = total / np.maximum(number, 1)
    far: NDArray[np.float64] = np.abs(mean - scored.mean()) * np.sqrt(number) / spread
    return far


def clusters(mentions: Mentions, comments: int, words: int) -> list[tuple[int, ...]]:
    """Words that occur together, the words of each and the clusters themselves in their order; none alone.

    Two words belong together where they meet in LIFT times as many comments as by chance, in a SHARE of the rarer one's,
    and each is among the other's NEAREST. The strongest pairs are joined first, up to BIGGEST words.
    """
    pairs = _pairs(mentions, comments, words)
    joined = list(range(words))
    sizes = [1] * words

    def root(word: int) -> int:
        while joined[word] != word:
            joined[word] = joined[joined[word]]
            word = joined[word]
        return word

    for one, other in pairs:
        first, second = sorted((root(one), root(other)))
        if first != second and sizes[first] + sizes[second] <= BIGGEST:
            joined[second] = first
            sizes[first] += sizes[second]
    members: dict[int, list[int]] = {}
    for word in range(words):
        members.setdefault(root(word), []).append(word)
    return [tuple(found) for found in members.values() if len(found) > 1]


def _pairs(mentions: Mentions, comments: int, words: int) -> Sequence[tuple[int, int]]:
    """Strongest first."""
    from scipy.sparse import coo_matrix

    if not len(mentions.what):
        return []
    has = coo_matrix(
        (np.ones(len(mentions.what), dtype=np.int64), (mentions.comments, mentions.what)),
        shape=(comments, words),
    ).tocsr()
    met = (has.T @ has).toarray()
    often = np.maximum(met.diagonal().copy(), 1)
    np.fill_diagonal(met, 0)
    lift = met * comments / (often[:, None] * often[None, :])
    share = met / np.minimum(often[:, None], often[None, :])
    strong = np.where(
        (met >= LEAST / 2) & (lift >= LIFT) & (share >= SHARE), share * np.log(np.maximum(lift, 1)), 0.0
    )
    rank = np.argsort(np.argsort(-strong, axis=1, kind="stable"), axis=1, kind="stable")
    mutual = (strong > 0) & (rank < NEAREST) & (rank.T < NEAREST)
    one, other = np.nonzero(np.triu(mutual))
    order = np.lexsort((other, one, -strong[one, other]))
    return [(int(one[at]), int(other[at])) for at in order]
