"""Imports one file in this process, down to the figures, and prints what became of its lines as JSON."""

from __future__ import annotations

import json
import sys
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ingest.errors import FileRefused
from ingest.models import Import, State
from ingest.rejecting import word
from ingest.services import import_path
from kpis.work import catch_up

SHOWN = 10


class Command(BaseCommand):
    help = "Import a CSV or XLSX file; ends when the figures are up to date."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path)
        parser.add_argument("--preset", default="", metavar="NAME", help="The code of a layout.")

    def handle(self, *args: Any, **options: Any) -> None:
        started = time.monotonic()
        try:
            batch = import_path(path=options["path"], preset=options["preset"])
        except (OSError, FileRefused) as error:
            raise CommandError(str(error)) from error
        if batch.state == State.FAILED:
            raise CommandError(batch.error)
        if batch.state == State.ASKS:
            raise CommandError(
                f"{batch.error} Nothing was changed: the file waits on the page /imports/{batch.pk}/columns/ for"
                " somebody who says what its columns are."
            )
        catch_up(hands=2)
        self._say_why(batch)
        self.stdout.write(
            json.dumps(
                {
                    "import": batch.pk,
                    "rows": batch.rows,
                    "accepted": batch.accepted,
                    "rejected": batch.rejected,
                    "unchanged": batch.unchanged,
                    "corrected": batch.corrected,
                    "seconds": round(time.monotonic() - started, 3),
                }
            )
        )

    def _say_why(self, batch: Import) -> None:
        for reject in batch.rejects.all()[:SHOWN]:
            print(
                f"line {reject.line}: {' '.join(word(reason) for reason in reject.reasons)}", file=sys.stderr
            )
        if batch.rejected > SHOWN:
            print(f"… and {batch.rejected - SHOWN} more lines", file=sys.stderr)
