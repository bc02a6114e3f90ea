"""A page whose links lead nowhere: for where nobody is logged in and nobody stands at a keyboard."""

from __future__ import annotations

from html import escape

from dashboards.markup import edited, elements


def stilled(text: str) -> str:
    """What it says stays as it is. Pages come `bared`: of what can be acted on, links alone are left."""
    links = (one for one in elements(text) if one.name == "a" and "href" in one.attributes)
    return edited(text, [(one.start, one.inside, _plain(one.attributes.get("class", ""))) for one in links])


def _plain(classes: str) -> str:
    return f'<a class="{escape(classes)}">' if classes else "<a>"
