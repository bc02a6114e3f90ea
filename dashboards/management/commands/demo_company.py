"""`manage.py demo_company`: a made-up company to look at, with trouble on purpose."""

from __future__ import annotations

import time
from datetime import date
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from dashboards.demo import company
from dashboards.demo.people import PEOPLE
from dashboards.demo.world import PASSWORD


class Command(BaseCommand):
    help = "Fills an empty database with the demo company: two years up to yesterday. Twice is once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--today",
            type=date.fromisoformat,
            help="the day after the last one with figures (default: today)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("The demo's people have a password that everybody knows; not in production.")
        if company.is_there():
            self.stdout.write("The demo company is here.")
            return
        began = time.monotonic()
        try:
            company.build(today=options["today"] or timezone.localdate(), say=self.stdout.write)
        except company.NotEmpty:
            raise CommandError(
                "This database holds people or areas already; a demo would mix made-up figures into them. "
                "Give it a data folder of its own: PLUMBLINE_VAR=var/demo"
            ) from None
        logins = ", ".join(somebody.username for somebody in PEOPLE if somebody.role)
        self.stdout.write(f"Log in as {logins}; the password is {PASSWORD}.")
        self.stdout.write(f"Made in {time.monotonic() - began:.0f} seconds.")
