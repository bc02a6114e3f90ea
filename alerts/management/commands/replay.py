"""Prints what a rule would have done: `replay "ROAS of channels" --from 2026-01-01 --to 2026-06-30`."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from alerts.conditions.kinds import plain
from alerts.models import Rule
from alerts.replaying import Replayed
from alerts.selectors.replay import replay_rule
from alerts.services.evaluation import terms_of
from alerts.services.rules import scopes_of
from kpis.figures import Look


class Command(BaseCommand):
    help = (
        "Print the transitions that a rule would have made in the periods that lie between two days, a JSON object a"
        " line, area by area, oldest first. The same figures give the same lines. Nothing is written."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("rule", help="its number or its name")
        parser.add_argument("--from", dest="first", required=True, type=_day, metavar="DAY")
        parser.add_argument("--to", dest="last", required=True, type=_day, metavar="DAY")
        parser.add_argument(
            "--as-of", type=_day, metavar="DAY", help="with the data and targets of that day (default: today)"
        )

    def handle(
        self, *args: Any, rule: str, first: date, last: date, as_of: date | None, **options: Any
    ) -> None:
        if first > last:
            raise CommandError("--from lies after --to.")
        found = _rule(rule)
        terms = terms_of(found)
        if terms is None:
            raise CommandError(f"A condition of the rule {found.name!r} cannot be read.")
        today = timezone.localdate()
        for past in replay_rule(
            terms=terms, metric=found.metric, grain=found.grain, scopes=scopes_of(found.scope, spread=found.spread, along=found.along),
            first=first, last=last, look=Look.at(as_of, today=today),
        ):  # fmt: skip
            for one in past.changes:
                self.stdout.write(json.dumps(_line(found, past.scope.key, one), ensure_ascii=False))


def _line(rule: Rule, scope: str, one: Replayed) -> dict[str, Any]:
    tier = int(one.transition.tier)
    return {
        "rule": rule.pk,
        "scope": scope,
        "metric": rule.metric.code,
        "grain": rule.grain,
        "start": one.figure.start.isoformat(),
        "at": one.at.isoformat(),
        "change": one.transition.change.value,
        "reason": one.transition.reason.value,
        "tier": tier,
        "state": one.after.state.value,
        "value": _text(one.figure.value),
        "target": _text(one.figure.target),
        "attainment": _text(one.figure.attainment),
    }


def _text(number: Decimal | None) -> str | None:
    return None if number is None else plain(number)


def _rule(text: str) -> Rule:
    rules = Rule.objects.select_related("metric", "scope")
    found = list(rules.filter(pk=int(text)) if text.isascii() and text.isdigit() else rules.filter(name=text))
    if len(found) != 1:
        said = "There is no rule" if not found else f"There are {len(found)} rules"
        raise CommandError(f"{said} called {text!r}; give its number.")
    return found[0]


def _day(text: str) -> date:
    return date.fromisoformat(text)
