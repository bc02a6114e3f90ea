"""What a comment is written in. Pure."""

from __future__ import annotations

import re

HAN = "[㐀-䶿一-鿿]"  # of PostgreSQL's regular expressions too
LETTER = "[A-Za-z]"


def language_of(comment: str) -> str:
    """`zh` where it has any Chinese letter, `en` where it has a Latin one, else ""."""
    if re.search(HAN, comment):
        return "zh"
    return "en" if re.search(LETTER, comment) else ""
