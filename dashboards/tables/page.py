"""What of a page goes into a file: its key figures and its tables, each a block. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape

from common.listing import listed
from dashboards.tables.markup import Element, parsed
from dashboards.tables.values import Seen, seen

PRODUCT = " · Plumbline"
MOST_ACROSS = 200  # columns that one cell may span
_TITLE = re.compile(r"<title>(.*?)</title>", re.S)
_DETAIL = frozenset({"row-detail"})


@dataclass(frozen=True)
class Words:
    """Headings that the page itself does not write, in its language."""

    key_figures: str
    name: str
    value: str
    light: str
    of_plan: str
    more: str


@dataclass(frozen=True)
class Block:
    name: str
    heads: tuple[str, ...]
    rows: tuple[tuple[Seen, ...], ...]


@dataclass(frozen=True)
class Part:
    """What can be taken alone: `id` of its element, and the heading by which its reader knows it."""

    id: str
    name: str


@dataclass(frozen=True)
class SeenPage:
    title: str
    lead: str
    blocks: tuple[Block, ...]


class NoSuchPart(ValueError):
    """No element of the page has this id."""


def title_of(html: str) -> str:
    """Without the product's name."""
    found = _TITLE.search(html)
    return " ".join(unescape(found[1]).split()).removesuffix(PRODUCT).strip() if found else ""


def parts_of(html: str) -> list[Part]:
    """Charts, tables and sections that have an id and a heading."""
    main = _main(parsed(html))
    found = []
    for one in main.walk():
        name, of = one.attributes.get("id", ""), one.classes
        if name and (one.tag in {"section", "table"} or "chart" in of or "tile" in of):
            heading = _name_of(one, main)
            if heading:
                found.append(Part(name, heading))
    return found


def seen_page(html: str, *, words: Words, currency: str, panel: str = "") -> SeenPage:
    """All blocks of a page, or of the one element of it that is wanted. Raises NoSuchPart."""
    root = parsed(html)
    main = _main(root)
    part = main.with_id(panel) if panel else main
    if part is None:
        raise NoSuchPart(panel)
    lead = main.first(css="page-lead")
    tables = [part] if part.tag == "table" else list(part.all(tag="table"))
    return SeenPage(
        title_of(html),
        lead.text() if lead else "",
        tuple(_blocks(part, tables, main, title_of(html), words, currency)),
    )


def _main(root: Element) -> Element:
    return root.with_id("main") or root


def _blocks(
    part: Element, tables: list[Element], main: Element, title: str, words: Words, currency: str
) -> Iterator[Block]:
    tiles = [part] if "tile" in part.classes else list(part.all(css="tile"))
    if tiles:
        yield _key_figures(tiles, words, currency)
    for table in tables:
        block = _block(table, _name_of(table, main) or title, currency)
        if block.rows:
            yield block


# -- Key figures ------------------------------------------------------------------------------------


def _key_figures(tiles: list[Element], words: Words, currency: str) -> Block:
    lines = [_tile(tile, words, currency) for tile in tiles]
    heads = list(dict.fromkeys(head for line in lines for head in line))
    order = [words.name, words.value, words.light, words.of_plan]
    heads.sort(key=lambda head: order.index(head) if head in order else len(order) + (head == words.more))
    rows = tuple(tuple(line.get(head, Seen()) for head in heads) for line in lines)
    return Block(words.key_figures, tuple(heads), rows)


def _tile(tile: Element, words: Words, currency: str) -> dict[str, Seen]:
    line: dict[str, Seen] = {}
    name = tile.first(css="tile-name") or tile.first(tag="h3") or tile.first(tag="h2")
    line[words.name] = Seen(name.text() if name else "")
    value = tile.first(css="tile-value")
    if value is not None:
        figure = next((one for one in value.walk() if one.tag == "data" or "no-value" in one.classes), None)
        line[words.value] = seen(
            figure_in(figure) if figure else Element("td", {}, _without(value, "tile-share")),
            currency=currency,
        )
    light = tile.first(css="light")
    if light is not None:
        line[words.light] = Seen(light.text())
    share = tile.first(css="tile-share")
    of_plan = share.first(tag="b") if share else None
    if of_plan is not None:
        line[words.of_plan] = seen(of_plan, currency=currency)
    for term in tile.all(tag="dt"):
        fact = next((one for one in (term.above or tile).all(tag="dd")), None)
        if fact is not None and term.text():
            line[term.text()] = seen(fact, currency=currency)
    more = [one.text() for css in ("tile-risk", "tile-ahead", "tile-foot") for one in tile.all(css=css)]
    if share is not None and of_plan is None:
        more.insert(0, share.text())
    if any(more):
        line[words.more] = Seen("; ".join(text for text in more if text))
    return line


def figure_in(figure: Element) -> Element:
    """As a cell of its own."""
    return Element("td", {}, [figure])


def _without(element: Element, css: str) -> list[Element | str]:
    return [one for one in element.children if isinstance(one, str) or css not in one.classes]


# -- Tables -----------------------------------------------------------------------------------------


def _block(table: Element, name: str, currency: str) -> Block:
    rows = [one for one in table.all(tag="tr") if _table_of(one) is table]
    grid = _grid(rows)
    above = sum(1 for row in rows if any(up.tag == "thead" for up in row.up()) or _only_heads(row))
    heads = _heads([[cell.text() if cell else "" for cell in line] for line in grid[:above]])
    body = []
    for line in grid[above:]:
        cells = tuple(_cell(cell, currency) for cell in line)
        if any(cell.text or cell.value is not None for cell in cells):
            body.append(cells)
    width = max([len(heads), *map(len, body)], default=0)
    heads += [""] * (width - len(heads))
    return Block(name, tuple(heads), tuple(line + (Seen(),) * (width - len(line)) for line in body))


def _cell(cell: Element | None, currency: str) -> Seen:
    if cell is None:
        return Seen()
    if cell.tag == "th":  # a row's name is a name, also where it is a year
        return Seen(cell.text(without=_DETAIL), note=listed(one.text() for one in cell.all(css="row-detail")))
    return seen(cell, currency=currency)


def _only_heads(row: Element) -> bool:
    cells = [one for one in row.children if isinstance(one, Element) and one.tag in {"th", "td"}]
    return len(cells) > 1 and all(one.tag == "th" for one in cells)


def _table_of(row: Element) -> Element | None:
    return next((one for one in row.up() if one.tag == "table"), None)


def _grid(rows: list[Element]) -> list[list[Element | None]]:
    """Every cell at its column; what spans several fills the first."""
    grid: list[list[Element | None]] = []
    below: dict[int, int] = {}  # column → rows that a cell above still covers
    for row in rows:
        line: list[Element | None] = []
        cells = [one for one in row.children if isinstance(one, Element) and one.tag in {"th", "td"}]
        for cell in cells:
            while below.get(len(line), 0):
                below[len(line)] -= 1
                line.append(None)
            across, down = (_span(cell, name) for name in ("colspan", "rowspan"))
            for n in range(across):
                if down > 1:
                    below[len(line)] = down - 1
                line.append(cell if n == 0 else None)
        while below.get(len(line), 0):
            below[len(line)] -= 1
            line.append(None)
        grid.append(line)
    return grid


def _span(cell: Element, name: str) -> int:
    text = cell.attributes.get(name, "1")
    return min(max(int(text), 1), MOST_ACROSS) if text.isascii() and text.isdecimal() else 1


def _heads(lines: list[list[str]]) -> list[str]:
    """Headings of several rows as one; a heading that spans columns stands over each of them."""
    width = max(map(len, lines), default=0)
    heads: list[list[str]] = [[] for _ in range(width)]
    for number, line in enumerate(lines):
        over = ""
        for column in range(width):
            text = line[column] if column < len(line) else ""
            over = text or (over if number < len(lines) - 1 else "")
            if over and over not in heads[column]:
                heads[column].append(over)
    return [" · ".join(parts) for parts in heads]


def _name_of(one: Element, main: Element) -> str:
    caption = one.first(tag="caption") if one.tag == "table" else None
    if caption is not None and caption.text():
        return caption.text()
    for at in (one, *one.up()):
        if at is main:
            break
        if label := at.attributes.get("aria-label"):
            return label
        if ids := at.attributes.get("aria-labelledby"):
            named = main.with_id(ids.split()[0])
            if named is not None and named.text():
                return named.text()
        for tag in ("figcaption", "h2", "h3", "caption"):
            heading = at.first(tag=tag) if at is not one or one.tag != "table" else None
            if heading is not None:
                words = heading.first(tag="h3") or heading
                if words.text():
                    return words.text()
    return ""
