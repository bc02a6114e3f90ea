"""A page inside a page of somebody else. Nobody logs in: the link is the right, its row says to what."""

from __future__ import annotations

import hashlib
from math import ceil
from time import time
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from common.counting import count
from dashboards.embed_links import LinkUnknown, read_token
from dashboards.framing import framed
from dashboards.models import Embed
from dashboards.openly import may_show_openly
from dashboards.read_for import Unreadable, read_for
from dashboards.selectors.embeds import Standing, embed_with, standing_of
from dashboards.services.embeds import note_opened
from dashboards.shareable import NotShareable, address_of
from feedback.views.outside import outside_page, speaking
from organization.network import hashed_address

# A minute. Frames ask again every five, and everybody of an office may come from one address.
OF_ADDRESS = 240
OF_EMBED = 1200


class _Closed(Exception):
    """`why` chooses the words."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@require_safe
def embedded(request: HttpRequest, token: str) -> HttpResponse:
    """Whatever stands behind the question mark changes nothing: the row says which page, area and period."""
    try:
        asked = read_token(token)
    except LinkUnknown:
        return _page(request, "unknown", status=404)
    wait = _wait(request, asked.embed)
    if wait:
        response = _page(request, "held", status=429)
        response["Retry-After"] = str(wait)
        return response
    embed = embed_with(asked.embed)
    if embed is None or embed.key != asked.key:
        return _page(request, "stale", embed=embed, status=410)
    now = timezone.now()
    try:
        text = _text(embed, standing_of(embed, now=now))
    except _Closed as closed:
        return _page(request, closed.why, embed=embed, status=410)
    note_opened(embed=embed, now=now)
    tag = hashlib.sha256(text.encode()).hexdigest()[:32]
    head = render_to_string("dashboards/_embed_head.html", {"tag": tag})
    response = _framed_by(embed, HttpResponse(text.replace("</head>", head + "</head>", 1)))
    response["ETag"] = f'"{tag}"'
    answer = get_conditional_response(request, etag=response["ETag"], response=response)
    assert isinstance(answer, HttpResponse)
    if answer is not response:
        answer["Cache-Control"] = response["Cache-Control"]
        answer = _framed_by(embed, answer)
    return answer


def _text(embed: Embed, standing: Standing) -> str:
    """The page. Raises _Closed."""
    if standing is not Standing.OPEN:
        raise _Closed(standing.value)
    if not embed.person.is_active:
        raise _Closed("left")
    try:
        address = address_of(embed.address)
        if not may_show_openly(embed.person, address):
            raise _Closed("left")
        page = read_for(embed.person, address, language=embed.language, theme="auto")
    except (NotShareable, Unreadable):
        raise _Closed("gone") from None
    with translation.override(embed.language):
        foot = render_to_string("dashboards/_embed_foot.html", {"address": str(address)})
        text = framed(page.content.decode(), path=address.path, panel=embed.panel, foot=foot)
    if text is None:
        raise _Closed("gone")
    return text


def _framed_by(embed: Embed, response: HttpResponse) -> HttpResponse:
    """By these sites alone, which X-Frame-Options could not say."""
    written: Any = response
    written._csp_replace = {"frame-ancestors": list(embed.origins)}
    written.xframe_options_exempt = True
    response["Cache-Control"] = "private, no-cache"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _page(request: HttpRequest, why: str, *, embed: Embed | None = None, status: int) -> HttpResponse:
    """Why there are no figures, in the frame where it is known whose frame it may be."""
    with translation.override(embed.language) if embed is not None else speaking(request):
        response = outside_page(request, "dashboards/embed_closed.html", {"why": why}, status=status)
    return response if embed is None else _framed_by(embed, response)


def _wait(request: HttpRequest, embed: int) -> int:
    """Seconds that this sender has to wait; 0: go on. Counts once more."""
    for who, most in (
        (f"address:{hashed_address(request, salt='dashboards.embed')}", OF_ADDRESS),
        (f"embed:{embed}", OF_EMBED),
    ):
        counted = count(f"dashboards:rate:{who}", now=time(), log_as="dashboards.embed_not_counted")
        if counted is not None and counted.used > most:
            return max(1, ceil(counted.wait))
    return 0
