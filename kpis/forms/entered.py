"""Reading values that people enter by hand: one cell, or lines pasted from a spreadsheet."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from common.periods import Grain, Period
from kpis.forms.metrics import MeasureChoice
from kpis.forms.targets import read_amount
from kpis.models import Measure, OverTime
from organization.forms import AreaField
from organization.gate import Action, can, scopes_where
from organization.models import Node, Person, Scope
from organization.selectors import UnknownScope, parse_scope, scope_key

MOST_LINES = 1000
_DAY = re.compile(r"(\d{4})-(\d{1,2})(?:-(\d{1,2}))?")


def read_period(text: str) -> Period | None:
    """A day or a month as people write them: 2025-08, 2025/8/10, 2025年8月10日. None for anything else."""
    plain = unicodedata.normalize("NFKC", text).strip()
    plain = re.sub(r"[年月/.]", "-", plain).replace("日", "").strip("- ")
    match = _DAY.fullmatch(plain)
    if match is None:
        return None
    year, month, day = match.groups()
    written = f"{year}-{int(month):02d}" + (f"-{int(day):02d}" if day else "")
    try:
        period = Period.parse(written)
    except ValueError:
        return None
    return period if period.grain in (Grain.DAY, Grain.MONTH) else None


class PeriodField(forms.CharField):
    def clean(self, value: Any) -> Period | None:
        text = super().clean(value)
        if not text:
            return None
        period = read_period(text)
        if period is None:
            raise forms.ValidationError(_("Write a month as 2025-08 or a day as 2025-08-10."))
        return period


def entered_measures() -> Any:
    """What can be entered: everything but what its source publishes for each period."""
    return Measure.objects.in_use().exclude(over_time=OverTime.COMPUTED)


class EntryForm(forms.Form):
    """One value; `version` is the one that was on screen."""

    measure = MeasureChoice(label=gettext_lazy("Amount"), queryset=Measure.objects.none())
    area = AreaField(initial="company")
    period = PeriodField(label=gettext_lazy("Month or day"), max_length=20, help_text="2025-08, 2025-08-10")
    value = forms.CharField(
        label=gettext_lazy("Value"), max_length=40, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    note = forms.CharField(
        label=gettext_lazy("Note"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("Where it comes from; kept with the value."),
    )
    version = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["measure"]
        field.queryset = entered_measures()

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        measure, text = values.get("measure"), values.get("value")
        if measure is not None and text:
            values["number"] = read_amount(text, measure.unit)
            if values["number"] is None:
                self.add_error("value", _("This is not a number. Write 1,200,000 or 120万."))
        return values


class PasteForm(forms.Form):
    measure = MeasureChoice(label=gettext_lazy("Amount"), queryset=Measure.objects.none())
    lines = forms.CharField(
        label=gettext_lazy("What to enter"),
        max_length=200_000,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false"}),
        help_text=gettext_lazy(
            "A value a line: area, month or day, value, note; as copied from a spreadsheet, or with semicolons between."
            " An empty value takes one away."
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["measure"]
        field.queryset = entered_measures()


@dataclass(frozen=True)
class Line:
    """A pasted line that could be read; its scope is unsaved where nobody has pointed to this crossing yet."""

    number: int
    scope: Scope
    period: Period
    value: Decimal | None
    note: str


@dataclass(frozen=True)
class LineError:
    number: int
    text: str
    message: str


def read_lines(text: str, *, measure: Measure, person: Person) -> tuple[list[Line], list[LineError]]:
    """What was pasted, line by line; empty lines and one of headings are passed over.

    Areas are found by code or by a name that is theirs alone, among those where she may enter values; each is looked up
    once.
    """
    rows = [
        (number, [cell.strip() for cell in re.split(r"\t|;|；", line)])
        for number, line in enumerate(text.splitlines(), start=1)
        if line.strip()
    ]
    if len(rows) > MOST_LINES:
        number, cells = rows[MOST_LINES]
        message = _("At most %(n)s lines fit at once. Enter the rest after these.") % {"n": MOST_LINES}
        return [], [LineError(number, _shown(cells), message)]
    areas = _Areas(person, {cells[0] for _number, cells in rows})
    good: list[Line] = []
    bad: list[LineError] = []
    for place, (number, cells) in enumerate(rows):
        if len(cells) < 2:
            bad.append(
                LineError(number, _shown(cells), _("A line has an area, a month or day, and a value."))
            )
            continue
        name, when, amount, note = [*cells, "", ""][:4]
        period = read_period(when)
        if period is None:
            if place > 0 or len(rows) == 1:  # the first line may be headings
                bad.append(
                    LineError(number, _shown(cells), _("Write a month as 2025-08 or a day as 2025-08-10."))
                )
            continue
        value = read_amount(amount, measure.unit) if amount else None
        found = areas.find(name)
        if amount and value is None:
            bad.append(LineError(number, _shown(cells), _("This is not a number. Write 1,200,000 or 120万.")))
        elif isinstance(found, str):
            bad.append(LineError(number, _shown(cells), found))
        else:
            good.append(Line(number, found, period, value, note))
    return good, bad


def _shown(cells: Sequence[str]) -> str:
    return " · ".join(cells)[:120]


class _Areas:
    def __init__(self, person: Person, names: set[str]) -> None:
        self.person = person
        own = Node.objects.filter(
            archived_at__isnull=True, scope__in=scopes_where(person, Action.ENTER_VALUES)
        ).select_related("scope")
        self.by_name: dict[str, dict[int, Scope]] = {}
        for node in own.filter(name__in=names) | own.filter(name_zh__in=names):
            for name in {node.name, node.name_zh}:
                self.by_name.setdefault(name, {})[node.pk] = node.scope
        self.known: dict[str, Scope | str] = {}

    def find(self, name: str) -> Scope | str:
        """The area, or why there is none."""
        if name not in self.known:
            self.known[name] = self._look(name)
        return self.known[name]

    def _look(self, name: str) -> Scope | str:
        named = list(self.by_name.get(name, {}).values())
        if len(named) == 1:
            return named[0]
        if named:
            codes = "; ".join(sorted(scope.key for scope in named)[:3])
            return _("More than one area is called %(name)s: write its code (%(codes)s).") % {
                "name": name, "codes": codes,
            }  # fmt: skip
        scope = scope_of(name or "company")
        if scope is None or not can(self.person, Action.ENTER_VALUES, scope):
            return _("There is no area called %(name)s on which you may enter values.") % {"name": name}
        return scope


def scope_of(text: str) -> Scope | None:
    """The scope that this text writes; unsaved where nobody has pointed to this crossing yet."""
    try:
        nodes = parse_scope(text)
    except UnknownScope:
        return None
    key = scope_key(nodes)
    return Scope.objects.filter(key=key).first() or Scope(key=key, **nodes)
