"""Breaks a total down and prints the parts as JSON: `decompose revenue company 2027 120000000 --by month`."""

from __future__ import annotations

import json
import re
from argparse import ArgumentParser
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from common.periods import MONTHS_IN, Grain, Period
from kpis.amount_text import parse_amount
from kpis.decomposition import DivisionRefused, divide, equal, weights_of
from kpis.figures import Look
from kpis.models import Metric
from kpis.selectors import shares
from kpis.services.targets import LIMIT
from organization.models import DIMENSIONS, Node, NodeAncestor
from organization.selectors import UnknownScope, company, parse_scope, scope_key

TIMES = {"quarter": Grain.QUARTER, "month": Grain.MONTH}
METHODS = ("season", "history", "equal")
YEARS = range(1970, 2200)
_PLAIN = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,40})?")


class Command(BaseCommand):
    help = (
        "Divide a total of a metric on a scope in a period over its months, quarters or siblings, and print the parts as"
        " JSON, in order; they add up exactly. Nothing is written."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("metric")
        parser.add_argument("scope")
        parser.add_argument("period")
        parser.add_argument("total")
        parser.add_argument("--by", required=True, help=f"{', '.join(TIMES)}, {', '.join(DIMENSIONS)}")
        parser.add_argument(
            "--method",
            help="season (months and quarters, where nothing is said), history (of siblings, where nothing is said), equal",
        )
        parser.add_argument(
            "--weights",
            action="append",
            default=[],
            metavar="PART=WEIGHT,…",
            help="only the parts named take part",
        )
        parser.add_argument(
            "--lock",
            action="append",
            default=[],
            metavar="PART=AMOUNT",
            help="keeps its amount; may be repeated",
        )
        parser.add_argument("--as-of", type=date.fromisoformat, default=None, metavar="DATE")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            parts = self._divide(**options)
        except (UnknownScope, DivisionRefused) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            json.dumps({key: f"{amount:f}" for key, amount in parts.items()}, ensure_ascii=False)
        )

    def _divide(
        self, *, metric: str, scope: str, period: str, total: str, by: str, method: str | None, **options: Any
    ) -> dict[str, Decimal]:
        what = _metric(metric)
        nodes = parse_scope(scope)
        when = _period(period)
        amount = _amount(total)
        if by not in TIMES and by not in DIMENSIONS:
            raise CommandError(f"{by!r} is nothing to divide by; write {', '.join([*TIMES, *DIMENSIONS])}.")
        if method is not None and method not in METHODS:
            raise CommandError(f"{method!r} is no method; write {', '.join(METHODS)}.")
        if method is not None and options["weights"]:
            raise CommandError("Give either --method or --weights.")
        known = Periods(when, by) if by in TIMES else Siblings(nodes, by)
        locks = {part: _amount(text) for part, text in _pairs(options["lock"], known, "--lock")}
        if options["weights"]:
            weights = {
                part: _weight(text)
                for part, text in _pairs(
                    (text for one in options["weights"] for text in one.split(",")), known, "--weights"
                )
            }
            known.check_apart([*weights, *locks])
        else:
            look = Look.at(options["as_of"])
            if by in TIMES:
                weights = self._by_time(what, nodes, when, TIMES[by], method or "season", look)
            else:
                weights = self._by_siblings(what, nodes, by, method or "history", look)
            strangers = sorted(set(locks) - set(weights))
            if strangers:
                raise CommandError(f"{strangers[0]} is none of the parts, which are {_listed(weights)}.")
            if not any(weight for part, weight in weights.items() if part not in locks) and method != "equal":
                left = amount - sum(locks.values())
                if left or not locks:
                    raise CommandError(
                        f"There is no history of {what.code} to divide by; give --weights, or --method equal."
                    )
        parts = divide(amount, weights, unit=shares.unit_of(what), locks=locks)
        return {part: parts[part] for part in (sorted(parts) if by in TIMES else parts)}

    def _by_time(
        self, metric: Metric, nodes: Mapping[str, Node], period: Period, grain: Grain, method: str, look: Look
    ) -> dict[str, Decimal]:
        parts = list(_within(period, grain))
        if method == "equal":
            return weights_of(equal(str(part) for part in parts))
        year = Period.containing(period.start, Grain.YEAR, fiscal_start=period.fiscal_start)
        if method == "history":
            did = shares.last_months(metric=metric, nodes=nodes, year=year, look=look)
            missing = [str(month) for part in parts for month in part.months() if did[str(month)] is None]
            if missing:
                self._note(f"No history, so nothing for: {', '.join(missing)}.")
            return {
                str(part): max(
                    sum((did[str(month)] or Decimal(0) for month in part.months()), Decimal(0)), Decimal(0)
                )
                for part in parts
            }
        found = shares.season(metric=metric, nodes=nodes, year=year, look=look)
        if found.basis == shares.Basis.DAYS:
            self._note(f"There is no history of {metric.code} to learn a season from: divided by days.")
        elif found.lent:
            whose = f"go as those of {found.lender} do" if found.lender else "go by days"
            self._note(f"Months without a history of their own {whose}: {', '.join(found.lent)}.")
        return found.of(parts)

    def _by_siblings(
        self, metric: Metric, nodes: Mapping[str, Node], dimension: str, method: str, look: Look
    ) -> dict[str, Decimal]:
        if method == "season":
            raise CommandError("A season divides years and quarters; write --method history or equal.")
        found = shares.history(metric=metric, nodes=nodes, dimension=dimension, look=look)
        if not found.parts:
            raise CommandError(f"There is no {dimension} below {scope_key(nodes)}.")
        if method == "equal":
            return weights_of(equal(found.parts))
        if found.unknown and len(found.unknown) < len(found.parts):
            self._note(f"No history, so nothing for: {', '.join(found.unknown)}.")
        return weights_of(found.weighed())

    def _note(self, text: str) -> None:
        self.stderr.write(text)


class Periods:
    """The months or quarters of a period, as people name them."""

    def __init__(self, period: Period, by: str) -> None:
        grain = TIMES[by]
        if period.grain not in MONTHS_IN or MONTHS_IN[period.grain] <= MONTHS_IN[grain]:
            raise CommandError(f"{period} has no {by}s to divide it into.")
        self.fiscal_start = period.fiscal_start
        self.parts = [str(part) for part in _within(period, grain)]

    def named(self, text: str) -> str:
        part = str(_period(text))
        if part not in self.parts:
            raise CommandError(f"{part} is none of the parts, which are {_listed(self.parts)}.")
        return part

    def check_apart(self, parts: Iterable[str]) -> None:
        """Periods of one grain never overlap."""


class Siblings:
    """Areas of one tree below a scope, as people name them: alone, or with the scope's other nodes."""

    def __init__(self, nodes: Mapping[str, Node], dimension: str) -> None:
        self.nodes, self.dimension = nodes, dimension
        self.by_key: dict[str, Node] = {}

    def named(self, text: str) -> str:
        found = parse_scope(text)
        node = found.pop(self.dimension, None)
        if node is None or any(self.nodes.get(one) != other for one, other in found.items()):
            raise CommandError(f"{text!r} is no {self.dimension} of {scope_key(self.nodes)}.")
        if node.code not in text.split("+"):
            raise CommandError(f"{text!r} was merged into {node.code}; name that.")
        if node.archived_at is not None:
            raise CommandError(f"{node.code} is put away.")
        above = self.nodes.get(self.dimension)
        if above is not None and (node == above or not self._below(node, above)):
            raise CommandError(f"{node.code} does not lie below {above.code}.")
        key = scope_key({**self.nodes, self.dimension: node})
        self.by_key[key] = node
        return key

    def check_apart(self, parts: Iterable[str]) -> None:
        """Nothing is counted twice. Raises CommandError where one of these lies below another."""
        ids = {self.by_key[part].pk: part for part in parts}
        within = NodeAncestor.objects.filter(node_id__in=ids, ancestor_id__in=ids).order_by("node_id")
        for row in within:
            if row.node_id != row.ancestor_id:
                raise CommandError(
                    f"{ids[row.node_id]} lies below {ids[row.ancestor_id]}: only one can take part."
                )

    @staticmethod
    def _below(node: Node, above: Node) -> bool:
        return NodeAncestor.objects.filter(node=node, ancestor=above).exists()


def _pairs(texts: Iterable[str], known: Periods | Siblings, option: str) -> list[tuple[str, str]]:
    """Parts with what is said of each. Raises CommandError for one that is named twice."""
    found: dict[str, str] = {}
    for text in texts:
        name, sign, value = text.strip().rpartition("=")
        if not sign:
            raise CommandError(
                f"{option} takes a part and a number, such as region:a=3; {text!r} is not that."
            )
        part = known.named(name.strip())
        if part in found:
            raise CommandError(f"{option} names {part} twice.")
        found[part] = value.strip()
    return list(found.items())


def _metric(code: str) -> Metric:
    metric = Metric.objects.in_use().filter(code=code).first() if "\0" not in code else None
    if metric is None:
        known = ", ".join(Metric.objects.in_use().values_list("code", flat=True))
        raise CommandError(f"There is no metric {code!r}; there are {known}.")
    if not metric.additive:
        kind = "a stock, of which the last value counts" if metric.stock else "a ratio"
        raise CommandError(f"{code} is {kind}: its parts do not add up to a whole, so it is not divided.")
    return metric


def _period(text: str) -> Period:
    try:
        period = Period.parse(text, fiscal_start=company().fiscal_year_start)
    except ValueError as error:
        raise CommandError(str(error)) from error
    if period.start.year not in YEARS:
        raise CommandError(
            f"{text!r} lies too far away; years from {YEARS[0]} to {YEARS[-1]} can be planned."
        )
    return period


def _within(period: Period, grain: Grain) -> Iterable[Period]:
    """The quarters or months of a year or quarter, in order."""
    part = Period(grain, period.start, period.fiscal_start)
    while part.start in period:
        yield part
        part = part.next()


def _amount(text: str) -> Decimal:
    amount = Decimal(text) if _PLAIN.fullmatch(text.strip()) else parse_amount(text)
    if amount is None:
        raise CommandError(f"{text!r} is not an amount.")
    if abs(amount) >= LIMIT:
        raise CommandError(f"{text} is too large: amounts stay below {LIMIT:,f}.")
    return amount


def _weight(text: str) -> Decimal:
    if not _PLAIN.fullmatch(text):
        raise CommandError(f"{text!r} is not a weight; write a number such as 3 or 0.5.")
    return Decimal(text)


def _listed(parts: Iterable[str]) -> str:
    known = list(parts)
    return ", ".join(known[:12]) + (f" and {len(known) - 12} more" if len(known) > 12 else "")
