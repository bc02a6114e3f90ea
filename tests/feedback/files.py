"""Small files of survey answers, and what became of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from feedback.models import Answer
from ingest.models import Import
from ingest.rejecting import word
from ingest.services.queue import hold
from ingest.services.undo import ask_undo, undo
from kpis.work import catch_up
from tests.ingest.files import send, text_of, write

HEADINGS = ("date", "customer", "channel", "region", "product", "segment", "score", "comment")


def send_answers(
    folder: Path,
    *rows: Sequence[object],
    headings: Sequence[str] = HEADINGS,
    name: str = "answers.csv",
    encoding: str = "utf-8",
    preset: str = "survey",
) -> Import:
    """Rows are filled up with empty cells."""
    cells = [[*row, *[""] * (len(headings) - len(row))] for row in rows]
    return send(write(folder, text_of(cells, headings), name=name, encoding=encoding), preset=preset)


def take_back(batch: Import) -> None:
    ask_undo(batch=batch, person=None)
    batch.refresh_from_db()
    hold(batch)
    undo(batch=batch)
    catch_up()


def standing() -> list[tuple[str, int | None, str]]:
    return [
        (f"{one.day:%m-%d}", one.nps, one.comment)
        for one in Answer.objects.order_by("day", "nps", "comment", "pk")
    ]


def reasons(batch: Import) -> dict[int, str]:
    return {
        reject.line: " ".join(word(reason) for reason in reject.reasons) for reject in batch.rejects.all()
    }
