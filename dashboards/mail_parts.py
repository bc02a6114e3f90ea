"""What of a page goes into a mail: key figures, what needs attention, a table; read from the page itself.

So a mail says what the page says, digit for digit and in its reader's language, whatever page it is: the parts are
found by the classes of the shared pieces (templates/_key_figure.html, _attention.html, _lights_table.html).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dashboards.markup import Element, below, elements, inside_of, words_of

FIGURES, NEEDS, ROWS, COLUMNS = 8, 8, 12, 3
SHAPES = {"green": "●", "yellow": "▲", "red": "■", "grey": "○"}
COLOURS = {"green": "#18794E", "yellow": "#946800", "red": "#C62A2F", "grey": "#687076"}


@dataclass(frozen=True)
class Light:
    status: str
    words: str

    @property
    def shape(self) -> str:
        return SHAPES[self.status]

    @property
    def colour(self) -> str:
        return COLOURS[self.status]


@dataclass(frozen=True)
class Figure:
    name: str
    value: str
    standing: str  # "98% of plan"
    more: str  # how it has changed, and up to when it counts
    light: Light | None


@dataclass(frozen=True)
class Need:
    name: str  # what it is about; "" where the words say it
    words: str
    light: Light | None


@dataclass(frozen=True)
class Row:
    name: str
    detail: str
    light: Light | None
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    caption: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    lit: bool
    more: int  # rows that were left out


@dataclass(frozen=True)
class MailPage:
    heading: str
    lead: str
    turned: str  # to what area and period
    figures: tuple[Figure, ...]
    needs: tuple[Need, ...]
    table: Table | None


def parts_of(text: str) -> MailPage:
    page = _Page(text)
    charts = page.all("figure", 100)  # their tables are many lines of one drawing
    tables = [
        one
        for one in page.found
        if one.name == "table" and "lights" in one.classes and not any(one.within(chart) for chart in charts)
    ]
    return MailPage(
        heading=page.first("h1"),
        lead=page.first(".page-lead"),
        turned=page.first(".bare-turned"),
        figures=tuple(_figure(page, one) for one in page.all(".tile", FIGURES)),
        needs=tuple(_need(page, one) for todo in page.all(".todo", 1) for one in page.all("li", NEEDS, todo)),
        table=next((made for one in tables if (made := _table(page, one)) is not None), None),
    )


class _Page:
    def __init__(self, text: str) -> None:
        self.text = text
        self.found = elements(text)

    def all(self, what: str, most: int, inside: Element | None = None) -> list[Element]:
        """`what`: a tag, or a class behind a dot."""
        among: Iterable[Element] = self.found if inside is None else below(self.found, inside)
        name = what.removeprefix(".")
        hits = (one for one in among if (name in one.classes if what.startswith(".") else one.name == name))
        return [one for _number, one in zip(range(most), hits, strict=False)]

    def first(self, what: str, inside: Element | None = None) -> str:
        found = self.all(what, 1, inside)
        return words_of(inside_of(self.text, found[0])) if found else ""

    def light(self, inside: Element) -> Light | None:
        found = self.all(".light", 1, inside)
        if not found:
            return None
        status = next((one for one in SHAPES if f"light-{one}" in found[0].classes), "grey")
        return Light(status, words_of(inside_of(self.text, found[0])).lstrip("●▲■○ "))

    def without(self, element: Element, *classes: str) -> str:
        """The words of an element but for those of what is named."""
        parts, at = [], element.inside
        for one in below(self.found, element):
            if one.start >= at and one.classes & set(classes):
                parts.append(self.text[at : one.start])
                at = one.end
        return words_of(" ".join([*parts, self.text[at : element.until]]))


def _figure(page: _Page, tile: Element) -> Figure:
    values = page.all(".tile-value", 1, tile)
    return Figure(
        name=page.first(".tile-name", tile),
        value=page.without(values[0], "tile-share") if values else "",
        standing=page.first(".tile-share", tile),
        more=" · ".join(filter(None, _foot(page, tile))),
        light=page.light(tile),
    )


def _foot(page: _Page, tile: Element) -> list[str]:
    """Its sentences; in markup they are spans beside each other."""
    feet = page.all(".tile-foot", 1, tile)
    spans = page.all("span", 30, feet[0]) if feet else []
    outer = [one for one in spans if not any(one.within(other) for other in spans)]
    said = [words_of(inside_of(page.text, one)) for one in outer]
    return said if said or not feet else [words_of(inside_of(page.text, feet[0]))]


def _need(page: _Page, item: Element) -> Need:
    words = page.all(".todo-words", 1, item)
    names = page.all("strong", 1, words[0]) if words else []
    name = words_of(inside_of(page.text, names[0])) if names else ""
    return Need(name, page.first(".todo-words", item).removeprefix(name).strip(), page.light(item))


def _table(page: _Page, table: Element) -> Table | None:
    heads = [one for one in page.all("th", 60, table) if one.attributes.get("scope") == "col"]
    numbers = [one for one in heads if "num" in one.classes]
    shown = numbers[:COLUMNS]
    places = [
        heads.index(one) - len(heads) for one in shown
    ]  # from the right: a light has a column of its own
    rows: list[Row] = []
    count = 0
    for tr in page.all("tr", 2000, table):
        names = [one for one in page.all("th", 1, tr) if one.attributes.get("scope") == "row"]
        if not names:
            continue
        count += 1
        if len(rows) == ROWS:
            continue
        cells = page.all("td", 60, tr)
        rows.append(
            Row(
                name=page.without(names[0], "row-detail"),
                detail=page.first(".row-detail", names[0]),
                light=next((page.light(one) for one in cells if "cell-light" in one.classes), None),
                cells=tuple(
                    page.without(cells[at], "light", "at-risk", "visually-hidden")
                    if -at <= len(cells)
                    else ""
                    for at in places
                ),
            )
        )
    if not rows or not shown:
        return None
    return Table(
        caption=page.first("caption", table),
        columns=tuple(words_of(inside_of(page.text, one)) for one in shown),
        rows=tuple(rows),
        lit=any(row.light for row in rows),
        more=count - len(rows),
    )
