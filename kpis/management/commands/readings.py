"""Prints one figure as JSON: `readings roas channel:google-ads 2025-08`."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from common.periods import Period
from kpis.figures import Look
from kpis.models import Metric
from kpis.selectors import figure
from organization.selectors import UnknownScope, company, parse_scope


class Command(BaseCommand):
    help = "Print value, target, expected by now, attainment and status of a metric on a scope in a period."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("metric")
        parser.add_argument("scope")
        parser.add_argument("period")
        parser.add_argument("--as-of", type=date.fromisoformat, default=None, metavar="DATE")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            metric = Metric.objects.get(code=options["metric"])
            nodes = parse_scope(options["scope"])
            period = Period.parse(options["period"], fiscal_start=company().fiscal_year_start)
        except Metric.DoesNotExist:
            known = ", ".join(Metric.objects.values_list("code", flat=True))
            raise CommandError(f"There is no metric {options['metric']!r}; there are {known}.") from None
        except (UnknownScope, ValueError) as error:
            raise CommandError(str(error)) from error
        found = figure(metric=metric, nodes=nodes, period=period, look=Look.at(options["as_of"]))
        self.stdout.write(
            json.dumps(
                {
                    "value": _text(found.value),
                    "target": _text(found.target),
                    "expected": _text(found.expected),
                    "attainment": _text(found.attainment),
                    "status": found.status,
                }
            )
        )


def _text(number: Decimal | None) -> str | None:
    """In full precision, without an exponent and without zeros that say nothing."""
    if number is None:
        return None
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
