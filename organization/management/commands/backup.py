"""`manage.py backup /backups`: the whole database and all uploads in one file, from a running system."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from common.backups import BackupError, write_backup


class Command(BaseCommand):
    help = "Writes the whole database and all uploaded files into one archive, while everything goes on."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("to", type=Path, help="a folder, or the name of a file that is not there yet")

    def handle(self, *args: Any, **options: Any) -> None:
        began = time.monotonic()
        say = self.stdout.write if options["verbosity"] > 1 else lambda text: None
        try:
            path, manifest = write_backup(to=options["to"].absolute(), uploads=settings.UPLOAD_DIR, say=say)
        except BackupError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(
            f"{path}: {manifest.rows} rows of {len(manifest.tables)} tables and {len(manifest.uploads)} files,"
            f" {path.stat().st_size / 1e6:.1f} MB, in {time.monotonic() - began:.0f} s"
        )
