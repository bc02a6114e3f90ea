"""What hangs on a wall: a screen that nobody logs in at. It has a secret of its own, and its owner's rights."""

from __future__ import annotations

import hashlib
from datetime import datetime
from urllib.parse import quote

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.cache import get_conditional_response
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from common import formats
from dashboards import codes
from dashboards.context import THEME_COOKIE
from dashboards.keeping import RELEASE, begin_reading, one_reading, version_now
from dashboards.models import Screen
from dashboards.openly import may_show_openly
from dashboards.read_for import Unreadable, read_for
from dashboards.selectors.walls import State, screen_with, state_of
from dashboards.services import walls as services
from dashboards.shareable import NotShareable, address_of
from dashboards.shell import A_YEAR
from dashboards.still import stilled
from dashboards.throttling import wait_to_ask
from organization.gate import Reach
from organization.middleware import zone_of
from organization.models import Person

COOKIE = "plumbline_screen"
AS_OF = "X-As-Of"


@never_cache
@require_GET
def wall(request: HttpRequest) -> HttpResponse:
    """A code for whoever pairs this screen, or the frame in which js/wall.js shows one page after the other."""
    now = timezone.now()
    secret = request.COOKIES.get(COOKIE, "")
    screen = screen_with(secret)
    if screen is None:
        wait = wait_to_ask(request)
        if wait:
            response = _frame(request, "held_up", None, {"wait": wait}, status=429)
            response["Retry-After"] = str(wait)
            return response
        screen, secret = services.open_screen(now=now)
    state, _reach = state_of(screen)
    context: dict[str, object] = {"screen": screen}
    if state is State.ASKING:
        code = services.code_for(screen=screen, secret=secret, now=now)
        context |= {"code": codes.shown(code), "walls": request.build_absolute_uri("/walls/")}
    response = _frame(request, state, screen, context)
    response.set_cookie(
        COOKIE,
        secret,
        max_age=A_YEAR,
        httponly=True,
        samesite="Lax",
        secure=settings.PRODUCTION,
        path="/wall/",
    )
    return response


@never_cache
@require_GET
def wall_page(request: HttpRequest) -> HttpResponse:
    """`?at=1`: the second page as its owner sees it now; 304 where the screen has it. To one that is not paired, its
    code; to one that was switched off, that it is unknown.
    """
    now = timezone.now()
    secret = request.COOKIES.get(COOKIE, "")
    screen = screen_with(secret)
    if screen is None:
        return JsonResponse({"state": "unknown"})
    services.note_seen(screen=screen, now=now)
    state, reach = state_of(screen)
    if state is State.ASKING:
        code = services.code_for(screen=screen, secret=secret, now=now)
        return JsonResponse({"state": state, "code": codes.shown(code)})
    if state is State.OFF or screen.person is None or reach is None:
        return JsonResponse({"state": State.OFF})
    pages = list(screen.pages.all())
    at = _number(request.GET.get("at", "")) % max(1, len(pages))
    with one_reading():
        begin_reading()
        etag = _tag(screen, reach, [page.address for page in pages], at, now)
        response = get_conditional_response(request, etag=etag)
        if response is None:
            response = _page(
                request, screen, screen.person, pages[at].address if pages else "", at, len(pages)
            )
            response["ETag"] = etag
    assert isinstance(response, HttpResponse)
    with timezone.override(zone_of(screen.person)):
        response[AS_OF] = quote(formats.moment(timezone.localtime(now), screen.language))
    return response


def _page(
    request: HttpRequest, screen: Screen, person: Person, text: str, at: int, pages: int
) -> HttpResponse:
    try:
        address = address_of(text)
        if not may_show_openly(person, address):
            raise Unreadable("gone")
        answer = read_for(person, address, language=screen.language, theme=screen.theme)
        html = stilled(answer.content.decode())
    except (Unreadable, NotShareable) as gone:
        if isinstance(gone, Unreadable) and gone.why != "gone":
            return JsonResponse({"state": State.OFF})
        html = _frame(request, "gone", screen, {}).content.decode()
    said = {"name": screen.name, "seconds": screen.seconds, "at": at, "pages": pages, "html": html}
    return JsonResponse({"state": State.SHOWING, "frame": _frame_tag(screen), **said})


def _frame(
    request: HttpRequest, state: str, screen: Screen | None, context: dict[str, object], *, status: int = 200
) -> HttpResponse:
    """In the screen's own language and theme, without menu and bell, whoever is logged in in its browser."""
    request.bare = True  # type: ignore[attr-defined]  # for the shell
    language = translation.get_language()
    if screen is not None and screen.person is not None:
        language = screen.language
        request.COOKIES[THEME_COOKIE] = screen.theme
    with translation.override(language):
        context |= {"state": state, "frame_tag": _frame_tag(screen) if screen is not None else ""}
        return render(request, "dashboards/wall.html", context, status=status)


def _frame_tag(screen: Screen) -> str:
    """Another one where the frame itself has to be fetched anew."""
    return hashlib.sha256(f"{screen.language} {screen.theme} {RELEASE}".encode()).hexdigest()[:16]


def _tag(screen: Screen, reach: Reach, pages: list[str], at: int, now: datetime) -> str:
    """Of all that a page on a screen depends on."""
    person = screen.person
    day = timezone.localdate(now, zone_of(person)) if person else ""  # hers, by which her pages are turned
    parts = (
        version_now(), RELEASE, screen.pk, screen.name, screen.seconds, screen.theme, screen.language, pages, at, reach.key,
        person and (person.pk, person.number_style, person.time_zone), day,
    )  # fmt: skip
    return f'"{hashlib.sha256(repr(parts).encode()).hexdigest()[:32]}"'


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 5 else 0
