"""What tests of alerts ask for by name."""

from __future__ import annotations

import pytest

from common import queueing


@pytest.fixture
def no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is queued: the test does itself what a worker would."""
    monkeypatch.setattr(queueing, "enqueue", lambda task, after=0: None)
