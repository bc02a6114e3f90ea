"""`manage.py restore FILE`: a backup into an empty database, or with --replace over what is there."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from common.backups import BackupError, restore


class Command(BaseCommand):
    help = "Restores a backup; all or nothing. Stop web, workers and beat first."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--replace", action="store_true", help="delete all that the database holds")

    def handle(self, *args: Any, **options: Any) -> None:
        began = time.monotonic()
        say = self.stdout.write if options["verbosity"] > 1 else lambda text: None
        try:
            manifest = restore(
                path=options["file"], uploads=settings.UPLOAD_DIR, replace=options["replace"], say=say
            )
        except BackupError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(
            f"Restored what was backed up at {manifest.made_at} by version {manifest.version}: {manifest.rows} rows"
            f" and {len(manifest.uploads)} files, in {time.monotonic() - began:.0f} s"
        )
