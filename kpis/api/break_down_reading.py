"""The question of a break-down as a program asks it, read into the one that the page asks."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from django.utils.translation import gettext as _

from common.periods import Period
from kpis.api.targets import number_of
from kpis.forms.break_down import Asked, Fixed, Place, period_to_divide, times_within
from kpis.models import Metric, Unit
from kpis.selectors import shares
from kpis.selectors.parts import BreakDown, Line
from kpis.selectors.weighing import WHOLE
from organization.api.errors import Fault, Problem
from organization.models import Node, Scope
from organization.selectors import company, scope_key


class Reader:
    """The body as the page's question: rows by the ids of nodes, columns by periods, and numbers as people type them.

    Gathers what is wrong with it under the pointers of the body.
    """

    def __init__(self, body: Mapping[str, Any], scope: Scope, metric: Metric) -> None:
        self.body, self.scope, self.metric = body, scope, metric
        self.fiscal_start = company().fiscal_year_start
        self.nodes: dict[str, Node] = {one: getattr(scope, one) for one in scope.node_ids()}
        self.rows = {scope.key: WHOLE}
        if body["tree"]:
            self.rows = {
                scope_key({**self.nodes, body["tree"]: node}): f"n{node.pk}"
                for node in shares.children(self.nodes, body["tree"])
            }
        self.faults: list[Fault] = []
        self.said_at: dict[str, str] = {}  # what is said of a row or column
        self.locked_at: dict[tuple[str, str], str] = {}

    def wrong(self, pointer: str, reason: str) -> None:
        self.faults.append(Fault(pointer, reason))

    def asked(self) -> Asked:
        """Raises Problem."""
        body = self.body
        period = period_to_divide(body["period"], self.fiscal_start)
        if period is None:
            self.wrong("#/period", _("Write a month, a quarter or a year: 2027-01, 2027-Q1 or 2027."))
            raise self.problem()
        if body["time"] and body["time"] not in times_within(period):
            self.wrong("#/time", _("That is not finer than the period itself."))
        total = self.number(body["total"], "#/total")
        out = frozenset(
            row
            for one in body.get("areas", ())
            if not one["takes_part"] and (row := self.rows.get(one["scope"]))
        )
        fixed = Fixed(
            weights={**self.period_weights(period), **self.area_weights()},
            locks=self.locks(period, out),
            out=out,
            places=self.places(),
        )
        if self.faults:
            raise self.problem()
        return Asked(
            metric=self.metric, metrics=(), area=self.scope.key, period=period, periods=(), total=total,
            time=body["time"] or "", season=body["season"], tree=body["tree"] or "", method=body["method"],
            own=body["set_whole"], own_parts=body["set_totals"], fixed=fixed,
            remembered="areas" in body,
        )  # fmt: skip

    def problem(self) -> Problem:
        return Problem(422, _("Nothing was set; see the errors."), errors=self.faults)

    def number(self, text: str, pointer: str) -> str:
        """As it is typed on the page: all digits, of a percentage a hundred times as much."""
        value = number_of(text)
        if value is None:
            self.wrong(
                pointer, _("This is no number that a target can be: at most 15 digits and six decimals.")
            )
            return ""
        return f"{value * 100 if self.metric.unit == Unit.PERCENT else value:f}"

    def row(self, area: str, pointer: str) -> str | None:
        found = self.rows.get(area)
        if found is None:
            self.wrong(pointer, _("This is not one of the areas directly below."))
        return found

    def column(self, text: str, period: Period, pointer: str) -> str | None:
        try:
            found = Period.parse(text, fiscal_start=self.fiscal_start)
        except (ValueError, OverflowError):
            found = None
        wanted = self.body["time"] or period.grain.value
        if found is None or found.grain.value != wanted or found.start not in period:
            self.wrong(pointer, _("This is not one of the periods that it is divided into."))
            return None
        return str(found)

    def period_weights(self, period: Period) -> dict[str, str]:
        weights = {}
        for place, one in enumerate(self.body.get("periods", ())):
            at = f"#/periods/{place}"
            column = self.column(one["period"], period, f"{at}/period")
            if column is not None:
                weights[column] = one["weight"]
                self.said_at[column] = f"{at}/weight"
        return weights

    def area_weights(self) -> dict[str, str]:
        weights = {}
        for place, one in enumerate(self.body.get("areas", ())):
            row = self.row(one["scope"], f"#/areas/{place}/scope")
            if row is None:
                continue
            self.said_at[row] = f"#/areas/{place}"
            if "weight" in one:
                weights[row] = one["weight"]
        return weights

    def places(self) -> dict[str, Place]:
        found = {}
        for place, one in enumerate(self.body.get("areas", ())):
            row = self.rows.get(one["scope"])
            if row is not None:
                percents = {
                    name: self.percent(one[name], f"#/areas/{place}/{name}")
                    for name in ("maturity", "penetration")
                    if name in one
                }
                found[row] = Place(one.get("stage", ""), year=str(one.get("year", "")), **percents)
        return found

    def percent(self, text: str, pointer: str) -> str:
        share = number_of(text)
        if share is None or not 0 <= share <= 1:
            self.wrong(pointer, _("Write a share from 0 to 1."))
            return ""
        return f"{share * 100:f}"

    def locks(self, period: Period, out: Collection[str]) -> dict[tuple[str, str], str]:
        both = bool(self.body["time"] and self.body["tree"])
        locks: dict[tuple[str, str], str] = {}
        for place, one in enumerate(self.body.get("locks", ())):
            at = f"#/locks/{place}"
            row: str | None = "" if both else WHOLE
            column: str | None = "" if both else str(period)
            if "scope" in one:
                row = self.row(one["scope"], f"{at}/scope")
            elif self.body["tree"] and not both:
                self.wrong(at, _("Say which area or period is locked."))
            if "period" in one:
                column = self.column(one["period"], period, f"{at}/period")
            elif self.body["time"] and not both:
                self.wrong(at, _("Say which area or period is locked."))
            if both and row == "" and column == "":
                self.wrong(at, _("Say which area or period is locked."))
            value = self.number(one["value"], f"{at}/value")
            if row is None or column is None:
                continue
            if row in out:
                self.wrong(f"{at}/scope", _("This area takes no part."))
            if (row, column) in locks:
                self.wrong(at, _("This is locked twice."))
            locks[row, column] = value
            self.locked_at[row, column] = f"{at}/value"
        return locks

    def raise_wrong(self, found: BreakDown) -> None:
        """Raises Problem where it cannot be divided so: each reason once, at its place."""
        if found.total_error:
            self.wrong("#/total", found.total_error)
        closed = {column.key for column in found.columns if column.closed}
        for (_row, column), pointer in self.locked_at.items():
            if column in closed:
                self.wrong(pointer, _("This month is closed, so its target stays as it is."))
        lines: list[Line] = [*found.columns, *(row.line for row in found.rows)]
        for line in lines:
            if line.error:
                self.wrong(self.said_at.get(line.key, "#"), line.error)
        cells = [cell for row in found.rows for cell in (*row.cells, row.total)]
        for cell in (*cells, *found.foot):
            if cell.error:
                self.wrong(self.locked_at.get((cell.row, cell.column), "#/locks"), cell.error)
        said = {fault.reason for fault in self.faults}
        for error in found.errors:
            if not any(error.endswith(one) for one in said):
                self.wrong("#", error)
        if self.faults or not found.good:
            raise self.problem()
