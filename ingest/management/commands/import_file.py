"""Imports one file in this process, down to the figures, and prints what became of its lines as JSON."""

from __future__ import annotations

import json
import sys
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.exceptions import PermissionDenied
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from ingest.errors import FileRefused
from ingest.models import Import, State
from ingest.rejecting import word
from ingest.services import import_path
from ingest.whole_files import Approval, Reader, reader_of
from kpis.work import catch_up
from organization.models import Person
from organization.services import Refused

SHOWN = 10


def _approver(username: str) -> Person | None:
    if not username:
        return None
    found = Person.objects.filter(username=username, is_active=True).first()
    if found is None:
        raise CommandError(f"There is nobody with the user name {username}.")
    return found


class Command(BaseCommand):
    help = "Import a CSV or XLSX file; ends when the figures are up to date."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("path", type=Path)
        parser.add_argument("--preset", default="", metavar="NAME", help="The code of a layout.")
        parser.add_argument(
            "--approve-as",
            default="",
            metavar="USER",
            help="Of a budget's plan: in whose name it is approved. Without it, it is approved at the console.",
        )
        parser.add_argument(
            "--draft",
            action="store_true",
            help="Of a budget's plan: leave it as a draft, to be sent on its page.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        started = time.monotonic()
        reader = reader_of(options["preset"])
        if reader is not None:
            approval = Approval(_approver(options["approve_as"]), draft=options["draft"])
            self._take_whole(reader, options["path"], approval, started)
            return
        if options["approve_as"] or options["draft"]:
            raise CommandError("Nothing of this file is approved: leave --approve-as and --draft out.")
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

    def _take_whole(self, reader: Reader, path: Path, approval: Approval, started: float) -> None:
        try:
            taken = reader(path, approval, timezone.now())
        except (OSError, FileRefused, Refused) as error:
            raise CommandError(str(error)) from error
        except PermissionDenied:
            raise CommandError(f"{approval.by} may not approve this. Nothing was changed.") from None
        for line, why in taken.wrong[:SHOWN]:
            print(f"line {line}: {why}", file=sys.stderr)
        if len(taken.wrong) > SHOWN:
            print(f"… and {len(taken.wrong) - SHOWN} more lines", file=sys.stderr)
        wrong = len({line for line, _why in taken.wrong})
        self.stdout.write(
            json.dumps(
                {
                    "rows": taken.rows,
                    "accepted": 0 if wrong else taken.rows,
                    "rejected": wrong,
                    **taken.told,
                    "seconds": round(time.monotonic() - started, 3),
                },
                ensure_ascii=False,
            )
        )
        if wrong:
            raise CommandError("Nothing was changed: mend these lines and send the file again.")
        catch_up(hands=2)
        if taken.hint:
            print(taken.hint, file=sys.stderr)

    def _say_why(self, batch: Import) -> None:
        for reject in batch.rejects.all()[:SHOWN]:
            print(
                f"line {reject.line}: {' '.join(word(reason) for reason in reject.reasons)}", file=sys.stderr
            )
        if batch.rejected > SHOWN:
            print(f"… and {batch.rejected - SHOWN} more lines", file=sys.stderr)
