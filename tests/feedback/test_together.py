from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from feedback.together import NO_SCORE, Comments, Mentions, clusters, count, keywords

DOCS = st.lists(
    st.tuples(st.integers(0, 3), st.integers(NO_SCORE, 10), st.sets(st.integers(0, 5))),
    min_size=1,
    max_size=40,
)


def made(docs: list[tuple[int, int, set[int]]]) -> tuple[Mentions, Comments]:
    pairs = [(word, at) for at, (_cell, _score, words) in enumerate(docs) for word in sorted(words)]
    return (
        Mentions(
            np.array([word for word, _at in pairs], dtype=np.int64),
            np.array([at for _word, at in pairs], dtype=np.int64),
        ),
        Comments(
            np.array([cell for cell, _score, _words in docs], dtype=np.int64),
            np.array([score for _cell, score, _words in docs], dtype=np.int64),
        ),
    )


@settings(deadline=None)
@given(DOCS)
def test_cells_add_up_to_what_a_loop_counts(docs: list[tuple[int, int, set[int]]]) -> None:
    mentions, comments = made(docs)
    counted = count(mentions, comments)
    assert len(set(zip(counted.what.tolist(), counted.cells.tolist(), strict=True))) == len(counted.what)
    for word in range(6):
        scores = [score for _cell, score, words in docs if word in words]
        known = [score for score in scores if score != NO_SCORE]
        mine = counted.what == word
        assert counted.comments[mine].sum() == len(scores)
        assert counted.scored[mine].sum() == len(known)
        assert counted.total[mine].sum() == sum(known)
        assert counted.squares[mine].sum() == sum(score * score for score in known)
        assert counted.promoters[mine].sum() == sum(score >= 9 for score in known)
        assert counted.detractors[mine].sum() == sum(score <= 6 for score in known)


def test_words_that_meet_belong_together_and_those_that_everybody_says_do_not() -> None:
    """0 and 1 always meet, 2 and 3 always meet, 4 is in every comment, 5 meets nobody."""
    docs = [(0, 5, {0, 1, 4}), (0, 5, {2, 3, 4}), *[(0, 5, {4})] * 8, (0, 5, {5, 4})] * 20
    mentions, comments = made(docs)
    assert clusters(mentions, len(comments), 6) == [(0, 1), (2, 3)]


def test_a_cluster_stays_small_enough_to_be_read() -> None:
    docs = [(0, 5, {word, word + 1}) for word in range(30)] * 10
    mentions, comments = made(docs)
    found = clusters(mentions, len(comments), 31)
    assert max(map(len, found)) <= 8
    assert len({word for words in found for word in words}) == sum(map(len, found))


def test_no_words_make_no_clusters_and_no_keywords() -> None:
    mentions, comments = made([(0, 5, set())])
    assert clusters(mentions, 1, 0) == []
    assert keywords(mentions, comments, 0).tolist() == []


def test_rare_words_are_no_keywords_and_the_frequent_come_first() -> None:
    docs = [(0, 5, {0, 1})] * 12 + [(0, 5, {1})] * 3 + [(0, 9, {2})] * 9
    mentions, comments = made(docs)
    assert keywords(mentions, comments, 3).tolist() == [1, 0]


def test_of_less_frequent_words_those_with_other_scores_are_told() -> None:
    """250 words of 10 comments each scored 8, and as rare as these one that is always scored 0."""
    docs = [(0, 8 if word else 0, {word, 300}) for word in range(1, 251)] * 20
    docs += [(0, 0, {299})] * 10 + [(0, 8, {298})] * 10
    mentions, comments = made(docs)
    chosen = keywords(mentions, comments, 301).tolist()
    assert 299 in chosen
    assert len(chosen) == 253
    docs += [(0, 8, {word}) for word in range(301, 501)] * 10
    mentions, comments = made(docs)
    chosen = keywords(mentions, comments, 501).tolist()
    assert len(chosen) == 300
    assert 299 in chosen
