"""`manage.py load_calendar`: public holidays, make-up working days and moving events, year by year."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from organization.services import load_events, load_holidays


class Command(BaseCommand):
    help = "Brings China's public holidays and the trade's events into the calendar; may be repeated at any time."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("years", nargs="*", type=int, help="by default from three years ago to the next")

    def handle(self, *args: Any, **options: Any) -> None:
        this_year = timezone.localdate().year
        for year in options["years"] or range(this_year - 3, this_year + 2):
            days, events = load_holidays(year), load_events(year)
            self.stdout.write(f"{year}: {days} days, {events} events")
