"""A page's markup as a tree, and what of it is read as text. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
)
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


class _Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("")
        self.at = self.root

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        made = Element(tag, {name: value or "" for name, value in attrs}, above=self.at)
        self.at.children.append(made)
        if tag not in VOID:
            self.at = made

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.at.children.append(Element(tag, {name: value or "" for name, value in attrs}, above=self.at))

    def handle_endtag(self, tag: str) -> None:
        opened = next((one for one in (self.at, *self.at.up()) if one.tag == tag), None)
        if opened is not None and opened.above is not None:
            self.at = opened.above

    def handle_data(self, data: str) -> None:
        self.at.children.append(data)


def parsed(html: str) -> Element:
    builder = _Builder()
    builder.feed(html)
    builder.close()
    return builder.root
