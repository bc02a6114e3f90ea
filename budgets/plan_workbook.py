"""A plan as a workbook: written for people to change, read again by its headings. No database, no clock."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from budgets.models import Category, FedBy, PlanLine, Pool, Shape
from budgets.planning import MonthPart
from common.spreadsheets import in_cell
from kpis.workbooks import WorkbookRefused, amount_of_cell, month_of_cell, sheet_rows, text_of_cell

# English and Chinese; a file may say either.
HEADINGS: Mapping[str, tuple[str, str]] = {
    "name": ("Line", "预算项"),
    "amount": ("Amount", "金额"),
    "category": ("Category", "类别"),
    "core": ("Core", "核心"),
    "pool": ("Kind", "类型"),
    "shape": ("Months by", "月份分配"),
    "fed_by": ("Spend from", "支出来源"),
    "channel": ("Channel code", "渠道代码"),
    "region": ("Region code", "区域代码"),
    "team": ("Team code", "团队代码"),
    "owner": ("Owner", "负责人"),
    "conversions": ("Expected conversions", "预期转化"),
}
WORDS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "category": {
        Category.CONTENT: ("content", "内容"), Category.ADS: ("ads", "广告"), Category.EVENTS: ("events", "活动"),
        Category.OTHER: ("other", "其他"),
    },
    "core": {"yes": ("yes", "是"), "no": ("no", "否")},
    "pool": {
        Pool.NONE: ("line", "普通"), Pool.RESERVE: ("reserve", "储备金"), Pool.EMERGENCY: ("emergency", "应急金"),
    },
    "shape": {
        Shape.EQUAL: ("days", "按天"), Shape.SEASON: ("season", "按季节"), Shape.HAND: ("hand", "手工"),
    },
    "fed_by": {FedBy.ENTRIES: ("entries", "录入"), FedBy.COST: ("cost", "渠道费用")},
}  # fmt: skip
MOST_COLUMNS, HEADING_WITHIN = 90, 20


@dataclass(frozen=True)
class ReadCell:
    """Where it stands (`D7`), and its text as somebody would have typed it; `error`: why it says nothing."""

    address: str
    text: str
    error: str = ""


@dataclass(frozen=True)
class ReadLine:
    """A line by the names of its columns, and by month; columns that the file does not have are left out."""

    number: int
    cells: Mapping[str, ReadCell]
    months: Mapping[date, ReadCell]


def write(rows: Sequence[PlanLine], *, parts: Sequence[MonthPart], title: str) -> bytes:
    """An XLSX file in the reader's language."""
    at = 1 if (get_language() or "").startswith("zh") else 0
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = _("Plan")
    sheet.append([*(names[at] for names in HEADINGS.values()), *(f"{part.month:%Y-%m}" for part in parts)])
    for cell in sheet[1]:
        cell.font = Font(bold=True)
        cell.number_format = "@"
    for row in rows:
        said = {
            "name": in_cell(row.name), "amount": row.amount, "core": WORDS["core"]["yes" if row.core else "no"][at],
            **{name: WORDS[name][getattr(row, name)][at] for name in ("category", "pool", "shape", "fed_by")},
            **{name: in_cell(node.code) if (node := getattr(row, name)) else "" for name in ("channel", "region", "team")},
            "owner": in_cell(row.owner.username) if row.owner else "", "conversions": row.conversions,
        }  # fmt: skip
        sheet.append([*(said[name] for name in HEADINGS), *row.amounts])
    money = [list(HEADINGS).index("amount") + 1, *range(len(HEADINGS) + 1, len(HEADINGS) + len(parts) + 1)]
    for column in range(1, len(HEADINGS) + len(parts) + 1):
        sheet.column_dimensions[get_column_letter(column)].width = 26 if column == 1 else 14
        for number in range(2, sheet.max_row + 1):
            if column in money:
                sheet.cell(row=number, column=column).number_format = "#,##0.00"
    sheet.freeze_panes = "B2"
    book.properties.title = title
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def read(content: bytes) -> list[ReadLine]:
    """The lines below the headings; empty ones are passed over. The columns may stand anywhere.

    Raises WorkbookRefused where it is no workbook, too large, or its headings are missing or said twice.
    """
    values = sheet_rows(content, values=True, columns=MOST_COLUMNS)
    formulas = sheet_rows(content, values=False, columns=MOST_COLUMNS)
    heading: dict[int, str | date] | None = None
    found = []
    for number, (row, written) in enumerate(zip(values, formulas, strict=False), start=1):
        if heading is None:
            heading = _heading(row)
            if heading is None and number >= HEADING_WITHIN:
                break
            continue
        cells = {
            name: _cell(row[place], written[place], f"{get_column_letter(place + 1)}{number}")
            for place, name in heading.items()
        }
        if any(cell.text or cell.error for cell in cells.values()):
            found.append(
                ReadLine(
                    number,
                    {name: cell for name, cell in cells.items() if isinstance(name, str)},
                    {name: cell for name, cell in cells.items() if isinstance(name, date)},
                )
            )
    if heading is None:
        at = 1 if (get_language() or "").startswith("zh") else 0
        raise WorkbookRefused(
            _(
                "There is no line of headings here with “%(line)s”, and “%(amount)s” or months such as 2027-01."
            )
            % {"line": HEADINGS["name"][at], "amount": HEADINGS["amount"][at]}
        )
    return found


def _heading(row: Sequence[Any]) -> dict[int, str | date] | None:
    """Names and months by place; None where the line is not that of the headings."""
    places: dict[int, str | date] = {}
    for place, cell in enumerate(row):
        month = month_of_cell(cell)
        text = text_of_cell(cell).casefold()
        names = [name for name, said in HEADINGS.items() if text in (one.casefold() for one in said)]
        name = date(int(month[:4]), int(month[5:]), 1) if month else next(iter(names), None)
        if name is None:
            continue
        if name in places.values():
            raise WorkbookRefused(
                _("The column %(name)s is here twice.") % {"name": text_of_cell(cell) or month}
            )
        places[place] = name
    has = set(places.values())
    if "name" not in has or not ("amount" in has or any(isinstance(one, date) for one in has)):
        return None
    return places


def _cell(value: Any, written: Any, address: str) -> ReadCell:
    if value is None and isinstance(written, str) and written.startswith("="):
        error = _("This formula was never calculated. Open the file in Excel and save it again.")
        return ReadCell(address, "", error)
    text, error, number = amount_of_cell(value)
    if number is not None:
        return ReadCell(address, f"{number.normalize():f}" if number else "0", error)
    return ReadCell(address, text_of_cell(text), error)


def word(name: str, text: str) -> str | None:
    """The value that a word of a column stands for, in either language; None where it is none."""
    asked = text.strip().casefold()
    for value, said in WORDS[name].items():
        if asked == str(value).casefold() or asked in (one.casefold() for one in said):
            return str(value)
    return None


def words(name: str) -> list[str]:
    """What a column may say, in the reader's language."""
    at = 1 if (get_language() or "").startswith("zh") else 0
    return [said[at] for said in WORDS[name].values()]
