"""How well a name answers what somebody typed. Pure; `selectors.find` asks the database by the same order."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from enum import IntEnum

TEXT = 100  # characters that are looked for
BETWEEN = (" ", "/", "-", "·", "(", "（")  # what a word of a name may begin after


class Fit(IntEnum):
    """Best first."""

    EXACT = 0
    BEGINS = 1
    WORD = 2  # a word of it begins so
    WITHIN = 3


def cleaned(text: str) -> str:
    """What is looked for: without the width of letters (ＡＢ), doubled spaces and what no name can hold."""
    text = unicodedata.normalize("NFKC", text.replace("\0", " "))
    return " ".join(text.split())[:TEXT].strip()


def fit(text: str, name: str) -> Fit | None:
    """None where the name does not hold the text, or nothing is looked for."""
    wanted, given = text.casefold(), name.casefold()
    if not wanted or wanted not in given:
        return None
    if wanted == given:
        return Fit.EXACT
    if given.startswith(wanted):
        return Fit.BEGINS
    if any(f"{sign}{wanted}" in given for sign in BETWEEN):
        return Fit.WORD
    return Fit.WITHIN


def best_fit(text: str, names: Iterable[str]) -> Fit | None:
    found = [one for one in (fit(text, name) for name in names) if one is not None]
    return min(found, default=None)


def parts(name: str, text: str) -> tuple[tuple[str, bool], ...]:
    """The name in pieces, each with whether it is what was looked for. Together they are the name."""
    if not text:
        return ((name, False),)
    pieces = re.split(f"({re.escape(text)})", name, flags=re.IGNORECASE)
    return tuple((piece, number % 2 == 1) for number, piece in enumerate(pieces) if piece)
