"""A page as it stands where nobody can act on it: in a frame elsewhere, on a wall, in a picture, in a mail.

Forms, buttons, menus and dialogs go, and what would be fetched afterwards; what filters were set to is said in words.
What is taken out is chosen by what it is, not page by page, so that a new page needs to do nothing for it.
"""

from __future__ import annotations

import re
from html import escape

from dashboards.markup import Element, below, edited, elements, inside_of, words_of

TURNED = '<p class="bare-turned">{}</p>'
GOES = frozenset({"button", "dialog", "nav", "input", "select", "textarea", "label"})
CHOICES = frozenset({"filter-grains", "tile-step"})  # what is chosen, headings and captions say
_FETCHES = re.compile(r"""\s(?:hx-[\w-]+|data-why|data-dialog)(?:=(?:"[^"]*"|'[^']*'))?(?=[\s>/])""")


def bared(text: str) -> str:
    found = elements(text)
    edits: list[tuple[int, int, str]] = []
    for element in found:
        if "page-actions" in element.classes:
            filters = [one for one in below(found, element) if _is_filter(one)]
            edits.append(
                (element.start, element.end, "".join(_said(text, one, found) for one in filters[:1]))
            )
        elif _is_filter(element):
            edits.append((element.start, element.end, _said(text, element, found)))
        elif element.name == "form":
            if any(one.name == "table" for one in below(found, element)):  # a table that can be typed into
                edits += [(element.start, element.inside, ""), (element.until, element.end, "")]
            else:
                edits.append((element.start, element.end, ""))
        elif (
            element.classes & CHOICES
            or element.attributes.get("rel") in ("prev", "next")
            or (
                element.name == "details"
                and "fold"
                not in element.classes  # which holds what a page says, and is only folded on phones
                and any(one.name == "form" for one in below(found, element))
            )
        ):
            edits.append((element.start, element.end, ""))
        elif element.name in GOES:
            edits.append((element.start, element.end, _typed(element)))
        else:
            tag = text[element.start : element.inside]
            plain = _FETCHES.sub("", tag)
            if plain != tag:
                edits.append((element.start, element.inside, plain))
    return edited(text, edits)


def _is_filter(element: Element) -> bool:
    if element.name == "form":
        return element.attributes.get("method", "get").lower() == "get"
    return element.name == "details" and "filters" in element.classes


def _typed(element: Element) -> str:
    """Of a table that can be typed into, what stands in it."""
    if element.name == "input" and element.attributes.get("type", "text") in ("text", "number"):
        return escape(element.attributes.get("value", ""))
    return ""


def _said(text: str, filters: Element, found: list[Element]) -> str:
    """What a filter is set to, in its own words."""
    inner = list(below(found, filters))
    if filters.name == "details":
        summary = next((one for one in inner if one.name == "summary"), None)
        said = words_of(inside_of(text, summary)) if summary else ""
    else:
        labels = {
            one.attributes.get("for", ""): words_of(inside_of(text, one))
            for one in inner
            if one.name == "label"
        }
        pairs = [(labels.get(one.attributes.get("id", ""), ""), _value(text, one, inner)) for one in inner]
        said = " · ".join(f"{label}: {value}" if label else value for label, value in pairs if value)
    return TURNED.format(escape(said)) if said else ""


def _value(text: str, element: Element, inner: list[Element]) -> str:
    kind = element.attributes.get("type", "text")
    if element.name == "input" and kind not in ("hidden", "checkbox", "radio", "submit"):
        return element.attributes.get("value", "")
    if element.name != "select":
        return ""
    options = [one for one in inner if one.name == "option" and one.within(element)]
    chosen = next((one for one in options if "selected" in one.attributes), options[0] if options else None)
    return words_of(inside_of(text, chosen)) if chosen and chosen.attributes.get("value", "x") else ""
