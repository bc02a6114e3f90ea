"""Whatever is imported and taken back, in whatever order: the facts are what the imports that stand say."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from channels.models import Fact, Original
from ingest.models import Import, SavedLayout, State
from ingest.services import ask_undo, import_path, work_next
from kpis.models import AmountDay, CrossDay, CrossMonth, Measure
from kpis.work import catch_up
from tests.clean_slate import start_over
from tests.ingest.layouts import layout, rate

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
# Files of layouts that people saved: lines of one key add up, days are replaced, money is foreign.
a_way = st.fixed_dictionaries({"sums": st.booleans(), "replaces": st.booleans(), "foreign": st.booleans()})
a_saved_file = st.fixed_dictionaries(
    {
        "way": a_way,
        "columns": st.lists(st.sampled_from(MEASURES), min_size=1, max_size=3, unique=True),
        "lines": st.lists(
            st.tuples(
                st.sampled_from(["2025-08-31", "2025-09-01"]),
                st.sampled_from(["A", "B"]),
                st.fixed_dictionaries(dict.fromkeys(MEASURES, cell)),
            ),
            min_size=1,
            max_size=5,
        ),
    }
)
saved_steps = st.lists(st.one_of(a_saved_file, st.integers(0, 5)), min_size=1, max_size=6)
RATE = 3


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


def in_one_piece(file: dict[str, Any]) -> dict[str, Any]:
    """What a saved file says, a key once: added up where its layout does so, else without what contradicts itself."""
    worth = {name: RATE if file["way"]["foreign"] and name == "cost" else 1 for name in MEASURES}
    said: dict[Key, list[dict[str, int | None]]] = {}
    for day, channel, cells in file["lines"]:
        said.setdefault((day, channel), []).append({name: cells[name] for name in file["columns"]})
    lines: dict[Key, dict[str, int | None]] = {}
    for key, told in said.items():
        if not file["way"]["sums"] and any(cells != told[0] for cells in told):
            continue
        told = told if file["way"]["sums"] else told[:1]
        amounts = {
            name: [cells[name] for cells in told if cells[name] is not None] for name in file["columns"]
        }
        lines[key] = {name: sum(found) * worth[name] if found else None for name, found in amounts.items()}  # type: ignore[arg-type]
    return {**file, "lines": lines}


def what_it_writes(file: dict[str, Any], before: dict[Key, dict[str, int | None]]) -> dict[str, Any]:
    """A file in one piece with what it takes away; what it repeats is left out, since undoing leaves that too."""
    lines = dict(file["lines"])
    if file["way"]["replaces"]:
        days = {day for day, _channel in lines}
        for key, cells in before.items():
            if (
                key[0] in days
                and key not in lines
                and any(cells.get(name) is not None for name in file["columns"])
            ):
                lines[key] = dict.fromkeys(file["columns"])
    return news({**file, "lines": lines}, before)


def text_of_saved(file: dict[str, Any]) -> str:
    head = ["日", "渠", *(f"{name}!" for name in file["columns"])]
    rows = [
        [day, channel, *("" if cells[name] is None else cells[name] for name in file["columns"])]
        for day, channel, cells in file["lines"]
    ]
    return "\n".join(",".join(str(cell) for cell in row) for row in [head, *rows]) + "\n"


def way_of(file: dict[str, Any]) -> str:
    """The code of the layout that reads it; all of them are of one source."""
    way, columns = file["way"], file["columns"]
    name = "-".join([*columns, *(option for option, on in way.items() if on)])
    found = SavedLayout.objects.filter(name=name).first()
    if found is None:
        found = layout(
            ("日", "day"), ("渠", "channel"), *((f"{column}!", f"measure:{column}") for column in columns), name=name,
            source="One", automatic=False, sums=way["sums"], replaces=way["replaces"],
            currency="USD" if way["foreign"] else "",
        )  # fmt: skip
    return found.code


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
    ],
)
@given(steps=saved_steps)
def test_any_ways_of_reading_and_undos_leave_what_the_standing_imports_say(
    tmp_path: Path, steps: list[Any]
) -> None:
    start_over()
    rate("USD", "2025-01-01", str(RATE))
    done: list[tuple[Import, dict[str, Any]]] = []
    for number, step in enumerate(steps):
        if isinstance(step, dict):
            path = tmp_path / f"saved-{number}.csv"
            path.write_text(text_of_saved(step), encoding="utf-8")
            batch = import_path(path=path, preset=way_of(step))
            assert batch.state == State.DONE
            told = in_one_piece(step)
            before = standing([file for _batch, file in done])
            done.append((batch, what_it_writes(told, before)))
            catch_up()
            again = import_path(path=path, preset=way_of(step))
            assert (again.accepted - again.unchanged, again.gone, again.rejected) == (0, 0, batch.rejected)
        elif done:
            batch, _file = done.pop(step % len(done))
            assert ask_undo(batch=batch, person=None)
            assert work_next()
        catch_up()
        expected = without_blanks(standing([file for _batch, file in done]))
        assert told_only(kept()) == told_only(expected)
        assert_parts_add_up()
    for batch, _file in done:
        assert ask_undo(batch=batch, person=None)
        assert work_next()
    assert not told_only(kept())
    assert not Original.objects.exists()


def told_only(found: dict[Key, dict[str, int | None]]) -> dict[Key, dict[str, int | None]]:
    return {key: cells for key, cells in found.items() if cells}


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
