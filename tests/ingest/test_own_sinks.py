"""Files of upper floors: layouts that carry texts along, with reasons of their own to keep a line out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils.functional import Promise

from ingest.layouts import PRESETS, Amount, Emission, Layout, Name, Preset, register_preset
from ingest.models import Import, State
from ingest.rejecting import word
from ingest.services import import_path
from ingest.sinks import Fault, Original, Written, _reasons, _sinks, register_sink
from kpis.models import ChangedDay, Measure, Source
from tests.ingest.files import write

pytestmark = pytest.mark.django_db(transaction=True)


class Tickets:
    """Keeps tickets: somebody's, on a day. Remembers what it was given."""

    code = "tickets"
    reasons: Mapping[str, str | Promise] = {"nobody": "“%(column)s” says nobody's name: %(text)s."}

    def __init__(self) -> None:
        self.given: list[tuple[Any, ...]] = []

    def faults(self, *, layout: Layout) -> Sequence[Fault]:
        return (Fault("nobody", "t_who IN ('', '-')", {"text": "t_who"}, about="who"),)

    def write(
        self,
        *,
        batch: Import,
        typed: str,
        days: Sequence[date],
        lines: str = "",
        foreign: bool = False,
        replace: bool = False,
    ) -> Written:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT line, day, t_who, t_note, amounts FROM {typed} ORDER BY line")
            self.given = cursor.fetchall()
        return Written(corrected=0, unchanged=0)

    def take_back(self, *, batch: Import) -> date | None:
        return None

    def originals(self, *, batch: Import, most: int) -> list[Original]:
        return []


def tickets(headings: Sequence[str]) -> Layout | None:
    if tuple(headings[:4]) != ("day", "who", "note", "paid"):
        return None
    emission = Emission({"revenue": Amount(3)}, product=Name(fixed="Tickets"), constants={"orders": 1})
    return Layout(
        "tickets", "tickets", "Tickets", 0, (emission,), sink="tickets", texts={"who": 1, "note": 2},
        signed=frozenset({"revenue"}), publishes=(), whole=True,
    )  # fmt: skip


@pytest.fixture
def sink() -> Iterator[Tickets]:
    kept = Tickets()
    register_sink(kept)
    register_preset(
        Preset(
            "tickets",
            tickets,
            label="Tickets",
            source="Sold tickets",
            source_code="tickets",
            needs="Say who.",
        )
    )
    yield kept
    del PRESETS["tickets"], _sinks["tickets"], _reasons["nobody"]


def test_texts_constants_and_refunds_reach_the_app_that_keeps_them(sink: Tickets, tmp_path: Path) -> None:
    text = "day,who,note,paid\n2026-01-05,\u3000Alice ,a\\b,12.5\n2026-01-06,Bob,,-3\n"
    batch = import_path(path=write(tmp_path, text))
    assert batch.state == State.DONE, batch.error
    slots = dict(Measure.objects.values_list("code", "slot"))
    told = [
        (line, day, who, note, amounts[slots["revenue"] - 1], amounts[slots["orders"] - 1])
        for line, day, who, note, amounts in sink.given
    ]
    assert told == [
        (2, date(2026, 1, 5), "Alice", "a\\b", pytest.approx(12.5), 1),
        (3, date(2026, 1, 6), "Bob", "", -3, 1),
    ]


def test_a_line_that_its_app_does_not_want_is_rejected_in_that_apps_words(
    sink: Tickets, tmp_path: Path
) -> None:
    text = "day,who,note,paid\n2026-01-05,-,x,12.5\n2026-01-06,Bob,,x\n2026-01-07,Bob,,1\n"
    batch = import_path(path=write(tmp_path, text))
    assert (batch.accepted, batch.rejected) == (1, 2)
    why = {reject.line: [word(reason) for reason in reject.reasons] for reject in batch.rejects.all()}
    assert why == {2: ["“who” says nobody's name: -."], 3: ["“x” in “paid” is not a number."]}
    assert [row[0] for row in sink.given] == [4]


def test_files_that_publish_nothing_mark_no_area(sink: Tickets, tmp_path: Path) -> None:
    batch = import_path(path=write(tmp_path, "day,who,note,paid\n2026-01-05,Alice,,12.5\n"))
    source = Source.objects.get(code="tickets")
    assert (batch.slots, source.slots, source.facts, source.revision) == ([], [], "tickets", 1)
    assert not ChangedDay.objects.exists()


def test_mended_lines_alone_are_refused_where_a_line_is_not_the_whole(sink: Tickets, tmp_path: Path) -> None:
    text = "day,who,note,paid,line,reason\n2026-01-05,Alice,,12.5,2,no name\n"
    batch = import_path(path=write(tmp_path, text))
    assert (batch.state, "mended lines alone" in batch.error) == (State.FAILED, True)


def test_whoever_asks_for_a_layout_hears_what_the_file_lacks(sink: Tickets, tmp_path: Path) -> None:
    batch = import_path(path=write(tmp_path, "day,paid\n2026-01-05,12.5\n"), preset="tickets")
    assert (batch.state, batch.error) == (State.FAILED, "Say who.")


def test_a_layout_of_its_own_is_found_before_the_usual_one(sink: Tickets) -> None:
    assert list(PRESETS)[-1] == "table"
