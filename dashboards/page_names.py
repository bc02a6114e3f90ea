"""What a page calls itself, read from its markup."""

from __future__ import annotations

from dashboards.markup import elements, inside_of, words_of


def heading_of(text: str) -> str:
    head = next((one for one in elements(text) if one.name == "h1"), None)
    return words_of(inside_of(text, head)) if head else ""
