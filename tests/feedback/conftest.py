from collections.abc import Iterator

import pytest
from django.core.cache import cache

from tests.alerts.conftest import no_broker

__all__ = ["no_broker"]


@pytest.fixture
def quiet_minutes(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nobody has asked for anything in the minute that runs, and it does not end."""
    cache.clear()
    monkeypatch.setattr("feedback.throttling.time", lambda: 1_800_000_000.0)
    yield
    cache.clear()
