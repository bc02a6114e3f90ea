"""Every address × every person × what is not hers: nothing of a foreign area is told, not even its name.

A company of two worlds (worlds.py) is walked by people of every role. Each of them asks for every address
with what belongs to either world, in its path and behind its question mark, and posts whatever a form could carry; what
comes back, with headers, cookies and messages, may hold no word and no figure that is closed to her. What she wrote
herself may be said back to her.
"""

from __future__ import annotations

from collections import Counter

import pytest

from tests.foreign.asks import Ask
from tests.foreign.questions import OVERVIEW
from tests.foreign.walking import (
    EVERYBODY_KNOWS,
    RESTRICTED,
    answer,
    client_of,
    said_of,
    walk,
)
from tests.foreign.worlds import (
    WORLDS,
    Company,
    Member,
    name,
    name_zh,
)

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("member", RESTRICTED, ids=lambda member: member.label)
def test_no_address_tells_her_what_is_not_hers(
    member: Member, company: Company, every_ask: list[Ask]
) -> None:
    done = walk(company, member, every_ask)
    assert done.asked > 150
    assert not done.leaks, f"{member.label} is told:\n{done.report()}"
    assert not done.broken, f"{member.label} breaks {done.broken}"


def test_the_walk_meets_the_words_that_it_looks_for(company: Company, every_ask: list[Ask]) -> None:
    """Or it would find nothing because there is nothing to be found: the administrator reads nearly all of them."""
    wanted: list[set[str]] = []  # of each at least one
    for world in WORLDS:
        for what in (
            "region",
            "channel",
            "store",
            "campaign",
            "product",
            "rule",
            "source",
            "layout",
            "pull",
            "owner",
        ):
            wanted.append({name(what, world), name_zh(what, world)})
        wanted += [{f"zqaudit{world}"}, {f"zqnote0{world}"}]
    figures = set(company.figures)
    met: set[str] = set()
    clients = [client_of(company, EVERYBODY_KNOWS[0], language) for language in ("en", "zh-hans")]
    asked = [
        ask
        for ask in every_ask
        if ask.plain
        or ("?" in ask.url and ask.pattern in (*OVERVIEW, "organization:nodes", "organization:audit"))
    ]
    turns: Counter[str] = Counter()
    in_turn: list[
        tuple[int, int]
    ] = []  # the first of each address, the second of each, ... until all words are met
    for ask in asked:
        in_turn.append((turns[ask.pattern], len(in_turn)))
        turns[ask.pattern] += 1
    for number, (_turn, at) in enumerate(sorted(in_turn)):
        ask = asked[at]
        for told in answer(clients[number % 2], ask):
            met |= said_of(company.words, told.text)
        if len(met & figures) > 12 and all(words & met for words in wanted):
            return
    missed = [words for words in wanted if not words & met]
    pytest.fail(f"never read: {missed}, and only {len(met & figures)} figures")
