"""Prints the NPS of an area in a period as JSON: `nps region:华东 2026-Q3`."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from decimal import Decimal
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from common.periods import Period
from feedback.scores import nps
from feedback.selectors.counts import counted
from feedback.selectors.settings import feedback_settings
from organization.selectors import UnknownScope, company, parse_scope


class Command(BaseCommand):
    help = (
        "Print the NPS of an area and all below it in a period, counted from the answers as they stand now, with its 95%%"
        " interval: the adjusted Wald interval where few have answered."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("scope", help="company, channel:google-ads, region:华东+channel:抖音直播 …")
        parser.add_argument(
            "period", help="2026-11-20, 2026-W47, 2026-11, 2026-Q4 or 2026; fiscal from the quarter up"
        )
        parser.add_argument("--segment", help="of one customer type; without it, of all")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            nodes = parse_scope(options["scope"])
            period = Period.parse(options["period"], fiscal_start=company().fiscal_year_start)
        except (UnknownScope, ValueError) as error:
            raise CommandError(str(error)) from None
        counts = counted(nodes=nodes, first=period.start, last=period.end, segment=options["segment"])
        score = nps(counts, small_below=feedback_settings().small_sample)
        self.stdout.write(
            json.dumps(
                {
                    "score": _number(score.value),
                    "low": _number(score.low),
                    "high": _number(score.high),
                    "promoters": counts.promoters,
                    "passives": counts.passives,
                    "detractors": counts.detractors,
                }
            )
        )


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(round(value, 2))
