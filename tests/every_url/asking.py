"""One address asked by one person."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http.response import HttpResponseBase
from django.test import Client
from django.urls import reverse

from tests.every_url.told import (
    LOGIN,
)
from tests.every_url.world import Arguments, World


def told(client: Client, method: str, url: str, data: dict[str, Any] | None = None) -> str:
    response: HttpResponseBase = (
        client.generic("GET", url) if method == "GET" else client.post(url, data or {})
    )
    if response.status_code in (301, 302, 303):
        return LOGIN if response["Location"].startswith(reverse("account_login")) else "3xx"
    if response.status_code == 200 and method == "GET":
        b"".join(response)  # a stream is read to its end, so that it fails here
    return str(response.status_code)


def fits(answer: str, expected: str) -> bool:
    return answer == expected or (expected == "2xx" and answer.startswith("2"))


def client_of(world: World, who: str) -> Client:
    client = Client(raise_request_exception=True)
    if who in world.people:
        client.cookies[settings.SESSION_COOKIE_NAME] = world.sessions[who]
    return client


def url_of(name: str, arguments: Arguments | None, world: World) -> str:
    return reverse(name, kwargs=arguments(world) if arguments else None)
