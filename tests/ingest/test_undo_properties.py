"""Whatever is imported and taken back, in whatever order: the facts are what the imports that stand say."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels.models import Fact
from ingest.models import Import, State
from ingest.services import ask_undo, import_path, work_next
from kpis.models import AmountDay, CrossDay, CrossMonth, Measure
from kpis.work import catch_up
from tests.clean_slate import start_over

pytestmark = pytest.mark.django_db(transaction=True)

MEASURES = ("clicks", "orders", "cost")
Key = tuple[str, str]  # day, channel
cell = st.none() | st.integers(0, 9)
a_file = st.fixed_dictionaries(
    {
        "columns": st.lists(st.sampled_from(MEASURES), min_size=1, max_size=3, unique=True),
        "lines": st.dictionaries(
            st.tuples(st.sampled_from(["2025-08-31", "2025-09-01"]), st.sampled_from(["A", "B"])),
            st.fixed_dictionaries(dict.fromkeys(MEASURES, cell)),
            min_size=1,
        ),
    }
)
steps = st.lists(st.one_of(a_file, st.integers(0, 5)), min_size=1, max_size=7)


def standing(files: list[dict[str, object]]) -> dict[Key, dict[str, int | None]]:
    """The plain model: later files speak over earlier ones, measure by measure, for the columns that they have."""
    facts: dict[Key, dict[str, int | None]] = {}
    for file in files:
        for key, cells in file["lines"].items():  # type: ignore[attr-defined]
            for name in file["columns"]:  # type: ignore[attr-defined]
                facts.setdefault(key, {})[name] = cells[name]
    return facts


def kept() -> dict[Key, dict[str, int | None]]:
    from organization.models import Node

    slots = dict(Measure.objects.values_list("code", "slot"))
    names = dict(Node.objects.values_list("pk", "name"))
    found: dict[Key, dict[str, int | None]] = {}
    for fact in Fact.objects.all():
        amounts: dict[str, int | None] = {
            name: int(fact.amounts[slots[name] - 1])
            for name in MEASURES
            if len(fact.amounts) >= slots[name] and fact.amounts[slots[name] - 1] is not None
        }
        found[str(fact.day), names[fact.channel_id]] = amounts
    return found


def without_blanks(facts: dict[Key, dict[str, int | None]]) -> dict[Key, dict[str, int | None]]:
    return {
        key: {name: amount for name, amount in cells.items() if amount is not None}
        for key, cells in facts.items()
    }


def news(file: dict[str, object], before: dict[Key, dict[str, int | None]]) -> dict[str, object]:
    """What an import writes, and undoing it takes back: the lines that differ from what holds."""
    lines = {}
    for key, cells in file["lines"].items():  # type: ignore[attr-defined]
        after = {**before.get(key, {}), **{name: cells[name] for name in file["columns"]}}  # type: ignore[attr-defined]
        if key not in before or without_blanks({key: after}) != without_blanks({key: before[key]}):
            lines[key] = cells
    return {**file, "lines": lines}


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
    ],
)
@given(steps=steps)
def test_any_imports_and_undos_leave_what_the_standing_imports_say(
    tmp_path: Path, steps: list[object]
) -> None:
    start_over()
    done: list[tuple[Import, dict[str, object]]] = []
    for number, step in enumerate(steps):
        if isinstance(step, dict):
            path = tmp_path / f"{number}.csv"
            lines = [
                ",".join(
                    [*key, *("" if cells[name] is None else str(cells[name]) for name in step["columns"])]
                )
                for key, cells in step["lines"].items()
            ]
            path.write_text("\n".join([",".join(["date", "channel", *step["columns"]]), *lines]) + "\n")
            batch = import_path(path=path)
            assert batch.state == State.DONE
            done.append((batch, news(step, standing([file for _batch, file in done]))))
        elif done:
            batch, _file = done.pop(int(step) % len(done))  # type: ignore[call-overload]
            assert ask_undo(batch=batch, person=None)
            assert work_next()
        catch_up()
        assert kept() == without_blanks(standing([file for _batch, file in done]))
        assert_parts_add_up()


def assert_parts_add_up() -> None:
    """The company's day is the sum of its facts, and so is every roll-up of it."""

    def total(rows: list[list[Decimal | None]]) -> list[Decimal]:
        width = max((len(row) for row in rows), default=0)
        sums = [
            sum((row[slot] or Decimal(0) for row in rows if len(row) > slot), Decimal(0))
            for slot in range(width)
        ]
        while sums and not sums[-1]:
            sums.pop()
        return sums

    facts = total([fact.amounts for fact in Fact.objects.all()])
    assert facts == total([row.amounts for row in AmountDay.objects.filter(scope__key="company")])
    assert facts == total([row.amounts for row in CrossDay.objects.all()])
    assert facts == total([row.amounts for row in CrossMonth.objects.all()])
