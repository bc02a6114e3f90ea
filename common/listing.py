"""Several names in a row, as the language that is spoken now writes them."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import get_language

from common import formats


def listed(names: Iterable[object]) -> str:
    """“a, b” in English, “a、b” in Chinese."""
    return formats.listed(names, get_language() or "en")
