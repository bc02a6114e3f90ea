"""A page's markup as a tree, and what of it is read as text. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape

from dashboards.markup import elements

_REMARK = re.compile(r"<(?:!--.*?-->|![^>]*>|/[^>]*>)", re.DOTALL)
UNREAD = frozenset({"script", "style", "svg", "template", "dialog", "noscript", "button"})
# Words on both sides of one of these are not one word.
APART = frozenset(
    {"br", "div", "dd", "dl", "dt", "label", "li", "ol", "p", "summary", "td", "th", "tr", "ul"}
)


@dataclass
class Element:
    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Element | str] = field(default_factory=list)
    above: Element | None = field(default=None, repr=False)

    @property
    def classes(self) -> set[str]:
        return set(self.attributes.get("class", "").split())

    @property
    def unread(self) -> bool:
        return (
            self.tag in UNREAD
            or self.attributes.get("aria-hidden") == "true"
            or "hidden" in self.attributes
            or (self.tag == "input" and self.attributes.get("type") == "hidden")
        )

    def walk(self) -> Iterator[Element]:
        """All below it that are read, in their order."""
        for child in self.children:
            if isinstance(child, Element) and not child.unread:
                yield child
                yield from child.walk()

    def first(self, *, tag: str = "", css: str = "") -> Element | None:
        return next(self.all(tag=tag, css=css), None)

    def all(self, *, tag: str = "", css: str = "") -> Iterator[Element]:
        return (one for one in self.walk() if (not tag or one.tag == tag) and (not css or css in one.classes))

    def with_id(self, name: str) -> Element | None:
        return next((one for one in self.walk() if one.attributes.get("id") == name), None)

    def up(self) -> Iterator[Element]:
        at = self.above
        while at is not None:
            yield at
            at = at.above

    def text(self, *, without: frozenset[str] = frozenset()) -> str:
        """As it is read, without elements of these classes."""
        return " ".join("".join(self._pieces(without)).split())

    def _pieces(self, without: frozenset[str]) -> Iterator[str]:
        for child in self.children:
            if isinstance(child, str):
                yield child
            elif not child.unread and not child.classes & without:
                if child.tag == "input":
                    yield child.attributes.get("value", "")
                elif child.tag == "select":
                    options = list(child.all(tag="option"))
                    chosen = [one for one in options if "selected" in one.attributes] or options[:1]
                    yield from (one.text() for one in chosen)
                else:
                    between = " " if child.tag in APART else ""
                    yield between
                    yield from child._pieces(without)
                    yield between


def parsed(html: str) -> Element:
    root = Element("")
    open_ = [(root, len(html))]  # with where each ends
    at = 0

    def read(until: int) -> None:
        """The words up to there, and past the tags that end before."""
        nonlocal at
        while open_[-1][1] <= until and len(open_) > 1:
            inner, ends = open_.pop()
            _say(inner, html[at:ends])
            at = max(at, closed[id(inner)])
        _say(open_[-1][0], html[at:until])

    closed: dict[int, int] = {}
    for one in elements(html):
        read(one.start)
        above = open_[-1][0]
        made = Element(one.name, dict(one.attributes), above=above)
        above.children.append(made)
        closed[id(made)] = one.end
        open_.append((made, one.until))
        at = one.inside
    read(len(html))
    return root


def _say(element: Element, text: str) -> None:
    words = unescape(_REMARK.sub("", text))
    if words:
        element.children.append(words)
