"""Everybody, logged in once for a module."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from organization.models import (
    Person,
)
from tests.every_url.world import World
from tests.made_once import made_once
from tests.people import ada, alice, bob, charlie, dana, mallory, scope


def log_everybody_in() -> dict[str, tuple[int, str]]:
    sessions = {}
    for one in (alice(), bob(), charlie(), dana(), ada(), mallory()):
        client = Client()
        client.force_login(one, backend="django.contrib.auth.backends.ModelBackend")
        sessions[one.label] = (one.pk, client.cookies[settings.SESSION_COOKIE_NAME].value)
    scope("region:华东/上海"), scope("region:华北/北京分店")
    return sessions


@pytest.fixture(scope="module")
def everybody(django_db_setup: None, django_db_blocker: Any) -> Iterator[dict[str, tuple[int, str]]]:
    """Who everybody is, and her session."""
    yield from made_once(django_db_blocker, log_everybody_in)


@pytest.fixture
def world(everybody: dict[str, tuple[int, str]], db: None) -> World:
    found = Person.objects.in_bulk([pk for pk, _session in everybody.values()])
    people = {label: found[pk] for label, (pk, _session) in everybody.items()}
    made = World(people, sessions={label: session for label, (_pk, session) in everybody.items()})
    assert made.ours.pk != made.theirs.pk
    return made
