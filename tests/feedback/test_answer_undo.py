"""Whatever files of answers are imported and taken back, in whatever order: what stands is what the standing ones say."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers.keys import hash_key
from customers.models import Customer
from feedback.models import Answer, AnswerBefore, ScoreMonth
from ingest.models import Import
from tests.clean_slate import start_over
from tests.feedback.files import send_answers, take_back

pytestmark = pytest.mark.django_db(transaction=True)

a_line = st.tuples(
    st.sampled_from(["2026-11-02", "2026-11-03"]), st.sampled_from(["", "c1", "c2"]), st.integers(7, 10)
)
a_file = st.lists(a_line, min_size=1, max_size=5)
steps = st.lists(st.one_of(a_file, st.integers(0, 5)), min_size=1, max_size=6)
Spoken = dict[tuple[object, ...], tuple[object, ...]]


def _spoken(lines: list[tuple[str, str, int]]) -> Spoken:
    """What a file says: by what an answer is known by, what it says."""
    seen: dict[tuple[object, ...], int] = {}
    found: Spoken = {}
    for day, who, mark in lines:
        own = (day, who) if who else (day, who, mark)
        seen[own] = seen.get(own, 0) + 1
        found[*own, seen[own]] = (day, who, mark)
    return found


def _stands(news: list[Spoken]) -> Spoken:
    found: Spoken = {}
    for one in news:
        found |= one
    return found


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=steps)
def test_any_imports_and_undos_leave_what_the_standing_imports_say(
    tmp_path: Path, steps: list[list[tuple[str, str, int]] | int]
) -> None:
    start_over()
    done: list[tuple[Import, Spoken]] = []
    names = {bytes(hash_key(who)): who for who in ("c1", "c2")}
    for number, step in enumerate(steps):
        if isinstance(step, list):
            batch = send_answers(
                tmp_path, *step, headings=("date", "customer", "score"), name=f"{number}.csv"
            )
            before = _stands([news for _batch, news in done])
            news = {key: said for key, said in _spoken(step).items() if before.get(key) != said}
            assert batch.unchanged == len(step) - len(news)
            done.append((batch, news))
        elif done:
            batch, _news = done.pop(step % len(done))
            if batch.accepted > batch.unchanged:
                take_back(batch)
        known = dict(Customer.objects.values_list("pk", "key_hash"))
        kept = sorted(
            (f"{one.day}", names[bytes(known[one.customer_id])] if one.customer_id else "", one.nps)
            for one in Answer.objects.all()
        )
        said = _stands([news for _batch, news in done])
        assert kept == sorted(said.values())
        assert _counted() == len(said)
        assert len(known) == len({who for _day, who, _mark in said.values() if who} | _before())


def _counted() -> int:
    return sum(one.promoters + one.passives for one in ScoreMonth.objects.all())


def _before() -> set[str]:
    """Customers whom undoing could bring back."""
    names = {bytes(hash_key(who)): who for who in ("c1", "c2")}
    pks = AnswerBefore.objects.exclude(customer=None).values_list("customer_id", flat=True)
    return {names[bytes(one.key_hash)] for one in Customer.objects.filter(pk__in=pks)}
