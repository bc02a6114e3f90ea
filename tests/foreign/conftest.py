"""The company that is walked: made once for each module."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone, translation

from organization.api.throttling import MinuteThrottle
from tests.clean_slate import start_over
from tests.foreign import making
from tests.foreign.asks import Ask, asks
from tests.foreign.worlds import (
    TODAY,
    Company,
)


@pytest.fixture(scope="module")
def company(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Company]:
    """Made once for the module and committed, since imports need transactions of their own; swept away after it."""
    patch = pytest.MonkeyPatch()
    patch.setattr(
        timezone, "localdate", lambda value=None, timezone=None: TODAY if value is None else value.date()
    )
    patch.setattr(MinuteThrottle, "allow_request", lambda self, request, view: True)
    patch.setattr(settings, "UPLOAD_DIR", tmp_path_factory.mktemp("uploads"))
    logging.disable(logging.CRITICAL)
    with django_db_blocker.unblock():
        try:
            yield making.build()
        finally:
            start_over()
            patch.undo()
            logging.disable(logging.NOTSET)
            translation.deactivate()


@pytest.fixture(scope="module")
def every_ask(company: Company) -> list[Ask]:
    return asks(company)
