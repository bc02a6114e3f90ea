"""`{% icon "target" %}`: line icons, drawn in place so that no policy and no missing file can hide them."""

from __future__ import annotations

from functools import cache

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

# 24 × 24, drawn with a stroke of 1.75 in the colour of the text around.
PATHS = {
    "overview": "M4 13h6V4H4zM14 20h6v-9h-6zM4 20h6v-4H4zM14 8h6V4h-6z",
    "channel": "M4 10v4h3l7 5V5L7 10zM17.5 8.5a5 5 0 0 1 0 7M20 6a9 9 0 0 1 0 12",
    "alert": "M10 5a2 2 0 0 1 4 0a7 7 0 0 1 4 6v3a4 4 0 0 0 2 3H4a4 4 0 0 0 2-3v-3a7 7 0 0 1 4-6M9.5 20a2.5 2.5 0 0 0 5 0",
    "target": "M12 3a9 9 0 1 0 9 9M12 7a5 5 0 1 0 5 5M12 12l8-8M16 4v4h4",
    "import": "M4 17v2a2 2 0 0 0 2 2h12a2 2 0 0 0 2-2v-2M12 15V4M7 9l5-5l5 5",
    "source": "M4 6c0-1.7 3.6-3 8-3s8 1.3 8 3s-3.6 3-8 3s-8-1.3-8-3M4 6v12c0 1.7 3.6 3 8 3s8-1.3 8-3V6M4 12c0 1.7 3.6 3 8 3s8-1.3 8-3",
    "download": "M4 17v2a2 2 0 0 0 2 2h12a2 2 0 0 0 2-2v-2M12 4v11M7 10l5 5l5-5",
    "rules": "M4 6h8M16 6h4M14 4v4M4 12h2M10 12h10M8 10v4M4 18h10M18 18h2M16 16v4",
    "tree": "M12 3v5M9 3h6M12 8H6v4M12 8h6v4M3.5 12h5v4h-5zM15.5 12h5v4h-5zM12 8v11M9.5 16.5h5v4h-5z",
    "people": "M9 11a4 4 0 1 0 0-8a4 4 0 0 0 0 8M3 21v-2a4 4 0 0 1 4-4h4a4 4 0 0 1 4 4v2M16 3.2a4 4 0 0 1 0 7.6M21 21v-2a4 4 0 0 0-3-3.9",
    "outbox": "M21 3L10 14M21 3l-6.5 18l-4.5-7l-7-4.5z",
    "coins": "M3 7c0-1.4 2.7-2.5 6-2.5s6 1.1 6 2.5s-2.7 2.5-6 2.5S3 8.4 3 7M3 7v8c0 1.4 2.7 2.5 6 2.5M3 11c0 1.4 2.7 2.5 6 2.5M15 7v2.5M9 14c0-1.4 2.7-2.5 6-2.5s6 1.1 6 2.5s-2.7 2.5-6 2.5s-6-1.1-6-2.5M9 14v4c0 1.4 2.7 2.5 6 2.5s6-1.1 6-2.5v-4",
    "history": "M12 8v4l2.5 2M3.2 11a9 9 0 1 1 .6 4.5M3 20v-5h5",
    "menu": "M4 6h16M4 12h16M4 18h16",
    "close": "M6 6l12 12M18 6L6 18",
    "auto": "M4 5h16v11H4zM8 20h8M12 16v4",
    "light": "M12 16a4 4 0 1 0 0-8a4 4 0 0 0 0 8M12 2v2M12 20v2M4 12H2M22 12h-2M5 5l1.4 1.4M17.6 17.6L19 19M19 5l-1.4 1.4M6.4 17.6L5 19",
    "dark": "M12 3a7 7 0 0 0 9 9a9 9 0 1 1-9-9",
    "language": "M4 5h9M8.5 3v2c0 5-2.5 8-5.5 9.5M5 9c1 3 4 5 7 6M12 21l4.5-10L21 21M13.5 18h6",
    "logout": "M14 8V6a2 2 0 0 0-2-2H6a2 2 0 0 0-2 2v12a2 2 0 0 0 2 2h6a2 2 0 0 0 2-2v-2M9 12h12M18 9l3 3l-3 3",
    "key": "M15 9a1 1 0 1 0 0-.01M10.5 13.5L4 20H3v-3l7-6.5M10 13a6 6 0 1 1 2 1.5l-2 2H8v2H6",
    "left": "M15 6l-6 6l6 6",
    "right": "M9 6l6 6l-6 6",
    "up": "M12 19V5M6 11l6-6l6 6",
    "down": "M12 5v14M6 13l6 6l6-6",
    "flat": "M5 12h14M13 6l6 6l-6 6",
    "filter": "M4 5h16l-6 8v6l-4-2v-4z",
    "plus": "M12 5v14M5 12h14",
    "check": "M5 12l5 5L20 7",
    "info": "M12 21a9 9 0 1 0 0-18a9 9 0 0 0 0 18M12 8h.01M11 12h1v4h1",
    "warning": "M12 4l9 16H3zM12 10v4M12 17h.01",
    "file": "M14 3v5h5M14 3H6v18h13V8zM9 13h7M9 17h5",
    "link": "M10 14a4 4 0 0 0 6 .5l3-3a4 4 0 0 0-5.7-5.7l-1.2 1.2M14 10a4 4 0 0 0-6-.5l-3 3a4 4 0 0 0 5.7 5.7l1.2-1.2",
    "flag": "M5 21V4M5 4h13l-3 4.5l3 4.5H5",
    "sum": "M18 7V5H6l7 7l-7 7h12v-2",
    "lock": "M6 11h12v9H6zM8.5 11V7.5a3.5 3.5 0 0 1 7 0V11",
    "heart": "M12 20l-7-7a4.5 4.5 0 0 1 7-5.6a4.5 4.5 0 0 1 7 5.6z",
    "inbox": "M4 13l3-8h10l3 8v6H4zM4 13h5l1 3h4l1-3h5",
    "eye": "M2.5 12s3.5-6.5 9.5-6.5s9.5 6.5 9.5 6.5s-3.5 6.5-9.5 6.5S2.5 12 2.5 12M12 15a3 3 0 1 0 0-6a3 3 0 0 0 0 6",
    "board": "M4 4h16v16H4zM4 10h16M10 10v10",
    "pulse": "M3 12h4l3-8l4 16l3-8h4",
    "team": "M12 8a3 3 0 1 0 0-6a3 3 0 0 0 0 6M5 21v-4a4 4 0 0 1 4-4h6a4 4 0 0 1 4 4v4M3 11a2 2 0 1 0 0-.01M21 11a2 2 0 1 0 0-.01",
    "screen": "M3 4h18v12H3zM8 20h8M12 16v4M7 12l3-3l2 2l4-4",
    "share": "M12 15V3M8 7l4-4l4 4M5 12v7a2 2 0 0 0 2 2h10a2 2 0 0 0 2-2v-7",
    "search": "M10.5 17a6.5 6.5 0 1 0 0-13a6.5 6.5 0 0 0 0 13M15.5 15.5L20 20",
    "help": "M12 21a9 9 0 1 0 0-18a9 9 0 0 0 0 18M9.5 9.5a2.5 2.5 0 1 1 3.5 2.3c-.7.3-1 .8-1 1.7M12 17h.01",
    "star": "M12 4l2.5 5.2l5.5.8l-4 4l1 5.7l-5-2.7l-5 2.7l1-5.7l-4-4l5.5-.8z",
    "mail": "M3 6h18v12H3zM3 7l9 6l9-6",
    "copy": "M9 9h11v11H9zM5 15H4V4h11v1",
    "image": "M4 5h16v14H4zM4 16l5-5l4 4l2-2l5 5M15 9h.01",
    "undo": "M9 14l-4-4l4-4M5 10h9a5 5 0 0 1 0 10h-3",
}


@register.simple_tag
@cache
def icon(name: str, extra: str = "") -> SafeString:
    """An ornament beside a word; hidden from screen readers, since the word says it."""
    return format_html(
        '<svg class="icon {}" viewBox="0 0 24 24" width="20" height="20" fill="none" stroke="currentColor" '
        'stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" focusable="false">'
        '<path d="{}"/></svg>',
        extra,
        mark_safe(PATHS[name]),  # noqa: S308 - our own constant
    )
