"""Tags and platforms as people write them. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

_BETWEEN = re.compile(r"[,;，；、|\n]+")


def tidy(text: str) -> str:
    """Full-width letters made plain, blanks made single; Chinese stays as it is."""
    return " ".join(unicodedata.normalize("NFKC", text).split())


def same(text: str) -> str:
    """What two ways of writing one tag have in common."""
    return tidy(text).casefold()


def read_tags(text: str) -> list[str]:
    """`厨房, 客厅；Bedroom` → three tags, each once, in the order in which they stand."""
    return unique(_BETWEEN.split(text))


def unique(tags: Iterable[str]) -> list[str]:
    found: dict[str, str] = {}
    for tag in tags:
        if same(tag):
            found.setdefault(same(tag), tidy(tag))
    return list(found.values())
