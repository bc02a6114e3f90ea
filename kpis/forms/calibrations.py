"""The form on which a lead explains a month: what it was, why, what instead, and the targets of the months left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.periods import Period
from kpis.decomposition import DivisionRefused, divide
from kpis.forms.targets import may_be_negative, read_amount
from kpis.models import Cause, Metric, Target
from kpis.selectors.calibrations import CalibrationPage
from kpis.selectors.shares import unit_of
from kpis.selectors.targets import amount_text
from kpis.services.calibrating import LONGEST_TEXT, Filing, moved_words
from kpis.services.targets import LIMIT


@dataclass(frozen=True)
class Cell:
    """The target of one of the months left: as it holds, and as she types it over the version that she saw."""

    period: Period
    target: Decimal | None
    text: str
    version: int
    value: Decimal | None = None
    error: str = ""

    @property
    def name(self) -> str:
        return f"month-{self.period}"

    @property
    def version_name(self) -> str:
        return f"version-{self.period}"


class CalibrationForm(forms.Form):
    cause = forms.ChoiceField(
        label=gettext_lazy("What it was"), choices=Cause.choices, widget=forms.RadioSelect
    )
    reason = forms.CharField(
        label=gettext_lazy("Why it came so"),
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    plan = forms.CharField(
        label=gettext_lazy("What will be done instead"),
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    total = forms.CharField(label=gettext_lazy("Together"), max_length=200, required=False)

    def __init__(self, page: CalibrationPage, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, initial={"total": amount_text(page.left_total, page.calibration.metric)})
        self.page = page
        self.metric: Metric = page.calibration.metric
        self.cells: Sequence[Cell] = tuple(
            self._cell(Cell(one.period, one.target, amount_text(one.target, self.metric), one.version), data)
            for one in page.left
        )

    def _cell(self, cell: Cell, data: Mapping[str, Any] | None) -> Cell:
        if data is None or cell.name not in data:
            return cell
        text, version = str(data.get(cell.name, "")), str(data.get(cell.version_name, ""))
        seen = int(version) if version.isascii() and version.isdigit() and len(version) < 9 else 0
        value, error = self._number(text)
        if value is not None and abs(value) >= LIMIT:
            error = _("%(value)s is too large for a target.") % {"value": text[:60]}
        return replace(cell, text=text[:200], version=seen, value=value, error=error)

    def _number(self, text: str) -> tuple[Decimal | None, str]:
        if not text.strip():
            return None, ""
        value = read_amount(text, self.metric.unit)
        if value is None:
            return None, _("This is not a number. Write 1,200,000 or 120万.")
        if value < 0 and not may_be_negative(self.metric):
            return None, _("%(metric)s cannot be negative.") % {"metric": self.metric.label}
        return value, ""

    @property
    def wrong_cells(self) -> bool:
        return any(cell.error for cell in self.cells)

    def split(self) -> None:
        """Divides the total over the months left as their targets stand today, to the unit. What it cannot, it says at
        the total's field.
        """
        value, error = self._number(str(self.data.get("total", "")))
        if value is None:
            self.add_error("total", error or _("Say how much the months left shall bring together."))
            return
        known = {str(cell.period): cell.target for cell in self.cells if cell.target is not None}
        weights = known if any(known.values()) else {str(cell.period): Decimal(1) for cell in self.cells}
        try:
            parts = divide(value, weights, unit=unit_of(self.metric))
        except DivisionRefused as refused:
            self.add_error("total", str(refused))
            return
        self.cells = tuple(
            replace(cell, text=amount_text(parts[str(cell.period)], self.metric), value=None, error="")
            if str(cell.period) in parts
            else cell
            for cell in self.cells
        )

    def say_moved(self, current: Mapping[date, Target]) -> None:
        """Targets that somebody set after she opened the page: said at their months, and taken as seen from now on."""
        self.cells = tuple(
            replace(cell, version=now.version, error=moved_words(now))
            if (now := current.get(cell.period.start))
            else cell
            for cell in self.cells
        )

    def filing(self) -> Filing:
        """Of a valid form."""
        numbers: dict[date, Decimal] = {
            cell.period.start: cell.value for cell in self.cells if cell.value is not None
        }
        return Filing(
            cause=Cause(self.cleaned_data["cause"]),
            reason=self.cleaned_data["reason"],
            plan=self.cleaned_data["plan"],
            numbers=numbers,
            versions={cell.period.start: cell.version for cell in self.cells},
            resplit=self._is_split(numbers),
        )

    def _is_split(self, numbers: Mapping[date, Decimal]) -> bool:
        """Whether the numbers are the total divided as today's targets stand."""
        if not self.metric.additive or len(numbers) < 2:
            return False
        weights = {
            str(cell.period): cell.target
            for cell in self.cells
            if cell.target and cell.period.start in numbers
        }
        if len(weights) < len(numbers):
            return False
        try:
            parts = divide(sum(numbers.values(), Decimal(0)), weights, unit=unit_of(self.metric))
        except DivisionRefused:
            return False
        return all(parts[str(cell.period)] == cell.value for cell in self.cells if cell.value is not None)
