"""One-time codes by which a screen on a wall is known to whoever stands before it."""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
from datetime import datetime, timedelta

LETTERS = "23456789ACDEFGHJKMNPQRTUVWXY"  # none that looks like another: no 0 O, 1 I L, B, S, Z
LENGTH = 8  # 3 · 10^11 codes; of one screen one counts at a time
VALID = timedelta(minutes=10)


def code_of(secret: str, until: datetime) -> str:
    """The code of the screen with this secret until then: it can be said again, and is kept nowhere."""
    number = int.from_bytes(hmac.digest(secret.encode(), until.isoformat().encode(), "sha256"))
    letters = []
    for _ in range(LENGTH):
        number, at = divmod(number, len(LETTERS))
        letters.append(LETTERS[at])
    return "".join(letters)


def shown(code: str) -> str:
    """In two halves, as people read it out."""
    half = LENGTH // 2
    return f"{code[:half]} {code[half:]}"


def typed(text: str) -> str:
    """A code as somebody typed it: in small letters, with blanks or hyphens, in full width."""
    plain = unicodedata.normalize("NFKC", text).upper()
    return "".join(letter for letter in plain if letter.isalnum())


def digest(text: str) -> str:
    """Of a code or a secret: what is kept of it."""
    return hashlib.sha256(text.encode()).hexdigest()
