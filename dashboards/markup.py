"""Finished pages as elements and where they stand in the text, so that some of them can be taken out, changed or read.

Pages are our own templates' and well formed; what is not closed ends with what it stands in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from html import unescape
from html.parser import HTMLParser

VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
)
_TAG = re.compile(r"<[^>]*>")
_UNSEEN = re.compile(r"<(script|style|template|noscript|svg)\b.*?</\1>", re.DOTALL)


@dataclass
class Element:
    """`text[start:inside]` is its opening tag, `text[inside:until]` what is in it, `text[until:end]` its closing tag."""

    name: str
    attributes: Mapping[str, str]
    start: int
    inside: int
    until: int
    end: int

    @property
    def classes(self) -> frozenset[str]:
        return frozenset(self.attributes.get("class", "").split())

    def within(self, other: Element) -> bool:
        return other.inside <= self.start and self.end <= other.until


class _Reader(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=False)
        self.found: list[Element] = []
        self._open: list[Element] = []
        self._text = text
        self._lines = [0]
        for line in text.split("\n"):  # as the parser counts lines
            self._lines.append(self._lines[-1] + len(line) + 1)
        self.feed(text)
        self.close()
        for element in self._open:
            element.until = element.end = len(text)

    def _at(self) -> int:
        line, column = self.getpos()
        return self._lines[line - 1] + column

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        start = self._at()
        inside = start + len(self.get_starttag_text() or "")
        made = Element(tag, {name: value or "" for name, value in attrs}, start, inside, inside, inside)
        self.found.append(made)
        if tag not in VOID:
            self._open.append(made)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        start = self._at()
        inside = start + len(self.get_starttag_text() or "")
        self.found.append(
            Element(tag, {name: value or "" for name, value in attrs}, start, inside, inside, inside)
        )

    def handle_endtag(self, tag: str) -> None:
        if all(element.name != tag for element in self._open):
            return
        at = self._at()
        while self._open:
            element = self._open.pop()
            element.until = element.end = at
            if element.name == tag:
                element.end = self._text.find(">", at) + 1 or len(self._text)
                return


def elements(text: str) -> list[Element]:
    """In the order in which they begin."""
    return _Reader(text).found


def words_of(text: str) -> str:
    """What a reader reads in a piece of markup, in one line."""
    return " ".join(unescape(_TAG.sub(" ", _UNSEEN.sub(" ", text))).split())


def inside_of(text: str, element: Element) -> str:
    return text[element.inside : element.until]


def below(found: Iterable[Element], element: Element) -> Iterator[Element]:
    return (one for one in found if one.within(element))


def edited(text: str, edits: Iterable[tuple[int, int, str]]) -> str:
    """With other words from place to place. An edit within another goes with it."""
    parts, at = [], 0
    for start, end, instead in sorted(edits, key=lambda edit: (edit[0], -edit[1])):
        if start < at:
            continue
        parts += [text[at:start], instead]
        at = end
    return "".join([*parts, text[at:]])
