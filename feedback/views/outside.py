"""Pages for people who have no login: light, without navigation and cookies, in Chinese or English.

`?lang=zh` or `?lang=en` chooses; without it the browser's languages do. Nobody is logged in here by what she sends, so
there is nothing that a token against forged requests would guard: forms are told apart by their own signed ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.cache import patch_vary_headers

LANGUAGES = {"en": "en", "zh": "zh-hans"}
OTHER = {"en": ("zh", "中文", "zh-Hans"), "zh": ("en", "English", "en")}
BODY_LIMIT = 128 * 1024  # bytes: 4,000 Chinese letters are 36,000 on their way


@contextmanager
def speaking(request: HttpRequest) -> Iterator[None]:
    """In the language that the address asks for, else as it is."""
    asked = LANGUAGES.get(request.GET.get("lang", ""))
    if asked is None:
        yield
        return
    with translation.override(asked):
        yield


def outside_page(
    request: HttpRequest, template: str, context: dict[str, Any] | None = None, *, status: int = 200
) -> HttpResponse:
    """`template` extends `feedback/outside/_shell.html`. Kept by the browser for "back" alone: there the same form stands."""
    now = "zh" if (translation.get_language() or "").startswith("zh") else "en"
    code, label, lang = OTHER[now]
    asked = request.GET.get("lang", "")
    more = {
        "lang": "zh-Hans" if now == "zh" else "en",
        "other": {"code": code, "label": label, "lang": lang},
        "here": f"?lang={asked}&send" if asked in LANGUAGES else "?send",
    }
    # Without a request, so that no part of the frame asks for a session.
    response = HttpResponse(render_to_string(template, {**more, **(context or {})}), status=status)
    response["Content-Language"] = translation.get_language() or "en"
    response["X-Robots-Tag"] = "noindex, nofollow"
    response["Cache-Control"] = "private, no-cache"
    patch_vary_headers(response, ["Accept-Language"])
    return response


def too_large(request: HttpRequest) -> bool:
    """Whether a body is refused unread. Without a length it has none: servers in front say it, or read nothing."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    return not length.isdecimal() or int(length) > BODY_LIMIT


def wrong_kind(request: HttpRequest) -> bool:
    """Forms without files alone are read: nothing of a file is written to disk on the way."""
    return request.content_type not in ("application/x-www-form-urlencoded", "")
