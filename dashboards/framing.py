"""A bare page inside a page of somebody else: its links lead to the real one, and one panel can stand alone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape

from dashboards.markup import Element, below, edited, elements, inside_of, words_of

PANELS = frozenset({"section", "figure"})
HEADS = frozenset({"h2", "h3", "caption"})
TITLE = 80
KEY = 80
_TARGET = re.compile(r"""\s(?:target|rel)=(?:"[^"]*"|'[^']*')""")


@dataclass(frozen=True)
class PanelOfPage:
    key: str
    title: str


def panels_of(text: str) -> list[PanelOfPage]:
    """What of a page can stand alone, in its order: sections and charts that have a name."""
    found = elements(text)
    ids = {one.attributes["id"]: one for one in found if "id" in one.attributes}
    panels: dict[str, PanelOfPage] = {}
    for element in found:
        key = _key(element)
        title = _title(text, element, found, ids) if key else ""
        if title:
            panels.setdefault(key, PanelOfPage(key, title[:TITLE]))
    return list(panels.values())


def framed(text: str, *, path: str, panel: str = "", foot: str = "") -> str | None:
    """Links open the real site, of which `path` is this page, in a tab of their own; `foot` is markup for its end. None
    where the page has no such panel: then nothing is shown, rather than more than was meant.
    """
    found = elements(text)
    edits: list[tuple[int, int, str]] = []
    main = next((one for one in found if one.name == "main"), None)
    if main is not None and foot:
        edits.append((main.until, main.until, foot))
    if panel:
        alone = next((one for one in found if _key(one) == panel and main and one.within(main)), None)
        if main is None or alone is None:
            return None
        edits += [(main.inside, alone.start, _whose(text, found)), (alone.end, main.until, "")]
    edits += [
        (one.start, one.inside, _outside(text[one.start : one.inside], one.attributes["href"], path))
        for one in found
        if one.name == "a" and one.attributes.get("href") and not one.attributes["href"].startswith("#")
    ]
    return edited(text, edits)


def _whose(text: str, found: list[Element]) -> str:
    """Of what page a panel is that stands alone, and what that is turned to."""
    said = [
        words_of(inside_of(text, one)) for one in found if one.name == "h1" or "bare-turned" in one.classes
    ]
    said = [one for number, one in enumerate(said) if not any(one in later for later in said[number + 1 :])]
    return f'<p class="bare-turned">{escape(" · ".join(said))}</p>'


def _outside(tag: str, href: str, path: str) -> str:
    leads = f"{path}{href}" if href.startswith("?") else href
    tag = _TARGET.sub("", tag)
    tag = re.sub(r"""\shref=(?:"[^"]*"|'[^']*')""", lambda _match: f' href="{escape(leads)}"', tag, count=1)
    return f'{tag[:-1].rstrip()} target="_blank" rel="noopener">'


def _key(element: Element) -> str:
    if element.name not in PANELS:
        return ""
    attributes = element.attributes
    key = attributes.get("data-figure") or attributes.get("id") or attributes.get("aria-labelledby", "")
    return key if len(key) <= KEY else ""


def _title(text: str, element: Element, found: list[Element], ids: dict[str, Element]) -> str:
    named = ids.get(element.attributes.get("aria-labelledby", ""))
    if named is not None:
        return words_of(inside_of(text, named))
    if element.attributes.get("aria-label"):
        return element.attributes["aria-label"]
    head = next((one for one in below(found, element) if one.name in HEADS), None)
    return words_of(inside_of(text, head)) if head else ""
