"""Lines of a plan as a file says them, held against those that stand: what they mean, and which cells are wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from budgets.models import Budget, Category, FedBy, PlanLine, Pool, Shape
from budgets.plan_workbook import ReadCell, ReadLine, word, words
from budgets.planning import months_of
from budgets.services.plan_lines import LineDraft
from common.formats import listed
from kpis.amount_text import parse_amount
from organization.gate import Someone, knows
from organization.models import Node, Person
from organization.selectors import UnknownScope, parse_scope


@dataclass(frozen=True)
class CellFault:
    """What is wrong, and where (`D7`)."""

    address: str
    message: str


def drafts_of(
    lines: Sequence[ReadLine], *, budget: Budget, standing: Sequence[PlanLine], person: Someone
) -> tuple[list[LineDraft], list[CellFault]]:
    """What each line means; nothing may be taken over while there are faults.

    A column that the file does not have leaves a line that stands as it is. Months that somebody changed make the line
    one by hand; where they stay as they were, a changed amount falls on them by the line's shape.
    """
    reader = _Reader(budget, {row.name.casefold(): row for row in standing}, person)
    drafts = [reader.draft(line) for line in lines]
    return drafts, reader.faults


class _Reader:
    def __init__(self, budget: Budget, standing: Mapping[str, PlanLine], person: Someone) -> None:
        self.months = [part.month for part in months_of(budget.first_day, budget.last_day)]
        self.standing, self.person = standing, person
        self.people = {one.username.casefold(): one for one in Person.objects.filter(is_active=True)}
        self.faults: list[CellFault] = []

    def draft(self, line: ReadLine) -> LineDraft:
        cell = line.cells.get("name") or ReadCell(f"A{line.number}", "")
        name = " ".join(cell.text.split())
        if not name:
            self._fault(cell, _("A line needs a name."))
        row = self.standing.get(name.casefold())
        amount, shape, amounts = self._money(line, row)
        return LineDraft(
            name=name or f"#{line.number}",
            amount=amount,
            channel=self._node(line, "channel", row),
            region=self._node(line, "region", row),
            team=self._node(line, "team", row),
            owner=self._owner(line, row),
            conversions=self._number(line.cells["conversions"])
            if "conversions" in line.cells
            else row.conversions if row else None,
            shape=shape,
            amounts=amounts,
            category=self._word(line, "category", row.category if row else Category.OTHER.value),
            core=self._word(line, "core", "yes" if row is None or row.core else "no") == "yes",
            pool=self._word(line, "pool", row.pool if row else Pool.NONE.value),
            fed_by=self._word(line, "fed_by", row.fed_by if row else FedBy.ENTRIES.value),
        )  # fmt: skip

    def _fault(self, cell: ReadCell, message: str) -> None:
        self.faults.append(CellFault(cell.address, message))

    def _word(self, line: ReadLine, name: str, otherwise: str) -> str:
        cell = line.cells.get(name)
        if cell is None or not cell.text:
            return otherwise
        found = word(name, cell.text)
        if found is None:
            self._fault(
                cell,
                _("“%(text)s” is none of these: %(words)s.")
                % {"text": cell.text[:60], "words": listed(words(name), get_language() or "en")},
            )
            return otherwise
        return found

    def _number(self, cell: ReadCell) -> Decimal | None:
        if cell.error:
            self._fault(cell, cell.error)
            return None
        if not cell.text:
            return None
        number = parse_amount(cell.text)
        if number is None:
            self._fault(cell, _("“%(text)s” is no amount.") % {"text": cell.text[:60]})
        elif number < 0:
            self._fault(cell, _("A plan cannot be negative."))
        return number

    def _money(self, line: ReadLine, row: PlanLine | None) -> tuple[Decimal, str, list[Decimal] | None]:
        before = len(self.faults)
        shape = self._word(line, "shape", row.shape if row else Shape.EQUAL.value)
        cell = line.cells.get("amount")
        amount = self._number(cell) if cell is not None else None
        given = {month: one for month, one in line.months.items() if one.text or one.error}
        for month, one in given.items():
            if month not in self.months:
                self._fault(one, _("The budget has no such month."))
        months = [self._month(given.get(month)) for month in self.months]
        if len(self.faults) > before:
            return Decimal(0), Shape.EQUAL.value, None
        stand = list(row.amounts) if row is not None and list(row.months) == self.months else None
        if not given or months == stand:
            total = amount if amount is not None else row.amount if row else None
            if total is None:
                self._fault(cell or ReadCell(f"{line.number}", ""), _("A line needs an amount."))
                return Decimal(0), Shape.EQUAL.value, None
            return total, shape, stand if shape == Shape.HAND else None
        total = sum(months, Decimal(0))
        if amount is not None and amount != total and (row is None or amount != row.amount):
            self._fault(
                cell or ReadCell(f"{line.number}", ""),
                _("The months add up to another amount than this one. Change one of the two."),
            )
        return total, Shape.HAND.value, months

    def _month(self, cell: ReadCell | None) -> Decimal:
        number = self._number(cell) if cell is not None else None
        return number if number is not None else Decimal(0)

    def _node(self, line: ReadLine, name: str, row: PlanLine | None) -> Node | None:
        cell = line.cells.get(name)
        if cell is None:
            return getattr(row, name) if row is not None else None
        if not cell.text:
            return None
        try:
            node = parse_scope(cell.text if ":" in cell.text else f"{name}:{cell.text}").get(name)
        except UnknownScope:
            node = None
        if node is None or not knows(self.person if isinstance(self.person, Person) else None, node):
            self._fault(
                cell, _("There is no area with the code “%(code)s” here.") % {"code": cell.text[:100]}
            )
            return None
        return node

    def _owner(self, line: ReadLine, row: PlanLine | None) -> Person | None:
        cell = line.cells.get("owner")
        if cell is None:
            return row.owner if row is not None else None
        if not cell.text:
            return None
        found = self.people.get(cell.text.casefold())
        if found is None:
            self._fault(cell, _("Nobody here has the user name “%(name)s”.") % {"name": cell.text[:60]})
        return found
