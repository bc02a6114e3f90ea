"""Who may open what of feedback."""

from __future__ import annotations

from tests.every_url.told import Row

OF_FEEDBACK: dict[str, Row] = {}
